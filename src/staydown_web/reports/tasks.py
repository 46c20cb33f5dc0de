"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from staydown_web.base.clock import utc_now
from staydown_web.base.dates import when_sure
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.jobs import Job
from staydown_web.base.mailing import is_ready, send_neutral
from staydown_web.reports.services import (
    forget_reasons,
    forget_receipts,
    legal_alert_failed,
    legal_alert_sent,
    make_legal_alerts,
    make_receipts,
    make_statements,
    make_tree,
    make_waiting_statements,
    publish_periods,
    queue_submissions,
    stamp_due,
    state_blocked,
    submit_due,
    take_legal_alert,
    tell_outcomes,
)

_LATELY = timedelta(minutes=15)


def publish(now: datetime) -> int:
    """Count the periods that are over."""
    return publish_periods(now=now)


def state_blocked_lately(now: datetime) -> int:
    """Statements for uploads stopped a moment ago; for all others there is a rarer look."""
    return state_blocked(now, within=_LATELY)


def sign_receipts(now: datetime) -> int:
    """Make the receipts that events call for."""
    return make_receipts(now)


def sign_audit(now: datetime) -> int:
    """Sign the audit's next stretch where one is due; never asks to be run again at once."""
    make_tree(now=now)
    return 0


def stamp(now: datetime) -> int:
    """Have an authority stamp what waits for it."""
    return stamp_due(now)


def forget(now: datetime) -> int:
    """Delete receipts that nobody can read any more; never asks to be run again at once."""
    forget_receipts(now)
    return 0


def alert_contacts(now: datetime) -> int:
    """Tell a platform's legal contact what it has to look at itself.

    Returns:
        How many decisions were read and letters left.
    """
    read = make_legal_alerts(now)
    alerting = take_legal_alert(now=now) if is_ready() else None
    if alerting is None:
        return read
    link = settings.STAYDOWN_URL + reverse("review:task", args=[alerting.number])
    context = {"number": alerting.number, "link": link}
    language = settings.LANGUAGE_CODE
    try:
        send_neutral(to=alerting.to, template="legal_alert", language=language, context=context)
    except FetchRefusedError:
        legal_alert_failed(alert_id=alerting.alert_id, is_retryable=False, now=now)
    except FetchError as error:
        legal_alert_failed(alert_id=alerting.alert_id, is_retryable=error.retryable, now=now)
    else:
        legal_alert_sent(alert_id=alerting.alert_id, now=now)
    return read + 1


def submit(now: datetime) -> int:
    """Entries of statements to the Transparency Database, where one is set."""
    return queue_submissions(now) + submit_due(now=now, clock=utc_now)


def forget_words(now: datetime) -> int:
    """Forget the words of old decisions."""
    return forget_reasons(now)


JOBS: tuple[Job, ...] = (
    Job(name="forget_reasons", every_s=3600, run=when_sure(forget_words)),
    Job(name="statements", every_s=1, run=make_statements),
    Job(name="waiting_statements", every_s=2, run=make_waiting_statements),
    Job(name="complaint_outcomes", every_s=2, run=tell_outcomes),
    Job(name="statements_of_uploads", every_s=5, run=state_blocked_lately),
    Job(name="statements_of_earlier_uploads", every_s=600, run=state_blocked),
    Job(name="submissions", every_s=10, run=submit),
    Job(name="legal_alerts", every_s=5, run=alert_contacts),
    Job(name="publish_periods", every_s=3600, run=when_sure(publish)),
    Job(name="receipts", every_s=1, run=sign_receipts),
    Job(name="audit_trees", every_s=60, run=sign_audit),
    Job(name="timestamps", every_s=5, run=stamp),
    Job(name="forget_receipts", every_s=600, run=when_sure(forget)),
)
