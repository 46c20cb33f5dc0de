"""What a partner is told: each message, and those that were given up."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.exchanges import selectors, services
from staydown_web.exchanges.forms import ToldForm
from staydown_web.exchanges.views.shared import actor_of, sharing_page
from staydown_web.exchanges.views.words import error_words, told_words

_A_PAGE = 50


@require_safe
@role_required("lead")
def told(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """What the partner is told, newest first."""
    exchange = selectors.exchange_of(exchange_id)
    tab, number = ToldForm(request.GET).chosen()
    rows = selectors.outgoing_of(exchange, state="" if tab == "all" else tab)
    page = Paginator(rows, _A_PAGE).get_page(number)
    shown = {
        "exchange": exchange,
        "counts": selectors.counts_of(exchange),
        "tab": tab,
        "page": page,
        "rows": [
            (row, told_words(row.what), error_words(row.error_code) if row.error_code else None)
            for row in page.object_list
        ],
    }
    return sharing_page(request, "exchanges/told.html", shown)


@require_POST
@role_required("admin")
def replay(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """Send again what was given up."""
    n = services.replay_given_up(exchange_id=exchange_id, actor=actor_of(request), now=utc_now())
    said = ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", n)
    messages.success(request, said % {"n": n})
    return redirect("exchanges:told", exchange_id)
