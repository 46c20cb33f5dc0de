"""A text that is too long is refused whole, so that nothing of it is lost unseen."""

from __future__ import annotations

from django.utils.translation import gettext as _


def too_long(text: str, most: int) -> str:
    """What to do about a text of more than ``most`` letters."""
    return _(
        "Not sent: this text has %(n)d letters, and at most %(most)d fit. Please shorten it."
    ) % {"n": len(text), "most": most}
