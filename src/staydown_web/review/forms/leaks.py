"""Words that strangers will read: nothing in them may lead to a person."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from staydown_web.review.selectors.leaks import Known, leaks_in, what_to_remove


def without_leaks(text: str, known: Known) -> str:
    """The text without space around it.

    Raises:
        ValidationError: it leads to a person; says what to take out.
    """
    text = text.strip()
    if leaks := leaks_in(text, known):
        raise ValidationError(what_to_remove(leaks))
    return text
