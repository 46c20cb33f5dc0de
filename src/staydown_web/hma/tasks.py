"""What the worker does for banks of HMA's calls."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.jobs import Job
from staydown_web.hma.services import enable_due, forget_withdrawn, withdraw_deleted


def enable_contents(now: datetime) -> int:
    """Switch contents on again whose time is over."""
    return enable_due(now=now)


def withdraw_contents(now: datetime) -> int:
    """Withdraw what deleted banks held."""
    return withdraw_deleted(now=now)


def forget_contents(now: datetime) -> int:
    """Forget contents of entries that are withdrawn; rarely, for it reads through the bank."""
    return forget_withdrawn(now=now)


JOBS = (
    Job("hma_enable_contents", 10.0, enable_contents),
    Job("hma_withdraw_contents", 5.0, withdraw_contents),
    Job("hma_forget_contents", 600.0, forget_contents),
)
