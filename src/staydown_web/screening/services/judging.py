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
from staydown_web.banks.selectors import EntryFacts, entry_facts
from staydown_web.banks.services import segments_version
from staydown_web.base.lending import OwnLine
from staydown_web.screening.models import Verdict

_MOST_KEPT = 20_000
"""More would be a pause for everybody each time that Python looks through them for cycles."""


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
        self._kept: dict[UUID, EntryFacts] = {}
        self._line = OwnLine()

    def get(self, ids: Sequence[UUID]) -> dict[UUID, EntryFacts]:
        # Read before the database: what changes after this makes the next call look again.
        version = segments_version()
        if version != self._version or len(self._kept) > _MOST_KEPT:
            self._kept, self._version = {}, version
        kept = self._kept
        found = {i: kept[i] for i in ids if i in kept}
        missing = [i for i in ids if i not in found]
        if missing:
            with self._line.in_place():
                news = entry_facts(missing)
            kept.update(news)
            found |= news
        return found


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
    known = _facts.get([UUID(m.entry_id) for m in found])
    pairs = [(m, f) for m in found if (f := known.get(UUID(m.entry_id)))]
    weighed = judging.weigh(pairs, account=account, sees_details=sees_details, now=now)
    return [Judged(w.match, w.facts, Response(w.response), w.speaks) for w in weighed]


def verdict_of(judged: Sequence[Judged]) -> Verdict:
    """The strictest answer that any match which speaks asks for."""
    return Verdict(judging.verdict_of([j.response for j in judged if j.speaks]))
