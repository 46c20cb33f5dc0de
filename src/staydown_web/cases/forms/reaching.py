"""When what a person typed counts as an e-mail address or a telephone number.

The page of a notice has the same rules in ``js/src/portal/reaching.js``, so that it counts nothing
as there that is refused here; both are tested on ``tests/vectors/reaching.json``.
"""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LEAST_DIGITS: Final = 5


def is_email(typed: str) -> bool:
    """Whether a message can be sent there: a mailbox in plain letters at the name of a host."""
    text = typed.strip()
    mailbox, _, host = text.rpartition("@")
    if not mailbox.isascii() or mailbox.startswith('"') or host.startswith("["):
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def is_phone(typed: str) -> bool:
    """Whether it has as many digits as a telephone number, in any script."""
    return sum(letter.isdecimal() for letter in typed) >= LEAST_DIGITS
