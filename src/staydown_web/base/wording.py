"""Words of a label within a sentence, in the language in use."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

register = template.Library()
_NOUNS_ARE_CAPITAL = "de"


@register.filter
def inside(label: object) -> str:
    """A label as it stands within a sentence: its first letter is small, the others stay.

    In German the label stays as it is: which of its words are nouns, no program knows.
    """
    words = str(label)
    if (get_language() or "").startswith(_NOUNS_ARE_CAPITAL):
        return words
    return words[:1].lower() + words[1:]
