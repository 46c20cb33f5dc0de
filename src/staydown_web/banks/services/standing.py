"""What an entry is worth: a seed holds at most; confirmed, it follows the policy of its bank."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from staydown_web.banks.models import Bank, Entry, EntryChange
from staydown_web.banks.services.changes import note_changes
from staydown_web.base.errors import RecordConflictError


def confirm_entries(
    *, entry_ids: Sequence[UUID], actor: str, now: datetime, reason: str = ""
) -> list[UUID]:
    """A person looked at the platform's own copy: from now on the bank's policy holds in full.

    Returns:
        Those that changed; entries confirmed before, and withdrawn ones, are left out.
    """
    return _move(
        entry_ids,
        {Entry.State.SEED, Entry.State.DISPUTED},
        {"state": Entry.State.CONFIRMED, "confirmed_at": now, "quarantined_at": None},
        what=EntryChange.What.CONFIRMED,
        actor=actor,
        now=now,
        reason=reason,
    )


def unconfirm_entries(*, entry_ids: Sequence[UUID], actor: str, now: datetime) -> int:
    """Take a confirmation back: the entries are seeds again.

    Returns:
        How many changed.
    """
    moved = _move(
        entry_ids,
        {Entry.State.CONFIRMED},
        {"state": Entry.State.SEED, "confirmed_at": None},
        what=EntryChange.What.UNCONFIRMED,
        actor=actor,
        now=now,
    )
    return len(moved)


def dispute_entries(
    *,
    entry_ids: Sequence[UUID],
    actor: str,
    now: datetime,
    reason: str = "",
    keeps_confirmation: bool = False,
) -> list[UUID]:
    """A person found that these should stop nothing until it is settled: matches are only logged.

    Args:
        entry_ids: of seeds and confirmed entries; others are left out.
        actor: who found it.
        now: the moment, aware UTC.
        reason: for the history.
        keeps_confirmation: True where nothing was found about the picture itself, so that the end
            of the doubt makes confirmed entries of these again. Else they come back as seeds.

    Returns:
        Those that changed.
    """
    values: dict[str, Any] = {"state": Entry.State.DISPUTED, "quarantined_at": None}
    if not keeps_confirmation:
        values["confirmed_at"] = None
    return _move(
        entry_ids,
        {Entry.State.SEED, Entry.State.CONFIRMED},
        values,
        what=EntryChange.What.DISPUTED,
        actor=actor,
        now=now,
        reason=reason,
    )


def doubt_again(*, entry_id: UUID, confirmed_at: datetime, actor: str, now: datetime) -> bool:
    """Put a confirmed entry back into the doubt that it was in, with the confirmation from before.

    Args:
        entry_id: of an entry that was confirmed out of a doubt.
        confirmed_at: when it had been confirmed before that doubt.
        actor: who takes the later confirmation back.
        now: the moment, aware UTC.

    Returns:
        False where it is not confirmed any more.
    """
    moved = _move(
        [entry_id],
        {Entry.State.CONFIRMED},
        {"state": Entry.State.DISPUTED, "confirmed_at": confirmed_at},
        what=EntryChange.What.DISPUTED,
        actor=actor,
        now=now,
    )
    return bool(moved)


def doubt_seed(*, entry_id: UUID, actor: str, now: datetime, reason: str) -> None:
    """Put a seed in doubt; a confirmed entry takes a second person.

    Raises:
        RecordConflictError: the entry is not a seed, or not any more.
    """
    if not _move(
        [entry_id],
        {Entry.State.SEED},
        {"state": Entry.State.DISPUTED, "quarantined_at": None},
        what=EntryChange.What.DISPUTED,
        actor=actor,
        now=now,
        reason=reason,
    ):
        raise RecordConflictError("this entry cannot be put in doubt as it is now")


@transaction.atomic
def settle_entry(*, entry_id: UUID, actor: str, now: datetime, reason: str) -> Entry.State:
    """End a doubt: the entry counts again, confirmed if it was and that still holds, else a seed.

    Returns:
        What it is now.

    Raises:
        RecordConflictError: the entry is not in doubt.
    """
    for state, is_seed in ((Entry.State.CONFIRMED, False), (Entry.State.SEED, True)):
        if _move(
            [entry_id],
            {Entry.State.DISPUTED},
            {"state": state},
            what=EntryChange.What.SETTLED,
            actor=actor,
            now=now,
            reason=reason,
            only={"confirmed_at__isnull": is_seed},
        ):
            return state
    raise RecordConflictError("this entry is not in doubt")


def renew_entries(*, entry_ids: Sequence[UUID], actor: str, now: datetime) -> list[UUID]:
    """Whoever disputed these lists them once more: disputed ones are seeds again.

    Returns:
        Those that changed.
    """
    return _move(
        entry_ids,
        {Entry.State.DISPUTED},
        {"state": Entry.State.SEED, "confirmed_at": None, "claimed_at": now},
        what=EntryChange.What.SHARED,
        actor=actor,
        now=now,
    )


def renew_lawful_entry(
    *, entry_id: UUID, expires_at: datetime, actor: str, now: datetime, reason: str
) -> None:
    """A lawful exception lasts longer, or again after its end; a later notice stands before it.

    The caller has used an approval by a second person for it.

    Raises:
        RecordConflictError: it was taken out, or is no lawful exception.
    """
    if not _move(
        [entry_id],
        {Entry.State.CONFIRMED},
        {"expires_at": expires_at},
        what=EntryChange.What.RENEWED,
        actor=actor,
        now=now,
        reason=reason,
        only={"bank__kind": Bank.Kind.LAWFUL},
    ):
        raise RecordConflictError("this lawful exception was taken out")


def note_alike(*, entry_ids: Collection[UUID], actor: str, now: datetime, reason: str) -> None:
    """Note that living entries agree in part with a picture that was closed; they stay as they are.

    Their rows are locked by the caller, before anything is recorded.
    """
    living = Entry.objects.filter(pk__in=entry_ids).exclude(state=Entry.State.WITHDRAWN)
    found = list(living.order_by("pk").values_list("pk", "bank_id"))
    if found:
        note_changes(what=EntryChange.What.ALIKE, entries=found, actor=actor, at=now, reason=reason)


def quarantine_entries(
    *, entry_ids: Sequence[UUID], actor: str, now: datetime, since: datetime | None = None
) -> list[UUID]:
    """Seeds that suddenly match very much only log, until a person has looked.

    Args:
        entry_ids: of the entries.
        actor: who puts them aside.
        now: the moment, aware UTC.
        since: when they were put aside, where that is given back to them; None for now.

    Returns:
        Those that changed. Confirmed entries never do.
    """
    return _move(
        entry_ids,
        {Entry.State.SEED},
        {"quarantined_at": since or now},
        what=EntryChange.What.QUARANTINED,
        actor=actor,
        now=now,
        only={"quarantined_at__isnull": True},
    )


def release_entry(*, entry_id: UUID, actor: str, now: datetime) -> None:
    """End a quarantine: a person found that the matches are real copies.

    Raises:
        RecordConflictError: the entry is not in quarantine.
    """
    released = _move(
        [entry_id],
        {Entry.State.SEED},
        {"quarantined_at": None, "released_at": now},
        what=EntryChange.What.RELEASED,
        actor=actor,
        now=now,
        only={"quarantined_at__isnull": False},
    )
    if not released:
        raise RecordConflictError("this entry is not in quarantine")


@transaction.atomic
def _move(
    entry_ids: Sequence[UUID],
    before: set[Entry.State],
    values: dict[str, Any],
    *,
    what: EntryChange.What,
    actor: str,
    now: datetime,
    reason: str = "",
    only: dict[str, Any] | None = None,
) -> list[UUID]:
    """Change entries that are in one of the states before, each by one conditional UPDATE."""
    moved: list[tuple[UUID, UUID]] = []
    for entry_id in dict.fromkeys(entry_ids):
        entries = Entry.objects.filter(pk=entry_id)
        if entries.filter(state__in=before, **(only or {})).update(**values):
            moved.append((entry_id, entries.values_list("bank_id", flat=True).get()))
    if moved:
        note_changes(what=what, entries=moved, actor=actor, at=now, reason=reason)
    return [entry_id for entry_id, _ in moved]
