"""The calls: whoever is about to store an upload asks, and is told to store or to refuse.

A status of 2xx means store, any other means do not: a caller that looks at the status alone is
right. The secret comes in the ``Authorization`` header, or at the end of the address for callers
that can only be given an address.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from staydown.errors import StaydownError
from staydown_web.base.admission import BUSY
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import KeyMissingError, RateLimitedError
from staydown_web.base.middleware import problem
from staydown_web.base.statuses import http_status
from staydown_web.hooks.forms import Asked, asked_of, files_left_over, objects_of, read_room
from staydown_web.hooks.forms.bodies import drain, raw_of
from staydown_web.hooks.models import Hook
from staydown_web.hooks.services import (
    Act,
    Answer,
    OpenHook,
    check_for_hook,
    count_missed,
    open_hook,
    place_of,
)
from staydown_web.hooks.services.answering import answer_failure
from staydown_web.hooks.services.buckets import note_objects
from staydown_web.screening.forms import read_json

_BEARER = "bearer"


@csrf_exempt
@login_not_required
@require_POST
def call(request: HttpRequest, kind: str, secret: str = "") -> HttpResponse:
    """One question of one hook."""
    try:
        hook = open_hook(secret=secret or _bearer(request), kind=kind)
        if hook.kind == Hook.Kind.BUCKET:
            return _noted(request, hook)
        return _answered(request, hook)
    except StaydownError as error:
        return _refused_call(error)


def _answered(request: HttpRequest, hook: OpenHook) -> HttpResponse:
    now = utc_now()
    n_open, n_closed = files_left_over(request)
    count_missed(hook, n_open=n_open, n_closed=n_closed, now=now)
    if hook.kind == Hook.Kind.CHAT and not read_room(request) and not hook.takes_private:
        drain(request)
        return _json({"action": Act.STORE, "verdict": "unchecked", "reason": "private"})
    busy = request.META.get(BUSY)
    if busy is not None:
        # Nothing of the upload is read: what the platform chose is all that can be said.
        answer = answer_failure(hook, busy.code, now)
        drain(request)
        return _response(answer, retry_after_s=busy.retry_after_s)
    asked: Asked
    match hook.kind:
        case Hook.Kind.WEBHOOK:
            asked = asked_of(request, hook)
        case _:
            asked = raw_of(request, hook)
    answer = check_for_hook(
        hook, take=asked.take, content_ref=asked.content_ref, account=asked.account, now=now
    )
    if answer.failure:
        drain(request)
    return _response(answer)


def _noted(request: HttpRequest, hook: OpenHook) -> HttpResponse:
    """An event of a bucket: what it names is put on the list, durably, before this answers."""
    place = place_of(hook.hook_id)
    seen = objects_of(read_json(request), bucket=place.bucket)
    return _json({"taken": note_objects(hook_id=hook.hook_id, seen=seen, now=utc_now())})


def _response(answer: Answer, *, retry_after_s: int = 0) -> HttpResponse:
    said: dict[str, Any] = {"action": answer.act, "verdict": answer.verdict}
    if answer.check_id:
        said["check_id"] = str(answer.check_id)
    if answer.failure:
        said["reason"] = answer.failure
    if answer.act == Act.STORE:
        return _json(said)
    if answer.failure:
        words = "no check could be made, and this platform refuses what is unchecked"
        response = problem(503, "upload_unchecked", words, **said)
        if retry_after_s:
            response["Retry-After"] = str(retry_after_s)
        return response
    return problem(403, "upload_refused", "do not store this upload", **said)


def _bearer(request: HttpRequest) -> str:
    kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    if kind.lower() != _BEARER or not text.strip():
        raise KeyMissingError("no secret; send the header `Authorization: Bearer SECRET`")
    return str(text.strip())


def _refused_call(error: StaydownError) -> HttpResponse:
    fields = getattr(error, "fields", None)
    more = {"fields": fields} if fields else {}
    response = problem(http_status(error), error.code, str(error), **more)
    if isinstance(error, RateLimitedError):
        response["Retry-After"] = str(max(1, error.retry_after_s))
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="staydown"'
    return response


def _json(data: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), content_type="application/json")
