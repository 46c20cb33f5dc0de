"""Two people sign over the very bytes that leave; one may still take a signature back.

A first notice and a search removal take one signature: they say what the person herself signed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base import mailing
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.escalation.models import Escalation, Report, SignOff
from staydown_web.escalation.selectors.policy_signing import checks_of_report
from staydown_web.escalation.services.reporting_new import body_digest

REASONS = ("wrong_contact", "wrong_facts", "wrong_text", "not_needed", "too_early", "other")
"""Why a report is sent back."""
BY_MAIL = (Report.Format.MAIL, Report.Format.ARF, Report.Format.XARF_MAIL)
"""Formats that leave by the mail server."""


def signatures_needed(report: Report) -> int:
    """How many different people sign a report before it leaves."""
    return 2 if report.purpose == Report.Purpose.PROVIDER else 1


@transaction.atomic
def sign_report(*, report_id: UUID, digest: str, user: User, now: datetime) -> Report:
    """Sign what was shown; with the last signature it leaves, or waits to be pasted.

    Args:
        report_id: of a draft.
        digest: of the text that the page showed, 64 hex digits.
        user: a reviewer, lead or administrator; never a caseworker, never twice the same.
        now: the moment, aware UTC.

    Returns:
        The report as it stands then.

    Raises:
        NotAllowedError: the role does not sign, or this person has signed.
        RecordConflictError: it is no draft any more, its text is not the one that was shown, or
            something that must be true is not (``policy_signing.checks_of_report``).
        RecordNotFoundError: no such report.
    """
    _check_role(user)
    report = _locked(report_id)
    if report.state != Report.State.DRAFT:
        raise RecordConflictError("this report does not wait for signatures any more")
    _check_text(report, digest)
    signed = {sign.user_id: sign for sign in report.signs.all()}
    if user.pk in signed:
        raise NotAllowedError("you have signed this report; another person must sign now")
    _check_truth(report, now)
    SignOff.objects.create(report=report, user=user, digest=digest, at=now)
    count = sum(sign.digest == digest for sign in signed.values()) + 1
    _record("report_signed", report, user, now, signature=count)
    if count >= signatures_needed(report):
        _release(report, now)
    report.refresh_from_db()
    return report


@transaction.atomic
def undo_signature(*, report_id: UUID, user: User, now: datetime) -> Report:
    """Take one's own signature back, while the second one is missing.

    Raises:
        RecordConflictError: one did not sign it, or it leaves already.
        RecordNotFoundError: no such report.
    """
    report = _locked(report_id)
    if report.state != Report.State.DRAFT or not report.signs.filter(user=user).delete()[0]:
        raise RecordConflictError("there is no signature of yours that can be taken back")
    _record("signature_undone", report, user, now)
    return report


@transaction.atomic
def send_back(*, report_id: UUID, reason: str, user: User, now: datetime) -> Report:
    """Do not let a report leave; its signatures are void.

    Args:
        report_id: of a draft.
        reason: one of ``REASONS``.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role does not sign.
        RecordConflictError: it is no draft any more, or no such reason.
        RecordNotFoundError: no such report.
    """
    _check_role(user)
    if reason not in REASONS:
        raise RecordConflictError("choose why the report is sent back")
    report = _locked(report_id)
    drafts = Report.objects.filter(pk=report_id, state=Report.State.DRAFT)
    if not drafts.update(state=Report.State.SENT_BACK, next_try_at=None):
        raise RecordConflictError("this report does not wait for signatures any more")
    report.signs.all().delete()
    _record("report_sent_back", report, user, now, reason=reason)
    report.refresh_from_db()
    return report


@transaction.atomic
def take_by_hand(*, report_id: UUID, user: User, now: datetime) -> Report:
    """Where no mail server is set: a person sends a signed report from a mailbox of their own.

    Args:
        report_id: of a signed report that goes by mail and was never tried.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role sends nothing.
        RecordConflictError: it can leave by itself, was tried, or does not wait any more.
        RecordNotFoundError: no such report.
    """
    _check_role(user)
    report = _locked(report_id)
    waits = Report.objects.filter(
        pk=report_id, state=Report.State.SIGNED, format__in=BY_MAIL, tries=0
    )
    if mailing.is_ready() or not waits.update(state=Report.State.TO_PASTE, next_try_at=None):
        raise RecordConflictError("this report does not wait for a mail server")
    _record("report_handed_over", report, user, now, reason="no_mail_server", tries=0)
    report.refresh_from_db()
    return report


def _check_role(user: User) -> None:
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators sign reports")


def _locked(report_id: UUID) -> Report:
    """A report whose row, and that of its escalation, nobody else changes meanwhile."""
    # Two people who sign in the same moment, and a stop, are told apart by these locks where rows
    # have locks; whoever stops takes them in the same order.
    escalations = Escalation.objects.filter(reports=report_id).order_by("pk")
    list(escalations.select_for_update(of=("self",)).values_list("pk", flat=True))
    rows = Report.objects.select_for_update(of=("self",)).filter(pk=report_id)
    report = rows.select_related("case", "site", "escalation").first()
    if report is None:
        raise RecordNotFoundError("there is no such report")
    return report


def _check_text(report: Report, digest: str) -> None:
    if digest != report.digest:
        raise RecordConflictError("the text has changed since it was shown; read it again")
    if report.box is None:
        raise RecordConflictError("the text of this report was erased")
    box = unseal_for_case(report.case_id, report.box, context=f"report:{report.pk}")
    if body_digest(box["body"]) != digest:
        raise RecordConflictError("the text of this report is not the one that was stored")


def _check_truth(report: Report, now: datetime) -> None:
    unmet = [check for check in checks_of_report(report, now) if not check.is_met]
    if unmet:
        keys = ", ".join(check.key for check in unmet)
        raise RecordConflictError(f"this report cannot be signed now: {keys} does not hold")


def _release(report: Report, now: datetime) -> None:
    is_pasted = report.format == Report.Format.FORM_LETTER
    state = Report.State.TO_PASTE if is_pasted else Report.State.SIGNED
    drafts = Report.objects.filter(pk=report.pk, state=Report.State.DRAFT, digest=report.digest)
    if not drafts.update(state=state, next_try_at=None if is_pasted else now):
        raise RecordConflictError("this report does not wait for signatures any more")


def _record(what: str, report: Report, user: User, now: datetime, **facts: object) -> None:
    record_event(
        what=what,
        actor=f"user:{user.pk}",
        at=now,
        case_id=report.case_id,
        subject=f"report:{report.pk}",
        facts={"purpose": report.purpose, **facts},
    )
