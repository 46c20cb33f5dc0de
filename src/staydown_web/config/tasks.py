"""What the worker does for the whole installation."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.jobs import Job
from staydown_web.config.watch.telling import note_changes


def watch_service(now: datetime) -> int:
    """Look at everything, so that since when something is wrong is known; log what changed."""
    note_changes(now)
    return 0


JOBS: tuple[Job, ...] = (Job("watch_service", 15.0, watch_service, is_everywhere=True),)
