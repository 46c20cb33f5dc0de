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
