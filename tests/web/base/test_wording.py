"""A label within a sentence: nouns and short forms keep their capital letters."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils.translation import override

import staydown_web

TEMPLATES = Path(staydown_web.__file__).parent


@pytest.mark.parametrize(
    ("language", "label", "inside"),
    [
        ("en", "Same file as one on a US list", "same file as one on a US list"),
        ("fr", "Le même fichier", "le même fichier"),
        ("de", "Dieselbe Datei", "Dieselbe Datei"),
        ("en", "", ""),
    ],
)
def test_within_a_sentence_only_the_first_letter_is_small_and_in_german_none(
    language: str, label: str, inside: str
) -> None:
    with override(language):
        shown = Template("{{ label|inside }}").render(Context({"label": label}))
    assert shown == inside


def test_no_page_makes_the_nouns_of_a_label_small() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if "|lower" in path.read_text("utf-8")]
    assert pages == []


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "a, b; &lt;c&gt;"),
        ("de", "a, b; &lt;c&gt;"),
        ("fr", "a, b\N{NO-BREAK SPACE}; &lt;c&gt;"),
    ],
)
def test_no_line_of_a_french_list_begins_with_its_sign(language: str, shown: str) -> None:
    pages = ("{{ parts|listed }}", "{{ parts.0 }}{% semicolon %}{{ parts.1 }}")
    with override(language):
        for page in pages:
            assert Template(page).render(Context({"parts": ["a, b", "<c>"]})) == shown


def test_no_page_joins_a_list_in_a_way_of_its_own() -> None:
    own = [path for path in TEMPLATES.rglob("*.html") if 'join:"; "' in path.read_text("utf-8")]
    assert own == []


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "Sent: now"), ("de", "Sent: now"), ("fr", "Sent\u00a0: now")]
)
def test_a_colon_is_written_as_the_language_has_it(language: str, shown: str) -> None:
    with override(language):
        assert Template("Sent{% colon %}now").render(Context()) == shown
