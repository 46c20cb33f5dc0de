"""What interfaces say of reports that they took: asked ever more rarely, kept as replies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown.errors import StaydownError
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import SealError
from staydown_web.base.fetching import Fetcher
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal_for_case
from staydown_web.escalation.models import Reply, Report
from staydown_web.escalation.selectors.secrets import all_secrets
from staydown_web.escalation.services.interfaces import Caller, News, ask_news
from staydown_web.escalation.services.sending.checks import open_box
from staydown_web.escalation.services.sending.notes import note_outcome, record
from staydown_web.escalation.services.sending.rules import next_news

_AT_ONCE = 20
_ASKED = (Report.Format.AWS, Report.Format.CLOUDFLARE)


def poll_interfaces(
    now: datetime,
    *,
    clock: Callable[[], datetime] = utc_now,
    fetcher: Fetcher | None = None,
) -> int:
    """Ask what became of reports, those that wait longest first, at most 20.

    Args:
        now: which are due.
        clock: reads the moment of each call.
        fetcher: the way out; by default the guarded one.

    Returns:
        How many were asked about.
    """
    due = Report.objects.filter(
        state=Report.State.DELIVERED, format__in=_ASKED, next_try_at__lte=now
    )
    ids = due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:_AT_ONCE]
    way = fetcher or Fetcher()
    return sum(_ask_one(report_id, clock, way) for report_id in list(ids))


def _ask_one(report_id: UUID, clock: Callable[[], datetime], fetcher: Fetcher) -> int:
    at = clock()
    report = Report.objects.select_related("case").get(pk=report_id)
    if report.next_try_at is None or report.next_try_at > at:
        return 0  # another worker asked since the list was read
    wait = next_news(at - (report.delivered_at or at))
    mine = Report.objects.filter(
        pk=report_id, state=Report.State.DELIVERED, next_try_at=report.next_try_at
    )
    # Put off first: whoever dies while it asks has cost one question, and two never ask at once.
    if not mine.update(next_try_at=at + wait if wait else None):
        return 0
    try:
        caller = Caller(fetcher=fetcher, secrets=all_secrets(), at=at)
        news = ask_news(report, address=open_box(report).address, caller=caller)
        if news is not None:
            _keep(report, news, at)
    except SealError:
        Report.objects.filter(pk=report_id).update(next_try_at=None)
    except StaydownError:
        return 1  # asked again when its time comes
    return 1


@transaction.atomic
def _keep(report: Report, news: News, now: datetime) -> None:
    key = blind(f"{report.pk}:{news.state}".encode(), purpose="reply")
    if Reply.objects.filter(report=report, key=key).exists():
        return
    reply = Reply(id=new_id(), report=report, kind=Reply.Kind.STATUS, key=key, at=now)
    reply.box = seal_for_case(report.case_id, news.text, context=f"reply:{reply.pk}")
    reply.save(force_insert=True)
    if news.is_final:
        Report.objects.filter(pk=report.pk).update(next_try_at=None)
    record(report, "reply_received", now, kind=reply.kind)
    if news.outcome:
        note_outcome(report, news.outcome, now)
