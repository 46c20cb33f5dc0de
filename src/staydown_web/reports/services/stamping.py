"""Timestamps by an authority (RFC 3161): a digest goes out, a signed moment comes back."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    decode_timestamp_response,
)

from staydown.cli.verify.documents import whole_bytes
from staydown.errors import StaydownError
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FetchError, RecordConflictError, SealError
from staydown_web.base.fetching import ask, origin_of
from staydown_web.base.retrying import TIMESTAMP
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.documents import content_of
from staydown_web.reports.services.signing import with_timestamp
from staydown_web.reports.services.tokens import in_order

_MOST_BYTES = 64 << 10
_TIMEOUT_S = 10.0
_CLAIM = timedelta(minutes=2)
_AT_ONCE = 10
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}


def stamp_due(now: datetime) -> int:
    """Have the documents stamped that wait for it, oldest first.

    A try is claimed by one conditional UPDATE before anything is sent; a worker that dies leaves
    it to be tried again when its claim runs out.

    Returns:
        How many were tried.
    """
    if not settings.STAYDOWN_TIMESTAMP_URL:
        return 0
    due = Document.objects.filter(stamping=Document.Stamping.DUE, next_try_at__lte=now)
    rows = list(due.order_by("next_try_at").values_list("pk", "stamp_tries")[:_AT_ONCE])
    return sum(_try(pk, tries, now) for pk, tries in rows)


def ask_authority(content: dict[str, Any], *, timeout_s: float = _TIMEOUT_S) -> bytes:
    """Ask the authority for a token over a document.

    Args:
        content: a signed document without a timestamp.
        timeout_s: for all of it.

    Returns:
        The answer, DER: its digest and its number are ours.

    Raises:
        FetchError: no answer, a refusal, or a token of something else.
        FetchRefusedError: not an address that we go to.
    """
    data = whole_bytes(content)
    asked = (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    url = str(settings.STAYDOWN_TIMESTAMP_URL)
    with ask(
        url=url,
        body=asked.as_bytes(),
        headers=_HEADERS,
        allowed_origins=[origin_of(url)],
        max_bytes=_MOST_BYTES,
        timeout_s=timeout_s,
    ) as fetched:
        if fetched.status != 200:
            raise FetchError(f"the timestamp authority answered with status {fetched.status}")
        token = in_order(fetched.body.read())
    try:
        answer = decode_timestamp_response(token)
        is_ours = (
            PKIStatus(answer.status) == PKIStatus.GRANTED
            and answer.tst_info.message_imprint.message == hashlib.sha256(data).digest()
            and answer.tst_info.nonce == asked.nonce
        )
    except ValueError:
        is_ours = False
    if not is_ours:
        raise FetchError("the timestamp authority gave no token for what was asked")
    return token


def _try(pk: Any, tries: int, now: datetime) -> int:
    mine = Document.objects.filter(pk=pk, stamping=Document.Stamping.DUE, stamp_tries=tries)
    if not mine.update(stamp_tries=F("stamp_tries") + 1, next_try_at=now + _CLAIM):
        return 0
    document = Document.objects.get(pk=pk)
    try:
        content = content_of(document)
        token = ask_authority(content)
        stamped = with_timestamp(
            content, authority=str(settings.STAYDOWN_TIMESTAMP_URL), token=token
        )
    except (SealError, RecordConflictError) as error:
        _give_up(document, error, now)
    except StaydownError as error:
        next_try = TIMESTAMP.next_try(tries=tries + 1, now=now)
        if next_try is None:
            _give_up(document, error, now)
        else:
            waiting = Document.objects.filter(pk=pk, stamping=Document.Stamping.DUE)
            waiting.update(next_try_at=next_try)
    else:
        _keep(document, token, stamped["timestamp"], now)
    return 1


@transaction.atomic
def _keep(document: Document, token: bytes, stamp: dict[str, str], now: datetime) -> None:
    changed = Document.objects.filter(pk=document.pk, stamping=Document.Stamping.DUE).update(
        stamping=Document.Stamping.DONE,
        stamped_at=now,
        token=token,
        authority=stamp["authority"],
        stamp_signature=stamp["signature"],
        next_try_at=None,
    )
    if changed:
        _record("document_stamped", document, {"tries": document.stamp_tries}, now)


@transaction.atomic
def _give_up(document: Document, error: StaydownError, now: datetime) -> None:
    changed = Document.objects.filter(pk=document.pk, stamping=Document.Stamping.DUE).update(
        stamping=Document.Stamping.DEAD, next_try_at=None
    )
    if changed:
        facts = {"tries": document.stamp_tries, "error": error.code}
        _record("stamping_dead", document, facts, now)


def _record(what: str, document: Document, facts: dict[str, Any], now: datetime) -> None:
    record_event(
        what=what,
        actor="system",
        at=now,
        case_id=document.case_id,
        subject=f"document:{document.pk}",
        facts={"kind": document.kind, **facts},
    )
