"""Filing for a client: on the page that fingerprints files on the device, or by links alone."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.selectors import default_platform, flagger_of_team
from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.cases.forms import Filing
from staydown_web.cases.models import Access, Case, Client
from staydown_web.cases.selectors.helplines import client_of, label_of, living_authorities
from staydown_web.cases.services.accesses import keep_filed
from staydown_web.cases.services.places import owners
from staydown_web.portal.forms import read_notice, read_plain
from staydown_web.portal.forms.pasted import Pasted, read_pasted
from staydown_web.portal.selectors.notice import law_facts, laws_of, recipients, texts_to_sign
from staydown_web.portal.selectors.texts import notice_texts, send_texts
from staydown_web.portal.services import Receipt, send_notice
from staydown_web.portal.views.caseworker.shared import user_of
from staydown_web.portal.views.notice import notice_context, receipt_page, was_sent_page
from staydown_web.portal.views.pages import NOTICE_POLICY, SEND_POLICY, policy, refused

STEPS = {"way": 1, "urls": 1, "place": 1, "files": 2}


@require_safe
@policy(NOTICE_POLICY)
@caseworker_required
def notice(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Steps 1 to 3, as for everybody: nothing can leave the page, no script asks us anything."""
    client = _client(request, client_id)
    page: dict[str, Any] = {
        "goal": "file",
        "preset": _preset(client),
        "startUrl": reverse("portal:client", kwargs={"client_id": client.pk}),
        "sendUrl": reverse("portal:file_send", kwargs={"client_id": client.pk}),
        "workerUrl": static("js/fingerprint/worker.js"),
        "texts": notice_texts(),
        "given": {},
        **law_facts(get_language() or "en"),
    }
    return render(request, "portal/notice.html", notice_context(page))


@require_http_methods(["GET", "HEAD", "POST"])
@policy(SEND_POLICY)
@caseworker_required
def send(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Step 4: all that is sent; on "Sign and send" it is filed, and the caseworker has the case."""
    client, errors = _client(request, client_id), {}
    if request.method == "POST":
        try:
            token, filing = read_notice(request.POST.get("document", ""))
            return _filed(request, client, filing, token)
        except FieldsError as error:
            errors = error.fields
        except RecordConflictError:
            return was_sent_page(request, send_url=request.path)
    page = {
        "goal": "file",
        "preset": _preset(client),
        "language": get_language() or "en",
        "texts": send_texts(),
        "backUrl": reverse("portal:file_notice", kwargs={"client_id": client.pk}),
        "steps": STEPS,
        **law_facts(get_language() or "en"),
    }
    facts = {"page": page, "errors": errors, "adding": False, "send_url": request.path}
    if errors:
        return refused(request, "portal/send.html", facts)
    return render(request, "portal/send.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def link(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """By links alone: a pasted list is read and sorted first, and filed with a second press."""
    client = _client(request, client_id)
    platform, language = default_platform(), get_language() or "en"
    laws = laws_of(way=Case.Way.LINK)
    errors: dict[str, str] = {}
    pasted: Pasted | None = None
    if request.method == "POST":
        if request.POST.get("age") in {"minor", "unsure"}:
            return render(request, "portal/led_away.html")
        pasted = read_pasted(request.POST.get("urls", ""), owners=owners())
        if request.POST.get("do") == "send":
            posted = request.POST.copy()
            posted["acts_as"] = Case.ActsAs.REPRESENTATIVE
            filing = read_plain(posted, language=language, laws=laws, platform=platform)
            try:
                _check_pasted(pasted, request)
                filing = replace(filing, urls=pasted.urls)
                return _filed(request, client, filing, _token(request))
            except FieldsError as error:
                errors = error.fields
            except RecordConflictError:
                return was_sent_page(request, send_url=request.path)
    facts = {
        "area": "clients",
        "client": client,
        "label": label_of(client),
        "laws": texts_to_sign(laws, language, Case.ActsAs.REPRESENTATIVE),
        "asked": {name for law in laws for one in law.elements for name in one.form_fields},
        "chosen": request.POST.getlist("regimes"),
        "typed": request.POST,
        "pasted": pasted,
        "errors": errors,
        "token": _token(request),
        "scopes": Access.Scope.choices,
        **recipients(),
    }
    status = 400 if errors else 200
    return render(request, "portal/caseworker/link.html", facts, status=status)


def _filed(request: HttpRequest, client: Client, filing: Filing, token: str) -> HttpResponse:
    """File it, give the caseworker the case, and show number and words for the client.

    The same draft sent twice gives the same receipt, and the access is made where it is missing:
    no case of a helpline is left without somebody who has it.
    """
    user, now = user_of(request), utc_now()
    if filing.acts_as != Case.ActsAs.REPRESENTATIVE:
        raise FieldsError(
            {"acts_as": _("A helpline files for somebody. Say that you act for them.")}
        )
    filing = replace(filing, flagger=flagger_of_team(user.team) or filing.flagger)
    receipt: Receipt = send_notice(filing=filing, token=token, now=now)
    scope = request.POST.get("scope", Access.Scope.HOLDER)
    known = scope if scope in Access.Scope.values else Access.Scope.HOLDER
    keep_filed(case=receipt.case, client=client, user=user, scope=known, now=now)
    number = receipt.case.number
    back = reverse("portal:helpline_case", kwargs={"case_number": number})
    return receipt_page(request, receipt, case_url=back)


def _check_pasted(pasted: Pasted, request: HttpRequest) -> None:
    if pasted.unread and "leave_out" not in request.POST:
        raise FieldsError({"urls": _("Mend the lines that cannot be read, or leave them out.")})


def _preset(client: Client) -> dict[str, str]:
    """What a draft begins with. A draft of another client is not taken up: see js/portal/draft."""
    return {"acts_as": Case.ActsAs.REPRESENTATIVE, "client": str(client.pk)}


def _client(request: HttpRequest, client_id: UUID) -> Client:
    client = client_of(user=user_of(request), client_id=client_id)
    holds = living_authorities(utc_now().date()).filter(client=client).exists()
    if not holds:
        raise NotAllowedError("no authority of this client holds today; record one first")
    return client


def _token(request: HttpRequest) -> str:
    token = request.POST.get("token", "")
    return token if re.fullmatch(r"[0-9a-f]{32}", token) else secrets.token_hex(16)
