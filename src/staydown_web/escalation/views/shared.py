"""What every page of this room needs."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.clock import utc_now
from staydown_web.escalation.models import Report


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the middleware lets nobody else come here."""
    return cast("User", request.user)


def note_look(request: HttpRequest, report: Report) -> None:
    """Somebody was shown a letter, which holds what a person told us: an event of her case."""
    record_event(
        what="case_viewed",
        actor=f"user:{user_of(request).pk}",
        at=utc_now(),
        case_id=report.case_id,
        subject=f"case:{report.case_id}",
    )


def escalation_page(
    request: HttpRequest, template: str, shown: dict[str, Any], *, tab: str = "", status: int = 200
) -> HttpResponse:
    """A page under the entry "Escalations" of the bar.

    Args:
        request: of whoever is signed in.
        template: its name.
        shown: what the template needs.
        tab: which of the room's own tabs it stands under.
        status: of the answer; 400 where a form is wrong.
    """
    base = {
        "area": "escalations",
        "tab": tab,
        "may_set_up": has_rank(request.user, "admin"),
        "now": utc_now(),
    }
    return render(request, template, {**base, **shown}, status=status)
