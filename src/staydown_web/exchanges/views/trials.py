"""Dry runs, and what is kept for them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Entry
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordNotFoundError
from staydown_web.exchanges import selectors
from staydown_web.exchanges.forms import DaysForm, KeepForm
from staydown_web.exchanges.models import DryRun, DryRunEntry
from staydown_web.exchanges.selectors.trials import Tried, last_dry_run, tried_by
from staydown_web.exchanges.services.trying import ask_dry_run
from staydown_web.exchanges.views.shared import actor_of, sharing_page, user_of
from staydown_web.exchanges.views.words import band_words, error_words, kind_words
from staydown_web.review.services.approving import put_in_doubt
from staydown_web.screening.selectors import keepings, kept_days
from staydown_web.screening.services import keep_uploads, stop_keeping
from staydown_web.screening.services.kept import MOST_DAYS

_MANY, _MUCH = 5, 0.1
"""An entry that matched so many uploads, and so large a share of all matched, stands out."""
_UNDER_WAY = (DryRun.State.WAITING, DryRun.State.RUNNING)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("lead")
def trial(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """What a list would have done to the uploads of the last days."""
    exchange, now = selectors.exchange_of(exchange_id), utc_now()
    form = DaysForm(request.POST or None, initial={"days": MOST_DAYS})
    if request.method == "POST" and form.is_valid():
        ask_dry_run(
            exchange=exchange, days=form.cleaned_data["days"], actor=actor_of(request), now=now
        )
        return redirect("exchanges:trial", exchange_id)
    run = last_dry_run(exchange)
    shown: dict[str, Any] = {
        "exchange": exchange,
        "form": form,
        "run": run,
        "is_under_way": run is not None and run.state in _UNDER_WAY,
        "kept": sum(day.kept for day in kept_days(since=date.min)),
        "keepings": keepings(now),
    }
    if run is not None and run.looked:
        tried = tried_by(run)
        shown |= {
            "tried": tried,
            "entries": [_entry_row(row, tried) for row in tried.most],
            "bands": [(band_words(lo, hi), n) for lo, hi, n in tried.distances if n],
            "kinds": [(kind_words(kind), n) for kind, n in tried.kinds.items()],
        }
    if run is not None and run.error_code:
        shown["error"] = error_words(run.error_code)
    return sharing_page(request, "exchanges/trial.html", shown)


@require_POST
@role_required("lead")
def mute(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """Dispute an entry that matches too much: it stops nothing until somebody has looked.

    What is confirmed takes a second person, here as on the page of the entry.
    """
    exchange = selectors.exchange_of(exchange_id)
    entry = _entry(request.POST.get("entry", ""), exchange.bank_id)
    if put_in_doubt(
        entry=entry,
        reason="matched too much in a dry run",
        user=user_of(request),
        now=utc_now(),
    ):
        messages.success(request, _("A second person can now grant it, under Approvals."))
    else:
        messages.success(request, _("Muted. The entry only notes what it matches."))
    return redirect("exchanges:trial", exchange_id)


@require_safe
@role_required("lead")
def uploads(request: HttpRequest) -> HttpResponse:
    """Which platforms keep what lists are tried on."""
    return _uploads_page(request)


@require_POST
@role_required("admin")
def change_uploads(request: HttpRequest, platform_id: UUID) -> HttpResponse:
    """Keep a platform's clear uploads for some days, or delete what was kept."""
    platform = Platform.objects.filter(pk=platform_id).first()
    if platform is None:
        raise RecordNotFoundError("there is no such platform")
    now, actor = utc_now(), actor_of(request)
    match request.POST.get("do"):
        case "keep":
            form = KeepForm(request.POST, prefix=str(platform_id))
            if not form.is_valid():
                return _uploads_page(request, wrong=(platform_id, form), status=400)
            keep_uploads(platform=platform, **form.cleaned_data, actor=actor, now=now)
            messages.success(request, _("Switched on. It ends by itself after 30 days."))
        case "stop":
            stop_keeping(platform=platform, actor=actor, now=now)
            messages.success(request, _("Switched off. What was kept is deleted."))
        case _:
            raise FieldsError({"do": "keep or stop"})
    return redirect("exchanges:uploads")


def _uploads_page(
    request: HttpRequest, *, wrong: tuple[UUID, KeepForm] | None = None, status: int = 200
) -> HttpResponse:
    now = utc_now()
    on = keepings(now)
    counts: dict[UUID, list[int]] = {}
    for day in kept_days(since=date.min):
        sums = counts.setdefault(day.platform_id, [0, 0])
        sums[0] += day.kept
        sums[1] += day.seen
    rows = []
    for platform in Platform.objects.order_by("name"):
        form = KeepForm(prefix=str(platform.pk))
        if wrong is not None and wrong[0] == platform.pk:
            form = wrong[1]
        kept, seen = counts.get(platform.pk, [0, 0])
        rows.append((platform, on.get(platform.pk), kept, seen, form))
    return sharing_page(request, "exchanges/uploads.html", {"rows": rows}, status=status)


def _entry_row(row: DryRunEntry, tried: Tried) -> dict[str, Any]:
    matched = tried.held + tried.blocked + tried.logged
    share = row.uploads / matched if matched else 0.0
    living = row.entry.state in {Entry.State.SEED, Entry.State.CONFIRMED}
    return {
        "entry": row.entry,
        "uploads": row.uploads,
        "percent": round(100 * share),
        "nearest": band_words(row.nearest, row.nearest),
        "is_odd": row.uploads >= _MANY and share >= _MUCH,
        "may_mute": living,
        "takes_two": row.entry.state == Entry.State.CONFIRMED,
    }


def _entry(text: str, bank_id: UUID) -> Entry:
    try:
        entry = Entry.objects.filter(pk=UUID(text), bank_id=bank_id).first()
    except ValueError:
        entry = None
    if entry is None:
        raise RecordNotFoundError("there is no such entry in this list")
    return entry
