"""What the worker does for screening."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.screening import services


def count_blocks(now: datetime) -> int:
    """Count the uploads that were stopped."""
    return services.count_blocks(now=now)


def count_together(now: datetime) -> int:
    """Note which uploads that were stopped count for several entries."""
    return services.count_together(now=now)


def find_climbing(now: datetime) -> int:
    """Note keys whose questions match unusually many entries."""
    services.find_climbing(now=now)
    return 0


def find_floods(now: datetime) -> int:
    """Put aside seeds that are flooded with matches."""
    services.find_floods(now=now)
    return 0


def forget_answers(now: datetime) -> int:
    """Forget old answers."""
    services.forget_answers(now=now)
    return 0


def purge_kept(now: datetime) -> int:
    """Delete uploads that were kept for as long as they may be."""
    services.purge_kept(now=now)
    return 0


def take_in_findings(now: datetime) -> int:
    """Take in what a server of checks left in its tray when it was killed."""
    return services.take_in_findings(lain_s=services.LEFT_BEHIND_S)


JOBS = (
    Job("count_blocks", 30.0, count_blocks),
    Job("count_together", 30.0, count_together),
    Job("find_climbing", 30.0, find_climbing),
    Job("find_floods", 5.0, find_floods),
    Job("forget_answers", 3600.0, when_sure(forget_answers)),
    Job("purge_kept", 300.0, when_sure(purge_kept)),
    Job("take_in_findings", 5.0, take_in_findings),
)
