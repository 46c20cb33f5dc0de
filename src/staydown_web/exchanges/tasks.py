"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.clock import utc_now
from staydown_web.base.jobs import Job
from staydown_web.exchanges.services import carry_out_granted, fetch_due, settle_due_trust
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


def settle_trust(now: datetime) -> int:
    """Entries from before, when an agreement has changed."""
    return settle_due_trust(now=now)


JOBS: tuple[Job, ...] = (
    Job(name="fetch_exchanges", every_s=1, run=fetch),
    Job(name="fetch_failing_exchanges", every_s=5, run=fetch_failing),
    Job(name="carry_out_exchange_approvals", every_s=1, run=carry_out_granted),
    Job(name="settle_exchange_trust", every_s=5, run=settle_trust),
    Job(name="try_lists", every_s=1, run=do_dry_runs),
)
