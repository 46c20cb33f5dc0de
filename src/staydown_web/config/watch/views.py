"""The page for leads and administrators that says what is wrong, and what Prometheus reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from staydown_web.accounts.models import User
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.commands import as_called
from staydown_web.config.watch.exposition import exposition
from staydown_web.config.watch.heartbeat import Heartbeat
from staydown_web.config.watch.looking import look
from staydown_web.config.watch.troubles import Level, Part, Seen
from staydown_web.config.watch.well import well_words
from staydown_web.config.watch.words import PARTS, Kind, Told, kind_of, told

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
_TONES = {Level.BROKEN: "heed", Level.LIMITED: "now", Level.NOTE: "wait"}
_ICONS = {Level.BROKEN: "i-look", Level.LIMITED: "i-half", Level.NOTE: "i-dot"}


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One trouble as the page shows it."""

    kind: Kind
    told: Told
    since: datetime | None
    part: Any

    @property
    def command(self) -> str:
        """To be copied, as it works here; empty where none helps."""
        return as_called(self.kind.command) if self.kind.command else ""

    @property
    def tone(self) -> str:
        """Of its chip."""
        return _TONES[self.kind.level]

    @property
    def icon(self) -> str:
        """Of its chip."""
        return _ICONS[self.kind.level]


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part as the page shows it: the worst level of its troubles, and what is known of it.

    ``is_missing`` is for what never was, and is no trouble yet: a new service has no backup.
    """

    name: Any
    level: Level | None
    words: str
    is_missing: bool

    @property
    def tone(self) -> str:
        """Of its chip."""
        if self.level is None:
            return "wait" if self.is_missing else "done"
        return _TONES[self.level]

    @property
    def icon(self) -> str:
        """Of its chip."""
        if self.level is None:
            return "i-dot" if self.is_missing else "i-check"
        return _ICONS[self.level]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the page shows it."""

    name: str
    done_at: datetime | None
    failures: int
    error: str


@require_safe
@role_required(User.Role.LEAD)
def status(request: HttpRequest) -> HttpResponse:
    """What is wrong at this moment; the page looks itself, so that a repair shows at once."""
    seen = look(utc_now(), is_web=True)
    rows = [TroubleRow(kind_of(t), told(t), t.since, PARTS[kind_of(t).part]) for t in seen.troubles]
    shown = {
        "area": "status",
        "at": seen.at,
        "deep": as_called("staydown doctor --deep"),
        "wrong": [row for row in rows if row.kind.level is not Level.NOTE],
        "notes": [row for row in rows if row.kind.level is Level.NOTE],
        "parts": [_part(part, seen) for part in Part],
        "jobs": _jobs(seen.well.get(Part.WORKER, {}).get("beat")),
    }
    return render(request, "watch/status.html", shown)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is counted, for Prometheus: with its token, or on this machine alone."""
    if not may_read_metrics(request):
        refused = HttpResponse("not allowed: see STAYDOWN_METRICS_TOKEN\n", status=401)
        refused["Content-Type"] = "text/plain; charset=utf-8"
        refused["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    return HttpResponse(exposition(utc_now()), content_type=_EXPOSITION)


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether whoever asks brought the token; without one, whether it is on this machine."""
    token = str(settings.STAYDOWN_METRICS_TOKEN)
    if token:
        given = request.headers.get("Authorization", "")
        return compare_digest(given.encode(), f"Bearer {token}".encode())
    # Behind a proxy everybody seems to be on this machine.
    if settings.SECURE_PROXY_SSL_HEADER or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


def _part(part: Part, seen: Seen) -> PartRow:
    levels = [kind_of(one).level for one in seen.troubles if kind_of(one).part is part]
    worst = min(levels, key=list(Level).index, default=None)
    facts = seen.well.get(part, {})
    is_missing = part is Part.BACKUPS and facts.get("last_at") is None
    return PartRow(PARTS[part], worst, well_words(part, facts), is_missing)


def _jobs(beat: Heartbeat | None) -> list[JobRow]:
    """Every job, failing ones first."""
    if beat is None:
        return []
    return [
        JobRow(job.name, _moment(job.done_at), job.failures, job.error)
        for job in sorted(beat.jobs, key=lambda job: (-job.failures, job.name))
    ]


def _moment(unix_s: float) -> datetime | None:
    return datetime.fromtimestamp(unix_s, UTC) if unix_s else None
