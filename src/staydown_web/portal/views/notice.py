"""A notice: written on a page that can send nothing, checked and sent on another."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.selectors import default_platform
from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RateLimitedError, RecordConflictError
from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.cases.forms import MOST_CHARACTERS, Filing, errors_of
from staydown_web.cases.models import Case
from staydown_web.cases.selectors.signatures import signatures_of
from staydown_web.cases.services.binding import unbound_remark
from staydown_web.portal.forms import read_notice, read_plain
from staydown_web.portal.selectors.checker import check_of_case, check_of_filing
from staydown_web.portal.selectors.notice import (
    law_facts,
    laws_of,
    reached,
    recipients,
    texts_to_sign,
)
from staydown_web.portal.selectors.texts import notice_texts, send_texts
from staydown_web.portal.services import Receipt, one_filing, send_notice
from staydown_web.portal.views.pages import NOTICE_POLICY, SEND_POLICY, policy, refused


@login_not_required
@require_safe
@policy(NOTICE_POLICY)
def notice(request: HttpRequest) -> HttpResponse:
    """Steps 1 to 3. No cookie, no form that could send, no request by a script."""
    facts = law_facts(get_language() or "en")
    page: dict[str, Any] = {
        "goal": "file",
        "startUrl": reverse("portal:start"),
        "sendUrl": reverse("portal:send"),
        "workerUrl": static("js/fingerprint/worker.js"),
        "texts": notice_texts(),
        "given": {},
        **facts,
    }
    return render(request, "portal/notice.html", notice_context(page))


def notice_context(page: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the template of steps 1 to 3 needs, for a new notice and for adding."""
    most = {name: MOST_CHARACTERS[name] for name in ("place", "statement", "authority")}
    return {
        "page": {**page, "most": most},
        "laws": page["laws"],
        "evidence_url": reverse("portal:evidence"),
        "mail_ready": mail_is_ready(),
        **recipients(),
        **more,
    }


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def send(request: HttpRequest) -> HttpResponse:
    """Step 4: show everything; on "Sign and send", file it and show the receipt."""
    if request.method != "POST":
        return send_page(request, errors={})
    now = utc_now()
    try:
        with one_filing(address=client_address(request), now=now):
            token, filing = read_notice(request.POST.get("document", ""))
            receipt = send_notice(filing=filing, token=token, now=now)
    except FieldsError as error:
        return send_page(request, errors=error.fields)
    except RateLimitedError as error:
        return send_page(request, errors={}, too_much=error)
    except RecordConflictError:
        return was_sent_page(request)
    return receipt_page(request, receipt)


def send_page(
    request: HttpRequest, *, errors: dict[str, str], too_much: RateLimitedError | None = None
) -> HttpResponse:
    """The page of step 4; with errors, the browser still holds the draft and shows it again."""
    facts = law_facts(get_language() or "en")
    page = {
        "goal": "file",
        "language": get_language() or "en",
        "texts": send_texts(),
        "backUrl": reverse("portal:notice"),
        "steps": {name: step for step, names in _STEPS.items() for name in names},
        **facts,
    }
    facts = {"page": page, "errors": errors, "adding": False}
    # The draft came back in the request only to be sent; it is not put into the page again.
    if too_much:
        answer = refused(request, "portal/send.html", {**facts, **wait_facts(too_much)})
        return _wait(answer, too_much)
    if errors:
        return refused(request, "portal/send.html", facts)
    return render(request, "portal/send.html", facts)


def was_sent_page(request: HttpRequest, **more: Any) -> HttpResponse:
    """A browser brought a receipt back after its time: nothing is filed again, and it is said."""
    page = {"goal": "file", "isSent": True}
    facts = {"page": page, "was_sent": True, "adding": False, **more}
    return render(request, "portal/send.html", facts, status=409)


def wait_facts(error: RateLimitedError) -> dict[str, Any]:
    """What the templates say of a limit: that of an hour, or that of a day."""
    return {"too_much": "hour" if error.retry_after_s <= _HOUR_S else "day"}


def _wait(answer: HttpResponse, error: RateLimitedError) -> HttpResponse:
    answer.status_code = 429
    answer["Retry-After"] = str(max(1, error.retry_after_s))
    return answer


_HOUR_S = 3600
_STEPS = {1: ("way", "urls", "place"), 2: ("files",)}
"""Where a field is mended; all others in step 3."""


def receipt_page(request: HttpRequest, receipt: Receipt, *, case_url: str = "") -> HttpResponse:
    """The number and the six words, once; for a helpline, with the way to its own page of it."""
    check = check_of_case(receipt.case, now=utc_now(), for_helpline=bool(case_url))
    order = {card.title: place for place, card in enumerate(check.cards)}
    facts = {
        "case": receipt.case,
        "phrase": receipt.phrase,
        "words": receipt.phrase.split(),
        "page_url": request.build_absolute_uri(reverse("portal:case")),
        "check": check,
        "signed": sorted(signatures_of(receipt.case), key=lambda one: order.get(one.law, 0)),
        "case_url": case_url,
        "reached": reached(receipt.case),
    }
    return render(request, "portal/receipt.html", facts)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def plain(request: HttpRequest) -> HttpResponse:
    """One page for links alone, without JavaScript."""
    platform = default_platform()
    laws = laws_of(way=Case.Way.LINK)
    errors: dict[str, str] = {}
    check = None
    too_much: RateLimitedError | None = None
    language = get_language() or "en"
    if request.method == "POST":
        if request.POST.get("age") in {"minor", "unsure"}:
            return render(request, "portal/led_away.html")
        now = utc_now()
        filing = read_plain(request.POST, language=language, laws=laws, platform=platform)
        if request.POST.get("check"):
            check = check_of_filing(filing, now=now) if filing.regimes else None
            errors = _wrong_in(filing) or unbound_remark(filing)
        else:
            try:
                with one_filing(address=client_address(request), now=now):
                    sent = send_notice(filing=filing, token=_draft_token(request), now=now)
                return receipt_page(request, sent)
            except FieldsError as error:
                errors = error.fields | _wrong_in(filing)
            except RateLimitedError as error:
                too_much = error
            except RecordConflictError:
                return was_sent_page(request)
    facts = {
        "laws": [
            {"own": own, "theirs": theirs}
            for own, theirs in zip(
                texts_to_sign(laws, language, Case.ActsAs.SELF),
                texts_to_sign(laws, language, Case.ActsAs.REPRESENTATIVE),
                strict=True,
            )
        ],
        "asked": {name for law in laws for element in law.elements for name in element.form_fields},
        "errors": errors,
        "check": check,
        "typed": request.POST,
        "chosen": request.POST.getlist("regimes"),
        "token": _draft_token(request),
        "mail_ready": mail_is_ready(),
        **recipients(),
    }
    if too_much:
        answer = render(request, "portal/plain.html", {**facts, **wait_facts(too_much)})
        return _wait(answer, too_much)
    return render(request, "portal/plain.html", facts, status=400 if errors else 200)


def _wrong_in(filing: Filing) -> dict[str, str]:
    """All that is wrong with it at once, also where the age is left out and nobody is under 18."""
    errors = errors_of(filing)
    if "is_adult_in_picture" in errors:
        errors |= errors_of(replace(filing, is_adult_in_picture=True))
    return errors


def _draft_token(request: HttpRequest) -> str:
    """The token that came with the form; a new one where it is missing or not of ours."""
    token = request.POST.get("token", "")
    return token if re.fullmatch(r"[0-9a-f]{32}", token) else secrets.token_hex(16)
