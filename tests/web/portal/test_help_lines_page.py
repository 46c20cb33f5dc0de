"""Help lines on their page: each way in by its own words, and in which languages."""

from __future__ import annotations

import html

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def shown(country: str) -> str:
    return html.unescape(Client().get(f"/help-lines/?c={country}").content.decode())


@pytest.mark.parametrize(
    ("country", "places"),
    [
        ("US", ["tel:", "sms:", "https://www.thehotline.org", "Sign language"]),
        ("GB", ["tel:", "mailto:", "https://www.nationaldahelpline.org.uk", "Sign language"]),
        ("DE", ["tel:", "Sign language"]),
        ("FR", ["tel:", "Sign language"]),
    ],
)
def test_call_text_chat_and_sign_language_are_offered(country: str, places: list[str]) -> None:
    page = shown(country)
    assert [one for one in places if one not in page] == []


def test_each_line_says_its_languages() -> None:
    assert "Languages: English, Spanish." in shown("US")
