"""Contents of HMA's banks: added, switched off and on, taken out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from staydown.types import Fingerprint
from staydown_web.banks.models import Entry
from staydown_web.banks.services import (
    add_entry,
    confirm_entries,
    quarantine_entries,
    release_entry,
    unconfirm_entries,
    withdraw_entries,
    withdraw_entry,
)
from staydown_web.base.errors import FingerprintPlainError, HmaRefusedError
from staydown_web.base.sealing import seal
from staydown_web.hma.forms import Notes
from staydown_web.hma.models import MATCHES, MATCHES_NEVER, HmaBank, HmaContent
from staydown_web.hma.selectors import noted
from staydown_web.hma.services.banks import NOT_OURS
from staydown_web.hma.services.callers import HmaCaller

_AT_ONCE = 200
_LIVING = tuple(state for state in Entry.State if state != Entry.State.WITHDRAWN)
_REASON = "taken out by a program"


def is_enabled(content: HmaContent, now: datetime) -> bool:
    """Whether a content may match at this moment."""
    until = content.disable_until_ts
    return until == MATCHES or (until != MATCHES_NEVER and until <= now.timestamp())


@transaction.atomic
def add_content(
    *, bank: HmaBank, fingerprint: Fingerprint, notes: Notes, caller: HmaCaller, now: datetime
) -> HmaContent:
    """Add a content to a bank.

    What a key adds counts as confirmed: the platform vouches for it. What comes without a key is a
    seed, which holds at most.

    Raises:
        HmaRefusedError: not a bank of these calls (403), or a picture too plain to find copies by.
    """
    if not bank.is_own:
        raise HmaRefusedError(NOT_OURS, status=403)
    try:
        added = add_entry(
            bank=bank.bank,
            fingerprint=fingerprint,
            origin=Entry.Origin.CLIENT,
            actor=caller.actor,
            now=now,
        )
    except FingerprintPlainError as error:
        raise HmaRefusedError(str(error)) from None
    if not caller.is_keyless:
        confirm_entries(entry_ids=[added.entry.pk], actor=caller.actor, now=now)
    made = HmaContent.objects.create(hma_bank=bank, entry=added.entry, is_own=True, made_at=now)
    _note(made, {"metadata": notes.metadata, "note": notes.note})
    return made


@transaction.atomic
def change_content(
    *,
    content: HmaContent,
    changes: dict[str, Any],
    caller: HmaCaller,
    now: datetime,
) -> HmaContent:
    """Switch a content off or on, or change the note beside it.

    Args:
        content: which.
        changes: ``disable_until_ts`` in seconds since 1970, ``note``; what is not there stays.
        caller: who asks.
        now: the moment, aware UTC.

    Raises:
        HmaRefusedError: 403; not a content of these calls.
    """
    if not content.is_own:
        raise HmaRefusedError(NOT_OURS, status=403)
    if "note" in changes:
        _note(content, {**noted(content), "note": changes["note"]})
    if "disable_until_ts" in changes:
        content.disable_until_ts = changes["disable_until_ts"]
        content.save(update_fields=["disable_until_ts"])
        _weigh_anew(content.entry_id, caller.actor, now, may_confirm=not caller.is_keyless)
    return content


@transaction.atomic
def delete_content(*, content: HmaContent, caller: HmaCaller, now: datetime) -> None:
    """Take a content out. Its entry is withdrawn, where no other content stands for it.

    Raises:
        HmaRefusedError: 403; not a content of these calls.
    """
    if not content.is_own:
        raise HmaRefusedError(NOT_OURS, status=403)
    entry_id = content.entry_id
    # The row is locked by its deletion: of two who take out the last two, one sees the other.
    content.delete()
    if not HmaContent.objects.filter(entry_id=entry_id, is_own=True).exists():
        withdraw_entry(entry_id=entry_id, actor=caller.actor, now=now, reason=_REASON)


def enable_due(*, now: datetime) -> int:
    """Switch on again what was switched off until now; returns how many contents."""
    due = HmaContent.objects.filter(
        disable_until_ts__gt=MATCHES, disable_until_ts__lte=int(now.timestamp())
    )
    rows = list(due.order_by("pk")[:_AT_ONCE])
    for row in rows:
        with transaction.atomic():
            still = HmaContent.objects.filter(pk=row.pk, disable_until_ts=row.disable_until_ts)
            if still.update(disable_until_ts=MATCHES):
                is_keyless = not row.hma_bank.is_sensitive
                _weigh_anew(row.entry_id, "system", now, may_confirm=not is_keyless)
    return len(rows)


def withdraw_deleted(*, now: datetime) -> int:
    """Withdraw entries of deleted banks, a bounded part of them; returns how many."""
    # Banks first, and states by name: so their index answers, and a large bank is not read through.
    deleted = list(HmaBank.objects.filter(deleted_at__isnull=False).values_list("bank", flat=True))
    if not deleted:
        return 0
    left = Entry.objects.filter(bank__in=deleted, state__in=_LIVING)
    ids = list(left.values_list("pk", flat=True)[:_AT_ONCE])
    if ids:
        withdraw_entries(entry_ids=ids, actor="system", now=now, reason=_REASON)
    return len(ids)


def forget_withdrawn(*, now: datetime) -> int:
    """Delete contents, and what was noted beside them, whose entry was withdrawn; how many."""
    gone = HmaContent.objects.filter(entry__state=Entry.State.WITHDRAWN)
    ids = list(gone.values_list("pk", flat=True)[:_AT_ONCE])
    HmaContent.objects.filter(pk__in=ids).delete()
    return len(ids)


def numbers_for(
    entries: Sequence[tuple[UUID, HmaBank]], *, now: datetime
) -> dict[UUID, list[HmaContent]]:
    """Numbers of entries that no program added; made where they are missing."""
    made: dict[UUID, list[HmaContent]] = {}
    for entry_id, bank in entries:
        row, _ = HmaContent.objects.select_related("hma_bank__bank").get_or_create(
            entry_id=entry_id, is_own=False, defaults={"hma_bank": bank, "made_at": now}
        )
        made[entry_id] = [row]
    return made


def _weigh_anew(entry_id: UUID, actor: str, now: datetime, *, may_confirm: bool) -> None:
    """Put an entry aside where all its contents are off; else let it count again."""
    rows = HmaContent.objects.filter(entry_id=entry_id, is_own=True)
    if any(is_enabled(row, now) for row in rows):
        quarantined = Entry.objects.filter(pk=entry_id, quarantined_at__isnull=False)
        if quarantined.filter(state=Entry.State.SEED).exists():
            release_entry(entry_id=entry_id, actor=actor, now=now)
            if may_confirm:
                confirm_entries(entry_ids=[entry_id], actor=actor, now=now)
    else:
        unconfirm_entries(entry_ids=[entry_id], actor=actor, now=now)
        quarantine_entries(entry_ids=[entry_id], actor=actor, now=now)


def _note(content: HmaContent, notes: dict[str, Any]) -> None:
    kept = {name: value for name, value in notes.items() if value is not None}
    box = None
    if kept:
        text = json.dumps(kept, separators=(",", ":"), ensure_ascii=False)
        box = seal(text.encode(), context=f"hma-content:{content.pk}")
    HmaContent.objects.filter(pk=content.pk).update(box=box)
    content.box = box
