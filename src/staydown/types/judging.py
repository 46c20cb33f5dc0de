"""What matches mean for one upload: which entries count, and what each of them asks for.

The service and the edge replicas beside platforms ask this one module, so that the two cannot
disagree. It knows no database: whoever calls brings the facts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from staydown.types.match import Match, MatchKind

SEED, CONFIRMED, DISPUTED = "seed", "confirmed", "disputed"
"""What an entry is worth. A withdrawn one is worth nothing and has no facts."""

_EXCUSED_BY = (MatchKind.IDENTICAL, MatchKind.SAME)
"""How alike an upload must be to a lawful entry for it to speak for the upload."""


class Response(StrEnum):
    """What a kind of match does to an upload, the mildest first."""

    LOG = "log"
    HOLD = "hold"
    BLOCK = "block"


class Verdict(StrEnum):
    """What a platform should do with an upload."""

    CLEAR = "clear"
    HOLD = "hold"
    BLOCK = "block"


_ORDER = tuple(Response)
_VERDICTS = (Verdict.CLEAR, Verdict.HOLD, Verdict.BLOCK)
"""What each response asks for, in their order."""


class EntryFacts(Protocol):
    """What decides about a match with an entry."""

    @property
    def state(self) -> str:
        """Seed, confirmed or disputed."""

    @property
    def is_lawful(self) -> bool:
        """Whether it is of a bank of what is known to be lawful."""

    @property
    def is_active(self) -> bool:
        """Whether its bank counts."""

    @property
    def policy(self) -> Mapping[str, str]:
        """What its bank does, by kind of match."""

    @property
    def is_quarantined(self) -> bool:
        """Whether a flood put it aside."""

    @property
    def account_scope(self) -> str:
        """Blind digest of the account that a lawful entry speaks for."""

    @property
    def claimed_at(self) -> datetime:
        """The latest claim."""

    @property
    def created_at(self) -> datetime:
        """When it was made."""

    @property
    def expires_at(self) -> datetime | None:
        """When it ends; None for never."""


F = TypeVar("F", bound=EntryFacts)


@dataclass(frozen=True, slots=True)
class Weighed(Generic[F]):
    """A match that counts.

    Attributes:
        match: the match.
        facts: what decides about its entry.
        response: what it asks for.
        speaks: whether the verdict for this caller goes by it.
    """

    match: Match
    facts: F
    response: Response
    speaks: bool


def counts(facts: EntryFacts, now: datetime) -> bool:
    """Whether an entry says anything at this moment."""
    return facts.is_active and (facts.expires_at is None or facts.expires_at > now)


def response_to(facts: EntryFacts, kind: MatchKind) -> Response:
    """What a match of a kind does. A seed never blocks, whatever the policy says."""
    response = Response(facts.policy[str(kind)])
    if facts.state == DISPUTED or facts.is_quarantined:
        return Response.LOG
    if facts.state == SEED and response == Response.BLOCK:
        return Response.HOLD
    return response


def weigh(
    pairs: Iterable[tuple[Match, F]], *, account: str, sees_details: bool, now: datetime
) -> list[Weighed[F]]:
    """Weigh the matches of one upload.

    Args:
        pairs: matches with the facts of their entries, best first.
        account: blind digest of the uploading account; empty where none was named.
        sees_details: whether the caller may learn of altered copies.
        now: the moment, aware UTC.

    Returns:
        Matches with reported entries that count; empty where none does.
    """
    speaking = [(match, facts) for match, facts in pairs if counts(facts, now)]
    excused = max((f.created_at for m, f in speaking if _excuses(m, f, account)), default=None)
    weighed = []
    for match, facts in speaking:
        if facts.is_lawful:
            continue
        response = response_to(facts, match.kind)
        if excused is not None and facts.claimed_at < excused:
            response = Response.LOG
        speaks = sees_details or match.kind != MatchKind.ALTERED
        weighed.append(Weighed(match, facts, response, speaks))
    return weighed


def verdict_of(responses: Sequence[str]) -> Verdict:
    """The strictest answer that any of these responses asks for; clear for none."""
    return _VERDICTS[max(map(_ORDER.index, responses), default=0)]


def account_digest(key: bytes, account: str) -> str:
    """A keyed digest of a platform's own id of an account, 64 hex digits; empty for no account."""
    return hmac.new(key, account.encode(), hashlib.sha256).hexdigest() if account else ""


def _excuses(match: Match, facts: EntryFacts, account: str) -> bool:
    """Whether a lawful entry speaks for this upload by this account."""
    return (
        facts.is_lawful
        and facts.state == CONFIRMED
        and bool(account)
        and facts.account_scope == account
        and match.kind in _EXCUSED_BY
    )
