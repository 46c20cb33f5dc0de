"""What takes two people, carried out when the second one grants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.selectors import waiting_approvals
from staydown_web.accounts.services import ask_approval, grant_approval, use_approval
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.selectors import confirmed_count, fingerprint_of
from staydown_web.banks.services import (
    EXPORT_APPROVAL,
    add_lawful_entry,
    dispute_entries,
    doubt_seed,
    make_bank,
    renew_lawful_entry,
    set_policy,
    withdraw_entry,
)
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.review.services.suspending import SUSPENSION, carry_out_suspension
from staydown_web.screening.models import Copy

BANK_POLICY = "bank_policy"
ENTRY_WITHDRAWN = "entry_withdrawal"
ENTRY_DOUBT = "entry_doubt"
LAWFUL_ENTRY = "lawful_entry"
LAWFUL_RENEWAL = "lawful_renewal"
LAWFUL_BANK = "lawful"


def ask_policy(
    *, bank: Bank, changes: dict[str, str], reason: str, user: User, now: datetime
) -> Approval:
    """Ask that a bank does something else with a kind of match.

    Raises:
        RecordConflictError: nothing would change.
    """
    new = {name: value for name, value in changes.items() if getattr(bank, name) != value}
    if not new:
        raise RecordConflictError("nothing would change")
    facts = {"bank": str(bank.pk), **new}
    return ask_approval(what=BANK_POLICY, facts=facts, reason=reason, user=user, now=now)


def ask_entry_withdrawal(*, entry: Entry, reason: str, user: User, now: datetime) -> Approval:
    """Ask that an entry goes for good, although it may still be claimed."""
    facts = {"entry": str(entry.pk)}
    return ask_approval(what=ENTRY_WITHDRAWN, facts=facts, reason=reason, user=user, now=now)


def ask_entry_doubt(*, entry: Entry, reason: str, user: User, now: datetime) -> Approval:
    """Ask that a confirmed entry stops nothing until it is settled.

    Raises:
        RecordConflictError: the entry is not confirmed, or that was asked already.
    """
    facts = {"entry": str(entry.pk)}
    waiting = waiting_approvals(now).filter(what=ENTRY_DOUBT, facts=facts)
    if entry.state != Entry.State.CONFIRMED or waiting.exists():
        raise RecordConflictError("this was asked already, or the entry is not confirmed")
    return ask_approval(what=ENTRY_DOUBT, facts=facts, reason=reason, user=user, now=now)


def put_in_doubt(*, entry: Entry, reason: str, user: User, now: datetime) -> Approval | None:
    """A seed stops nothing from now on; for a confirmed entry a second person is asked.

    Args:
        entry: as it was read.
        reason: for its history, and for the second person.
        user: a lead reviewer.
        now: the moment, aware UTC.

    Returns:
        What waits for a second person; None where the entry is in doubt already.

    Raises:
        RecordConflictError: neither a seed nor confirmed, not any more, or asked already.
    """
    if entry.state == Entry.State.CONFIRMED:
        return ask_entry_doubt(entry=entry, reason=reason, user=user, now=now)
    doubt_seed(entry_id=entry.pk, actor=f"user:{user.pk}", now=now, reason=reason)
    return None


def ask_lawful_entry(
    *, entry: Entry, copy: Copy, span: timedelta, reason: str, user: User, now: datetime
) -> Approval:
    """Ask that one account may lawfully show what an entry stands for.

    Raises:
        RecordConflictError: the copy names no account, or is not one of this entry.
    """
    if not copy.account_blind or not copy.hits.filter(entry=entry).exists():
        raise RecordConflictError("choose a copy of this entry whose account is known")
    facts = {"entry": str(entry.pk), "copy": str(copy.pk), "days": span.days}
    return ask_approval(what=LAWFUL_ENTRY, facts=facts, reason=reason, user=user, now=now)


def ask_export(*, bank: Bank, reason: str, user: User, now: datetime) -> Approval:
    """Ask that the confirmed entries of a bank leave as a bank file.

    Nothing is carried out when it is granted: the command ``export-bank`` uses it, once.

    Raises:
        RecordConflictError: it has no confirmed entry.
    """
    entries = confirmed_count(bank_id=bank.pk)
    if not entries:
        raise RecordConflictError("this bank has no confirmed entry to export")
    facts = {"bank": str(bank.pk), "entries": entries}
    return ask_approval(what=EXPORT_APPROVAL, facts=facts, reason=reason, user=user, now=now)


def ask_lawful_renewal(
    *, entry: Entry, span: timedelta, reason: str, user: User, now: datetime
) -> Approval:
    """Ask that a lawful exception lasts for a time from the moment it is granted.

    Raises:
        RecordConflictError: no lawful exception, one that was taken out, or it was asked already.
    """
    lasts = entry.bank.kind == Bank.Kind.LAWFUL and entry.state == Entry.State.CONFIRMED
    asked = waiting_approvals(now).filter(what=LAWFUL_RENEWAL, facts__entry=str(entry.pk))
    if not lasts or asked.exists():
        raise RecordConflictError("this was asked already, or the exception was taken out")
    facts = {"entry": str(entry.pk), "days": span.days}
    return ask_approval(what=LAWFUL_RENEWAL, facts=facts, reason=reason, user=user, now=now)


@transaction.atomic
def grant(*, approval_id: UUID, user: User, now: datetime) -> Approval:
    """Grant a request, and carry it out where this room can; else it waits for its use.

    Raises:
        NotAllowedError: one's own request.
        RecordConflictError: answered before, lapsed, or what it names has changed.
        RecordNotFoundError: no such request, or what it names is gone.
    """
    granted = grant_approval(approval_id=approval_id, user=user, now=now)
    carry_out = _CARRIED_OUT.get(granted.what)
    if carry_out is not None:
        carry_out(granted, f"user:{user.pk}", now)
        granted.refresh_from_db()
    return granted


def _set_policy(approval: Approval, actor: str, now: datetime) -> None:
    use_approval(approval_id=approval.pk, what=BANK_POLICY, now=now)
    changes: dict[str, Any] = dict(approval.facts)
    bank = Bank.objects.filter(pk=changes.pop("bank")).first()
    if bank is None:
        raise RecordNotFoundError("the bank is gone")
    set_policy(bank=bank, actor=actor, now=now, **changes)


def _withdraw(approval: Approval, actor: str, now: datetime) -> None:
    use_approval(approval_id=approval.pk, what=ENTRY_WITHDRAWN, now=now)
    entry_id = UUID(approval.facts["entry"])
    if not withdraw_entry(entry_id=entry_id, actor=actor, now=now, reason="two reviewers"):
        raise RecordConflictError("this entry was withdrawn before")


def _doubt(approval: Approval, actor: str, now: datetime) -> None:
    used = use_approval(approval_id=approval.pk, what=ENTRY_DOUBT, now=now)
    if not dispute_entries(
        entry_ids=[UUID(used.facts["entry"])],
        actor=actor,
        now=now,
        reason=used.reason,
        keeps_confirmation=True,
    ):
        raise RecordConflictError("this entry cannot be put in doubt as it is now")


def _add_lawful(approval: Approval, actor: str, now: datetime) -> None:
    entry = Entry.objects.filter(pk=approval.facts["entry"], box__isnull=False).first()
    copy = Copy.objects.filter(pk=approval.facts["copy"]).first()
    if entry is None or copy is None:
        raise RecordNotFoundError("the entry or the copy is gone")
    add_lawful_entry(
        bank=_lawful_bank(actor, now),
        fingerprint=fingerprint_of(entry, actor=actor, now=now),
        account_scope=copy.account_blind,
        expires_at=now + timedelta(days=int(approval.facts["days"])),
        approval=approval,
        actor=actor,
        now=now,
    )


def _renew_lawful(approval: Approval, actor: str, now: datetime) -> None:
    used = use_approval(approval_id=approval.pk, what=LAWFUL_RENEWAL, now=now)
    renew_lawful_entry(
        entry_id=UUID(used.facts["entry"]),
        expires_at=now + timedelta(days=int(used.facts["days"])),
        actor=actor,
        now=now,
        reason=used.reason,
    )


def _suspend(approval: Approval, actor: str, now: datetime) -> None:
    used = use_approval(approval_id=approval.pk, what=SUSPENSION, now=now)
    carry_out_suspension(approval=used, actor=actor, now=now)


def _lawful_bank(actor: str, now: datetime) -> Bank:
    found = Bank.objects.filter(kind=Bank.Kind.LAWFUL).order_by("created_at").first()
    kind = Bank.Kind.LAWFUL
    return found or make_bank(
        name="Known to be lawful", slug=LAWFUL_BANK, kind=kind, actor=actor, now=now
    )


_CARRIED_OUT: dict[str, Callable[[Approval, str, datetime], None]] = {
    BANK_POLICY: _set_policy,
    ENTRY_WITHDRAWN: _withdraw,
    ENTRY_DOUBT: _doubt,
    LAWFUL_ENTRY: _add_lawful,
    LAWFUL_RENEWAL: _renew_lawful,
    SUSPENSION: _suspend,
}
