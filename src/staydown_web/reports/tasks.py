"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.jobs import Job
from staydown_web.reports.services import publish_periods


def publish(now: datetime) -> int:
    """Count the periods that are over."""
    return publish_periods(now=now)


JOBS: tuple[Job, ...] = (Job(name="publish_periods", every_s=3600, run=publish),)
