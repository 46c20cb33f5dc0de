"""Each report has a mailbox of its own to which answers come: ``name+<token>@domain``, signed.

The token is 32 letters and digits: the first half begins the report's id, the second half is a MAC
of the whole id under a key of this installation. Who has not got a report cannot write to it, and
a token that is read aloud or typed in capitals still works.
"""

from __future__ import annotations

import base64
import hmac
import re
from uuid import UUID

from staydown_web.base.errors import ConfigError
from staydown_web.base.sealing import lasting_name
from staydown_web.escalation.models import Report, Sender

LONGEST_LOCAL = 64
"""Octets before the ``@``. Source: RFC 5321, 4.5.3.1.1."""
_PART_BYTES = 10
"""80 bits: nobody guesses them by writing mails. ADR-0082."""
_PART = 16
TOKEN_LENGTH = 2 * _PART
_TOKEN = re.compile(rf"\+([a-z2-7]{{{TOKEN_LENGTH}}})@", re.IGNORECASE)
_MOST_TOKENS = 20


def reply_address_for(report_id: UUID) -> str:
    """Where answers to a report come, bounces as well.

    Raises:
        ConfigError: no reply address is set, or its name leaves no room for the token.
    """
    base = Sender.objects.filter(pk=1).values_list("reply_address", flat=True).first() or ""
    name, _, domain = base.rpartition("@")
    if not name:
        raise ConfigError("no reply address is set; set one under the sender of reports")
    if len(name.encode()) + 1 + TOKEN_LENGTH > LONGEST_LOCAL:
        most = LONGEST_LOCAL - 1 - TOKEN_LENGTH
        raise ConfigError(f"the name of the reply address is longer than {most} characters")
    return f"{name}+{token_of(report_id)}@{domain}"


def token_of(report_id: UUID) -> str:
    """The token of a report: 32 letters and digits, lower case."""
    return _text(report_id.bytes[:_PART_BYTES]) + _mac(report_id)


def tokens_in(text: str) -> list[str]:
    """What looks like a token in the addresses of a header line, in lower case; at most 20."""
    found = dict.fromkeys(match[1].lower() for match in _TOKEN.finditer(text))
    return list(found)[:_MOST_TOKENS]


def report_of_token(token: str) -> Report | None:
    """The report to which a token belongs; None for one that this installation never signed."""
    token = token.lower()
    try:
        start = base64.b32decode(token[:_PART].upper())
    except ValueError:
        return None
    if len(start) != _PART_BYTES or len(token) != TOKEN_LENGTH:
        return None
    rest = 16 - _PART_BYTES
    first, last = UUID(bytes=start + bytes(rest)), UUID(bytes=start + b"\xff" * rest)
    for report in Report.objects.filter(pk__gte=first, pk__lte=last).order_by("pk"):
        if hmac.compare_digest(token[_PART:].encode(), _mac(report.pk).encode()):
            return report
    return None


def _mac(report_id: UUID) -> str:
    digest = bytes.fromhex(lasting_name(report_id.bytes, purpose="reply-address"))
    return _text(digest[:_PART_BYTES])


def _text(part: bytes) -> str:
    return base64.b32encode(part).decode().lower()
