"""Our feed for a member: events are appended, signed and chained; fingerprints can be destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from staydown_web.audit.services import NewEvent, record_events
from staydown_web.base.errors import FeedUnknownError
from staydown_web.base.sealing import seal, unseal
from staydown_web.base.signing import SigningKey
from staydown_web.federation.models import FeedEvent, Member
from staydown_web.federation.services.own_keys import current_key
from staydown_web.federation.services.wire import (
    SALT_BYTES,
    WireEvent,
    moment,
    new_salt,
    seal_of,
    to_wire,
)

MOST_EVENTS = 500
_MOST_BYTES = 8 << 20
"""Of fingerprints on one page; the first one is always on it."""
_MOST_NAMED = 400
_TOLD = ("seed", "confirm", "dispute", "withdraw")


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to write.

    Attributes:
        what: of ``FeedEvent.What``.
        origin: identity of the installation that the entry is from.
        subject: the entry's id there; empty for a key.
        entry_id: ours that it is about; None for a key.
        raw: a fingerprint that goes with it.
        statement: of a new key.
    """

    what: str
    origin: str
    subject: str = ""
    entry_id: UUID | None = None
    raw: bytes | None = None
    statement: dict[str, Any] | None = None


@transaction.atomic
def append_events(
    *, member_id: UUID, drafts: Sequence[Draft], now: datetime, key: SigningKey | None = None
) -> int:
    """Append events to the feed of a member.

    A withdrawal destroys every fingerprint of the same entry that the feed held before it.

    Args:
        member_id: whose feed.
        drafts: in their order.
        now: the moment, aware UTC.
        key: signs; the newest by default, looked up while the feed is held.

    Returns:
        How many.
    """
    if not drafts:
        return 0
    member = Member.objects.select_for_update().get(pk=member_id)
    signer = key or current_key(now)
    seq, previous, rows = member.feed_seq, member.feed_digest, []
    gone: set[str] = set()
    for draft in drafts:
        seq += 1
        row = _row(member, draft, seq=seq, previous=previous, key=signer, now=now)
        previous = row.digest
        rows.append(row)
        if draft.what == FeedEvent.What.WITHDRAW:
            gone.add(draft.subject)
    FeedEvent.objects.bulk_create(rows, batch_size=200)
    if gone:
        destroy = FeedEvent.objects.filter(member=member, box__isnull=False)
        destroy.filter(subject__in=gone).update(box=None)
    Member.objects.filter(pk=member.pk).update(feed_seq=seq, feed_digest=previous)
    return len(rows)


def feed_page(
    member: Member, *, after: int, limit: int = MOST_EVENTS
) -> tuple[list[dict[str, Any]], int]:
    """Events after a number, as they travel, and the number of the last event there is."""
    rows = FeedEvent.objects.filter(member=member, seq__gt=after).order_by("seq")
    sent: list[dict[str, Any]] = []
    size = 0
    for row in rows[: min(limit, MOST_EVENTS)]:
        size += len(row.box or b"")
        if sent and size > _MOST_BYTES:
            break
        sent.append(_sent(member, row))
    last = Member.objects.filter(pk=member.pk).values_list("feed_seq", flat=True)[0]
    return sent, last


@transaction.atomic
def note_told(*, member: Member, feed: str, after: int, now: datetime) -> None:
    """The member has read our feed up to ``after``: what it was told is an event of the audit.

    Raises:
        FeedUnknownError: another feed, or a place beyond its end.
    """
    if (feed and feed != str(member.feed)) or not 0 <= after <= member.feed_seq:
        raise FeedUnknownError("there is no such feed, or it does not reach as far; begin anew")
    members = Member.objects.filter(pk=member.pk, told_seq=member.told_seq)
    if after <= member.told_seq or not members.update(told_seq=after):
        return
    read = FeedEvent.objects.filter(member=member, seq__gt=member.told_seq, seq__lte=after)
    kinds = read.filter(what__in=_TOLD).values("what").annotate(n=Count("pk")).order_by("what")
    events = []
    for row in kinds:
        ids = read.filter(what=row["what"], entry_id__isnull=False).order_by("seq")
        named = list(dict.fromkeys(ids.values_list("entry_id", flat=True)[:_MOST_NAMED]))
        facts = {"what": row["what"], "count": row["n"], "entries": named}
        events.append(NewEvent("partner_told", "system", now, None, f"member:{member.pk}", facts))
    record_events(events)


def _row(
    member: Member, draft: Draft, *, seq: int, previous: str, key: SigningKey, now: datetime
) -> FeedEvent:
    salt = new_salt() if draft.raw is not None else b""
    event = WireEvent(
        feed=str(member.feed),
        seq=seq,
        what=draft.what,
        origin=draft.origin,
        subject=draft.subject,
        seal=seal_of(salt, draft.raw) if draft.raw is not None else "",
        statement=draft.statement,
        at=moment(now),
        previous=previous,
        key=key.fingerprint,
        signature="",
    )
    signed = replace(event, signature=key.sign(event.signed_bytes()))
    box = None if draft.raw is None else seal(salt + draft.raw, context=_context(member, seq))
    return FeedEvent(
        member=member,
        entry_id=draft.entry_id,
        box=box,
        at=now.replace(microsecond=0),
        digest=signed.digest,
        **{name: getattr(signed, name) for name in _COLUMNS},
    )


_COLUMNS = (
    "seq",
    "what",
    "origin",
    "subject",
    "seal",
    "statement",
    "previous",
    "key",
    "signature",
)


def _sent(member: Member, row: FeedEvent) -> dict[str, Any]:
    salt = raw = None
    if row.box is not None:
        opened = unseal(row.box, context=_context(member, row.seq))
        salt, raw = opened[:SALT_BYTES], opened[SALT_BYTES:]
    values = {name: getattr(row, name) for name in _COLUMNS}
    event = WireEvent(feed=str(member.feed), at=moment(row.at), raw=raw, **values)
    return to_wire(event, salt=salt)


def _context(member: Member, seq: int) -> str:
    return f"feed:{member.feed}:{seq}"
