"""Events of other installations, put together so that order and repetition do not matter.

Each state is made of greatest numbers: the last event, the last one with a fingerprint, the last
withdrawal. Taking the greater of two numbers gives the same in any order and any repetition, so
whatever is delivered when, everybody ends with the same. Source: ADR-0072.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

SEED, CONFIRM, DISPUTE, WITHDRAW = "seed", "confirm", "dispute", "withdraw"
OPINIONS = frozenset({SEED, CONFIRM, DISPUTE})
"""What may be said of an entry of somebody else; a withdrawal is its originator's alone."""


@dataclass(frozen=True, slots=True)
class Said:
    """One event as a member sent it.

    Attributes:
        member: identity of the installation whose feed it is.
        seq: its number there, from 1; a feed has one event of a number.
        what: seed, confirm, dispute or withdraw.
        origin: identity of the installation that the entry is from.
        subject: the entry's id there.
        raw: its fingerprint in binary form; None where there is none, or it was destroyed.
    """

    member: str
    seq: int
    what: str
    origin: str
    subject: str
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What the originator's events make of an entry.

    Attributes:
        seq, what: of its last event; 0 and empty before the first.
        raw_seq, raw: of its last event with a fingerprint.
        withdrawn_seq: of its last withdrawal; 0 for none.
    """

    seq: int = 0
    what: str = ""
    raw_seq: int = 0
    raw: bytes | None = None
    withdrawn_seq: int = 0

    @property
    def is_living(self) -> bool:
        """Whether it matches: it has a fingerprint that was not withdrawn after it came."""
        return self.raw_seq > self.withdrawn_seq


@dataclass(frozen=True, slots=True)
class View:
    """What a member says of an entry: its last event about it."""

    seq: int = 0
    what: str = ""


def is_allowed(said: Said) -> bool:
    """Whether the member may say this: anything of its own entries, an opinion of others'."""
    return said.origin == said.member or said.what in OPINIONS


def merge_held(held: Held, said: Said) -> Held:
    """An entry after one more event of its originator."""
    merged = held
    if said.seq > merged.seq:
        merged = replace(merged, seq=said.seq, what=said.what)
    if said.what == WITHDRAW and said.seq > merged.withdrawn_seq:
        merged = replace(merged, withdrawn_seq=said.seq)
    if said.raw is not None and said.seq > merged.raw_seq:
        merged = replace(merged, raw_seq=said.seq, raw=said.raw)
    # A withdrawn fingerprint is let go of; its number stays, so that it cannot come back.
    return merged if merged.is_living else replace(merged, raw=None)


def merge_view(view: View, said: Said) -> View:
    """A member's word after one more event of its feed."""
    return View(said.seq, said.what) if said.seq > view.seq else view


@dataclass(slots=True)
class Merged:
    """The whole of it in memory: the reference for what the tables hold.

    Attributes:
        entries: by originator and id.
        views: by member, originator and id.
    """

    entries: dict[tuple[str, str], Held] = field(default_factory=dict)
    views: dict[tuple[str, str, str], View] = field(default_factory=dict)

    def take(self, delivered: Iterable[Said]) -> None:
        """Take in events; those that the member may not say change nothing."""
        for said in delivered:
            if not is_allowed(said):
                continue
            of, by = (said.origin, said.subject), (said.member, said.origin, said.subject)
            if said.origin == said.member:
                self.entries[of] = merge_held(self.entries.get(of, Held()), said)
            self.views[by] = merge_view(self.views.get(by, View()), said)

    def expel(self, member: str) -> None:
        """Forget everything that a member brought."""
        self.entries = {key: held for key, held in self.entries.items() if key[0] != member}
        self.views = {key: view for key, view in self.views.items() if key[0] != member}

    def bank_of(self, member: str) -> dict[str, bytes]:
        """What matches of a member: id -> fingerprint."""
        return {
            subject: held.raw
            for (origin, subject), held in self.entries.items()
            if origin == member and held.is_living and held.raw is not None
        }
