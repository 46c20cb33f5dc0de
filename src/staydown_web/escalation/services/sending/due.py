"""Reports that are signed leave: taken in hand, looked at again, handed over, noted.

A report is taken in hand by one conditional UPDATE, which counts the try before anything leaves, so
that two workers never send the same try. A worker that dies loses its turn after a while; what the
next one may do then depends on how the report travels (ADR-0082).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from staydown.errors import StaydownError
from staydown_web.base.errors import FetchError, SealError
from staydown_web.base.fetching import Fetcher
from staydown_web.base.mailing import is_ready
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.secrets import all_secrets
from staydown_web.escalation.services.interfaces import FORMATS, Caller, Ended, Handed, send_call
from staydown_web.escalation.services.sending import notes
from staydown_web.escalation.services.sending.checks import Box, must_wait, open_box, why_not
from staydown_web.escalation.services.sending.mails import send_mail
from staydown_web.escalation.services.sending.trails import Trail, trail_of

LEASE = timedelta(minutes=10)
"""Longer than any one call to a mail server or an interface takes."""
MAIL_FORMATS = (Report.Format.MAIL, Report.Format.ARF, Report.Format.XARF_MAIL)
_AT_ONCE = 20
_LOOK_AGAIN = timedelta(hours=1)
Clock = Callable[[], datetime]


def send_due_reports(*, now: datetime, clock: Clock, fetcher: Fetcher | None = None) -> int:
    """Send the signed reports that are due, oldest first, at most 20.

    Args:
        now: which are due.
        clock: reads the moment of each try, because a run can take minutes.
        fetcher: the way out to interfaces; by default the guarded one.

    Returns:
        How many were dealt with: sent, put off or given up.
    """
    due = Report.objects.filter(state=Report.State.SIGNED, next_try_at__lte=now)
    if not is_ready():
        due = due.exclude(format__in=MAIL_FORMATS)  # nobody gives up a letter for a missing server
    ids = due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:_AT_ONCE]
    way = fetcher or Fetcher()
    return sum(_send_one(report_id, clock, way) for report_id in list(ids))


def _send_one(report_id: UUID, clock: Clock, fetcher: Fetcher) -> int:
    at = clock()
    report = Report.objects.get(pk=report_id)
    if report.next_try_at is None or report.next_try_at > at:
        return 0  # another worker took it in hand since the list was read
    try:
        trail = trail_of(report).opened(number=report.tries + 1, at=at)
        if not _take_in_hand(report, trail, at):
            return 0
        # Read anew: what was stopped a moment ago must be seen.
        report = Report.objects.select_related("case", "escalation", "contact").get(pk=report_id)
        box = open_box(report)
        if not _is_let_go(report, box, trail, at):
            return 1
        handed = _hand_over(report, box, trail, fetcher, at)
        notes.note_handed(report, handed, trail, clock())
    except SealError:
        notes.cancel(report, "case_over", None, at)
    return 1


def _take_in_hand(report: Report, trail: Trail, at: datetime) -> bool:
    mine = Report.objects.filter(
        pk=report.pk,
        state=Report.State.SIGNED,
        tries=report.tries,
        next_try_at=report.next_try_at,
    )
    taken = mine.update(
        tries=F("tries") + 1, next_try_at=at + LEASE, proof_box=trail.sealed(report)
    )
    return bool(taken)


def _is_let_go(report: Report, box: Box, trail: Trail, at: datetime) -> bool:
    """Whether it may leave at this moment; what becomes of it is noted where it may not."""
    reason = why_not(report, box)
    if reason:
        notes.cancel(report, reason, trail, at)
    elif must_wait(report):
        notes.put_back(report, trail, at + _LOOK_AGAIN)
    elif report.format not in {*MAIL_FORMATS, *FORMATS}:
        notes.hand_to_person(report, "by_hand", trail, at)
    elif not _may_repeat(report, trail, at):
        notes.hand_to_person(report, "may_have_arrived", trail, at)
    else:
        return True
    return False


def _may_repeat(report: Report, trail: Trail, at: datetime) -> bool:
    """Whether one more try is the same report to the other side, if an earlier one arrived."""
    most = FORMATS.get(report.format)
    if not trail.is_doubtful or most is None:
        return True
    began = trail.began
    return began is not None and at - began < most


def _hand_over(report: Report, box: Box, trail: Trail, fetcher: Fetcher, at: datetime) -> Handed:
    if report.format in MAIL_FORMATS:
        return _mailed(report, box, trail.began or at)
    caller = Caller(fetcher=fetcher, secrets=all_secrets(), at=at)
    return send_call(report, body=box.body, address=box.address, caller=caller)


def _mailed(report: Report, box: Box, began: datetime) -> Handed:
    try:
        said = send_mail(report, box, began=began)
    except FetchError as error:
        # A mail is the same mail a second time, so that what may have arrived is sent again.
        ended = Ended.LATER if error.retryable else Ended.REFUSED
        return Handed(ended, why=error.code, error=error)
    except StaydownError as error:
        return Handed(Ended.REFUSED, why=error.code, error=error)
    return Handed(Ended.TAKEN, said=said)
