"""What is wrong inside: database, bank, worker, signatures of the audit."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection

from staydown_web.audit.models import ChainHead, Checkpoint, Event
from staydown_web.banks.models import EntryChange
from staydown_web.banks.services import is_ready
from staydown_web.banks.services.looking import bank_standing
from staydown_web.config.watch.heartbeat import Heartbeat, JobState, read_heartbeat
from staydown_web.config.watch.limits import WORKER_SILENT_S
from staydown_web.config.watch.troubles import Trouble
from staydown_web.screening.selectors import open_floods

SLOW_DATABASE_S: Final = 0.5
BEHIND_FOR: Final = timedelta(seconds=15)
"""The worker takes changes in each half second."""
SNAPSHOT_LACKS: Final = 50_000
"""Changes that a start reads again in about half a minute."""
FAILS_IN_A_ROW: Final = 3
"""A job that failed once or twice has met somebody else's trouble, not ours."""
STUCK_S: Final = 30 * 60.0
UNSIGNED_FOR: Final = timedelta(minutes=15)
"""Three times what the worker needs. Source: ADR-0037."""
KEY_TOLD_FOR: Final = timedelta(days=7)
"""Long enough for somebody to come back from days off."""

URGENT_JOBS: Final = frozenset(
    {
        "audit_checkpoint",
        "publish_changes",
        "look_at_locations",
        "send_letters",
        "watch_clocks",
        "carry_out_due_withdrawals",
        "review:take_in",
        "review:make_firm",
        "make_orders",
        "deliver",
        "open_escalations",
        "send_reports",
        "statements",
        "receipts",
    }
)
"""Jobs whose standstill somebody feels who sent a notice."""

Looked = tuple[list[Trouble], dict[str, Any]]


def look_at_database(now: datetime) -> Looked:
    """Whether the database answers, and how quickly."""
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return [Trouble("database_silent")], {}
    took_s = time.monotonic() - began
    facts = {"vendor": connection.vendor, "answer_s": took_s}
    if took_s > SLOW_DATABASE_S:
        return [Trouble("database_slow", facts={"ms": int(took_s * 1000)})], facts
    return [], facts


def look_at_bank(now: datetime, *, is_web: bool) -> Looked:
    """Whether the bank is open, up to date and sealed."""
    standing = bank_standing()
    troubles = []
    if is_web and not is_ready():
        troubles.append(Trouble("bank_not_ready"))
    if standing.applied is not None:
        late = EntryChange.objects.filter(seq__gt=standing.applied, at__lt=now - BEHIND_FOR)
        first = late.order_by("seq").values_list("at", flat=True).first()
        if first is not None:
            troubles.append(Trouble("bank_behind", first, {"n": late.count()}))
    if standing.unsealed is not None and standing.unsealed > SNAPSHOT_LACKS:
        troubles.append(Trouble("snapshot_old", facts={"n": standing.unsealed}))
    troubles += _floods()
    return troubles, {"applied": standing.applied, "unsealed": standing.unsealed}


def _floods() -> list[Trouble]:
    """What matches unusually much, and no person has looked at it."""
    rows = list(open_floods().values_list("at", "entry__quarantined_at"))
    aside = [at for at, put_aside in rows if put_aside is not None]
    waves = [at for at, put_aside in rows if put_aside is None]
    return [
        Trouble(code, min(begun), {"n": len(begun)})
        for code, begun in (("reports_aside", aside), ("copies_wave", waves))
        if begun
    ]


def look_at_worker(now: datetime) -> Looked:
    """Whether the jobs of this machine run, and which of them fail or do not end."""
    try:
        beat = read_heartbeat(Path(settings.STAYDOWN_HOME))
    except (OSError, ValueError):
        return [Trouble("worker_unreadable")], {}
    if beat is None:
        return [Trouble("worker_elsewhere")], {}
    if now.timestamp() - beat.at > WORKER_SILENT_S:
        return [Trouble("worker_silent", _moment(beat.at))], {"beat": beat}
    return _troubles_of_jobs(beat, now), {"beat": beat}


def look_at_audit(now: datetime) -> Looked:
    """Whether events are signed: the trace of a worker anywhere, whatever machine it is on."""
    head, last = ChainHead.objects.first(), Checkpoint.objects.order_by("-seq").first()
    signed = last.seq if last else 0
    facts = {"events": head.seq if head else 0, "signed": signed}
    troubles = _keys_told_of(now)
    first = Event.objects.filter(seq=signed + 1).values_list("at", flat=True).first()
    if first is not None and now - first >= UNSIGNED_FOR:
        minutes = int((now - first).total_seconds() // 60)
        troubles.append(Trouble("events_unsigned", first, {"minutes": minutes}))
    return troubles, facts


def _keys_told_of(now: datetime) -> list[Trouble]:
    """Whether a key met a canary lately, or matched unusually many entries."""
    troubles = []
    for code in ("canary_asked", "key_matched_many"):
        said = Event.objects.filter(what=code, at__gt=now - KEY_TOLD_FOR)
        first = said.order_by("seq").values_list("at", flat=True).first()
        if first is not None:
            keys = said.values("subject").distinct().count()
            troubles.append(Trouble(code, first, {"n": keys}))
    return troubles


def _troubles_of_jobs(beat: Heartbeat, now: datetime) -> list[Trouble]:
    failing = [job for job in beat.jobs if job.failures >= FAILS_IN_A_ROW]
    urgent = [job for job in failing if job.name in URGENT_JOBS]
    others = [job for job in failing if job.name not in URGENT_JOBS]
    stuck = [job for job in beat.jobs if job.began_at and now.timestamp() - job.began_at > STUCK_S]
    troubles = [
        Trouble(code, _failing_since(jobs), {"names": ", ".join(map(_named, jobs))})
        for code, jobs in (("urgent_job_failing", urgent), ("job_failing", others))
        if jobs
    ]
    if stuck:
        began = min(job.began_at for job in stuck)
        facts = {
            "minutes": int((now.timestamp() - began) // 60),
            "names": ", ".join(job.name for job in stuck),
        }
        troubles.append(Trouble("job_stuck", _moment(began), facts))
    return troubles


def _named(job: JobState) -> str:
    return f"{job.name} ({job.error})"


def _failing_since(jobs: list[JobState]) -> datetime | None:
    moments = [job.failing_since for job in jobs if job.failing_since]
    return _moment(min(moments)) if moments else None


def _moment(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
