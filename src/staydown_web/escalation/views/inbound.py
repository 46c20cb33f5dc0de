"""Mail that a mail server hands over: one message a call, as it came.

For operators whose mail server pipes what it gets to a command, such as ``curl --data-binary @-``.
An answer of 2xx comes after the message is stored for good; with any other, the server keeps it and
tries again.
"""

from __future__ import annotations

import hmac

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from staydown.errors import ContentTooLargeError, StaydownError
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import BodyError, KeyMissingError, KeyUnknownError
from staydown_web.base.middleware import problem
from staydown_web.base.statuses import http_status
from staydown_web.escalation.selectors.secrets import secrets
from staydown_web.escalation.services.receiving import take_in
from staydown_web.escalation.services.receiving.keeping import note_discarded
from staydown_web.escalation.services.receiving.structure import MOST_BYTES

MOST_SENT_BYTES = 30 * 1024 * 1024
"""Mail servers rarely take more. What lies behind the first MiB is not read."""
_BEARER = "bearer "
_CHUNK = 64 * 1024


@csrf_exempt
@login_not_required
@require_POST
def take_in_mail(request: HttpRequest) -> HttpResponse:
    """One message."""
    try:
        _check_secret(request)
        raw = _message_of(request)
        taken = take_in(raw=raw, now=utc_now())
        note_discarded({taken.why: 1}, now=utc_now())
    except StaydownError as error:
        return problem(http_status(error), error.code, str(error))
    return JsonResponse({"kept": taken.reply is not None})


def _check_secret(request: HttpRequest) -> None:
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(_BEARER):
        raise KeyMissingError("this call needs the header Authorization: Bearer <secret>")
    known = secrets("inbound_secret").encode()
    offered = given[len(_BEARER) :].strip().encode()
    if not hmac.compare_digest(offered, known) or not known:
        raise KeyUnknownError("this secret is not known; set one under the sender of reports")


def _message_of(request: HttpRequest) -> bytes:
    """The first MiB of the body; the rest is taken from the line and thrown away."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        raise BodyError("the length of the body is no number")
    if int(length) > MOST_SENT_BYTES:
        raise ContentTooLargeError(f"the message is larger than {MOST_SENT_BYTES} bytes")
    raw = bytearray()
    try:
        while chunk := request.read(_CHUNK):
            raw += chunk[: MOST_BYTES - len(raw)]
    except OSError:
        raise BodyError("the body of the request was cut off") from None
    if not raw:
        raise BodyError("the body of the request is empty; send the message as it came")
    return bytes(raw)
