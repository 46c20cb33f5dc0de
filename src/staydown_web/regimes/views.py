"""The rules as this service reads them, for everybody and for a lawyer to review."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from staydown_web.accounts.models import Platform, User
from staydown_web.base.access import has_rank
from staydown_web.base.clock import utc_now
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import grounds, regime, regimes
from staydown_web.regimes.selectors.sheet import sheet_of, time_in_words


@login_not_required
@require_safe
def all_regimes(request: HttpRequest) -> HttpResponse:
    """Every regime in one line."""
    today = utc_now().date()
    rows = [
        {
            "law": law,
            "title": _(law.short_title),
            "time": time_in_words(law.clock),
            "is_in_force": law.is_in_force(today),
            "elements": len(law.elements),
            "open": len(law.uncertain),
        }
        for law in regimes().values()
    ]
    return render(request, "regimes/regimes.html", {"rows": rows})


@login_not_required
@require_safe
def one_regime(request: HttpRequest, regime_id: str) -> HttpResponse:
    """One regime, every key of its file in words."""
    law = regime(regime_id)
    sheet = sheet_of(law, reasons=grounds(), today=utc_now().date())
    others = [(one.id, _(one.short_title)) for one in regimes().values()]
    facts = {"sheet": sheet, "law": law, "others": others, "platforms": _platforms(request, law)}
    return render(request, "regimes/regime.html", facts)


def _platforms(request: HttpRequest, law: Regime) -> list[tuple[Platform, list[str]]]:
    """For administrators alone: the platforms that it binds, and what it spares each of them."""
    if not has_rank(request.user, User.Role.ADMIN):
        return []
    bound = [one for one in Platform.objects.order_by("name") if law.id in one.regimes]
    return [
        (one, [duty.words for duty in law.duties if not law.has_duty(duty.id, size=one.size)])
        for one in bound
    ]
