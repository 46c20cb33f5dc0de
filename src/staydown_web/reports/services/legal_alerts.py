"""A platform's legal contact is told, once, that it has to look at something itself.

The letter is neutral: it names the number of the task, and nothing of what it is about. Media and
hashes go nowhere; what has to be kept or reported, the platform keeps and reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor, record_event
from staydown_web.base.retrying import LETTER
from staydown_web.reports.models import LegalAlert
from staydown_web.review.models import Decision
from staydown_web.review.selectors.minors import MINOR

READER = "legal_alerts"
LEASE = timedelta(minutes=10)
"""A worker that dies while it sends loses its turn then."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Alerting:
    """A letter in hand: to whom, and the number in it."""

    alert_id: UUID
    to: str
    number: str


def make_legal_alerts(now: datetime) -> int:
    """Note whom to tell, from the decisions since the last run; each is read once.

    Returns:
        How many decisions were read.
    """
    news = events_after(reader=READER, kinds=("decision_made",), limit=_AT_ONCE)
    for event in news:
        _note(event, now)
    return len(news)


@transaction.atomic
def _note(event: Event, now: datetime) -> None:
    if not move_cursor(reader=READER, seq=event.seq):
        return  # another worker was quicker
    decisions = Decision.objects.select_related("task__platform")
    decision = decisions.filter(pk=event.subject.partition(":")[2]).first()
    if decision is None or MINOR not in decision.grounds:
        return
    has_contact = bool(decision.task.platform.legal_email)
    state = LegalAlert.State.DUE if has_contact else LegalAlert.State.NOBODY
    alert, is_new = LegalAlert.objects.get_or_create(
        task=decision.task, defaults={"state": state, "next_try_at": now, "made_at": now}
    )
    if is_new:
        _record("legal_alert_made", alert, now)


def take_legal_alert(*, now: datetime) -> Alerting | None:
    """The next letter to send, taken in hand by one conditional UPDATE; None where none is due."""
    due = LegalAlert.objects.filter(state=LegalAlert.State.DUE, next_try_at__lte=now)
    for alert in due.select_related("task__platform").order_by("next_try_at", "id")[:20]:
        mine = LegalAlert.objects.filter(
            pk=alert.pk, state=LegalAlert.State.DUE, next_try_at=alert.next_try_at
        )
        if mine.update(next_try_at=now + LEASE, tries=F("tries") + 1):
            return Alerting(alert.pk, alert.task.platform.legal_email, alert.task.number)
    return None


@transaction.atomic
def legal_alert_sent(*, alert_id: UUID, now: datetime) -> None:
    """Note that the mail server took it."""
    _end(alert_id, LegalAlert.State.SENT, "legal_alert_sent", now)


@transaction.atomic
def legal_alert_failed(*, alert_id: UUID, is_retryable: bool, now: datetime) -> bool:
    """Note that it did not leave; it is tried again after a pause, in the end no more.

    Returns:
        Whether it is tried again.
    """
    alert = LegalAlert.objects.get(pk=alert_id)
    again = LETTER.next_try(tries=alert.tries, now=now) if is_retryable else None
    if again is None:
        _end(alert_id, LegalAlert.State.DEAD, "legal_alert_dead", now)
        return False
    waiting = LegalAlert.objects.filter(pk=alert_id, state=LegalAlert.State.DUE)
    return bool(waiting.update(next_try_at=again))


def _end(alert_id: UUID, state: LegalAlert.State, what: str, now: datetime) -> None:
    waiting = LegalAlert.objects.filter(pk=alert_id, state=LegalAlert.State.DUE)
    if waiting.update(state=state, done_at=now):
        _record(what, LegalAlert.objects.get(pk=alert_id), now)


def _record(what: str, alert: LegalAlert, now: datetime) -> None:
    record_event(
        what=what,
        actor="system",
        at=now,
        subject=f"legal_alert:{alert.pk}",
        facts={"task": alert.task_id, "state": alert.state},
    )
