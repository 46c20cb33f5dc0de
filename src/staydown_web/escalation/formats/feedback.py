"""ARF, RFC 5965: the machine's parts of a feedback report about pages instead of a message."""

from __future__ import annotations

from email.message import MIMEPart
from ipaddress import ip_address

from staydown_web.escalation.formats import clean, mail
from staydown_web.escalation.formats.least import Given

REPORT_TYPE = "feedback-report"
# RFC 5965 section 7.3: "abuse" is about unsolicited e-mail, "other" about what no type fits.
_FEEDBACK_TYPE = "other"
_AGENT = "Staydown/1"
_NO_MESSAGE = "This report concerns web pages. There is no original message."


def feedback_parts(facts: Given) -> list[MIMEPart]:
    """Second and third part: the facts by name, and headers that stand in for a message."""
    return [
        mail.lines_part("message/feedback-report", _rows(facts)),
        # RFC 5965 section 2 wants a third part; headers alone are allowed there.
        mail.lines_part("text/rfc822-headers", [("Comments", _NO_MESSAGE)]),
    ]


def _rows(facts: Given) -> list[tuple[str, str]]:
    domain = clean.ascii_domain(facts.domain)
    rows = [
        ("Feedback-Type", _FEEDBACK_TYPE),
        ("User-Agent", _AGENT),
        ("Version", "1"),
        ("Incidents", str(facts.total)),
        ("Reported-Domain", domain),
    ]
    address = _address(facts)
    if address:
        rows.append(("Source-IP", address))
    rows += [("Reported-URI", clean.link(url)) for url in facts.named_links]
    return rows


def _address(facts: Given) -> str:
    if not facts.has("source_identifier"):
        return ""
    try:
        return str(ip_address(facts.source_identifier))
    except ValueError:
        return ""
