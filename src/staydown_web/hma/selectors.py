"""Reads for HMA's calls: banks by name, contents by number, how much there is."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.selectors import last_change
from staydown_web.base.errors import HmaRefusedError
from staydown_web.base.sealing import unseal
from staydown_web.hma.models import HmaBank, HmaContent

BANK_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_GREATEST_ID = (1 << 63) - 1
_LARGE = 20_000
_KEPT_S = 60.0
_sizes: dict[str, tuple[float, dict[str, int]]] = {}
"""Folder of the installation -> until when the numbers hold, and the numbers."""


def shown_banks(*, is_keyless: bool) -> QuerySet[HmaBank]:
    """Banks that a caller meets: those made through these calls, and others with entries.

    Args:
        is_keyless: True for those alone that are not sensitive.
    """
    banks = HmaBank.objects.filter(deleted_at__isnull=True).select_related("bank").order_by("pk")
    if is_keyless:
        return banks.filter(is_own=True, is_sensitive=False)
    living = Entry.objects.filter(bank=OuterRef("bank")).exclude(state=Entry.State.WITHDRAWN)
    partners = Q(bank__exchange__isnull=False, bank__exchange__left_at__isnull=True)
    return banks.filter(Q(is_own=True) | partners | Exists(living), bank__kind=Bank.Kind.REPORTED)


def unnamed_banks() -> QuerySet[Bank]:
    """Banks with entries that have no name for these calls yet; older ones first choose theirs."""
    living = Entry.objects.filter(bank=OuterRef("pk")).exclude(state=Entry.State.WITHDRAWN)
    banks = Bank.objects.filter(Exists(living), hma__isnull=True, kind=Bank.Kind.REPORTED)
    return banks.order_by("created_at", "pk")


def bank_named(name: str, *, is_keyless: bool) -> HmaBank | None:
    """The bank of a name, where the caller may know of it."""
    if not BANK_NAME.fullmatch(name):
        return None
    return shown_banks(is_keyless=is_keyless).filter(name=name).first()


def ratio_of(bank: HmaBank) -> float:
    """How far a bank is switched on, 0..1."""
    return bank.enabled_ratio if bank.bank.is_active else 0.0


def content_of(bank: HmaBank, content_id: int) -> HmaContent:
    """A content of a bank.

    Raises:
        HmaRefusedError: 404; the bank has none of this number.
    """
    found = None
    if content_id <= _GREATEST_ID:
        contents = HmaContent.objects.filter(pk=content_id, hma_bank=bank)
        living = contents.exclude(entry__state=Entry.State.WITHDRAWN)
        found = living.select_related("entry", "hma_bank__bank").first()
    if found is None:
        raise HmaRefusedError(f"content '{content_id}' not found", status=404)
    return found


def contents_of(entry_ids: Sequence[UUID]) -> dict[UUID, list[HmaContent]]:
    """The contents that stand for entries, with their banks, by number."""
    found: dict[UUID, list[HmaContent]] = {}
    rows = HmaContent.objects.filter(entry_id__in=entry_ids, hma_bank__deleted_at__isnull=True)
    for row in rows.select_related("hma_bank__bank").order_by("pk"):
        found.setdefault(row.entry_id, []).append(row)
    return found


def noted(content: HmaContent) -> dict[str, Any]:
    """What a program noted beside a content: ``metadata`` and ``note``."""
    if content.box is None:
        return {}
    opened: dict[str, Any] = json.loads(unseal(content.box, context=f"hma-content:{content.pk}"))
    return opened


def size_by_type(*, is_keyless: bool) -> dict[str, int]:
    """HMA's name of each signal type -> how many entries can be found by it.

    What is left of a deleted bank until the worker has withdrawn it does not count. Counting takes
    seconds in a large bank: there the number may be a minute old.
    """
    living = Entry.objects.exclude(state=Entry.State.WITHDRAWN)
    entries = living.exclude(bank__hma__deleted_at__isnull=False)
    if is_keyless:
        return _counted(entries.filter(bank__in=shown_banks(is_keyless=True).values("bank")))
    home, now_s = str(settings.STAYDOWN_HOME), time.monotonic()
    known = _sizes.get(home)
    if known is None or now_s > known[0] or sum(known[1].values()) < _LARGE:
        known = _sizes[home] = (now_s + _KEPT_S, _counted(entries))
    return known[1]


def _counted(entries: QuerySet[Entry]) -> dict[str, int]:
    photo = Q(content_kind=Entry.ContentKind.PHOTO, is_exact_only=False)
    found = entries.aggregate(
        pdq=Count("pk", filter=photo),
        video_md5=Count("pk", filter=Q(content_kind=Entry.ContentKind.VIDEO)),
    )
    return {name: int(count) for name, count in found.items()}


def changed_at() -> datetime | None:
    """When a bank last changed."""
    change = last_change()
    return None if change is None else change.at
