"""Which interface a report is for, and how long a try of it may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from staydown_web.escalation.models import Report
from staydown_web.escalation.services.interfaces import aws, cloudflare, xarf_http
from staydown_web.escalation.services.interfaces.wire import Caller, Handed, News

FORMATS: Mapping[str, timedelta | None] = {
    Report.Format.CLOUDFLARE: cloudflare.REPEATABLE_FOR,
    Report.Format.AWS: aws.REPEATABLE_FOR,
    Report.Format.XARF_HTTP: None,
}
"""Format -> for how long after the first try a try whose end nobody saw may be repeated without
being a second report; None: for ever."""


def send_call(report: Report, *, body: str, address: str, caller: Caller) -> Handed:
    """Hand a report to the interface of its format; it ends in words, never in an error."""
    match report.format:
        case Report.Format.AWS:
            return aws.hand_over(report, body=body, address=address, caller=caller)
        case Report.Format.CLOUDFLARE:
            return cloudflare.hand_over(report, body=body, address=address, caller=caller)
        case _:
            return xarf_http.hand_over(report, body=body, address=address, caller=caller)


def ask_news(report: Report, *, address: str, caller: Caller) -> News | None:
    """What the interface says of a report that it took; None where it says nothing.

    Raises:
        FetchError: no answer.
    """
    match report.format:
        case Report.Format.AWS:
            return aws.ask(report, address=address, caller=caller)
        case Report.Format.CLOUDFLARE:
            return cloudflare.ask(report, address=address, caller=caller)
        case _:
            return None
