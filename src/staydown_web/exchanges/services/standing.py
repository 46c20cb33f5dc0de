"""What entries of an exchange are worth, by what the partner says of all keys that name them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown_web.banks.models import Entry, EntryChange
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    renew_entries,
    unconfirm_entries,
    withdraw_entries,
)
from staydown_web.exchanges.models import Exchange, Received
from staydown_web.exchanges.services.doubting import note_doubts

ACTOR = "system"
BY_PARTNER = "by the partner"
"""Reason in the history of an entry that the partner, and nobody here, disputes or withdrew."""
_AT_ONCE = 500


def settle_entries(
    entry_ids: Sequence[UUID],
    *,
    exchange: Exchange,
    now: datetime,
    doubted_anew: Collection[UUID] = (),
) -> tuple[int, int]:
    """Bring entries to what the keys that name them say together, in the caller's transaction.

    None lives: the entry is withdrawn. One is disputed: the entry is, unless a person here has
    confirmed it: then somebody is asked to look again. All are listed: what the partner had
    disputed is a seed again.

    Args:
        entry_ids: of which something new came.
        exchange: whose list.
        now: the moment, aware UTC.
        doubted_anew: those that a key disputes which did not before.

    Returns:
        How many were withdrawn, and how many disputed.
    """
    states = _states_by_entry(entry_ids)
    gone = [pk for pk in entry_ids if not states[pk] - {Received.State.WITHDRAWN}]
    disputed = [pk for pk in entry_ids if Received.State.DISPUTED in states[pk]]
    listed = [pk for pk in entry_ids if states[pk] - {Received.State.WITHDRAWN} == {"listed"}]
    withdrawn = withdraw_entries(entry_ids=gone, actor=ACTOR, now=now, reason=BY_PARTNER)
    kept = _confirmed_by_people(disputed)
    note_doubts(kept, among=entry_ids, anew=doubted_anew, exchange=exchange, now=now)
    doubted = dispute_entries(
        entry_ids=sorted(set(disputed) - kept),
        actor=ACTOR,
        now=now,
        reason=BY_PARTNER,
    )
    renewed = renew_entries(entry_ids=_disputed_by_partner(listed), actor=ACTOR, now=now)
    if exchange.is_trusted and renewed:
        confirm_entries(entry_ids=renewed, actor=ACTOR, now=now, reason=BY_PARTNER)
    return len(withdrawn), len(doubted)


def withdraw_unlisted(*, exchange_id: UUID, claim: str, now: datetime) -> int:
    """Withdraw some of what the pass over the whole list that has ended did not hold.

    Returns:
        How many entries went; the pass is settled when no row is left.
    """
    with transaction.atomic():
        exchange = Exchange.objects.select_for_update().get(pk=exchange_id)
        rows = Received.objects.filter(exchange=exchange, pass_no__lt=exchange.pass_no).exclude(
            state=Received.State.WITHDRAWN
        )
        if exchange.claim != claim or not exchange.is_pass_ended:
            return 0
        found = list(
            rows.order_by("pass_no", "pk").values_list("pk", "entry_id", "part")[:_AT_ONCE]
        )
        if not found:
            Exchange.objects.filter(pk=exchange_id).update(is_pass_ended=False)
            return 0
        Received.objects.filter(pk__in=[pk for pk, _, _ in found]).update(
            state=Received.State.WITHDRAWN, pass_no=exchange.pass_no
        )
        keys = sum(part == 0 for _, _, part in found)
        empty = sum(part == 0 and entry_id is None for _, entry_id, part in found)
        Exchange.objects.filter(pk=exchange_id).update(
            listed=F("listed") - keys,
            withdrawn=F("withdrawn") + keys,
            left_out=F("left_out") - empty,
        )
        touched = list({entry_id for _, entry_id, _ in found if entry_id is not None})
        settle_entries(touched, exchange=exchange, now=now)
    return len(found)


def settle_due_trust(*, now: datetime) -> int:
    """Bring some entries of each exchange whose agreement has changed to what it says now.

    Returns:
        How many changed; 0 when all are settled.
    """
    due = Exchange.objects.filter(is_trust_settled=False).order_by("pk")
    return sum(settle_trust(exchange_id=pk, now=now) for pk in due.values_list("pk", flat=True))


def settle_trust(*, exchange_id: UUID, now: datetime) -> int:
    """Bring some entries from before to what the agreement with the partner says now.

    Trusted: seeds are confirmed. Not trusted: what no person here has confirmed is a seed again.

    Returns:
        How many changed; 0 when all are settled.
    """
    with transaction.atomic():
        exchange = Exchange.objects.select_for_update().get(pk=exchange_id)
        entries = Entry.objects.filter(bank_id=exchange.bank_id).order_by()
        if exchange.is_trusted:
            seeds = entries.filter(state=Entry.State.SEED, quarantined_at__isnull=True)
            ids = list(seeds.values_list("pk", flat=True)[:_AT_ONCE])
            confirm_entries(entry_ids=ids, actor=ACTOR, now=now, reason=BY_PARTNER)
        else:
            by_people = EntryChange.objects.filter(
                what=EntryChange.What.CONFIRMED,
                actor__startswith="user:",
                entry__isnull=False,
            )
            rest = entries.filter(state=Entry.State.CONFIRMED).exclude(
                pk__in=by_people.filter(bank_id=exchange.bank_id).values("entry_id")
            )
            ids = list(rest.values_list("pk", flat=True)[:_AT_ONCE])
            unconfirm_entries(entry_ids=ids, actor=ACTOR, now=now)
        if not ids:
            Exchange.objects.filter(pk=exchange_id).update(is_trust_settled=True)
    return len(ids)


def _states_by_entry(entry_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    states: dict[UUID, set[str]] = {pk: set() for pk in entry_ids}
    for chunk in _chunks(entry_ids):
        rows = Received.objects.filter(entry_id__in=chunk).order_by()
        for entry_id, state in rows.values_list("entry_id", "state"):
            states[entry_id].add(state)
    return states


def _confirmed_by_people(entry_ids: Sequence[UUID]) -> set[UUID]:
    """Those that a person here has confirmed, and nobody has unconfirmed since."""
    found: set[UUID] = set()
    for chunk in _chunks(entry_ids):
        confirmed = Entry.objects.filter(pk__in=chunk, state=Entry.State.CONFIRMED)
        by_people = EntryChange.objects.filter(
            entry__in=confirmed, what=EntryChange.What.CONFIRMED, actor__startswith="user:"
        )
        found.update(pk for pk in by_people.values_list("entry_id", flat=True) if pk)
    return found


def _disputed_by_partner(entry_ids: Sequence[UUID]) -> list[UUID]:
    """Those that are disputed, by the partner's word last."""
    last: dict[UUID, str] = {}
    for chunk in _chunks(entry_ids):
        changes = EntryChange.objects.filter(
            entry_id__in=chunk, entry__state=Entry.State.DISPUTED, what=EntryChange.What.DISPUTED
        )
        rows = changes.order_by("seq").values_list("entry_id", "reason")
        last |= {entry_id: reason for entry_id, reason in rows if entry_id is not None}
    return [pk for pk, reason in last.items() if reason == BY_PARTNER]


def _chunks(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
