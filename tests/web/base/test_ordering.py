"""The order of words for readers."""

from __future__ import annotations

import pytest
from django.utils import translation

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import teams
from staydown_web.accounts.services import make_team
from staydown_web.base.clock import utc_now
from staydown_web.base.ordering import reading_order
from staydown_web.portal.selectors.helplines import EVERYWHERE, countries


def test_accents_and_capitals_do_not_count() -> None:
    words = ["Zypern", "Österreich", "Neuseeland", "États-Unis", "polen", "Espagne", "Ecuador"]
    assert sorted(words, key=reading_order) == [
        "Ecuador",
        "Espagne",
        "États-Unis",
        "Neuseeland",
        "Österreich",
        "polen",
        "Zypern",
    ]


def test_words_that_differ_in_accents_alone_have_one_order() -> None:
    assert reading_order("Peru") < reading_order("Perú")
    assert reading_order("Perú") != reading_order("Peru")


@pytest.mark.django_db
def test_helplines_stand_where_a_reader_looks(admin: User) -> None:
    for name in ("Zuflucht", "Öffentliche Hilfe", "anker", "Beratung"):
        make_team(name=name, actor=admin, now=utc_now())
    assert [team.name for team in teams()] == ["anker", "Beratung", "Öffentliche Hilfe", "Zuflucht"]


@pytest.mark.parametrize(
    ("language", "before", "name", "after"),
    [
        ("de", "Niederlande", "Österreich", "Schweiz"),
        ("fr", "Espagne", "États-Unis", "France"),
    ],
)
def test_countries_stand_where_a_reader_looks(
    language: str, before: str, name: str, after: str
) -> None:
    with translation.override(language):
        rows = countries()
    names = [words for _code, words in rows]
    place = names.index(name)
    assert (names[place - 1], names[place + 1]) == (before, after)
    assert rows[-1][0] == EVERYWHERE
