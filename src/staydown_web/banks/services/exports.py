"""A bank leaves as a bank file, when two people have agreed to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from staydown import Fingerprint
from staydown.index import BankFile
from staydown_web.accounts.services import use_approval
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank
from staydown_web.banks.selectors import confirmed_entries
from staydown_web.base.errors import NotAllowedError

EXPORT_APPROVAL = "bank_export"


@transaction.atomic
def export_entries(
    *, bank: Bank, target: Path, approval_id: UUID, actor: str, now: datetime
) -> int:
    """Write the confirmed entries of a bank to a new bank file, readable by its owner alone.

    Args:
        bank: which one.
        target: where; nothing may be there.
        approval_id: an approval for ``EXPORT_APPROVAL`` of this bank; it is used up.
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        How many entries.

    Raises:
        RecordConflictError: the approval was not granted, was used, or has lapsed.
        NotAllowedError: it was for another bank.
        SnapshotExistsError: something is at the target.
    """
    approval = use_approval(approval_id=approval_id, what=EXPORT_APPROVAL, now=now)
    if approval.facts.get("bank") != str(bank.pk):
        raise NotAllowedError("this approval is for the export of another bank")
    with BankFile.create(target) as file:
        count = file.add_many(_named(bank))
    record_event(
        what="export_made",
        actor=actor,
        at=now,
        subject=f"bank:{bank.pk}",
        facts={"entries": count, "approval": approval.pk},
    )
    return count


def _named(bank: Bank) -> Iterator[tuple[str, Fingerprint]]:
    for entry in confirmed_entries(bank_id=bank.pk):
        yield str(entry.entry_id), entry.fingerprint()
