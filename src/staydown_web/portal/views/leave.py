"""The quick way out: ends what is open, tells the browser to forget us, and goes elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from staydown_web.portal.services import close_page
from staydown_web.portal.views.session import COOKIE, forget

NOWHERE = "about:blank"


@login_not_required
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Close her page and lead away. Works without JavaScript.

    Not ``Clear-Site-Data: "cookies"``: it would also sign her out of other sites under the same
    registered name. Our own cookies are deleted one by one.
    """
    close_page(token=request.COOKIES.get(COOKIE, ""))
    target = settings.STAYDOWN_EXIT_URL or NOWHERE
    response: HttpResponse
    if target == NOWHERE:  # a redirect cannot lead there, a page can
        response = render(request, "portal/left.html", {"target": target, "title": "about:blank"})
    else:
        response = HttpResponseRedirect(target)
    forget(response)
    for name in (settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME):
        response.delete_cookie(name)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
