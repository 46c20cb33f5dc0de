"""XARF by HTTP: the report as JSON to an address that a provider publishes.

No standard says what an answer holds. The report carries its own id, and the same id goes along in
``Idempotency-Key``: a second time is the same report to whoever reads either.
"""

from __future__ import annotations

import re
from dataclasses import replace

from staydown_web.escalation.models import Report
from staydown_web.escalation.services.interfaces.wire import Caller, Ended, Handed, text_of

_NUMBER = re.compile(r"[!-~]{1,200}")
_NAMES = ("report_id", "reportId", "ticket", "id")


def hand_over(report: Report, *, body: str, address: str, caller: Caller) -> Handed:
    """Post a report."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(report.pk)}
    handed, answer = caller.hand(address, headers=headers, body=body.encode())
    if handed.ended != Ended.TAKEN or not isinstance(answer, dict):
        return handed
    found = [text_of(answer.get(name)) for name in _NAMES]
    number = next((n for n in found if _NUMBER.fullmatch(n) and n != str(report.pk)), "")
    return replace(handed, remote_id=number)
