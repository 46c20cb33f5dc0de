"""The check calls of the HTTP API.

Bodies are read and answers written without a model in between: a check by hash takes a fraction of
a millisecond, and two models would double it. Tests hold the OpenAPI and the answers together.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router

from staydown.errors import StaydownError
from staydown_web.accounts.api import KeyAuth, caller_of
from staydown_web.accounts.services import Caller, authenticate
from staydown_web.base.admission import give_up_place
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import ContentTypeError, FieldsError, RecordNotFoundError
from staydown_web.base.statuses import http_status
from staydown_web.screening import selectors, services
from staydown_web.screening.forms import (
    Asked,
    asked_of,
    batch_of,
    found_of,
    library_of,
    media_of,
    parse_json,
    read_json,
)
from staydown_web.screening.models import Copy
from staydown_web.screening.schemas import (
    BATCH_EXTRA,
    CHECK_EXTRA,
    HITS_EXTRA,
    BatchAnswer,
    CheckAnswer,
    Problem,
    StoredCheck,
    StoredChecks,
)
from staydown_web.screening.services import Outcome
from staydown_web.screening.services.checking import DETAIL, is_rich, wait_for_step
from staydown_web.screening.services.media import max_media_bytes

router = Router(tags=["checks"])
_REFUSED = dict.fromkeys((400, 401, 403, 413, 415, 422, 429, 503), Problem)
_MOST_LISTED = 100


@router.post(
    "/check",
    auth=KeyAuth("check"),
    response={200: CheckAnswer, **_REFUSED},
    openapi_extra=CHECK_EXTRA,
    summary="Check an upload",
)
def check_upload(request: HttpRequest) -> HttpResponse:
    """Say what to do with an upload, by its media, its fingerprint, or bare signals."""
    caller = caller_of(request)
    kind = request.META.get("CONTENT_TYPE", "").lower()
    token = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if kind.startswith("application/json"):
        asked = asked_of(read_json(request))
    elif kind.startswith("multipart/form-data"):
        asked = _asked_of_media(request)
    else:
        raise ContentTypeError("this call takes application/json, or a form with `media`")
    return _json(_answer(_check(caller, asked, token), caller, asked.ignored))


def check_json(body: bytes, *, authorization: str, idempotency_key: str) -> bytes:
    """The same for a JSON body, for servers that call it directly.

    Args:
        body: as it came.
        authorization: the header of this name; empty for none.
        idempotency_key: the header of this name; empty for none.

    Returns:
        The answer as JSON.

    Raises:
        StaydownError: as ``check_upload``.
    """
    caller = authenticate(authorization, "check")
    asked = asked_of(parse_json(body))
    outcome = _check(caller, asked, idempotency_key)
    return orjson.dumps(_answer(outcome, caller, asked.ignored))


@router.post(
    "/check/batch",
    auth=KeyAuth("check"),
    response={200: BatchAnswer, **_REFUSED},
    openapi_extra=BATCH_EXTRA,
    summary="Check many uploads",
)
def check_batch(request: HttpRequest) -> HttpResponse:
    """Up to 100 checks by fingerprint or signals. One that cannot be read has a problem instead."""
    caller = caller_of(request)
    started = time.monotonic()
    answers, is_slow = [], False
    for row in batch_of(read_json(request)):
        try:
            if not isinstance(row, dict):
                raise FieldsError({"checks": "each an object"})
            asked = asked_of(row)
            is_slow = is_slow or is_rich(asked.fingerprint)
            outcome = _check(caller, asked, "", is_paced=False)
            answers.append(_answer(outcome, caller, asked.ignored))
        except StaydownError as error:
            answers.append({"problem": _problem(error)})
    if is_slow and DETAIL not in caller.scopes:
        give_up_place()
        wait_for_step(started)
    return _json({"answers": answers})


@router.get(
    "/checks/{check_id}",
    auth=KeyAuth("check"),
    response={200: StoredCheck, 404: Problem, **_REFUSED},
    summary="What is stored of a check",
)
def stored_check(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """The state of a check that held or blocked. Nothing is stored of clear ones: 404."""
    caller = caller_of(request)

    def look() -> Copy:
        return selectors.check_named(
            platform_id=caller.platform_id,
            check_id=check_id,
            sees_details=DETAIL in caller.scopes,
        )

    try:
        copy = look()
    except RecordNotFoundError:
        # Answered a moment ago by a server of checks: then it lies in the tray.
        if not services.bring_check(check_id):
            raise
        copy = look()
    return _json(_stored(copy, caller))


@router.post(
    "/hits",
    auth=KeyAuth("library"),
    response={200: BatchAnswer, **_REFUSED},
    openapi_extra=HITS_EXTRA,
    summary="Report what a scan found",
)
def report_hits(request: HttpRequest) -> HttpResponse:
    """Files of your library that match; they land in the reviewers' queue.

    One that cannot be read has a problem instead.
    """
    caller = caller_of(request)
    answers = []
    for row in library_of(read_json(request)):
        try:
            found = found_of(row)
            outcome = services.register_library_copy(caller=caller, found=found, now=utc_now())
            answers.append(_answer(outcome, caller, found.ignored))
        except StaydownError as error:
            answers.append({"problem": _problem(error)})
    return _json({"answers": answers})


@router.get(
    "/hits",
    auth=KeyAuth("hits"),
    response={200: StoredChecks, **_REFUSED},
    summary="What was held or blocked",
)
def list_hits(request: HttpRequest, after: str = "", limit: int = _MOST_LISTED) -> HttpResponse:
    """Uploads and files that were held or blocked, oldest first."""
    caller = caller_of(request)
    copies, following = selectors.copies_after(
        platform_id=caller.platform_id, after=after, limit=max(1, min(limit, _MOST_LISTED))
    )
    return _json({"hits": [_stored(copy, caller) for copy in copies], "next": following})


def _check(caller: Caller, asked: Asked, token: str, *, is_paced: bool = True) -> Outcome:
    return services.check(
        caller=caller,
        fingerprint=asked.fingerprint,
        content_ref=asked.content_ref,
        url=asked.url,
        account=asked.account,
        idempotency_key=token,
        is_paced=is_paced,
        now=utc_now(),
    )


def _asked_of_media(request: HttpRequest) -> Asked:
    with media_of(request, max_bytes=max_media_bytes()) as (file, wanted, texts):
        made = services.fingerprint_media(file.path, signals=wanted)
    return Asked(made, **texts)


def _answer(outcome: Outcome, caller: Caller, ignored: tuple[str, ...]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "verdict": str(outcome.verdict),
        "check_id": str(outcome.check_id),
    }
    if DETAIL in caller.scopes:
        answer["matches"] = outcome.matches
    if ignored:
        answer["ignored_signals"] = ignored
    return answer


def _stored(copy: Copy, caller: Caller) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "check_id": str(copy.check_id),
        "verdict": copy.verdict,
        "state": copy.state,
        "source": copy.source,
        "content_ref": copy.content_ref,
        "seen_at": copy.seen_at,
        "state_at": copy.state_at,
    }
    if DETAIL in caller.scopes:
        answer["matches"] = [
            {
                "entry_id": str(hit.entry_id),
                "kind": hit.kind,
                "score": round(hit.score, 4),
                "evidence": hit.evidence,
                "bank": hit.entry.bank.slug,
                "response": hit.response,
            }
            for hit in selectors.hits_of(copy)
        ]
    return answer


def _problem(error: StaydownError) -> dict[str, Any]:
    more = {"fields": error.fields} if isinstance(error, FieldsError) else {}
    return {
        "type": f"about:blank#{error.code}",
        "title": error.code.replace("_", " "),
        "status": http_status(error),
        "code": error.code,
        "detail": str(error),
        **more,
    }


def _json(data: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), content_type="application/json")
