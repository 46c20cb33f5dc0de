"""What was received at one moment, for receipts: computed from what was there then alone.

A receipt can be asked for days later. What came meanwhile, and time limits that began or were moved
meanwhile, are not in it: an addition has a receipt of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from staydown.cli.verify.archives import commitment_of
from staydown_web.audit.selectors import case_events
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.keys import case_key
from staydown_web.base.sealing import installation_keys
from staydown_web.cases.models import Case, Clock, Notice
from staydown_web.cases.selectors import ItemRow, items_of
from staydown_web.regimes.selectors import regime
from staydown_web.reports.selectors.documents import moment

ADDS = frozenset({"items_added", "notice_valid"})
"""Events by which something later than the notice was received: more of it, or what it lacked."""


def notice_facts(case: Case) -> dict[str, Any]:
    """That a notice came, when, how it stood in law then, and of which files.

    Raises:
        SealError: the case was erased.
    """
    filed = case_events(case_id=case.pk).filter(what="case_filed").first()
    at = case.filed_at
    return {
        "case": case.number,
        "filed_at": moment(at),
        "way": filed.facts.get("way", case.way) if filed else case.way,
        "acts_as": case.acts_as,
        "addresses": case.locations.filter(added_at__lte=at).count(),
        "files": _files(case, lambda came: came <= at),
        "notices": _notices(case, at),
    }


def addition_facts(case: Case, at: datetime) -> dict[str, Any]:
    """What was added to a case at one moment, and how its notices stood then.

    Raises:
        SealError: the case was erased.
    """
    added = case_events(case_id=case.pk).filter(what="items_added", at=at)
    return {
        "case": case.number,
        "filed_at": moment(case.filed_at),
        "added_at": moment(at),
        "addresses": sum(int(event.facts.get("locations", 0)) for event in added),
        "files": _files(case, lambda came: came == at),
        "notices": _notices(case, at),
    }


def _files(case: Case, is_told: Callable[[datetime], bool]) -> list[dict[str, Any]]:
    return [
        {"item": item.position, "commitment": row["commitment"]}
        for item in items_of(case)
        for row in file_rows(case.pk, item, is_told=is_told)
    ]


def _notices(case: Case, at: datetime) -> list[dict[str, Any]]:
    rows = case.notices.filter(received_at__lte=at).order_by("received_at", "regime")
    return [_notice(notice, at) for notice in rows]


def _notice(notice: Notice, at: datetime) -> dict[str, Any]:
    is_valid = notice.valid_at is not None and notice.valid_at <= at
    signed = notice.signatures.filter(signed_at__lte=at).last()
    typed = notice.signatures.filter(signed_at__lte=at, is_typed=True).last()
    text = typed.digest if typed else ""
    if not notice.signatures.exists():  # signed before each signing had a row
        text = notice.text_digest
    return {
        "regime": notice.regime,
        "law": law_title(notice.regime),
        **start_mark(notice.regime),
        "version": signed.regime_version if signed and not is_valid else notice.regime_version,
        "received_at": moment(notice.received_at),
        "valid_at": moment(notice.valid_at) if is_valid else None,
        "due_at": moment(_due_at(notice, at)) if is_valid else None,
        "signed_text_sha256": text,
    }


def _due_at(notice: Notice, at: datetime) -> datetime | None:
    """Until when, as it was to be at that moment: no later pause or addition moves it."""
    begun = notice.clocks.filter(cause=Clock.Cause.RECEIPT, began_at__lte=at)
    clock = begun.order_by("-began_at").first()
    return clock.began_at + timedelta(seconds=clock.length_s) if clock else None


def law_title(id_: str) -> str:
    """The full name of a law, as its own language or English has it; its id where it is gone.

    A receipt is read by people who have no list of ids, and says the same in every language.
    """
    try:
        return regime(id_).title
    except RecordNotFoundError:
        return id_


def start_mark(id_: str) -> dict[str, bool]:
    """``is_start_open`` where a law's first day is not confirmed; nothing for any other."""
    try:
        return {"is_start_open": True} if regime(id_).is_start_open else {}
    except RecordNotFoundError:
        return {}


def file_rows(
    case_id: UUID, item: ItemRow, *, is_told: Callable[[datetime], bool] | None = None
) -> list[dict[str, str]]:
    """For each file with a known digest: the digest, a secret number, and the commitment to both.

    A receipt names the commitment alone, which tells nothing of the file; the record, which she
    gives to whom she chooses, opens it. The number follows from the case's key: nothing is stored,
    and after an erasure nobody can make it again.

    Args:
        case_id: hers.
        item: of the case.
        is_told: of files, by when they came; None: all.

    Raises:
        SealError: the case was erased.
    """
    key = case_key(installation_keys().folder, case_id)
    rows = []
    for number, label in enumerate(item.labels):
        if not label.sha256 or not (is_told is None or is_told(label.came_at or item.added_at)):
            continue
        text = f"commitment/1:{item.id}:{number}".encode()
        nonce = hmac.new(key, text, hashlib.sha256).hexdigest()
        commitment = commitment_of(label.sha256, nonce)
        rows.append({"sha256": label.sha256, "nonce": nonce, "commitment": commitment})
    return rows
