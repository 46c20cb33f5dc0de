"""Lists of partners: all of them, one, a new one, and what is done with one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import (
    ExchangeError,
    FetchError,
    FetchRefusedError,
    FieldsError,
    RecordNotFoundError,
)
from staydown_web.exchanges import selectors, services
from staydown_web.exchanges.forms import PartnerForm, RulesForm
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.partners import partner_class
from staydown_web.exchanges.partners.wire import FeedbackKind, Kind, Partner
from staydown_web.exchanges.selectors.trials import matched_uploads
from staydown_web.exchanges.views.shared import actor_of, sharing_page
from staydown_web.exchanges.views.words import (
    error_words,
    every_words,
    health_of,
    policy_words,
    told_words,
)

_SHOWN_RUNS = 20


@require_safe
@role_required("lead")
def lists(request: HttpRequest) -> HttpResponse:
    """Every list, and how it stands."""
    rows = [(exchange, health_of(exchange)) for exchange in selectors.exchanges()]
    shown = {"rows": rows, "left": selectors.exchanges_left(), "doubts": selectors.doubts()}
    return sharing_page(request, "exchanges/list.html", shown)


@require_POST
@role_required("lead")
def look(request: HttpRequest, doubt_id: int) -> HttpResponse:
    """Somebody looked at what a partner doubts; the entry stays as it is."""
    services.note_looked(doubt_id=doubt_id, actor=actor_of(request), now=utc_now())
    messages.success(request, _("Noted. The entry stays as it is."))
    return redirect("exchanges:list")


@require_safe
@role_required("admin")
def kinds(request: HttpRequest) -> HttpResponse:
    """Whose list is to be added."""
    shown = [
        {
            "value": kind.value,
            "name": kind.label,
            "types": ", ".join(partner.signal_types),
            "takes_feedback": bool(partner.takes_feedback),
            "takes_entries": partner.takes_entries,
        }
        for kind, partner in ((kind, partner_class(kind)) for kind in Kind)
    ]
    return sharing_page(request, "exchanges/kinds.html", {"kinds": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def add(request: HttpRequest, partner: str) -> HttpResponse:
    """Add a list, switched off, and try its connection."""
    wanted = _class_of(partner).fields
    form = PartnerForm(request.POST or None, fields_wanted=wanted)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_exchange(
                kind=partner,
                name=form.cleaned_data["name"],
                config=form.config,
                secrets=form.secrets,
                actor=actor_of(request),
                now=utc_now(),
            )
        except FieldsError as wrong:
            form.add_wrong(wrong.fields)
        else:
            messages.success(request, _("The list is added. It is off."))
            return _try_then_show(request, made.pk)
    shown = {"form": form, "kind_name": Kind(partner).label}
    status = 400 if form.errors else 200
    return sharing_page(request, "exchanges/add.html", shown, status=status)


@require_safe
@role_required("lead")
def detail(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """One list: how it stands, what came, and what its partner was told."""
    return _detail_page(request, exchange_id, utc_now())


@require_POST
@role_required("admin")
def change(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """Put a list on trial, switch it off, read it now, or try its connection."""
    given: dict[str, Any] = {"exchange_id": exchange_id, "actor": actor_of(request)}
    match request.POST.get("do"):
        case "trial":
            services.start_trial(**given, now=utc_now())
            messages.success(request, _("On trial: the list is read, and matches are only noted."))
        case "off":
            services.switch_off(**given, now=utc_now())
            messages.success(request, _("Switched off. Nothing of the list counts any more."))
        case "fetch":
            services.fetch_now(**given, now=utc_now())
            messages.success(request, _("It is read now. What comes shows below."))
        case "distrust":
            services.end_trust(**given, now=utc_now())
            messages.success(request, _("Entries that nobody here has confirmed only hold now."))
        case "keep-back":
            services.end_contribution(**given, now=utc_now())
            messages.success(request, _("Nothing more is given; what was given is taken back."))
        case "try":
            return _try_then_show(request, exchange_id)
        case _:
            raise FieldsError({"do": "trial, off, fetch, distrust, keep-back or try"})
    return redirect("exchanges:detail", exchange_id)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def settings(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """The connection of a list, and what it does."""
    exchange = selectors.exchange_of(exchange_id)
    does = request.POST.get("do", "")
    # One form on the page: whichever button is pressed, nothing that was typed is lost.
    sent = request.POST if does in {"connection", "rules"} else {}
    has_connection = does == "connection" or any(name.startswith("set_") for name in sent)
    has_rules = does == "rules" or "every_s" in sent
    partner_form = _partner_form(exchange, request.POST if has_connection else None)
    rules_form = _rules_form(exchange, request.POST if has_rules else None)
    bound = [form for form in (partner_form, rules_form) if form.is_bound]
    sound = [form.is_valid() for form in bound]
    if bound and all(sound):
        changes = rules_form.changes if rules_form.is_bound else {}
        if partner_form.is_bound:
            changes |= {"config": partner_form.config, "secrets": partner_form.secrets}
        form = partner_form if does == "connection" else rules_form
        if _changed(request, exchange, form, changes):
            if does == "connection":
                return _try_then_show(request, exchange_id)
            messages.success(request, _("The settings are kept."))
            return redirect("exchanges:detail", exchange_id)
    shown = {"exchange": exchange, "partner_form": partner_form, "rules_form": rules_form}
    status = 400 if partner_form.errors or rules_form.errors else 200
    return sharing_page(request, "exchanges/settings.html", shown, status=status)


def _changed(
    request: HttpRequest,
    exchange: Exchange,
    form: PartnerForm | RulesForm,
    changes: dict[str, Any],
) -> bool:
    try:
        services.change_exchange(
            exchange_id=exchange.pk, actor=actor_of(request), now=utc_now(), **changes
        )
    except FieldsError as wrong:
        form.add_wrong(wrong.fields)
        return False
    return True


def _partner_form(exchange: Exchange, data: Any) -> PartnerForm:
    initial = {f"set_{name}": value for name, value in exchange.config.items()}
    return PartnerForm(
        data,
        initial=initial,
        fields_wanted=partner_class(exchange.kind).fields,
        has_secrets=exchange.secrets_box is not None,
        name=exchange.name,
    )


def _rules_form(exchange: Exchange, data: Any) -> RulesForm:
    taken = partner_class(exchange.kind).takes_feedback
    takes = [(str(what), told_words(what)) for what in FeedbackKind if what in taken]
    initial = {**exchange.policy, "every_s": exchange.every_s, "tells": exchange.tells}
    is_on = exchange.state == Exchange.State.ON
    return RulesForm(
        data, initial=initial, takes=takes, has_policy=not is_on, every_s=exchange.every_s
    )


def _try_then_show(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """Try the connection; the page says at once what is wrong, and what can be done."""
    now = utc_now()
    try:
        services.try_exchange(exchange_id=exchange_id, actor=actor_of(request), now=now)
    except (ExchangeError, FetchError, FetchRefusedError, FieldsError) as error:
        tried = error_words(error.code)
        return _detail_page(request, exchange_id, now, tried=tried, status=400)
    messages.success(request, _("The connection works: address and credentials are right."))
    return redirect("exchanges:detail", exchange_id)


def _detail_page(
    request: HttpRequest,
    exchange_id: UUID,
    now: datetime,
    *,
    tried: object = None,
    status: int = 200,
) -> HttpResponse:
    exchange = selectors.exchange_of(exchange_id)
    partner = partner_class(exchange.kind)
    asked = {
        what.removeprefix("exchange_"): selectors.waiting_approval(exchange, what=what, now=now)
        for what in selectors.APPROVALS
    }
    shown = {
        "exchange": exchange,
        "health": health_of(exchange),
        "counts": selectors.counts_of(exchange),
        "matched": matched_uploads(exchange),
        "runs": [
            (run, error_words(run.error_code) if run.error_code else None)
            for run in selectors.runs_of(exchange, limit=_SHOWN_RUNS)
        ],
        "policy": policy_words(exchange),
        "every": every_words(exchange.every_s),
        "tells": [told_words(what) for what in FeedbackKind if what in exchange.tells],
        "takes_feedback": bool(partner.takes_feedback),
        "takes_entries": partner.takes_entries,
        "asked": asked,
        "tried": tried,
    }
    if exchange.error_code:
        shown["trouble"] = error_words(exchange.error_code)
    return sharing_page(request, "exchanges/detail.html", shown, status=status)


def _class_of(kind: str) -> type[Partner]:
    if kind not in Kind.values:
        raise RecordNotFoundError("there is no such kind of list")
    return partner_class(kind)
