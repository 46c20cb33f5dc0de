"""Banks by HMA's names: made, changed and deleted through its calls."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank
from staydown_web.banks.services import make_bank as make_our_bank
from staydown_web.banks.services import set_policy
from staydown_web.base.errors import HmaRefusedError, RecordConflictError
from staydown_web.hma.models import HmaBank, HmaContent
from staydown_web.hma.selectors import BANK_NAME, unnamed_banks
from staydown_web.hma.services.callers import HmaCaller

_LONGEST = 255
_SLUG, _TITLE = 48, 120
_MOST_TRIES = 1000
NOT_OURS = "this bank is not changed through these calls, but on its own pages"


@transaction.atomic
def make_bank(*, name: str, ratio: float, caller: HmaCaller, now: datetime) -> HmaBank:
    """Make a bank. One that is made without a key is not sensitive, every other one is.

    Raises:
        HmaRefusedError: the name is not as HMA wants it (400), or taken (403).
    """
    _check_name(name)
    if HmaBank.objects.filter(name=name, deleted_at__isnull=True).exists():
        raise HmaRefusedError("Bank already exists", status=403)
    ours = _our_bank(name, caller=caller, now=now)
    try:
        with transaction.atomic():
            made = HmaBank.objects.create(
                bank=ours,
                name=name,
                enabled_ratio=ratio,
                is_own=True,
                is_sensitive=not caller.is_keyless,
                made_at=now,
            )
    except IntegrityError:
        raise HmaRefusedError("Bank already exists", status=403) from None
    if not ratio:
        set_policy(bank=ours, actor=caller.actor, now=now, is_active=False)
    return made


@transaction.atomic
def change_bank(
    *, bank: HmaBank, name: str | None, ratio: float | None, caller: HmaCaller, now: datetime
) -> HmaBank:
    """Rename a bank, or change how far it is switched on; 0 stops every match with it.

    Raises:
        HmaRefusedError: not a bank of these calls, a name that is none (400), or a taken one (403).
    """
    if not bank.is_own:
        raise HmaRefusedError(NOT_OURS, status=403)
    if name is not None and name != bank.name:
        _check_name(name)
        try:
            with transaction.atomic():
                HmaBank.objects.filter(pk=bank.pk).update(name=name)
        except IntegrityError:
            raise HmaRefusedError("Bank name already exists", status=403) from None
        Bank.objects.filter(pk=bank.bank_id).update(name=name[:_TITLE])
        record_event(
            what="bank_renamed", actor=caller.actor, at=now, subject=f"bank:{bank.bank_id}"
        )
    if ratio is not None and ratio != bank.enabled_ratio:
        HmaBank.objects.filter(pk=bank.pk).update(enabled_ratio=ratio)
        if bool(ratio) != bool(bank.enabled_ratio):
            set_policy(bank=bank.bank, actor=caller.actor, now=now, is_active=bool(ratio))
    bank.refresh_from_db()
    bank.bank.refresh_from_db()
    return bank


@transaction.atomic
def delete_bank(*, bank: HmaBank, caller: HmaCaller, now: datetime) -> None:
    """Delete a bank: nothing of it matches from now on, its name is free, its entries go.

    Raises:
        HmaRefusedError: 403; not a bank of these calls.
    """
    if not bank.is_own:
        raise HmaRefusedError(NOT_OURS, status=403)
    changed = HmaBank.objects.filter(pk=bank.pk, deleted_at__isnull=True).update(deleted_at=now)
    if changed:
        set_policy(bank=bank.bank, actor=caller.actor, now=now, is_active=False)
        HmaContent.objects.filter(hma_bank=bank).update(box=None)


def name_banks(*, now: datetime) -> int:
    """Give HMA names to banks with entries that have none; returns to how many."""
    banks = list(unnamed_banks())
    for bank in banks:
        name_bank(bank=bank, now=now)
    return len(banks)


def name_bank(*, bank: Bank, now: datetime) -> HmaBank:
    """The HMA name of a bank that was made elsewhere: its own in capitals, where that is free."""
    wish = re.sub(r"[^A-Z0-9]+", "_", bank.name.upper()).strip("_")[:_TITLE]
    try:
        with transaction.atomic():
            return HmaBank.objects.create(bank=bank, name=_free_name(wish), made_at=now)
    except IntegrityError:
        # Another process has just named it, or has just taken the name.
        known = HmaBank.objects.filter(bank=bank).first()
        return known or HmaBank.objects.create(
            bank=bank, name=_free_name(f"{wish}_{bank.pk.hex[-6:].upper()}"), made_at=now
        )


def _check_name(name: str) -> None:
    if not BANK_NAME.fullmatch(name) or len(name) > _LONGEST:
        raise HmaRefusedError("Bank names must be UPPER_WITH_UNDERSCORE")


def _free_name(wish: str) -> str:
    wish = wish if BANK_NAME.fullmatch(wish) else f"_{wish}"
    taken = set(
        HmaBank.objects.filter(name__startswith=wish, deleted_at__isnull=True).values_list(
            "name", flat=True
        )
    )
    names = (wish if n == 1 else f"{wish}_{n}" for n in range(1, _MOST_TRIES))
    return next(name for name in names if name not in taken)


def _our_bank(name: str, *, caller: HmaCaller, now: datetime) -> Bank:
    """A bank of ours for it; a slug that an earlier bank has gets a number."""
    base = "hma-" + name.lower().replace("_", "-").strip("-")[:_SLUG]
    for number in range(1, _MOST_TRIES):
        try:
            return make_our_bank(
                name=name[:_TITLE],
                slug=base if number == 1 else f"{base}-{number}",
                kind=Bank.Kind.REPORTED,
                actor=caller.actor,
                now=now,
            )
        except RecordConflictError:
            continue
    raise HmaRefusedError("too many banks had this name; choose another one")
