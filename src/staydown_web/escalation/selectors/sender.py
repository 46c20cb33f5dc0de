"""In whose name reports leave."""

from __future__ import annotations

from staydown_web.escalation.formats.facts import SenderFacts
from staydown_web.escalation.models import Sender

NEEDED = ("org", "contact_name", "contact_email", "domain", "appeal_email", "reply_address")
"""What must be filled in before anything can leave."""


def sender() -> Sender | None:
    """The one row, None before anybody filled it in."""
    return Sender.objects.filter(pk=1).first()


def sender_facts() -> SenderFacts | None:
    """Who writes; None while it is not filled in and switched on: then nothing leaves."""
    row = sender()
    if row is None or not row.is_on:
        return None
    return SenderFacts(
        org=row.org,
        contact_name=row.contact_name,
        contact_email=row.contact_email,
        domain=row.domain,
        appeal_email=row.appeal_email,
        postal=row.postal,
        reply_address=row.reply_address,
    )


def missing_fields(row: Sender | None) -> list[str]:
    """Names of the fields that switching on needs and that are empty."""
    return [name for name in NEEDED if row is None or not getattr(row, name)]
