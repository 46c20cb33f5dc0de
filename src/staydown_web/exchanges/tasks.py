"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.clock import utc_now
from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.exchanges.services import (
    carry_out_granted,
    fetch_due,
    finish_leaving,
    follow_news,
    forget_old_rows,
    make_feedback,
    send_due,
    settle_contributions,
    settle_due_trust,
)
from staydown_web.exchanges.services.trying import run_dry_runs


def fetch(now: datetime) -> int:
    """Lists whose last call went well."""
    return fetch_due(now=now, clock=utc_now)


def fetch_failing(now: datetime) -> int:
    """Lists whose last call failed: apart, because each can take its whole time."""
    return fetch_due(now=now, clock=utc_now, is_failing=True)


def do_dry_runs(now: datetime) -> int:
    """Dry runs, piece by piece."""
    return run_dry_runs(now=now)


def send(now: datetime) -> int:
    """What partners are to be told."""
    return send_due(now=now, clock=utc_now)


def look_at_contributions(now: datetime) -> int:
    """All contributions, whatever the news: an entry that has run out is no event."""
    settle_contributions(now)
    return 0


def settle_trust(now: datetime) -> int:
    """Entries from before, when an agreement has changed."""
    return settle_due_trust(now=now)


def withdraw_left(now: datetime) -> int:
    """Entries of exchanges that were left."""
    return finish_leaving(now=now)


JOBS: tuple[Job, ...] = (
    Job(name="fetch_exchanges", every_s=1, run=fetch),
    Job(name="fetch_failing_exchanges", every_s=5, run=fetch_failing),
    Job(name="carry_out_exchange_approvals", every_s=1, run=carry_out_granted),
    Job(name="make_exchange_feedback", every_s=1, run=make_feedback),
    Job(name="follow_contributions", every_s=1, run=follow_news),
    Job(name="look_at_contributions", every_s=600, run=look_at_contributions),
    Job(name="tell_partners", every_s=1, run=send),
    Job(name="settle_exchange_trust", every_s=5, run=settle_trust),
    Job(name="withdraw_left_exchanges", every_s=2, run=withdraw_left),
    Job(name="forget_exchange_rows", every_s=3600, run=when_sure(forget_old_rows)),
    Job(name="try_lists", every_s=1, run=do_dry_runs),
)
