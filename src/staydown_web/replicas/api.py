"""The calls of an edge replica: its agreement, all entries, what changes, and what it found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from staydown_web.accounts.api import KeyAuth, caller_of
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.replicas import services
from staydown_web.replicas.schemas import (
    SEALED,
    ChangesQuery,
    EdgeReport,
    EdgeReports,
    EntriesQuery,
    SettledReports,
)
from staydown_web.replicas.selectors import replica_of
from staydown_web.replicas.services.giving import seq_of
from staydown_web.replicas.services.taking import Report, Settled
from staydown_web.screening.forms import read_fingerprint
from staydown_web.screening.models import Verdict
from staydown_web.screening.schemas import Problem

router = Router(tags=["replicas"])
_REFUSED = dict.fromkeys((400, 401, 403, 409, 422, 429, 503), Problem)


@router.get(
    "/replica/agreement",
    auth=KeyAuth("replica"),
    response=_REFUSED,
    openapi_extra=SEALED,
    summary="What was agreed",
)
def agreement(request: HttpRequest) -> HttpResponse:
    """The banks, the times, and the hub's half of the key of the disk."""
    now = utc_now()
    replica = replica_of(caller_of(request), now)
    return _sealed(services.give_agreement(replica=replica, now=now))


@router.get(
    "/replica/entries",
    auth=KeyAuth("replica"),
    response=_REFUSED,
    openapi_extra=SEALED,
    summary="All entries, page by page",
)
def entries(request: HttpRequest, asked: Query[EntriesQuery]) -> HttpResponse:
    """Entries of the banks that were agreed on, in the order of their ids."""
    now = utc_now()
    replica = replica_of(caller_of(request), now)
    services.note_seen(replica=replica, seq=replica.seen_seq, now=now)
    return _sealed(services.give_entries(replica=replica, after=asked.after, now=now))


@router.get(
    "/replica/changes",
    auth=KeyAuth("replica"),
    response=_REFUSED,
    openapi_extra=SEALED,
    summary="What changed",
)
def changes(request: HttpRequest, asked: Query[ChangesQuery]) -> HttpResponse:
    """What changed entries are now, oldest change first.

    With ``wait`` the call stays open until there is something. When too many calls wait already, it
    answers at once, and ``Retry-After`` says when to ask again.
    """
    caller = caller_of(request)
    seq = seq_of(asked.after)
    services.note_seen(replica=replica_of(caller, utc_now()), seq=seq, now=utc_now())
    has_waited = services.wait_for_change(seq=seq, wait_s=asked.wait)
    # Asked again: it may have been revoked while the call was open.
    now = utc_now()
    page = services.give_changes(replica=replica_of(caller, now), after=asked.after, now=now)
    answer = _sealed(page)
    if not has_waited:
        answer["Retry-After"] = "1"
    return answer


@router.post(
    "/replica/hits",
    auth=KeyAuth("replica"),
    response={200: SettledReports, **_REFUSED},
    summary="Report what matched at the edge",
)
def report(request: HttpRequest, body: EdgeReports) -> dict[str, Any]:
    """Uploads that matched, by their fingerprints; the same report again is stored once."""
    now, caller = utc_now(), caller_of(request)
    replica = replica_of(caller, now)
    reports = [_report(row) for row in body.reports]
    settled = services.take_reports(replica=replica, caller=caller, reports=reports, now=now)
    return {"answers": [_answer(one) for one in settled]}


def _report(row: EdgeReport) -> Report:
    made, _ = read_fingerprint(row.fingerprint, "fingerprint")
    for name in ("content_ref", "url", "account"):
        if "\x00" in getattr(row, name):
            raise FieldsError({name: "a text without the character NUL"})
    return Report(row.check_id, Verdict(row.verdict), made, row.content_ref, row.url, row.account)


def _answer(one: Settled) -> dict[str, Any]:
    return {
        "check_id": one.check_id,
        "verdict": None if one.verdict is None else str(one.verdict),
        "stored_as": one.stored_as,
        "code": one.error.code if one.error else "",
    }


def _sealed(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/octet-stream")
