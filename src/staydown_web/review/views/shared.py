"""What every work page needs: who looks, how their day stands, and what can still be undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.review.selectors.care import Care, care_of
from staydown_web.review.selectors.undoing import undoable

PUT_OFF_FOR = timedelta(minutes=15)
_PUT_OFF = "break_put_off_until"


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the middleware lets nobody else come here."""
    return cast("User", request.user)


def care_for(request: HttpRequest, now: datetime) -> Care:
    """How the reviewer's day stands."""
    text = request.session.get(_PUT_OFF)
    return care_of(user_of(request), now, datetime.fromisoformat(text) if text else None)


def put_off_break(request: HttpRequest, now: datetime) -> None:
    """Go on for now; the reminder comes again."""
    request.session[_PUT_OFF] = (now + PUT_OFF_FOR).isoformat()


def work_page(
    request: HttpRequest, template: str, shown: dict[str, Any], *, area: str, status: int = 200
) -> HttpResponse:
    """A work page with the toast of a decision that can still be undone."""
    now = utc_now()
    base = {"area": area, "toast": undoable(user_of(request), now), "now": now}
    return render(request, template, {**base, **shown}, status=status)
