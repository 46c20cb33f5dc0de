"""Days as each language writes them, however a page or code asks for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils.formats import date_format
from django.utils.translation import gettext, override

import staydown_web

JUNE, DECEMBER = (datetime(2026, month, 1, 14, 5, 9, tzinfo=UTC) for month in (6, 12))
SHORT = {"en": "1 Dec 2026", "de": "1. Dez. 2026", "es": "1 dic 2026", "fr": "1 déc. 2026"}
LONG = {
    "en": "1 December 2026",
    "de": "1. Dezember 2026",
    "es": "1 de diciembre de 2026",
    "fr": "1 décembre 2026",
}

TEMPLATES = list(Path(staydown_web.__file__).parent.glob("*/templates/**/*.html"))
BEFORE_A_DAY = re.compile(r'\{% translate "([^"]+)" %\}(?:\{% endif %\})? <time')
"""The start of a sentence that goes on with a day."""
ARTICLES = {
    "de": (" am", " dem", " zum"),
    "es": (" el", " del"),
    "fr": (" le", " du", "au"),
}


@pytest.mark.parametrize("language", [*SHORT])
def test_a_day_is_written_as_its_language_does(language: str) -> None:
    with override(language):
        assert date_format(DECEMBER, "j M Y") == SHORT[language]
        assert date_format(DECEMBER, "j M Y, H:i:s") == f"{SHORT[language]}, 14:05:09"
        assert date_format(DECEMBER, "j F Y") == LONG[language]
        assert date_format(DECEMBER, "DATE_FORMAT") == LONG[language]
        page = Template('{{ day|date:"j M Y, H:i" }}').render(Context({"day": DECEMBER}))
    assert page == f"{SHORT[language]}, 14:05"


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        ("de", "D j M, H:i", "Di, 1. Dez., 14:05"),
        ("de", "l j F, H:i", "Dienstag, 1. Dezember, 14:05"),
        ("es", "l j F, H:i", "martes, 1 de diciembre, 14:05"),
        ("es", "F Y", "diciembre de 2026"),
        ("fr", "l j F, H:i", "mardi 1 décembre, 14:05"),
        ("de", "Y-m-d H:i:s", "2026-12-01 14:05:09"),
        ("fr", "H:i", "14:05"),
    ],
)
def test_weekdays_and_times_stand_beside_it(language: str, asked: str, said: str) -> None:
    with override(language):
        assert date_format(DECEMBER, asked) == said


def test_june_and_july_cannot_be_taken_for_one_another_in_french() -> None:
    july = JUNE.replace(month=7)
    with override("fr"):
        assert [date_format(day, "j M") for day in (JUNE, july)] == ["1 juin", "1 juil."]


@pytest.mark.parametrize("language", [*ARTICLES])
def test_a_sentence_that_goes_on_with_a_day_ends_so_that_a_day_fits(language: str) -> None:
    starts = {start for page in TEMPLATES for start in BEFORE_A_DAY.findall(page.read_text())}
    assert len(starts) > 10
    with override(language):
        said = [gettext(start) for start in sorted(starts)]
    assert [text for text in said if not text.endswith(ARTICLES[language])] == []
