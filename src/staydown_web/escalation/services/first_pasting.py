"""A person pasted a notice into a form: that proves its delivery, and by proof clocks begin."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.base.sealing import seal_for_case
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.first import (
    PURPOSES,
    first_notice,
    first_notices,
    open_cases,
    time_of,
)
from staydown_web.escalation.services.ladders import ladder

_AHEAD = timedelta(minutes=5)
"""How far a watch may be ahead of the machine's clock."""
_LONGEST_NUMBER = 200
_A_RUN = 200
UNSENT = (Report.State.DRAFT, Report.State.SIGNED, Report.State.TO_PASTE)
AGAIN = (Report.State.SENT_BACK, Report.State.BOUNCED, Report.State.DEAD)
"""From what a notice is written again."""


@transaction.atomic
def mark_pasted(
    *, report_id: UUID, remote_id: str, at: datetime, user: User, now: datetime
) -> Report:
    """Note that somebody pasted a notice into the form of its recipient; its clock begins.

    Args:
        report_id: of a report that waits to be pasted; one of any purpose.
        remote_id: number that the form gave; empty: it gave none.
        at: when it was sent, aware.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role sends nothing.
        FieldsError: the time lies ahead, or before the signature; the number is too long.
        RecordConflictError: it does not wait to be pasted.
        RecordNotFoundError: no such report.
    """
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators send notices")
    report = _any_report(report_id)
    number = remote_id.strip()
    _check(report, number, at, now)
    due_at = _due_after(report, at)
    proof = {"pasted_by": f"user:{user.pk}", "at": at.isoformat(), "number": number}
    waits = Report.objects.filter(pk=report_id, state=Report.State.TO_PASTE)
    changed = waits.update(
        state=Report.State.DELIVERED,
        sent_at=at,
        delivered_at=at,
        due_at=due_at,
        remote_id=number,
        proof_box=seal_for_case(report.case_id, proof, context=f"report-proof:{report.pk}"),
    )
    if not changed:
        raise RecordConflictError("this notice does not wait to be pasted any more")
    _record("report_pasted", f"user:{user.pk}", report, now, sent_at=at, numbered=bool(number))
    return _any_report(report_id)


@transaction.atomic
def write_again(*, report_id: UUID, user: User, now: datetime) -> Report:
    """Let the links of a notice that was sent back, or came back, be told anew.

    Raises:
        NotAllowedError: the role decides on no notices.
        RecordConflictError: it was neither sent back nor did it come back.
        RecordNotFoundError: no such notice.
    """
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators decide on notices")
    report = first_notice(report_id)
    held = Report.objects.filter(pk=report_id, purpose__in=PURPOSES, state__in=AGAIN)
    if not held.update(state=Report.State.CANCELLED, next_try_at=None):
        raise RecordConflictError("only what was sent back or came back is written again")
    _record("notice_reopened", f"user:{user.pk}", report, now, was=report.state)
    return first_notice(report_id)


def stop_first_notices(now: datetime) -> int:
    """Cancel what has not left of cases that ended: taken back, closed, erased, or a minor shown.

    Returns:
        How many do not leave.
    """
    rows = first_notices().filter(~open_cases("case__"), state__in=UNSENT)
    return sum(_cancel(report, now) for report in rows.order_by("id")[:_A_RUN])


def start_first_clocks(now: datetime) -> int:
    """Give each notice that was delivered by mail the end of its recipient's time.

    Returns:
        How many clocks began.
    """
    begun = 0
    rows = first_notices().select_related("case", "site")
    rows = rows.filter(
        state=Report.State.DELIVERED, delivered_at__isnull=False, due_at__isnull=True
    )
    for report in rows.order_by("delivered_at", "id")[:_A_RUN]:
        begun += _start(report, now)
    return begun


@transaction.atomic
def _cancel(report: Report, now: datetime) -> int:
    waits = Report.objects.filter(pk=report.pk, state__in=UNSENT)
    if not waits.update(state=Report.State.CANCELLED, next_try_at=None):
        return 0
    _record("report_cancelled", "system", report, now, was=report.state)
    return 1


@transaction.atomic
def _start(report: Report, now: datetime) -> int:
    if report.delivered_at is None:
        return 0
    due_at = report.delivered_at + time_of(report).length
    waits = Report.objects.filter(pk=report.pk, state=Report.State.DELIVERED, due_at__isnull=True)
    if not waits.update(due_at=due_at):
        return 0
    _record("notice_timed", "system", report, now, due_at=due_at, law=time_of(report).law)
    return 1


def _any_report(report_id: UUID) -> Report:
    rows = Report.objects.select_related("case", "site", "escalation")
    found = rows.filter(pk=report_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such report")
    return found


def _due_after(report: Report, at: datetime) -> datetime | None:
    """When the recipient's time is over that began at ``at``: of providers, the ladder's."""
    if report.escalation is None:
        report.delivered_at = at
        return at + time_of(report).length
    step = ladder(report.escalation.ladder).step(report.step)
    return report.due_at or (at + step.answer_within if step else None)


def _check(report: Report, number: str, at: datetime, now: datetime) -> None:
    wrong = {}
    last = max((sign.at for sign in report.signs.all()), default=report.made_at)
    if at > now + _AHEAD:
        wrong["at"] = _("This time lies ahead. Write when you sent it.")
    if at < last.replace(second=0, microsecond=0):
        wrong["at"] = _("This time is before the signature. Write when you sent it.")
    if len(number) > _LONGEST_NUMBER:
        wrong["remote_id"] = _("Write at most 200 characters.")
    if wrong:
        raise FieldsError(wrong)


def _record(what: str, actor: str, report: Report, now: datetime, **facts: object) -> None:
    record_event(
        what=what,
        actor=actor,
        at=now,
        case_id=report.case_id,
        subject=f"report:{report.pk}",
        facts={"purpose": report.purpose, **facts},
    )
