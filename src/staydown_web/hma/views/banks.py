"""``/c/banks`` and ``/c/bank/…``: banks and their contents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from staydown.types import Fingerprint
from staydown_web.banks.selectors import fingerprint_of
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import HmaRefusedError
from staydown_web.hma.forms import (
    Notes,
    first_values,
    notes_of,
    read_body,
    read_json_object,
    refuse_note,
    uploaded_media,
)
from staydown_web.hma.models import HmaBank, HmaContent
from staydown_web.hma.schemas import BankChange, BankMaking
from staydown_web.hma.selectors import bank_named, content_of, noted, ratio_of, shown_banks
from staydown_web.hma.services import (
    Hashed,
    HmaCaller,
    add_content,
    change_bank,
    change_content,
    delete_bank,
    delete_content,
    fingerprint_of_signals,
    hash_address,
    hash_file,
    make_bank,
    name_banks,
)
from staydown_web.hma.services.signals import signals_of
from staydown_web.hma.views.replies import answer
from staydown_web.screening.services.media import max_media_bytes

_LONGEST_OFF = timedelta(days=365 * 5)


def list_banks(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Every bank that the caller may know of."""
    if not caller.is_keyless:
        name_banks(now=utc_now())
    return answer([_shown(bank) for bank in shown_banks(is_keyless=caller.is_keyless)])


def add_bank(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Make a bank."""
    asked = read_body(request, BankMaking)
    ratio = asked.enabled_ratio
    if ratio is None:
        ratio = 0.0 if asked.enabled is False else 1.0
    bank = make_bank(name=asked.name, ratio=ratio, caller=caller, now=utc_now())
    return answer({"name": bank.name, "matching_enabled_ratio": ratio}, 201)


def show_bank(request: HttpRequest, caller: HmaCaller, bank_name: str) -> HttpResponse:
    """One bank."""
    return answer(_shown(named(bank_name, caller)))


def update_bank(request: HttpRequest, caller: HmaCaller, bank_name: str) -> HttpResponse:
    """Rename a bank, or switch it on or off."""
    asked = read_body(request, BankChange)
    ratio = asked.enabled_ratio
    if ratio is None and asked.enabled is not None:
        ratio = 1.0 if asked.enabled else 0.0
    bank = _known(bank_name, caller)
    if bank is None:
        raise HmaRefusedError("Bank not found", status=404)
    changed = change_bank(bank=bank, name=asked.name, ratio=ratio, caller=caller, now=utc_now())
    return answer({"name": changed.name, "matching_enabled_ratio": changed.enabled_ratio})


def remove_bank(request: HttpRequest, caller: HmaCaller, bank_name: str) -> HttpResponse:
    """Delete a bank; one that is not there is done too."""
    bank = _known(bank_name, caller)
    if bank is not None:
        delete_bank(bank=bank, caller=caller, now=utc_now())
    return answer({"message": "Done"})


def add_media(request: HttpRequest, caller: HmaCaller, bank_name: str) -> HttpResponse:
    """Add what is at an address, or the one file of a form, to a bank."""
    bank = named(bank_name, caller)
    notes = notes_of(request, max_bytes=max_media_bytes())
    asked = first_values(request)
    if asked.get("url"):
        hashed = hash_address(
            asked["url"],
            content_type=asked.get("content_type"),
            types=asked.get("types"),
            platform=caller.platform,
            is_whole=True,
        )
    else:
        hashed = _of_form(request, asked.get("types"))
    return _added(bank, hashed.fingerprint, hashed.signals, notes, caller)


def add_signals(request: HttpRequest, caller: HmaCaller, bank_name: str) -> HttpResponse:
    """Add bare hashes to a bank."""
    bank = named(bank_name, caller)
    given = read_json_object(request)
    notes = Notes(note=refuse_note(given.pop("note", None)))
    made, signals = fingerprint_of_signals(given)
    return _added(bank, made, signals, notes, caller)


def show_content(
    request: HttpRequest, caller: HmaCaller, bank_name: str, content_id: int
) -> HttpResponse:
    """One content of a bank; its hashes only where a program added it and they are asked for."""
    asked = first_values(request)
    content = content_of(named(bank_name, caller), content_id)
    shown: dict[str, Any] = {
        "id": content.pk,
        "disable_until_ts": content.disable_until_ts,
        "original_media_uri": None,
        "bank": _shown(content.hma_bank),
    }
    if asked.get("include_signals", "").lower() == "true" and content.is_own:
        made = fingerprint_of(content.entry, actor=caller.actor, now=utc_now())
        shown["signals"] = signals_of(made)
    kept = noted(content)
    if kept.get("metadata") and asked.get("include_metadata", "true").lower() == "true":
        empty = {"content_id": None, "content_uri": None, "json": None, "collab": None}
        shown["metadata"] = empty | kept["metadata"]
    if kept.get("note"):
        shown["note"] = kept["note"]
    return answer(shown)


def update_content(
    request: HttpRequest, caller: HmaCaller, bank_name: str, content_id: int
) -> HttpResponse:
    """Switch a content off or on, or change its note."""
    content = content_of(named(bank_name, caller), content_id)
    given = read_json_object(request)
    changes: dict[str, Any] = {}
    if "disable_until_ts" in given:
        changes["disable_until_ts"] = _moment(given["disable_until_ts"])
    if "note" in given:
        changes["note"] = refuse_note(given["note"])
    changed = change_content(content=content, changes=changes, caller=caller, now=utc_now())
    kept = noted(changed)
    return answer(
        {
            "id": changed.pk,
            "disable_until_ts": changed.disable_until_ts,
            "collab_metadata": {},
            "original_media_uri": None,
            "bank": _shown(changed.hma_bank),
            "user_metadata": kept.get("metadata"),
            "note": kept.get("note"),
        }
    )


def remove_content(
    request: HttpRequest, caller: HmaCaller, bank_name: str, content_id: int
) -> HttpResponse:
    """Take a content out of its own bank."""
    bank = named(bank_name, caller)
    try:
        content = content_of(bank, content_id)
    except HmaRefusedError:
        return answer({"deleted": 0})
    delete_content(content=content, caller=caller, now=utc_now())
    return answer({"deleted": 1})


def named(bank_name: str, caller: HmaCaller) -> HmaBank:
    """The bank of a name.

    Raises:
        HmaRefusedError: 404; there is none that the caller may know of.
    """
    bank = _known(bank_name, caller)
    if bank is None:
        raise HmaRefusedError(f"bank '{bank_name}' not found", status=404)
    return bank


def _known(bank_name: str, caller: HmaCaller) -> HmaBank | None:
    found = bank_named(bank_name, is_keyless=caller.is_keyless)
    if found is None and not caller.is_keyless and name_banks(now=utc_now()):
        found = bank_named(bank_name, is_keyless=False)
    return found


def _shown(bank: HmaBank) -> dict[str, Any]:
    return {"name": bank.name, "matching_enabled_ratio": ratio_of(bank)}


def _of_form(request: HttpRequest, types: str | None) -> Hashed:
    most = max_media_bytes()
    if not request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data"):
        raise HmaRefusedError("Neither `url` nor multipart file upload was received")
    with uploaded_media(request, max_bytes=most) as (content_type, file):
        return hash_file(file.path, content_type=content_type, types=types, is_whole=True)


def _added(
    bank: HmaBank,
    fingerprint: Fingerprint,
    signals: dict[str, str],
    notes: Notes,
    caller: HmaCaller,
) -> HttpResponse:
    made: HmaContent = add_content(
        bank=bank, fingerprint=fingerprint, notes=notes, caller=caller, now=utc_now()
    )
    return answer({"id": made.pk, "signals": signals})


def _moment(value: Any) -> int:
    """Seconds since 1970, or 0 and 1, which mean never and always."""
    try:
        moment = int(value)
    except (TypeError, ValueError, OverflowError):
        raise HmaRefusedError("Invalid int: disable_until_ts") from None
    if moment < 0:
        raise HmaRefusedError("disable_until_ts must be a non-negative integer")
    if moment > (utc_now() + _LONGEST_OFF).timestamp():
        raise HmaRefusedError("disable_until_ts must be less than 5 years in the future")
    return moment
