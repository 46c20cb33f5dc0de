"""On her own page: the address that letters go to."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect

from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import give_address
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors.case_page import ENDED
from staydown_web.portal.services import count_try
from staydown_web.portal.views.case import show_page
from staydown_web.portal.views.pages import SEND_POLICY, policy
from staydown_web.portal.views.session import only_by_press, with_case


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def reach(request: HttpRequest, case: Case) -> HttpResponse:
    """Take an address. A page that shows an end changes nothing."""
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    if view.is_erased or view.state in ENDED or not mail_is_ready():
        return redirect("portal:page")
    address = request.POST.get("address", "")
    try:
        give_address(case=case, address=address, now=now)
    except FieldsError as error:
        return show_page(request, case, errors=error.fields, typed_address=address)
    response = redirect("portal:page")
    response.headers["Location"] += "?s=10#said"
    return response
