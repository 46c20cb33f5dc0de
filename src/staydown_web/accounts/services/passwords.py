"""Passwords that say little more than where they are used."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CONTEXT_WORDS: Final = (
    "staydown",
    "takedown",
    "helpline",
    "caseworker",
    "reviewer",
    "moderator",
    "administrator",
    "trustandsafety",
)
"""What somebody who attacks this service tries first. Source: OWASP ASVS 5.0, 6.1.2."""

LEAST_BESIDES: Final = 8
_WORDS = re.compile("|".join(sorted(CONTEXT_WORDS, key=len, reverse=True)), re.IGNORECASE)


class ContextWordsValidator:
    """Refuses a password that is hardly longer than such a word in it. Django's own interface."""

    def validate(self, password: str, user: Any = None) -> None:
        """Look at a password.

        Raises:
            ValidationError: without these words, fewer than eight characters are left.
        """
        rest = _WORDS.sub("", password)
        if rest != password and len(rest) < LEAST_BESIDES:
            raise ValidationError(self.get_help_text(), code="password_context")

    def get_help_text(self) -> str:
        """What to do, for the form."""
        return _("Leave out words about this service, such as its name.")
