"""The proof that nothing was changed, removed, put in, moved or cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from staydown_web.audit.models import ChainHead, Checkpoint, Event
from staydown_web.audit.services.chain import event_digest
from staydown_web.audit.services.checkpoints import (
    NOTHING_SIGNED,
    checkpoints_outside,
    is_signed,
    outside_path,
)
from staydown_web.audit.services.signers import Signers, first_public, signers
from staydown_web.base.errors import ConfigError

_PAGE = 5_000
_FIELDS = ("seq", "at", "what", "actor", "case_id", "subject", "facts", "previous", "digest")
_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    Attributes:
        events: how many events hold.
        checkpoints: how many signatures hold.
        first_bad: number of the first event that does not hold; None where all do.
        why: one sentence for people; empty where all hold.
    """

    events: int
    checkpoints: int
    first_bad: int | None
    why: str

    @property
    def is_whole(self) -> bool:
        """Whether everything holds."""
        return self.first_bad is None


@dataclass(slots=True)
class _Marks:
    """What the chain must agree with: signed checkpoints, and their copies outside."""

    signed: dict[int, str]
    outside: dict[int, str]
    seen: int = 0


def verify_chain(*, key: Ed25519PublicKey | None = None, outside: Path | None = None) -> Verified:
    """Read the whole chain once and prove it, while others go on appending.

    Args:
        key: a public key of the checkpoints; the installation's own by default. A copy of the
            first one, kept elsewhere, proves most: it proves every later key too.
        outside: the file of checkpoints outside the database; the installation's by default.

    Returns:
        What holds, and the first event that does not.

    Cost: O(n) time, one page of 5,000 events of memory; ADR-0037 has the numbers.
    """
    # In this order: a line outside is written after its checkpoint, which never lies behind the
    # head, and the head is moved in the transaction that adds events, so it cannot lag.
    kept = dict(checkpoints_outside(outside or outside_path()))
    newest = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    head = ChainHead.objects.first()
    end, end_digest = (head.seq, head.digest) if head else (0, _START)
    if not isinstance(end, int):
        return Verified(0, 0, 1, "the end of the chain is no number")
    if newest > end:
        return Verified(0, 0, end + 1, "an event stands behind the end of the chain")
    checkpoints = list(Checkpoint.objects.filter(seq__lte=end).order_by("seq"))
    known, unstated = _known_signers(key)
    if unstated is not None:
        return Verified(
            0, 0, unstated + 1, "a key that signs from here on is not stated by the one before it"
        )
    forged = _first_unsigned(known, checkpoints)
    if forged is not None:
        return Verified(
            0, 0, forged, "the signature of the checkpoint here does not hold, or one is missing"
        )
    return _walk(end, end_digest, _Marks({c.seq: c.digest for c in checkpoints}, kept))


def _known_signers(key: Ed25519PublicKey | None) -> tuple[Signers, int | None]:
    """The keys of the checkpoints, where the one that was given is among them."""
    if key is None:
        return signers()
    try:
        own, unstated = signers(first_public())
    except ConfigError:  # on a machine that has the database and a public key alone
        return signers(key)
    return (own, unstated) if own.has(key) else signers(key)


def _first_unsigned(known: Signers, checkpoints: list[Checkpoint]) -> int | None:
    before = NOTHING_SIGNED
    for checkpoint in checkpoints:
        if not is_signed(known.of(checkpoint.seq), checkpoint, before=before):
            return checkpoint.seq
        before = checkpoint.signature
    return None


def _walk(end: int, end_digest: str, marks: _Marks) -> Verified:
    previous, count = _START, 0
    for event in _events(end):
        why = _trouble(event, count + 1, previous, marks)
        if why:
            return Verified(count, marks.seen, count + 1, why)
        previous, count = event["digest"], count + 1
    if count != end or previous != end_digest:
        return Verified(count, marks.seen, count + 1, "the last events were cut off")
    cut = min((seq for seq in {**marks.signed, **marks.outside} if seq > count), default=None)
    if cut is not None:
        return Verified(
            count, marks.seen, count + 1, f"signed up to event {cut}, but the chain ends before"
        )
    return Verified(count, marks.seen, None, "")


def _trouble(event: dict[str, Any], seq: int, previous: str, marks: _Marks) -> str:
    if event["seq"] != seq:
        return "an event is missing here"
    if event["previous"] != previous:
        return "this event does not follow the one before: one was put in, removed or moved"
    digest = event["digest"]
    if _digest_of(event) != digest:
        return "this event was changed"
    return _trouble_of_marks(seq, digest, marks)


def _trouble_of_marks(seq: int, digest: str, marks: _Marks) -> str:
    if marks.signed.get(seq, digest) != digest:
        return "the checkpoint here signs another event: the chain was written anew"
    if marks.outside.get(seq, digest) != digest:
        return "the checkpoint outside the database names another event: both were written anew"
    if seq in marks.outside and seq not in marks.signed:
        return "the checkpoint here is outside the database alone: it was removed from it"
    marks.seen += seq in marks.signed
    return ""


def _digest_of(event: dict[str, Any]) -> str | None:
    """The digest that an event should have; None where a field holds what no event of ours does."""
    try:
        return event_digest(**{name: event[name] for name in _FIELDS if name != "digest"})
    except (AttributeError, TypeError, ValueError):
        return None


def _events(end: int) -> Iterator[dict[str, Any]]:
    """Events up to ``end``, page by page, so that no transaction stays open."""
    after = 0
    while after < end:
        page = Event.objects.filter(seq__gt=after, seq__lte=end).order_by("seq")[:_PAGE]
        rows = _read(page.values(*_FIELDS), after)
        if not rows:
            return
        yield from rows
        after = rows[-1]["seq"]


def _read(page: Any, after: int) -> list[dict[str, Any]]:
    """The rows; where one is not even readable, the rows before it and a mark in its place."""
    try:
        return [dict(row) for row in page]
    except (ValueError, TypeError):
        pass
    rows = []
    for seq in range(after + 1, after + 1 + _PAGE):
        try:
            rows += [dict(r) for r in Event.objects.filter(seq=seq).values(*_FIELDS)]
        except (ValueError, TypeError):
            rows.append({**dict.fromkeys(_FIELDS), "seq": seq, "previous": None})
            break
    return rows
