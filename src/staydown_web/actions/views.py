"""Orders and how they were delivered, for staff; endpoints, for administrators."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.accounts.models import Platform
from staydown_web.actions import selectors, services
from staydown_web.actions.forms import EndpointForm, TabForm
from staydown_web.actions.models import Delivery, Endpoint, Order
from staydown_web.base.access import has_rank, role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError

_REPLAY_DAYS = 30


@require_safe
@role_required("reviewer")
def deliveries(request: HttpRequest) -> HttpResponse:
    """All orders, and which of them wait, failed or never arrived."""
    tab, number = TabForm(request.GET).chosen()
    page = selectors.orders_page(tab=tab, number=number)
    shown = {
        "tab": tab,
        "counts": selectors.order_counts(),
        "page": page,
        "unsent": selectors.unsent_among(page.object_list),
        "is_admin": has_rank(request.user, "admin"),
        "ended": Endpoint.objects.filter(is_active=False).exclude(ended="staff").count(),
    }
    return _page(request, "actions/deliveries.html", shown)


@require_safe
@role_required("reviewer")
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order: what the platform was told, every try, and what it answered."""
    found = selectors.order_named(order_id=order_id)
    replaced_by = selectors.replaced_by(found)
    later = selectors.later_deliveries(utc_now())
    has_failed = selectors.failed_removals(found).filter(pk=found.pk).exists()
    can_be_repeated = selectors.repeatable_removals(found).filter(pk=found.pk).exists()
    was_public = found.what != Order.What.BLOCK
    reading = selectors.reading_of(found) if has_failed and was_public else None
    shown = {
        "order": found,
        "replaced_by": replaced_by,
        "is_replaced": replaced_by is not None,
        "is_removal": found.what in selectors.REMOVALS,
        "reading": reading,
        "is_decided_anew": has_failed and not can_be_repeated,
        "is_restricting": selectors.is_restricting(found),
        "note": selectors.answer_note(found),
        "reasons": selectors.reasons_in_words(found),
        "can_be_ordered_again": can_be_repeated and not (reading and reading.is_removed),
        "waits_to_be_sent": selectors.unsent_orders().filter(pk=found.pk).exists(),
        "address": "" if found.copy.content_ref else selectors.copy_url(found.copy),
        "messages_sent": selectors.deliveries_of(order=found),
        "may_replay": has_rank(request.user, "lead"),
        "later": frozenset(later.filter(order=found).values_list("pk", flat=True)),
    }
    return _page(request, "actions/order.html", shown)


@require_POST
@role_required("reviewer")
def order_again(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Order again what the platform could not do."""
    n = services.order_again(order_id=order_id, actor=_actor(request), now=utc_now())
    said = ngettext("%(n)d removal is ordered again.", "%(n)d removals are ordered again.", n)
    messages.success(request, said % {"n": n})
    return redirect("actions:order", order_id)


@require_POST
@role_required("lead")
def replay(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send one message again."""
    sent = services.replay_delivery(delivery_id=delivery_id, actor=_actor(request), now=utc_now())
    messages.success(request, _("The message is sent again."))
    return _page_of(sent)


@require_POST
@role_required("lead")
def send_now(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send one message now that waits for its next try."""
    sent = services.send_now(delivery_id=delivery_id, actor=_actor(request), now=utc_now())
    messages.success(request, _("The message is sent now."))
    return _page_of(sent)


@require_safe
@role_required("admin")
def endpoints(request: HttpRequest) -> HttpResponse:
    """Where each platform receives orders."""
    rows = [(e, selectors.endpoint_url(e)) for e in selectors.endpoints()]
    shown = {"rows": rows, "form": EndpointForm(), "has_platforms": Platform.objects.exists()}
    return _page(request, "actions/endpoints.html", shown)


@require_POST
@role_required("admin")
def add_endpoint(request: HttpRequest) -> HttpResponse:
    """Add an endpoint, and show its secret this once."""
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            made, secret = services.add_endpoint(
                **form.cleaned_data, actor=_actor(request), now=utc_now()
            )
        except FieldsError as wrong:
            for field, remedy in wrong.fields.items():
                form.add_error(field, remedy)
        else:
            return _endpoint_page(request, made.pk, utc_now(), secret=secret)
    rows = [(e, selectors.endpoint_url(e)) for e in selectors.endpoints()]
    shown = {"rows": rows, "form": form, "has_platforms": True}
    return _page(request, "actions/endpoints.html", shown, status=400)


@require_safe
@role_required("admin")
def endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """One endpoint: its last messages, and what can be done with it."""
    return _endpoint_page(request, endpoint_id, utc_now())


@require_POST
@role_required("admin")
def rotate(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """A new secret, shown this once."""
    found = selectors.endpoint_named(endpoint_id)
    now = utc_now()
    secret = services.rotate_secret(endpoint=found, actor=_actor(request), now=now)
    return _endpoint_page(request, endpoint_id, now, secret=secret)


@require_http_methods(["POST"])
@role_required("admin")
def change_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Try an endpoint, switch it off or on; send now what waits, or again what was given up."""
    found, now, actor = selectors.endpoint_named(endpoint_id), utc_now(), _actor(request)
    match request.POST.get("do"):
        case "test":
            services.send_test(endpoint=found, actor=actor, now=now)
            messages.success(request, _("A test message is on its way. Its outcome shows below."))
        case "end":
            services.end_endpoint(endpoint=found, why=Endpoint.Ended.STAFF, actor=actor, now=now)
            messages.success(request, _("Nothing is sent there any more."))
        case "resume":
            services.resume_endpoint(endpoint=found, actor=actor, now=now)
            messages.success(request, _("Orders are sent there again."))
        case "now":
            n = services.send_all_now(endpoint=found, actor=actor, now=now)
            left = selectors.left_waiting(found, now)
            messages.success(request, selectors.sent_words(n, left))
        case "replay":
            since = now - timedelta(days=_REPLAY_DAYS)
            n = services.replay_given_up(endpoint=found, since=since, actor=actor, now=now)
            said = ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", n)
            messages.success(request, said % {"n": n})
        case _:
            raise FieldsError({"do": "test, end, resume, now or replay"})
    return redirect("actions:endpoint", endpoint_id)


def _endpoint_page(
    request: HttpRequest, endpoint_id: UUID, now: datetime, *, secret: str = ""
) -> HttpResponse:
    found = selectors.endpoints().get(pk=selectors.endpoint_named(endpoint_id).pk)
    until = found.old_secret_until
    is_behind = not found.is_active or found.behind_since is not None
    shown = {
        "endpoint": found,
        "url": selectors.endpoint_url(found),
        "secret": secret,
        "missed": selectors.missed_orders(found).count() if is_behind else 0,
        "old_until": until if until and until > now else None,
        "later": selectors.later_deliveries(now).filter(endpoint=found).count(),
        "messages_sent": selectors.latest_deliveries(endpoint=found),
    }
    return _page(request, "actions/endpoint.html", shown)


def _page_of(sent: Delivery) -> HttpResponse:
    """The page on which a message stands: of its order, else of its endpoint."""
    if sent.order_id is None:
        return redirect("actions:endpoint", sent.endpoint_id)
    return redirect("actions:order", sent.order_id)


def _page(
    request: HttpRequest, template: str, shown: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, template, {"area": "deliveries", **shown}, status=status)


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"
