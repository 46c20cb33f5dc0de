"""The two calls of other installations: our keys, and our feed for who asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from staydown.errors import StaydownError
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.middleware import problem
from staydown_web.base.statuses import http_status
from staydown_web.federation.models import Member
from staydown_web.federation.schemas import FeedQuery, read_query
from staydown_web.federation.services.calling import check_call
from staydown_web.federation.services.feed import feed_page, note_told
from staydown_web.federation.services.http_signatures import Message
from staydown_web.federation.services.own_keys import own_identity, own_statements

WAITING_AT_ONCE = 2
"""Calls that may wait in one process: each keeps one of its threads, and uploads need the rest."""
_LOOK_EVERY_S = 0.25
_waiting = threading.BoundedSemaphore(WAITING_AT_ONCE)
_View = Callable[[HttpRequest], HttpResponse]


def _call(view: _View) -> _View:
    """A call of a program: no session; deliberate errors are problem details (RFC 9457)."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except StaydownError as error:
            more: dict[str, Any] = (
                {"fields": error.fields} if isinstance(error, FieldsError) else {}
            )
            return problem(http_status(error), error.code, str(error), **more)

    return login_not_required(require_safe(answer))


@_call
def keys(request: HttpRequest) -> HttpResponse:
    """Who this installation is: its identity, and every key it ever had, each stated by the last.

    Anyone may ask: an invitation begins here, and events are checked with these keys years later.
    """
    return JsonResponse({"installation": own_identity(utc_now()), "keys": own_statements()})


@_call
def feed(request: HttpRequest) -> HttpResponse:
    """The events of a member's feed after the last one it has taken in, oldest first.

    ``after`` also says that everything up to there has arrived. With ``wait`` the call stays open
    until there is something; when too many wait already, it answers at once.
    """
    now = utc_now()
    member = check_call(message_of(request), now=now)
    asked = read_query(request.GET)
    note_told(member=member, feed=asked.feed, after=asked.after, now=now)
    events, last = feed_page(member, after=asked.after, limit=asked.limit)
    if not events and asked.wait:
        events, last = _wait_for(member, asked)
    return JsonResponse(
        {"feed": str(member.feed), "keys": own_statements(), "events": events, "last": last}
    )


def message_of(request: HttpRequest) -> Message:
    """What of a request can be signed, as it came."""
    return Message(
        method=str(request.method),
        scheme=str(request.scheme),
        authority=request.get_host(),
        path=request.path,
        query=str(request.META.get("QUERY_STRING", "")),
        fields={name.lower(): value for name, value in request.headers.items()},
    )


def _wait_for(member: Member, asked: FeedQuery) -> tuple[list[dict[str, Any]], int]:
    """The page as soon as there is something on it."""
    if not _waiting.acquire(blocking=False):
        return [], asked.after
    try:
        end = time.monotonic() + asked.wait
        while time.monotonic() < end:
            time.sleep(_LOOK_EVERY_S)
            events, last = feed_page(member, after=asked.after, limit=asked.limit)
            if events:
                return events, last
        return [], asked.after
    finally:
        _waiting.release()
