"""Breaks, care, and the list of keys."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import onward_address, role_required
from staydown_web.base.clock import utc_now
from staydown_web.review import services
from staydown_web.review.views.shared import care_for, put_off_break, user_of, work_page


@require_safe
@role_required("reviewer")
def pause(request: HttpRequest) -> HttpResponse:
    """The page of a break; it shows nothing of any case."""
    return work_page(
        request, "review/break.html", {"care": care_for(request, utc_now())}, area="queue"
    )


@require_POST
@role_required("reviewer")
def change_pause(request: HttpRequest) -> HttpResponse:
    """Begin a break, end it, or put it off."""
    user, now = user_of(request), utc_now()
    match request.POST.get("do"):
        case "end":
            services.end_break(user=user, now=now)
            return redirect("review:queue")
        case "later":
            put_off_break(request, now)
            return redirect(onward_address(request, "review:queue"))
        case _begin:
            services.begin_break(user=user, now=now)
            return redirect("review:break")


@require_safe
@role_required("reviewer")
def care(request: HttpRequest) -> HttpResponse:
    """Look after yourself."""
    return work_page(
        request, "review/care.html", {"care": care_for(request, utc_now())}, area="care"
    )


@require_safe
@role_required("reviewer")
def all_keys(request: HttpRequest) -> HttpResponse:
    """Every key, for reading without scripts; the same list opens as a dialog with ``?``."""
    return work_page(request, "review/keys.html", {}, area="keys_list")
