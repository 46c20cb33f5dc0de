"""Entries come into a bank, and leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from staydown.types import Fingerprint
from staydown_web.accounts.models import Approval
from staydown_web.banks.models import Bank, Entry, EntryChange
from staydown_web.banks.services.changes import note_changes
from staydown_web.banks.services.weighing import weigh
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal

BLIND_PURPOSE = "entry"
BLIND_DIGITS = 32
LAWFUL_APPROVAL = "lawful_entry"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a fingerprint.

    Attributes:
        entry: the entry that stands for it.
        is_new: False where an entry with the same signals lived in the bank before.
    """

    entry: Entry
    is_new: bool


def entry_context(entry_id: UUID) -> str:
    """What an entry's box is bound to."""
    return f"entry:{entry_id}"


def entry_blind(raw: bytes) -> str:
    """By which equal fingerprints find each other."""
    return blind(raw, purpose=BLIND_PURPOSE, digits=BLIND_DIGITS)


@transaction.atomic
def add_entry(
    *,
    bank: Bank,
    fingerprint: Fingerprint,
    origin: Entry.Origin,
    actor: str,
    now: datetime,
    case_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Added:
    """Put a fingerprint into a bank as a seed, or find the entry that stands for it already.

    Every process holds copies of it within a second of the commit. Two who claim the same picture
    share the entry; it lives until the later end of the two, and without one if either has none.

    Args:
        bank: a bank of reported entries.
        fingerprint: the signals.
        origin: where they came from.
        actor: who brings it.
        now: the moment, aware UTC.
        case_id: the case, for the audit.
        expires_at: when it stops counting by itself; None for never.

    Raises:
        FingerprintPlainError: nothing in it can tell a copy from another picture.
        NotAllowedError: the bank is of lawful entries; those take an approval.
    """
    if bank.kind == Bank.Kind.LAWFUL:
        raise NotAllowedError("entries of a lawful bank need an approval")
    return _put(
        bank=bank,
        fingerprint=fingerprint,
        origin=origin,
        actor=actor,
        now=now,
        case_id=case_id,
        expires_at=expires_at,
    )


@transaction.atomic
def add_lawful_entry(
    *,
    bank: Bank,
    fingerprint: Fingerprint,
    account_scope: str,
    expires_at: datetime,
    approval: Approval,
    actor: str,
    now: datetime,
) -> Added:
    """Put in what one account may lawfully show, such as a performer's own pictures.

    It takes back holds and blocks of that account alone, by entries that were there before it: a
    later notice stands.

    Args:
        bank: a lawful bank.
        fingerprint: the signals.
        account_scope: blind digest of the account, from ``screening.services.account_blind``.
        expires_at: when the exception ends.
        approval: granted by a second person, for ``LAWFUL_APPROVAL``.
        actor: who brings it.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: not a lawful bank, no account, an end that has passed, or an approval that
            was not granted, has lapsed, was used, or was for something else.
    """
    if bank.kind != Bank.Kind.LAWFUL or not account_scope or expires_at <= now:
        raise NotAllowedError("a lawful entry needs a lawful bank, an account and an end")
    used = Approval.objects.filter(
        pk=approval.pk,
        what=LAWFUL_APPROVAL,
        state=Approval.State.GRANTED,
        expires_at__gt=now,
    ).update(state=Approval.State.DONE)
    if not used:
        raise NotAllowedError("a second person has to approve a lawful entry first")
    added = _put(
        bank=bank,
        fingerprint=fingerprint,
        origin=Entry.Origin.COPY,
        actor=actor,
        now=now,
        expires_at=expires_at,
        account_scope=account_scope,
        state=Entry.State.CONFIRMED,
    )
    if not added.is_new:
        raise RecordConflictError("this picture has a lawful entry already; withdraw that first")
    return added


@transaction.atomic
def withdraw_entry(*, entry_id: UUID, actor: str, now: datetime, reason: str = "") -> bool:
    """Take an entry out for good: its fingerprint is destroyed, its history stays.

    It stops matching within a second. What is left of it in segments goes with the next purge.

    Returns:
        False where it was withdrawn before.

    Raises:
        RecordNotFoundError: no such entry.
    """
    living = Entry.objects.filter(pk=entry_id).exclude(state=Entry.State.WITHDRAWN)
    changed = living.update(**_gone(now))
    bank_id = Entry.objects.filter(pk=entry_id).values_list("bank_id", flat=True).first()
    if bank_id is None:
        raise RecordNotFoundError("no such entry")
    if changed:
        note_changes(
            what=EntryChange.What.WITHDRAWN,
            entries=[(entry_id, bank_id)],
            actor=actor,
            at=now,
            reason=reason,
        )
    return bool(changed)


@transaction.atomic
def withdraw_entries(
    *, entry_ids: Sequence[UUID], actor: str, now: datetime, reason: str = ""
) -> list[UUID]:
    """Take many entries out for good, as ``withdraw_entry`` does.

    Returns:
        Those that lived until now.
    """
    gone: list[tuple[UUID, UUID]] = []
    for at in range(0, len(entry_ids), _AT_ONCE):
        living = Entry.objects.filter(pk__in=entry_ids[at : at + _AT_ONCE]).exclude(
            state=Entry.State.WITHDRAWN
        )
        found = list(living.select_for_update().order_by("pk").values_list("pk", "bank_id"))
        Entry.objects.filter(pk__in=[pk for pk, _ in found]).update(**_gone(now))
        gone += found
    if gone:
        note_changes(
            what=EntryChange.What.WITHDRAWN, entries=gone, actor=actor, at=now, reason=reason
        )
    return [pk for pk, _ in gone]


def _gone(now: datetime) -> dict[str, Any]:
    """What is left of an entry that was taken out."""
    return {
        "state": Entry.State.WITHDRAWN,
        "box": None,
        "blind": "",
        "withdrawn_at": now,
        "quarantined_at": None,
    }


def _put(
    *,
    bank: Bank,
    fingerprint: Fingerprint,
    origin: Entry.Origin,
    actor: str,
    now: datetime,
    case_id: UUID | None = None,
    expires_at: datetime | None = None,
    account_scope: str = "",
    state: Entry.State = Entry.State.SEED,
) -> Added:
    raw = fingerprint.to_bytes()
    mark = entry_blind(raw + account_scope.encode())
    known = _living(bank, mark)
    if known is None:
        weight = weigh(fingerprint)
        made_id = new_id()
        entry = Entry(
            id=made_id,
            bank=bank,
            content_kind=str(fingerprint.kind),
            state=state,
            origin=origin,
            box=seal(raw, context=entry_context(made_id)),
            blind=mark,
            is_exact_only=weight.is_exact_only,
            collisions=weight.collisions,
            account_scope=account_scope,
            expires_at=expires_at,
            created_at=now,
            claimed_at=now,
            confirmed_at=now if state == Entry.State.CONFIRMED else None,
        )
        try:
            with transaction.atomic():
                entry.save(force_insert=True)
        except IntegrityError:
            known = _living(bank, mark)
            if known is None:
                raise
    if known is not None:
        return _share(known, actor=actor, now=now, case_id=case_id, expires_at=expires_at)
    note_changes(
        what=EntryChange.What.ADDED,
        entries=[(entry.pk, bank.pk)],
        actor=actor,
        at=now,
        case_id=case_id,
    )
    return Added(entry, is_new=True)


def _living(bank: Bank, mark: str) -> Entry | None:
    return Entry.objects.filter(bank=bank, blind=mark).exclude(state=Entry.State.WITHDRAWN).first()


def _share(
    entry: Entry, *, actor: str, now: datetime, case_id: UUID | None, expires_at: datetime | None
) -> Added:
    """One more claim on an entry that lives: it lasts for the longer of the two.

    A new claim on a disputed entry makes it a seed again, so that a person looks once more.
    """
    values: dict[str, Any] = {"claimed_at": now}
    ends = entry.expires_at
    if ends is not None and (expires_at is None or expires_at > ends):
        values["expires_at"] = expires_at
    Entry.objects.filter(pk=entry.pk).update(**values)
    Entry.objects.filter(pk=entry.pk, state=Entry.State.DISPUTED).update(
        state=Entry.State.SEED, confirmed_at=None
    )
    entry.refresh_from_db()
    note_changes(
        what=EntryChange.What.SHARED,
        entries=[(entry.pk, entry.bank_id)],
        actor=actor,
        at=now,
        case_id=case_id,
    )
    return Added(entry, is_new=False)
