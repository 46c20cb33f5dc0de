"""News from other rooms and from recipients: what stops an escalation, and what lets it go on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Item
from staydown_web.escalation.models import Escalation, Report, ReportPlace, Sighting, Watch
from staydown_web.escalation.selectors.policy_grounds import OPEN
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.services.stopping import UNSENT, cancel_unsent, end_where_over
from staydown_web.escalation.services.stopping_corrections import correct_reports

READER: Final = "escalation-policy"
CASE_NEWS: Final = (
    *("case_withdrawn", "case_closed", "case_erased", "minor_closed", "providers_ended"),
    *("item_settled", "answer_noted", "answer_withdrawn", "link_sighted"),
)
REPORT_NEWS: Final = ("outcome_recorded", "report_bounced", "report_given_up", "report_cancelled")
_AT_ONCE: Final = 200
_FAILED: Final = (
    Report.Outcome.REFUSED,
    Report.Outcome.NO_ANSWER,
    Report.Outcome.WRONG_CONTACT,
)
_FAILED_STATES: Final = (
    *(Report.State.BOUNCED, Report.State.DEAD),
    *(Report.State.SENT_BACK, Report.State.CANCELLED),
)


@transaction.atomic
def follow_news(now: datetime) -> int:
    """Stop what must stop, correct what was said, and go on early where every answer failed.

    Returns:
        How many events were dealt with.
    """
    news = events_after(reader=READER, kinds=(*CASE_NEWS, *REPORT_NEWS), limit=_AT_ONCE)
    if not news or not move_cursor(reader=READER, seq=news[-1].seq):
        return 0
    case_ids = {event.case_id for event in news if event.what in CASE_NEWS and event.case_id}
    follow_cases(case_ids, now)
    _follow_reports([event for event in news if event.what in REPORT_NEWS], now)
    return len(news)


def follow_cases(case_ids: Collection[UUID], now: datetime) -> int:
    """Bring the escalations of some cases up to what holds of them now.

    Returns:
        How many are over.
    """
    rows = Escalation.objects.filter(case_id__in=case_ids).select_related("case", "site")
    over = 0
    for escalation in rows.order_by("number"):
        if escalation.state in OPEN and _end_where_over(escalation, now):
            over += 1
        else:
            _correct_kept(escalation, now)
    return over


def _end_where_over(escalation: Escalation, now: datetime) -> bool:
    try:
        return end_where_over(escalation=escalation, now=now)
    except RecordConflictError:
        return False  # somebody was quicker


def _correct_kept(escalation: Escalation, now: datetime) -> None:
    """Of links that a decision keeps, or that seem lawful: cancel and correct what names them."""
    if escalation.case.erased_at is not None or escalation.case.providers_agreed_at is None:
        return
    wrong = wrong_places(escalation)
    if not wrong:
        return
    named = Report.objects.filter(places__location_id__in=wrong).exclude(channel=CORRECTION)
    if escalation.state in OPEN:
        cancel_unsent(escalation, actor="system", now=now, among=named)
    correct_reports(escalation=escalation, now=now, only=wrong)


def wrong_places(escalation: Escalation) -> list[UUID]:
    """Places that reports of an escalation name and that do not stand any more."""
    lawful = Sighting.objects.filter(location=OuterRef("location"), says=Sighting.Says.LAWFUL)
    is_kept = Q(location__item__answer=Item.Answer.KEPT) | Q(location__item__state=Item.State.KEPT)
    rows = ReportPlace.objects.filter(report__escalation=escalation)
    wrong = rows.exclude(report__channel=CORRECTION).filter(is_kept | Exists(lawful))
    return list(wrong.values_list("location_id", flat=True).distinct())


def cancel_stale(now: datetime) -> int:
    """Cancel drafts that name a link which is gone: they are written anew with what is left.

    Returns:
        How many were cancelled.
    """
    gone = ReportPlace.objects.filter(
        report=OuterRef("pk"), location__watch__state=Watch.State.GONE
    )
    rows = Report.objects.filter(Exists(gone), state__in=UNSENT, escalation__state__in=OPEN)
    stale = rows.exclude(channel=CORRECTION).select_related("escalation")[:_AT_ONCE]
    cancelled = 0
    for report in list(stale):
        if report.escalation is not None:
            among = Report.objects.filter(pk=report.pk)
            with transaction.atomic():
                cancelled += cancel_unsent(report.escalation, actor="system", now=now, among=among)
    return cancelled


def _follow_reports(news: Collection[Event], now: datetime) -> None:
    ids = [UUID(event.subject.removeprefix("report:")) for event in news]
    rows = Escalation.objects.filter(reports__in=ids, state=Escalation.State.RUNNING).distinct()
    for escalation in rows:
        mine = escalation.reports.filter(step=escalation.step).exclude(channel=CORRECTION)
        if mine and all(_has_failed(report) for report in mine):
            waiting = Escalation.objects.filter(
                pk=escalation.pk, state=Escalation.State.RUNNING, next_step_at__gt=now
            )
            waiting.update(next_step_at=now)


def _has_failed(report: Report) -> bool:
    return report.outcome in _FAILED or report.state in _FAILED_STATES
