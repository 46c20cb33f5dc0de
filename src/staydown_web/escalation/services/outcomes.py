"""What came of each report: recorded by a person or by what a recipient's interface said."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.escalation.models import ProviderContact, Report, Watch
from staydown_web.escalation.services.watching_turns import line_up

_LEFT: Final = (Report.State.SENT, Report.State.DELIVERED, Report.State.BOUNCED)
_UNANSWERED: Final = (Report.State.SENT, Report.State.DELIVERED)
_AT_ONCE: Final = 200
Outcome = Report.Outcome


@transaction.atomic
def record_outcome(
    *,
    report_id: UUID,
    outcome: str,
    user: User | None = None,
    system: bool = False,
    now: datetime,
) -> Report:
    """Record what came of a report. A later word replaces an earlier one, and both stay recorded.

    A wrong contact is not used again, so that the next report goes to the next one. Where the
    recipient says that it acted, the links are looked at soon.

    Args:
        report_id: of a report that has left.
        outcome: value of ``Report.Outcome``, not empty.
        user: who says so.
        system: True where an interface or a bounce says so; it replaces no person's word.
        now: the moment, aware UTC.

    Raises:
        RecordNotFoundError: no such report.
        RecordConflictError: it has not left, or this is known already, or a person said otherwise.
        FieldsError: no such outcome.
        NotAllowedError: nobody says so.
    """
    if outcome not in Outcome.values or not outcome:
        raise FieldsError({"outcome": "choose one of: " + ", ".join(filter(None, Outcome.values))})
    if user is None and not system:
        raise NotAllowedError("an outcome is recorded by a person, or by what a recipient said")
    rows = Report.objects.filter(pk=report_id)
    report = rows.select_related("site", "case").first()
    if report is None:
        raise RecordNotFoundError("there is no such report")
    may = Q(state__in=_LEFT) & ~Q(outcome=outcome)
    if user is None:
        may &= Q(outcome_by__isnull=True)
    if not rows.filter(may).update(outcome=outcome, outcome_at=now, outcome_by=user):
        raise RecordConflictError("the report has not left, or what came of it is known already")
    before = report.outcome
    report.refresh_from_db()
    if outcome == Outcome.WRONG_CONTACT:
        _refuse_contact(report)
    elif outcome == Outcome.ACTIONED:
        _look_soon(report, now)
    _record(report, before, f"user:{user.pk}" if user else "system", now)
    return report


def close_unanswered(now: datetime) -> int:
    """Note "no answer" where a recipient's time is over, some at a time.

    Returns:
        How many.
    """
    due = Report.objects.filter(outcome="", due_at__lte=now, state__in=_UNANSWERED)
    ids = list(due.order_by("due_at").values_list("pk", flat=True)[:_AT_ONCE])
    return sum(_close(report_id, now) for report_id in ids)


@transaction.atomic
def _close(report_id: UUID, now: datetime) -> int:
    rows = Report.objects.filter(pk=report_id)
    still = rows.filter(outcome="", due_at__lte=now, state__in=_UNANSWERED)
    if not still.update(outcome=Outcome.NO_ANSWER, outcome_at=now, outcome_by=None):
        return 0
    _record(rows.get(), "", "system", now)
    return 1


def _refuse_contact(report: Report) -> None:
    mine = ProviderContact.objects.filter(pk__in=[report.contact_id])
    mine.filter(state=ProviderContact.State.USABLE).update(
        state=ProviderContact.State.REFUSED, refused="wrong_contact"
    )


def _look_soon(report: Report, now: datetime) -> None:
    """Who says it acted is taken at its word and looked at."""
    places = report.places.values("location")
    watches = Watch.objects.filter(
        location__in=places, site=report.site, next_look_at__gt=now, turn__isnull=False
    )
    if Watch.objects.filter(pk__in=list(watches.values_list("pk", flat=True))).update(
        next_look_at=now, round=0
    ):
        line_up(site=report.site, case=report.case, now=now)


def _record(report: Report, before: str, actor: str, now: datetime) -> None:
    facts = {"outcome": report.outcome, "before": before, "purpose": report.purpose}
    record_event(
        what="outcome_recorded",
        actor=actor,
        at=now,
        case_id=report.case_id,
        subject=f"report:{report.pk}",
        facts=facts,
    )
