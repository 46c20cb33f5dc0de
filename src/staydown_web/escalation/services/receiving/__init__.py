"""What comes back, from a mailbox or a mail server: threaded to its report, kept as text."""

from staydown_web.escalation.services.receiving.keeping import (
    Taken,
    mark_read,
    take_in,
    take_in_message,
)
from staydown_web.escalation.services.receiving.mailbox import take_in_mail
from staydown_web.escalation.services.reply_addresses import reply_address_for

__all__ = [
    "Taken",
    "mark_read",
    "reply_address_for",
    "take_in",
    "take_in_mail",
    "take_in_message",
]
