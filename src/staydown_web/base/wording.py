"""Words of a label within a sentence, and of a list, in the language in use."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.translation import get_language

register = template.Library()
_NOUNS_ARE_CAPITAL = "de"
_HAS_SPACE_BEFORE = "fr"
_NO_BREAK = "\N{NO-BREAK SPACE}"


@register.filter
def inside(label: object) -> str:
    """A label as it stands within a sentence: its first letter is small, the others stay.

    In German the label stays as it is: which of its words are nouns, no program knows.
    """
    words = str(label)
    if (get_language() or "").startswith(_NOUNS_ARE_CAPITAL):
        return words
    return words[:1].lower() + words[1:]


@register.simple_tag
def semicolon() -> str:
    """What stands between the parts of a list: in French no line begins with it."""
    is_french = (get_language() or "").startswith(_HAS_SPACE_BEFORE)
    return f"{_NO_BREAK if is_french else ''}; "


@register.simple_tag
def colon() -> str:
    """What stands between a name and its words: in French it is not broken off the name."""
    is_french = (get_language() or "").startswith(_HAS_SPACE_BEFORE)
    return f"{_NO_BREAK if is_french else ''}: "


@register.filter
def listed(parts: Iterable[object]) -> str:
    """The parts of a list in one line; each may hold commas."""
    return semicolon().join(str(part) for part in parts)
