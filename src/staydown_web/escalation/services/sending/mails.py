"""A report as a mail: the signed bytes, and the one header that can only be known when it leaves.

``Date`` is set on top of what was signed, and nothing else is added or changed. It is the moment of
the first try, so that a mail which is sent again is the same to the last byte.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from staydown_web.base.errors import RecordError
from staydown_web.base.mailing import clean_address
from staydown_web.base.smtp import send_bytes
from staydown_web.escalation.models import Report
from staydown_web.escalation.services.reply_addresses import reply_address_for
from staydown_web.escalation.services.sending.checks import Box

_MESSAGE_ID = re.compile(r"(?im)^message-id:[ \t]*(<[!-;=?-~]{1,250}>)[ \t]*$")
_ONCE = ("message-id", "from", "subject")
_AT_MOST_ONCE = ("to", "cc", "reply-to", "content-type", "mime-version")


def send_mail(report: Report, box: Box, *, began: datetime) -> str:
    """Hand a report to the mail server.

    Args:
        report: of any mail format.
        box: what it holds.
        began: when it was first tried: its date.

    Returns:
        What the server said.

    Raises:
        RecordError: what was signed is not a whole mail.
        FetchRefusedError: the address of the recipient is none.
        FetchError: the server does not take it; ``retryable`` says whether later can help.
        ConfigError: no reply address is set.
    """
    data = mail_bytes(box.body, began=began)
    sender = reply_address_for(report.pk)
    return send_bytes(sender=sender, to=clean_address(box.address), data=data)


def mail_bytes(body: str, *, began: datetime) -> bytes:
    r"""The whole message with CRLF line ends: ``Date``, then what was signed.

    Args:
        body: a whole message without ``Date``, with ``\n`` line ends.
        began: aware.

    Raises:
        RecordError: it is not one.
    """
    head, gap, _ = body.partition("\n\n")
    names = [name.lower() for name in re.findall(r"(?m)^([!-9;-~]+):", head)]
    if not gap or "\r" in body or "\0" in body or "date" in names:
        raise RecordError("a report to be mailed is not a message without a date")
    is_doubled = any(names.count(name) > 1 for name in _AT_MOST_ONCE)
    if is_doubled or any(names.count(name) != 1 for name in _ONCE) or not message_id_of(body):
        raise RecordError("a report to be mailed lacks a header, or has one twice")
    date = format_datetime(began.astimezone(UTC).replace(microsecond=0))
    return f"Date: {date}\n{body}".replace("\n", "\r\n").encode()


def message_id_of(body: str) -> str:
    """The id of a composed message with its angle brackets; empty where it has none."""
    found = _MESSAGE_ID.search(body.partition("\n\n")[0])
    return found[1] if found else ""
