"""Cloudflare's abuse interface, type ``abuse_ncsei``: intimate pictures without consent.

``POST /accounts/<account>/abuse-reports/abuse_ncsei`` with a bearer token; the answer's
``abuse_rand`` is the report's number, by which ``GET /accounts/<account>/abuse-reports/<number>``
gives ``status`` and a summary of what was done. It knows no token by which a second report would be
the same as the first: a try whose end nobody saw is never repeated, a person looks (ADR-0082).
Source: Cloudflare API reference, "Abuse reports", read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from staydown_web.escalation.models import Report
from staydown_web.escalation.services.interfaces.wire import (
    Caller,
    Ended,
    Handed,
    News,
    count_of,
    json_of,
    text_of,
)

REPEATABLE_FOR = timedelta(0)
_KIND = "abuse_ncsei"
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,32}")
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACCOUNT_PART = re.compile(r"/accounts(?:/.*)?$")
_COUNTS = ("accepted_url_count", "active_count", "in_review_count", "pending_count")


def hand_over(report: Report, *, body: str, address: str, caller: Caller) -> Handed:
    """Submit a report, once."""
    url = _reports_url(address, caller)
    if not url:
        return Handed(Ended.PERSON, why="no_credentials")
    headers = {**_headers(caller), "Content-Type": "application/json"}
    handed, answer = caller.hand(f"{url}/{_KIND}", headers=headers, body=body.encode())
    if handed.ended != Ended.TAKEN:
        return handed
    if isinstance(answer, dict) and answer.get("success") is False:
        return replace(handed, ended=Ended.REFUSED, why="refused")
    return replace(handed, remote_id=_number(answer))


def ask(report: Report, *, address: str, caller: Caller) -> News | None:
    """What became of a report; None where the answer says nothing that is known.

    Raises:
        FetchError: no answer.
    """
    url = _reports_url(address, caller)
    if not url or not _NUMBER.fullmatch(report.remote_id):
        return None
    called = caller.call(f"{url}/{report.remote_id}", method="GET", headers=_headers(caller))
    answer = json_of(called.body) if called.status == 200 else None
    held = answer.get("result", answer) if isinstance(answer, dict) else None
    return _news(held) if isinstance(held, dict) else None


def _news(held: dict[str, Any]) -> News | None:
    state = text_of(held.get("status"), 40)
    if state not in {"accepted", "in_review"}:
        return None
    found = held.get("mitigation_summary")
    summary = found if isinstance(found, dict) else {}
    counts = {name: count_of(summary.get(name)) for name in _COUNTS}
    is_told = summary.get("external_host_notified") is True
    lines = [f"status: {state}", *(f"{name}: {n}" for name, n in counts.items())]
    lines.append(f"external_host_notified: {'yes' if is_told else 'no'}")
    # "Accepted" alone says that the report was read. Something was done where it counts one.
    is_done = state == "accepted" and counts["active_count"] > 0
    return News(
        " ".join([state, *map(str, counts.values()), str(is_told)]),
        "\n".join(lines),
        str(Report.Outcome.ACTIONED) if is_done else "",
        is_done and not counts["in_review_count"] and not counts["pending_count"],
    )


def _number(answer: Any) -> str:
    held = answer if isinstance(answer, dict) else {}
    inner = held.get("result")
    places = [held, inner if isinstance(inner, dict) else {}]
    found = [text_of(place.get(name), 64) for place in places for name in ("abuse_rand", "id")]
    return next((number for number in found if _NUMBER.fullmatch(number)), "")


def _reports_url(address: str, caller: Caller) -> str:
    account = caller.secrets.get("cloudflare_account", "")
    if not caller.has("cloudflare_token") or not _ACCOUNT.fullmatch(account):
        return ""
    base = _ACCOUNT_PART.sub("", address.rstrip("/"))
    return f"{base}/accounts/{account}/abuse-reports"


def _headers(caller: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {caller.secrets['cloudflare_token']}"}
