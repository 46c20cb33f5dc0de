"""What the worker does for banks."""

from __future__ import annotations

from datetime import datetime

from staydown_web.banks.services import catch_up, purge_segments, save_snapshot
from staydown_web.base.jobs import Job


def publish_changes(now: datetime) -> int:
    """Apply changes that a process which died left unpublished."""
    return catch_up()


def purge_withdrawn(now: datetime) -> int:
    """Destroy what is left of withdrawn entries in memory and on disk."""
    purge_segments()
    return 0


def seal_snapshot(now: datetime) -> int:
    """Seal a snapshot when enough has changed."""
    save_snapshot()
    return 0


def seal_latest(now: datetime) -> int:
    """Seal a snapshot of whatever has changed."""
    save_snapshot(is_due=True)
    return 0


JOBS = (
    Job("publish_changes", 0.5, publish_changes),
    Job("purge_withdrawn", 300.0, purge_withdrawn),
    Job("seal_snapshot", 10.0, seal_snapshot),
    Job("seal_latest", 600.0, seal_latest),
)
