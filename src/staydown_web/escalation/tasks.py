"""What the worker does for this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from time import monotonic

from django.conf import settings

from staydown_web.base.clock import utc_now
from staydown_web.base.jobs import Job
from staydown_web.escalation.models import Sender
from staydown_web.escalation.services.first import (
    find_channels_of_waiting,
    make_first_notices,
    start_first_clocks,
    stop_first_notices,
)
from staydown_web.escalation.services.kinds import carry_out_site_approvals
from staydown_web.escalation.services.kinship import mark_entries, propose_kin
from staydown_web.escalation.services.mapping import make_due_mappings
from staydown_web.escalation.services.opening import ask_failed_mappings, open_due_escalations
from staydown_web.escalation.services.outcomes import close_unanswered
from staydown_web.escalation.services.receiving import take_in_mail
from staydown_web.escalation.services.remapping import take_new_maps
from staydown_web.escalation.services.reporting import make_ready_reports
from staydown_web.escalation.services.reporting_advance import advance_escalations
from staydown_web.escalation.services.sending import (
    poll_interfaces,
    send_due_reports,
    settle_delivered,
)
from staydown_web.escalation.services.stopping_news import follow_news
from staydown_web.escalation.services.watching import (
    look_at_due,
    watch_due_places,
    watch_left_places,
)
from staydown_web.escalation.services.watching_ways import second_way

_LOOK_EVERY_S = 10.0
_TIMES_AS_LONG = 19.0
_seen: dict[str, float] = {}
"""When this process last saw that nobody has filled in a sender (``none``; gone once somebody has),
and until when it does not look again for what is due."""


def is_used() -> bool:
    """Whether this installation ever set a sender; where it did not, no job looks further.

    Most platforms never write to other sites, and two dozen jobs that ask the database every second
    for nothing cost as much as all the rest of a worker that waits.
    """
    now = monotonic()
    if "none" in _seen and now - _seen["none"] < _LOOK_EVERY_S:
        return False
    if Sender.objects.exists():
        _seen.pop("none", None)
        return True
    _seen["none"] = now
    return False


def _where_used(run: Callable[[datetime], int]) -> Callable[[datetime], int]:
    def run_if(now: datetime) -> int:
        return run(now) if is_used() else 0

    return run_if


def open_due(now: datetime) -> int:
    """What is proven and due; looked for at most a twentieth of the time while there is none.

    With hundreds of thousands of links the look takes seconds: then it comes less often.
    """
    began = monotonic()
    if began < _seen.get("nothing due until", 0.0):
        return 0
    opened = open_due_escalations(now)
    if not opened:
        ended = monotonic()
        _seen["nothing due until"] = ended + _TIMES_AS_LONG * (ended - began)
    return opened


def look_at_links(now: datetime) -> int:
    """Links whose turn it is to be looked at again; a demonstration reaches no site."""
    if settings.STAYDOWN_DEMO:
        return 0
    return look_at_due(now=now, clock=utc_now, second=second_way())


def send_reports(now: datetime) -> int:
    """Reports that are signed."""
    return send_due_reports(now=now, clock=utc_now)


def take_in_replies(now: datetime) -> int:
    """What came to the mailbox."""
    return take_in_mail(now=now)


def make_maps(now: datetime) -> int:
    """Maps of sites that were asked for; a demonstration asks nobody."""
    if settings.STAYDOWN_DEMO:
        return 0
    return make_due_mappings(now=now, clock=utc_now)


_JOBS = (
    Job(name="make_maps", every_s=1, run=make_maps),
    Job(name="watch_places", every_s=5, run=watch_due_places),
    Job(name="watch_left_places", every_s=3600, run=watch_left_places),
    Job(name="look_at_links", every_s=1, run=look_at_links),
    Job(name="close_unanswered_reports", every_s=60, run=close_unanswered),
    Job(name="mark_site_entries", every_s=10, run=mark_entries),
    Job(name="propose_kin", every_s=10, run=propose_kin),
    Job(name="send_reports", every_s=2, run=send_reports),
    Job(name="settle_delivered_reports", every_s=60, run=settle_delivered),
    Job(name="poll_report_interfaces", every_s=60, run=poll_interfaces),
    Job(name="take_in_report_replies", every_s=60, run=take_in_replies),
    Job(name="make_first_notices", every_s=20, run=make_first_notices),
    Job(name="stop_first_notices", every_s=2, run=stop_first_notices),
    Job(name="start_first_clocks", every_s=2, run=start_first_clocks),
    Job(name="find_channels_of_waiting", every_s=3600, run=find_channels_of_waiting),
    Job(name="open_escalations", every_s=1, run=open_due),
    Job(name="make_ready_reports", every_s=1, run=make_ready_reports),
    Job(name="advance_escalations", every_s=5, run=advance_escalations),
    Job(name="follow_escalation_news", every_s=1, run=follow_news),
    Job(name="carry_out_site_approvals", every_s=2, run=carry_out_site_approvals),
    Job(name="take_new_maps", every_s=10, run=take_new_maps),
    Job(name="ask_failed_mappings", every_s=3600, run=ask_failed_mappings),
)
JOBS: tuple[Job, ...] = tuple(replace(job, run=_where_used(job.run)) for job in _JOBS)
