"""What counts as an e-mail address, a telephone number, an address: the same as in the page.

The rows are shared with ``js/tests/portal/reaching.test.js``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from staydown_web.cases.forms import clean_url, is_email, is_phone, origin_of

ROWS = json.loads((Path(__file__).parents[2] / "vectors" / "reaching.json").read_text("utf-8"))


def brief(value: object) -> str:
    return str(value)[:40]


def website(typed: str) -> str:
    try:
        return origin_of(clean_url(typed))
    except ValueError:
        return ""


@pytest.mark.parametrize(("typed", "counts"), ROWS["emails"], ids=brief)
def test_an_email_address_counts_as_in_the_page(typed: str, counts: bool) -> None:
    assert is_email(typed) is counts


@pytest.mark.parametrize(("typed", "counts"), ROWS["phones"], ids=brief)
def test_a_telephone_number_counts_as_in_the_page(typed: str, counts: bool) -> None:
    assert is_phone(typed) is counts


@pytest.mark.parametrize(("typed", "counts"), ROWS["addresses"], ids=brief)
def test_an_address_counts_as_in_the_page(typed: str, counts: bool) -> None:
    assert bool(website(typed)) is counts


@pytest.mark.parametrize(("typed", "origin"), ROWS["origins"], ids=brief)
def test_a_website_is_named_as_in_the_page(typed: str, origin: str) -> None:
    assert website(typed) == origin
