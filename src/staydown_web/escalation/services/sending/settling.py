"""A mail that does not come back is delivered; one that was given up can be sent again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.escalation.models import Report
from staydown_web.escalation.services.sending.due import MAIL_FORMATS
from staydown_web.escalation.services.sending.notes import record
from staydown_web.escalation.services.sending.trails import trail_of

_AT_ONCE = 100


def settle_delivered(now: datetime) -> int:
    """Mails whose quiet time is over are delivered.

    Returns:
        How many.
    """
    quiet = Report.objects.filter(
        state=Report.State.SENT, format__in=MAIL_FORMATS, next_try_at__lte=now
    )
    rows = list(quiet.order_by("next_try_at", "pk")[:_AT_ONCE])
    return sum(note_delivered(report, now) for report in rows)


@transaction.atomic
def note_delivered(report: Report, now: datetime) -> bool:
    """A mail that was sent has arrived: its quiet time is over, or somebody answers.

    Returns:
        False where it is not waiting for that.
    """
    sent = Report.objects.filter(pk=report.pk, state=Report.State.SENT)
    changed = sent.update(state=Report.State.DELIVERED, delivered_at=now, next_try_at=None)
    if changed:
        record(report, "report_delivered", now, format=report.format)
    return bool(changed)


@transaction.atomic
def send_again(*, report_id: UUID, user: User, now: datetime) -> None:
    """Let a report that was given up be tried anew; what people signed still has to hold.

    Args:
        report_id: of a report in state dead.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role does not sign reports.
        RecordConflictError: it was not given up.
        RecordNotFoundError: no such report.
    """
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators send reports again")
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise RecordNotFoundError("there is no such report")
    dead = Report.objects.filter(pk=report_id, state=Report.State.DEAD)
    closed = trail_of(report).closed().sealed(report)
    if not dead.update(state=Report.State.SIGNED, tries=0, next_try_at=now, proof_box=closed):
        raise RecordConflictError("this report was not given up; there is nothing to send again")
    record_event(
        what="report_replayed",
        actor=f"user:{user.pk}",
        at=now,
        case_id=report.case_id,
        subject=f"report:{report.pk}",
        facts={"purpose": report.purpose},
    )
