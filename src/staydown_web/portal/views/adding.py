"""Adding to a case that is open: the same two pages as for a notice, and one without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RateLimitedError
from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.cases.forms import Answers, FiledFile
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case
from staydown_web.cases.services.binding import unbound_at
from staydown_web.cases.services.known_files import without_known
from staydown_web.cases.services.looking import UNSEEN
from staydown_web.cases.services.places import known_places
from staydown_web.portal.forms import (
    Addition,
    read_addition,
    read_addition_plain,
    urls_of,
)
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors.adding import Asked, asked_of
from staydown_web.portal.selectors.case_page import ENDED
from staydown_web.portal.selectors.notice import adding_facts
from staydown_web.portal.selectors.place_times import no_time_by_origin
from staydown_web.portal.selectors.texts import notice_texts, send_texts
from staydown_web.portal.services import count_try
from staydown_web.portal.views.notice import notice_context
from staydown_web.portal.views.pages import NOTICE_POLICY, SEND_POLICY, policy, refused
from staydown_web.portal.views.session import with_case

ADDED: Final = {
    "1": gettext_lazy("What you added is there."),
    "12": gettext_lazy("What you chose is in your case already. It is there once, as before."),
    "13": gettext_lazy(
        "What you added is there. A part of it was in your case already: that is there once."
    ),
    "14": gettext_lazy(
        "This address was in your case already. It is there once, as before. What is known of "
        "it stands below, with your addresses."
    ),
    "15": gettext_lazy(
        "This address was in your case already, and nothing was found there. We look there "
        "again now."
    ),
    "16": gettext_lazy(
        "What you added is there. A part of it was in your case already: what is known of "
        "each address stands below, with your addresses."
    ),
    "17": gettext_lazy(
        "What you added is there. The rules that your notice follows do not apply to every website "
        "that you added, so no time limit runs there."
    ),
}
"""What her page says once something was sent, by number. With each of them its draft is deleted."""
ADDED_KNOWN: Final = frozenset({"14", "15", "16"})
"""With these the list of her addresses is open."""
_NEWS: Final = {(True, False): "1", (True, True): "13", (False, True): "12", (False, False): "1"}
"""Whether anything new was sent, whether something was there -> what her page says, by number."""
_KNOWN, _LOOKED_AT_AGAIN, _PARTLY_KNOWN, _UNBOUND = "14", "15", "16", "17"
"""The same of addresses: what is known of them is said too."""


@login_not_required
@require_safe
@policy(NOTICE_POLICY)
@with_case
def add(request: HttpRequest, case: Case) -> HttpResponse:
    """Add links, pictures or missing answers, on a page that can send nothing."""
    if _is_ended(case):
        return redirect("portal:page")
    page: dict[str, Any] = {
        "startUrl": reverse("portal:page"),
        "sendUrl": reverse("portal:add_send"),
        "workerUrl": static("js/fingerprint/worker.js"),
        "texts": notice_texts(),
        **adding_facts(case),
    }
    evidence_url = f"{reverse('portal:evidence')}?from=add"
    facts = notice_context(page, adding=True, evidence_url=evidence_url)
    return render(request, "portal/notice.html", facts)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
@with_case
def add_send(request: HttpRequest, case: Case) -> HttpResponse:
    """Show what is added; on "Send", add it."""
    if _is_ended(case):
        return redirect("portal:page")
    errors: dict[str, str] = {}
    if request.method == "POST":
        now = utc_now()
        count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
        try:
            _token, more = read_addition(request.POST.get("document", ""))
            fresh = without_known(case=case, files=more.files)
            said = _news(case, more, fresh)
            add_to_case(case=case, urls=more.urls, files=more.files, answers=more.answers, now=now)
        except FieldsError as error:
            errors = error.fields
        else:
            return _added(said)
    page = {
        "language": case.language,
        "texts": send_texts(),
        "backUrl": reverse("portal:add"),
        "steps": {"urls": 1, "place": 1, "files": 2},
        **adding_facts(case),
        "unbound": no_time_by_origin(case),
    }
    facts = {"page": page, "errors": errors, "adding": True}
    if errors:
        return refused(request, "portal/send.html", facts)
    return render(request, "portal/send.html", facts)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
@with_case
def add_plain(request: HttpRequest, case: Case) -> HttpResponse:
    """Addresses and missing answers on one page without scripts; pictures need the other pages."""
    if _is_ended(case):
        return redirect("portal:page")
    asked = asked_of(case, now=utc_now())
    facts: dict[str, Any] = {
        "asked": asked,
        "is_threat": case.way == Case.Way.THREATENED,
        "language": case.language,
        "typed": request.POST,
        "mail_ready": mail_is_ready(),
        "unbound": dict.fromkeys(no_time_by_origin(case).values()),
    }
    status = 200
    if request.method == "POST":
        try:
            said = _add_plain(request, case, asked)
        except FieldsError as error:
            facts["errors"], status = error.fields, 400
        except RateLimitedError:
            facts["is_too_much"], status = True, 429
        else:
            return _added(said)
    return render(request, "portal/add_plain.html", facts, status=status)


def _add_plain(request: HttpRequest, case: Case, asked: Asked) -> str:
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    taken = asked.taken(has_urls=bool(urls_of(request.POST)))
    more = read_addition_plain(request.POST, taken=taken)
    if not more.urls and more.answers == Answers():
        words = _("Give at least one full address.")
        if asked.fields:
            words = _("Give an address, or one of the answers that are missing.")
        raise FieldsError({"urls": words})
    said = _news(case, more, ())
    add_to_case(case=case, urls=more.urls, answers=more.answers, now=now)
    return said


def _news(case: Case, more: Addition, fresh: Sequence[FiledFile]) -> str:
    """What her page says of it, by number; asked before it is added."""
    known, has_others = known_places(case=case, urls=more.urls)
    if has_others and unbound_at(case, more.urls):
        return _UNBOUND
    is_more = has_others or bool(fresh) or more.answers != Answers()
    if not known:
        return _NEWS[is_more, len(fresh) < len(more.files)]
    if is_more:
        return _PARTLY_KNOWN
    again = all(place.state in UNSEEN and place.platform_id for place in known)
    return _LOOKED_AT_AGAIN if again else _KNOWN


def _added(said: str) -> HttpResponse:
    response = redirect("portal:page")
    response.headers["Location"] += f"?s={said}#said"
    return response


def _is_ended(case: Case) -> bool:
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=utc_now())
    return view.is_erased or view.state in ENDED
