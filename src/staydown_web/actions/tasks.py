"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime

from staydown_web.actions.services import (
    alert_about_endpoints,
    catch_up,
    deliver_due,
    forget_old_rows,
    make_orders,
)
from staydown_web.base.clock import utc_now
from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job


def deliver(now: datetime) -> int:
    """Messages to endpoints that work."""
    return deliver_due(now=now, is_failing=False, clock=utc_now)


def deliver_to_failing(now: datetime) -> int:
    """Messages to endpoints that failed last: apart, because each can take its whole time."""
    return deliver_due(now=now, is_failing=True, clock=utc_now)


JOBS: tuple[Job, ...] = (
    Job(name="make_orders", every_s=0.5, run=make_orders),
    Job(name="catch_up", every_s=2, run=catch_up),
    Job(name="deliver", every_s=0.5, run=deliver),
    Job(name="deliver_to_failing", every_s=1, run=deliver_to_failing),
    Job(name="alert_about_endpoints", every_s=300, run=alert_about_endpoints),
    Job(name="forget_old_rows", every_s=3600, run=when_sure(forget_old_rows)),
)
