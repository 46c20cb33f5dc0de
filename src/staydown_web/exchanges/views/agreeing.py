"""What takes a second person, and leaving."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.exchanges import selectors, services
from staydown_web.exchanges.forms import LeaveForm, WhyForm
from staydown_web.exchanges.selectors.trials import last_dry_run
from staydown_web.exchanges.views.shared import actor_of, sharing_page, user_of
from staydown_web.exchanges.views.words import policy_words

_ASKED = {
    "on": services.ask_on,
    "trust": services.ask_trust,
    "contribution": services.ask_contribution,
}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def ask(request: HttpRequest, exchange_id: UUID, what: str) -> HttpResponse:
    """Ask a second person to switch a list on, to trust its entries, or to give it ours."""
    if what not in _ASKED:
        raise RecordNotFoundError("there is nothing of this name to ask for")
    exchange = selectors.exchange_of(exchange_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _ASKED[what](
            exchange_id=exchange_id,
            reason=form.cleaned_data["reason"],
            user=user_of(request),
            now=utc_now(),
        )
        messages.success(request, _("Asked. It takes effect when another person grants it."))
        return redirect("exchanges:detail", exchange_id)
    title, words = _words(what, exchange.name)
    shown = {
        "exchange": exchange,
        "what": what,
        "title": title,
        "words": words,
        "policy": policy_words(exchange),
        "has_run": last_dry_run(exchange) is not None,
        "form": form,
    }
    status = 400 if form.errors else 200
    return sharing_page(request, "exchanges/ask.html", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def leave(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """What leaving does; and, with the list's name typed, leave."""
    exchange = selectors.exchange_of(exchange_id)
    form = LeaveForm(request.POST or None, name=exchange.name)
    if request.method == "POST" and form.is_valid():
        services.leave_exchange(exchange_id=exchange_id, actor=actor_of(request), now=utc_now())
        messages.success(request, _("The exchange has ended. Its entries are withdrawn."))
        return redirect("exchanges:list")
    counts = selectors.counts_of(exchange)
    shown = {
        "exchange": exchange,
        "counts": counts,
        "must_take_back": exchange.contributes or counts.given,
        "living": counts.seeds + counts.confirmed + counts.disputed,
        "form": form,
    }
    status = 400 if form.errors else 200
    return sharing_page(request, "exchanges/leave.html", shown, status=status)


def _words(what: str, name: str) -> tuple[str, str]:
    """The title of what is asked, as the second person reads it too; and what it means."""
    if what == "on":
        title = _("Switch the list “%(name)s” on")
        words = _("From then on its matches do what its policy says, for every upload.")
    elif what == "trust":
        title = _("Let entries of the list “%(name)s” block, although no person here saw them")
        words = _(
            "Its entries then count as confirmed. Where the policy says so, copies are blocked at "
            "once."
        )
    else:
        title = _("Give the list “%(name)s” entries of people who agreed to it")
        words = _(
            "Fingerprints of confirmed entries go to the partner: only of people who agreed to it "
            "in their notice. What they take back is taken back there too."
        )
    return title % {"name": name}, words
