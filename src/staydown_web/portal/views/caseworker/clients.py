"""Clients: what the helpline calls them, by what right it acts, which cases are theirs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.cases.models import Client
from staydown_web.cases.selectors.helplines import (
    accesses_of,
    authorities_of,
    authority_of,
    client_of,
    clients_of,
    label_of,
    living_authorities,
)
from staydown_web.cases.services.clients import (
    add_client,
    end_authority,
    forget_client,
    record_authority,
    rename_client,
)
from staydown_web.portal.forms.caseworker import AuthorityForm, ClientForm, LabelForm
from staydown_web.portal.selectors.caseload import rows_for
from staydown_web.portal.views.caseworker.shared import add_errors, done, say_wrong, user_of


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def clients(request: HttpRequest) -> HttpResponse:
    """All clients of the caseworker; a new one."""
    user, now = user_of(request), utc_now()
    form = ClientForm(request.POST or None, initial={"on": now.date()})
    if request.method == "POST" and form.is_valid():
        try:
            label = form.cleaned_data["label"]
            made = add_client(user=user, label=label, given=form.given(), now=now)
        except FieldsError as error:
            add_errors(form, error)
        else:
            words = _("The client is there. Now you can file for them.")
            return done(request, words, "portal:client", client_id=made.pk)
    held = set(living_authorities(now.date()).values_list("client_id", flat=True))
    asked = request.GET.get("q", "").strip()[:80].casefold()
    rows = [(client, label_of(client), client.pk in held) for client in clients_of(user)]
    facts = {
        "area": "clients",
        "clients": [row for row in rows if asked in row[1].casefold()],
        "query": request.GET.get("q", ""),
        "has_any": bool(rows),
        "form": form,
    }
    status = 400 if form.errors else 200
    return render(request, "portal/caseworker/clients.html", facts, status=status)


@require_safe
@caseworker_required
def client(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One client."""
    return _page(request, client_of(user=user_of(request), client_id=client_id))


def _page(request: HttpRequest, client: Client, **more: Any) -> HttpResponse:
    user, now = user_of(request), utc_now()
    authorities = authorities_of(client, today=now.date())
    facts = {
        "area": "clients",
        "client": client,
        "label": label_of(client),
        "authorities": authorities,
        "may_file": any(row.holds for row in authorities),
        "rows": rows_for(user, accesses_of(user).filter(client=client), now=now),
        "form": AuthorityForm(initial={"on": now.date()}),
        "label_form": LabelForm(initial={"label": label_of(client)}),
        **more,
    }
    is_wrong = any(form.errors for form in (facts["form"], facts["label_form"]))
    status = 400 if is_wrong else 200
    return render(request, "portal/caseworker/client.html", facts, status=status)


@require_POST
@caseworker_required
def change(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Another label, another authority, the end of one, or forgetting."""
    user, now = user_of(request), utc_now()
    found = client_of(user=user, client_id=client_id)
    match request.POST.get("do", ""):
        case "label":
            return _rename(request, found)
        case "authority":
            return _record(request, found)
        case "end":
            ended = _authority_id(request)
            authority = authority_of(client=found, authority_id=ended)
            end_authority(authority=authority, user=user, now=now)
            words = _("This authority has ended.")
        case "forget":
            forget_client(client=found, user=user, now=now)
            return done(request, _("What was held of this client is erased."), "portal:clients")
        case _other:
            say_wrong(request, FieldsError({"do": _("Nothing was chosen.")}))
            return _page(request, found)
    return done(request, words, "portal:client", client_id=found.pk)


def _rename(request: HttpRequest, client: Client) -> HttpResponse:
    form = LabelForm(request.POST)
    if form.is_valid():
        try:
            label = form.cleaned_data["label"]
            rename_client(client=client, label=label, user=user_of(request), now=utc_now())
        except FieldsError as error:
            add_errors(form, error)
        else:
            return done(request, _("Your choice is kept."), "portal:client", client_id=client.pk)
    return _page(request, client, label_form=form)


def _record(request: HttpRequest, client: Client) -> HttpResponse:
    form = AuthorityForm(request.POST)
    if form.is_valid():
        try:
            record_authority(
                client=client, given=form.given(), user=user_of(request), now=utc_now()
            )
        except FieldsError as error:
            add_errors(form, error)
        else:
            words = _("The authority is recorded.")
            return done(request, words, "portal:client", client_id=client.pk)
    return _page(request, client, form=form)


def _authority_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("authority", ""))
    except ValueError:
        return UUID(int=0)
