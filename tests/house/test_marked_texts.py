"""Every word of a page is marked for translation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[2] / "src" / "staydown_web"
TEMPLATES = sorted(p for p in SERVICE.rglob("templates/**/*") if p.suffix in {".html", ".txt"})
ENGLISH = {
    "config/templates/api_docs.html": "for programmers, beside an OpenAPI file in English",
}
"""Templates that stay in English, and why."""
SAME_EVERYWHERE = {"HTTP", "Staydown", "UTC", "ms"}
"""Names and units that are written alike in every language."""
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = [r"\b\w+\.(?:jpg|mp4)\b", r"\bC-\w{4}-\w{4}\b"]
"""File names and an example of a case number."""
SPOKEN = re.compile(
    r"""\b(?:alt|aria-label|aria-description|data-label|placeholder|title)=(["'])(.*?)\1""",
    re.DOTALL,
)
NOT_SHOWN = [
    r"\{#.*?#\}",
    r"\{%\s*comment\b.*?\{%\s*endcomment\s*%\}",
    r"\{%\s*blocktranslate\b.*?\{%\s*endblocktranslate\s*%\}",
    r"\{%.*?%\}",
    r"\{\{.*?\}\}",
    r"<!--.*?-->",
]
NOT_WORDS = [
    r"<(code|kbd|pre|script|style)\b.*?</\1>",
    r"""<span class="[^"]*\bcode\b[^"]*">.*?</span>""",
    r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""",
    r"""[\w-]+="[^"]*\"""",  # a block that holds nothing but an attribute
    r"&#?\w+;",
]


def without(patterns: list[str], text: str) -> str:
    """A text with blanks where a pattern was, on the same lines."""
    for pattern in patterns:
        text = re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL)
    return text


def bare_texts(template: str) -> Iterator[str]:
    """What a template shows or speaks, without being marked for translation."""
    shown = without(NOT_SHOWN, template)
    spoken = [match[2] for match in SPOKEN.finditer(shown)]
    for text in [*without(NOT_WORDS, shown).splitlines(), *spoken]:
        if set(WORD.findall(without(NAMES, text))) - SAME_EVERYWHERE:
            yield " ".join(text.split())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(SERVICE)))
def test_a_template_has_no_bare_words(path: Path) -> None:
    if str(path.relative_to(SERVICE)) in ENGLISH:
        return
    assert list(bare_texts(path.read_text(encoding="utf-8"))) == []


def test_templates_that_stay_in_english_are_there_and_say_so() -> None:
    for name in ENGLISH:
        assert 'lang="en"' in (SERVICE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("template", "bare"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{% if a > 1 %}Много{% endif %}</p>", ["Много"]),
        ('<p aria-label="Hello"></p>', ["Hello"]),
        ("<p title='Hello'></p>", ["Hello"]),
        ('{% translate "One" %} two', ["two"]),
        ("<p aria-label=\"{% translate 'One' %}\">12</p>", []),
        ("{% blocktranslate %}Two{% endblocktranslate %}", []),
        ("<code>GET</code> 12:00 UTC {{ name }} &amp;", []),
    ],
)
def test_bare_words_are_found(template: str, bare: list[str]) -> None:
    assert list(bare_texts(template)) == bare


BY_HAND = re.compile(
    r"(?:\{%\s*(?:translate|endblocktranslate)\b[^%]*%\}|\{\{[^}]*\}\})"
    r"(?:</?(?!kbd)\w[^>]*>|\{%\s*(?:if|elif|else|endif|for|endfor|with|endwith)\b[^%]*%\})*"
    r"\s?[:;!?](?=\s|<|\{|$)"
)
"""A mark after what is shown, outside of the text that is translated."""
RAW = {"escalation/templates/escalation/signing.html", "audit/templates/audit/events.html"}
"""Templates that show a header or a fact as programs write them."""


def marks_by_hand(template: str) -> list[str]:
    whole = re.sub(
        r"\{%\s*blocktranslate\b.*?(?=\{%\s*endblocktranslate\b)", "", template, flags=re.DOTALL
    )
    return BY_HAND.findall(whole)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(SERVICE)))
def test_a_mark_between_two_texts_is_written_as_the_language_has_it(path: Path) -> None:
    """``{% colon %}`` and ``{% semicolon %}`` put the space before it that French has."""
    found = marks_by_hand(path.read_text(encoding="utf-8"))
    assert bool(found) == (str(path.relative_to(SERVICE)) in RAW), found


@pytest.mark.parametrize(
    ("template", "count"),
    [
        ('{% translate "Sent" %}: {{ at }}', 1),
        ('<strong>{% translate "Sent" %}</strong>: {{ at }}', 1),
        ("{{ name }}{% if at %}; {{ at }}{% endif %}", 1),
        ('{% translate "Sent" %}{% colon %}{{ at }}', 0),
        ('{% translate "Sent:" %} {{ at }}', 0),
        ("{% blocktranslate %}{{ name }}: sent{% endblocktranslate %}", 0),
        ('<a href="?a={{ a }}&amp;b=2">{{ name }}</a>', 0),
        ('{% translate "keys" %} <kbd>?</kbd>', 0),
    ],
)
def test_marks_that_are_put_by_hand_are_found(template: str, count: int) -> None:
    assert len(marks_by_hand(template)) == count
