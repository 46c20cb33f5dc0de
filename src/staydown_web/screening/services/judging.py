"""What matches mean for one upload: which entries count, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from staydown import Match
from staydown.types import judging
from staydown_web.banks.models import Response
from staydown_web.banks.selectors import EntryFacts, Standing, entry_facts
from staydown_web.banks.services import segments_version
from staydown_web.banks.services.facts_table import FACTS
from staydown_web.base.lending import OwnLine
from staydown_web.screening.models import Verdict

_MOST_KEPT = 20_000
"""More would be a pause for everybody each time that Python looks through them for cycles."""
_RESPONSES = {one: Response(one) for one in judging.Response}
_VERDICTS = {one: Verdict(one) for one in judging.Verdict}
"""The same words as columns of the database have them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A match that counts.

    Attributes:
        match: the match.
        facts: what decides about its entry.
        response: what it asks for.
        speaks: whether the verdict for this caller goes by it.
    """

    match: Match
    facts: EntryFacts
    response: Response
    speaks: bool

    def to_dict(self) -> dict[str, Any]:
        """As the API shows it to callers who may see details."""
        shown = self.match.to_dict()
        shown["entry_id"] = str(self.facts.entry_id)
        return {**shown, "bank": self.facts.bank, "response": str(self.response)}


class _FactsCache:
    """Facts of entries that matched lately, as of one version of the segments."""

    def __init__(self) -> None:
        self._version = -1
        self._kept: dict[str, EntryFacts] = {}
        self._standing = Standing()
        self._line = OwnLine()

    def get(self, entry_ids: Sequence[str]) -> dict[str, EntryFacts]:
        # By the texts that matches bring: ids made of them cost more than to find the facts.
        # Read before the database: what changes after this makes the next call look again.
        version = segments_version()
        if version != self._version or len(self._kept) > _MOST_KEPT:
            self._kept, self._standing, self._version = {}, Standing(), version
        kept, standing = self._kept, self._standing
        unknown: dict[str, UUID] = {}
        for i in entry_ids:
            if i not in kept:
                id_ = UUID(i)
                facts = FACTS.find(id_, version, standing)
                if facts is None:
                    unknown[i] = id_
                else:
                    kept[i] = facts
        if unknown:
            asked = [*unknown.values()]
            news = self._line.use(lambda line: entry_facts(asked, line, standing))
            kept.update((i, news[id_]) for i, id_ in unknown.items() if id_ in news)
        return {i: kept[i] for i in entry_ids if i in kept}


_facts = _FactsCache()


def judge(
    found: Sequence[Match], *, account: str, sees_details: bool, now: datetime
) -> list[Judged]:
    """Weigh the matches of one upload.

    Args:
        found: what the bank matches, best first.
        account: blind digest of the uploading account; empty where none was named.
        sees_details: whether the caller may learn of altered copies.
        now: the moment, aware UTC.

    Returns:
        Matches with reported entries that count; empty where none does.
    """
    known = _facts.get([m.entry_id for m in found])
    pairs = [(m, f) for m in found if (f := known.get(m.entry_id))]
    weighed = judging.weigh(pairs, account=account, sees_details=sees_details, now=now)
    return [Judged(w.match, w.facts, _RESPONSES[w.response], w.speaks) for w in weighed]


def verdict_of(judged: Sequence[Judged]) -> Verdict:
    """The strictest answer that any match which speaks asks for."""
    return _VERDICTS[judging.verdict_of([j.response for j in judged if j.speaks])]
