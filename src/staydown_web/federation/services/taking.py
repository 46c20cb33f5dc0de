"""A page of a member's feed is checked, and taken in whole or not at all.

What it brings goes into the member's own bank, as seeds. Its opinions are kept and change nothing:
a person looks. Its withdrawals take effect within a second of the commit. Source: ADR-0072.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown import Fingerprint
from staydown.errors import InputError
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import take_in_entries, withdraw_entry
from staydown_web.base.errors import ExchangePayloadError, FeedBrokenError
from staydown_web.federation.models import FeedEvent, Member, MemberKey, Opinion, RemoteEntry
from staydown_web.federation.services.member_keys import learn_keys
from staydown_web.federation.services.merging import (
    Held,
    Said,
    View,
    is_allowed,
    merge_held,
    merge_view,
)
from staydown_web.federation.services.wire import WireEvent, read_event, read_statement

_MOST_EVENTS = 1_000
_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Position:
    """How far a feed was read.

    Attributes:
        seq, digest: of the last event; 0 and empty at the start.
        key: number of the newest key that signed up to here.
    """

    seq: int
    digest: str
    key: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a page.

    Attributes:
        events: new ones on it.
        refused: those that the member may not say, or whose fingerprint is of no use.
        has_more: whether there is more to read at once.
        pause: why the member was paused instead; empty where it was not.
    """

    events: int = 0
    refused: int = 0
    has_more: bool = False
    pause: str = ""


class _CapError(Exception):
    """Ends the transaction: more came than was agreed."""

    def __init__(self, pause: Member.Pause) -> None:
        super().__init__(pause)
        self.pause = pause


def take_page(*, member: Member, page: dict[str, Any], is_ahead: bool, now: datetime) -> Taken:
    """Take in a page.

    Args:
        member: as it stood when the page was asked for; where it moved meanwhile, the page is left.
        page: what it answered.
        is_ahead: take withdrawals alone: the member is paused.
        now: the moment, aware UTC.

    Raises:
        ExchangePayloadError: not a page of a feed; it is asked for again.
    """
    try:
        with transaction.atomic():
            return _take(member, page, is_ahead=is_ahead, now=now)
    except _CapError as cap:
        pause_member_for(member, cap.pause, now)
        return Taken(pause=str(cap.pause))
    except FeedBrokenError:
        pause_member_for(member, Member.Pause.BROKEN, now)
        return Taken(pause=str(Member.Pause.BROKEN))


@transaction.atomic
def pause_member_for(member: Member, pause: Member.Pause, now: datetime) -> None:
    """Pause a member by itself: administrators see why on its page."""
    members = Member.objects.filter(pk=member.pk, state__in=_READ)
    # Withdrawals are looked for from here on, unless that was begun before.
    members.filter(state=Member.State.ACTIVE).update(
        ahead=F("cursor"), ahead_digest=F("cursor_digest"), ahead_key=F("cursor_key")
    )
    changed = members.exclude(pause=pause).update(
        state=Member.State.PAUSED, pause=pause, error="", failures=0
    )
    if changed:
        facts = {"why": str(pause)}
        record_event(
            what="member_paused", actor="system", at=now, subject=f"member:{member.pk}", facts=facts
        )


_READ = (Member.State.ACTIVE, Member.State.PAUSED)


def _take(member: Member, page: dict[str, Any], *, is_ahead: bool, now: datetime) -> Taken:
    match page:
        case {"feed": str(feed), "events": list(rows), "last": int(last)} if len(
            rows
        ) <= _MOST_EVENTS and _is_uuid(feed):
            pass
        case _:
            raise ExchangePayloadError("the answer is not a page of a feed")
    if member.their_feed is not None and str(member.their_feed) != feed:
        raise _CapError(Member.Pause.RESTARTED)
    learn_keys(member, _list(page.get("keys")), now=now)
    at = _position(member, is_ahead=is_ahead)
    fresh = [event for event in map(read_event, rows) if event.seq > at.seq]
    reached = check_events(fresh, at=at, feed=feed, keys=_keys(member))
    _move(member, feed, at, reached, is_ahead=is_ahead, now=now)
    if not fresh:
        return Taken(has_more=False)
    taken = _merge(member, fresh, is_ahead=is_ahead, now=now)
    if not is_ahead:
        _check_total(member)
        _count(member, len(fresh), taken, now)
    facts = {"events": len(fresh), "refused": taken, "is_ahead": is_ahead}
    record_event(
        what="member_events_taken",
        actor="system",
        at=now,
        subject=f"member:{member.pk}",
        facts=facts,
    )
    return Taken(len(fresh), taken, has_more=last > reached.seq)


def check_events(
    events: Sequence[WireEvent], *, at: Position, feed: str, keys: dict[str, tuple[int, bytes]]
) -> Position:
    """Check that events follow each other and the place read up to, each signed by a key in use.

    Args:
        events: in order.
        at: the place.
        feed: its name.
        keys: fingerprint -> number and public key.

    Returns:
        The place after them.

    Raises:
        FeedBrokenError: a gap, another chain, a signature that does not hold, an older key after a
            newer one.
    """
    for event in events:
        number, public = keys.get(event.key, (0, b""))
        if event.feed != feed or event.seq != at.seq + 1 or event.previous != at.digest:
            raise FeedBrokenError("an event does not follow the one before it")
        if number == 0 or number < at.key or not event.is_signed_by(public):
            raise FeedBrokenError("an event is not signed by a key in use")
        at = Position(event.seq, event.digest, max(number, _stated(event, keys)))
    return at


def _stated(event: WireEvent, keys: dict[str, tuple[int, bytes]]) -> int:
    """Number of the key that an event states; 0 where it states none."""
    if event.statement is None:
        return 0
    statement = read_statement(event.statement)
    if keys.get(statement.fingerprint, (0, b""))[0] != statement.number:
        raise FeedBrokenError("an event states a key that nobody signed")
    return statement.number


def _merge(member: Member, events: list[WireEvent], *, is_ahead: bool, now: datetime) -> int:
    refused, said = 0, []
    for event in events:
        if event.what == "key":
            continue
        raw = _usable(event)
        one = Said(
            member=member.identity,
            seq=event.seq,
            what=event.what,
            origin=event.origin,
            subject=event.subject,
            raw=raw if member.takes else None,
        )
        refused += not is_allowed(one) or (_has_fingerprint(event) and raw is None)
        if is_allowed(one):
            said.append(one)
    own = [one for one in said if one.origin == member.identity]
    if is_ahead:
        own, said = [one for one in own if one.what == "withdraw"], []
    _merge_entries(member, own, now)
    _merge_opinions(member, said, now)
    return refused


def _merge_entries(member: Member, said: list[Said], now: datetime) -> None:
    """Bring the member's bank to what its events make of its entries."""
    rows = {row.subject: row for row in _rows(RemoteEntry, member, [s.subject for s in said])}
    before = {subject: _held(row) for subject, row in rows.items()}
    after = dict(before)
    for one in said:
        after[one.subject] = merge_held(after.get(one.subject, Held()), one)
    changed = [s for s, held in after.items() if held != before.get(s)]
    fresh = {s: after[s].raw for s in changed if after[s].raw is not None}
    ids = _take_in(member, [raw for raw in fresh.values() if raw is not None], now)
    entries = dict(zip(fresh, ids, strict=True))
    dropped: set[UUID] = set()
    for subject in changed:
        held, row = after[subject], rows.get(subject) or RemoteEntry(member=member, subject=subject)
        was = row.entry_id
        row.what, row.seq = held.what, held.seq
        row.raw_seq, row.withdrawn_seq = held.raw_seq, held.withdrawn_seq
        row.entry_id = entries.get(subject, was) if held.is_living else None
        if was is not None and was != row.entry_id:
            dropped.add(was)
        row.save()
    drop_entries(dropped, now=now)


def drop_entries(entry_ids: set[UUID], *, now: datetime) -> None:
    """Withdraw entries that no living entry of a member stands on any more."""
    for at in sorted(entry_ids):
        if not RemoteEntry.objects.filter(entry_id=at).exists():
            withdraw_entry(
                entry_id=at, actor="system", now=now, reason="withdrawn where it is from"
            )


def _take_in(member: Member, raws: list[bytes], now: datetime) -> list[UUID | None]:
    if not raws or member.bank is None:
        return [None] * len(raws)
    taken = take_in_entries(
        bank=member.bank, raws=raws, origin=Entry.Origin.MEMBER, actor="system", now=now
    )
    return [one.entry_id for one in taken]


def _merge_opinions(member: Member, said: list[Said], now: datetime) -> None:
    rows = {
        (row.origin, row.subject): row
        for row in _rows(Opinion, member, [one.subject for one in said])
    }
    changed: dict[tuple[str, str], Opinion] = {}
    for one in said:
        key = (one.origin, one.subject)
        row = rows.setdefault(key, Opinion(member=member, origin=one.origin, subject=one.subject))
        view = merge_view(View(row.seq or 0, row.what), one)
        if view.seq != row.seq:
            row.looked_at = None if view.what != row.what else row.looked_at
            row.seq, row.what, row.at = view.seq, view.what, now
            changed[key] = row
    for row in changed.values():
        row.save()


def _check_total(member: Member) -> None:
    living = RemoteEntry.objects.filter(member=member, entry_id__isnull=False).count()
    if living > member.cap_total:
        raise _CapError(Member.Pause.TOTAL)


def _count(member: Member, events: int, refused: int, now: datetime) -> None:
    today = now.date()
    so_far = member.day_count if member.day == today else 0
    if so_far + events > member.cap_day:
        raise _CapError(Member.Pause.DAY)
    members = Member.objects.filter(pk=member.pk)
    members.update(
        day=today, day_count=so_far + events, refused_count=member.refused_count + refused
    )


def _move(
    member: Member, feed: str, at: Position, to: Position, *, is_ahead: bool, now: datetime
) -> None:
    """Move the place, where nobody else did meanwhile: one page is never taken in twice."""
    names = ("ahead", "ahead_digest", "ahead_key") if is_ahead else _CURSOR
    values = dict(zip(names, (to.seq, to.digest, to.key), strict=True))
    members = Member.objects.filter(pk=member.pk, state__in=_READ, **{names[0]: at.seq})
    if not members.update(their_feed=feed, read_at=now, failures=0, error="", **values):
        raise ExchangePayloadError("somebody else read this page, or the member has ended")


_CURSOR = ("cursor", "cursor_digest", "cursor_key")


def _position(member: Member, *, is_ahead: bool) -> Position:
    if is_ahead:
        return Position(member.ahead, member.ahead_digest, member.ahead_key)
    return Position(member.cursor, member.cursor_digest, member.cursor_key)


def _keys(member: Member) -> dict[str, tuple[int, bytes]]:
    rows = MemberKey.objects.filter(member=member)
    return {row.fingerprint: (row.number, bytes.fromhex(row.public)) for row in rows}


def _rows(model: Any, member: Member, subjects: list[str]) -> list[Any]:
    found: list[Any] = []
    for at in range(0, len(subjects), _AT_ONCE):
        found += model.objects.filter(member=member, subject__in=subjects[at : at + _AT_ONCE])
    return found


def _held(row: RemoteEntry) -> Held:
    return Held(row.seq, row.what, row.raw_seq, None, row.withdrawn_seq)


def _usable(event: WireEvent) -> bytes | None:
    """The fingerprint, where it is one."""
    if event.raw is None or event.what != FeedEvent.What.SEED:
        return None
    try:
        Fingerprint.from_bytes(event.raw)
    except InputError:
        return None
    return event.raw


def _has_fingerprint(event: WireEvent) -> bool:
    return event.raw is not None or event.is_too_large


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
