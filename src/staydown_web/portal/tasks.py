"""What the worker does for this room: it forgets."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.portal.services import clear_pages, clear_sendings, clear_tallies


def forget(now: datetime) -> int:
    """Delete counts, pages and receipts whose time is over.

    Returns:
        0, for there is nothing left to do at once.
    """
    clear_tallies(now)
    clear_pages(now)
    clear_sendings(now)
    return 0


JOBS: tuple[Job, ...] = (Job(name="forget_visits", every_s=300, run=when_sure(forget)),)
