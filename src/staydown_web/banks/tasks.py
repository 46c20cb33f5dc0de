"""What the worker does for banks."""

from __future__ import annotations

from datetime import datetime

from staydown_web.banks.services import (
    catch_up,
    examine_segments,
    follow_changes,
    purge_segments,
    save_snapshot,
    share_snapshot,
)
from staydown_web.base.bell import Listener
from staydown_web.base.jobs import Job

_HEAR_S = 1.0
"""How long one run waits: whoever stops the worker waits as long."""
_listener = Listener()


def publish_changes(now: datetime) -> int:
    """Apply changes that a process which died left unpublished."""
    return catch_up()


def hear_changes(now: datetime) -> int:
    """Take in at once what another machine changed; waits a second for it."""
    return 0 if follow_changes(_listener, timeout_s=_HEAR_S) is None else 1


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


def examine_bank(now: datetime) -> int:
    """Read every byte of the bank in memory once, and count its entries."""
    examine_segments()
    return 0


def share_segments(now: datetime) -> int:
    """Let other machines start from the newest snapshot of this one."""
    share_snapshot(now=now)
    return 0


JOBS = (
    Job("publish_changes", 0.5, publish_changes, is_everywhere=True),
    Job("hear_changes", 30.0, hear_changes, is_everywhere=True),
    Job("purge_withdrawn", 300.0, purge_withdrawn, is_everywhere=True),
    Job("seal_snapshot", 10.0, seal_snapshot, is_everywhere=True),
    Job("seal_latest", 600.0, seal_latest, is_everywhere=True),
    Job("examine_bank", 600.0, examine_bank, is_everywhere=True),
    Job("share_segments", 15.0, share_segments, is_everywhere=True),
)
