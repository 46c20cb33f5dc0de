"""Amazon's Abuse Signal API: XARF in, a number out, and what became of it.

``POST /v1/abuse`` takes ``{"clientToken", "correlationId", "report"}`` and answers 202 with
``reportId``; the same ``clientToken`` within 24 hours gives the same number again. ``GET
/v1/abuse/<reportId>`` gives ``status`` and, at its end, ``reasonCode``.
Source: AWS Abuse Signal API reference, read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from staydown_web.escalation.models import Report
from staydown_web.escalation.services.interfaces.sigv4 import signed_headers
from staydown_web.escalation.services.interfaces.wire import (
    Caller,
    Ended,
    Handed,
    News,
    json_of,
    text_of,
)

REPEATABLE_FOR = timedelta(hours=23)
"""A token is remembered for 24 hours; the hour less is for clocks that differ."""
_PATH = "/v1/abuse"
_REGION = re.compile(r"^abuse\.([a-z]{2}(?:-[a-z]+)+-\d)\.")
_USUAL_REGION = "us-east-1"
_SERVICE = "abuse"
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUTCOMES = {
    "ACTIONED": Report.Outcome.ACTIONED,
    # What was asked for is so; our own look at the links says whether that is true.
    "CONTENT_DOWN_OR_INACCESSIBLE": Report.Outcome.ACTIONED,
    "NOT_RESOLVABLE_TO_AWS": Report.Outcome.WRONG_CONTACT,
    "REVIEWED_NO_AWS_ACTION": Report.Outcome.REFUSED,
    "NEED_MORE_INFORMATION": Report.Outcome.NEED_MORE,
}


def hand_over(report: Report, *, body: str, address: str, caller: Caller) -> Handed:
    """Submit a report; its id is the token, so that a second time is the same report."""
    if not caller.has("aws_key", "aws_secret"):
        return Handed(Ended.PERSON, why="no_credentials")
    url = _base(address) + _PATH
    raw = body.encode()
    handed, answer = caller.hand(url, headers=_headers("POST", url, raw, caller), body=raw)
    if handed.ended != Ended.TAKEN:
        return handed
    number = text_of(answer.get("reportId"), 64) if isinstance(answer, dict) else ""
    return replace(handed, remote_id=number if _NUMBER.fullmatch(number) else "")


def ask(report: Report, *, address: str, caller: Caller) -> News | None:
    """What became of a report; None where the answer says nothing that is known.

    Raises:
        FetchError: no answer.
    """
    if not caller.has("aws_key", "aws_secret") or not _NUMBER.fullmatch(report.remote_id):
        return None
    url = f"{_base(address)}{_PATH}/{report.remote_id}"
    called = caller.call(url, method="GET", headers=_headers("GET", url, b"", caller))
    answer = json_of(called.body) if called.status == 200 else None
    return _news(answer) if isinstance(answer, dict) else None


def _news(answer: dict[str, Any]) -> News | None:
    state, reason = text_of(answer.get("status"), 40), text_of(answer.get("reasonCode"), 60)
    if state not in {"QUEUED", "PROCESSING", "COMPLETED"}:
        return None
    words = text_of(answer.get("description"), 1_000)
    text = "\n".join(part for part in (f"{state} {reason}".strip(), words) if part)
    outcome = str(_OUTCOMES.get(reason, "")) if state == "COMPLETED" else ""
    return News(f"{state} {reason}".strip(), text, outcome, state == "COMPLETED")


def _base(address: str) -> str:
    return address.rstrip("/").removesuffix(_PATH)


def _headers(method: str, url: str, body: bytes, caller: Caller) -> dict[str, str]:
    region = _REGION.match(urlsplit(url).hostname or "")
    return signed_headers(
        method=method,
        url=url,
        body=body,
        key_id=caller.secrets["aws_key"],
        secret=caller.secrets["aws_secret"],
        region=region[1] if region else _USUAL_REGION,
        service=_SERVICE,
        at=caller.at,
    )
