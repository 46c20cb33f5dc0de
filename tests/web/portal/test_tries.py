"""A pause is told after five wrong tries, of every number alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.test import Client

from staydown_web.base.errors import CaseNotOpenedError
from staydown_web.cases.models import Case
from staydown_web.cases.services import open_case
from staydown_web.cases.services.opening import FREE_TRIES
from staydown_web.portal.services.tries import note_wrong_try

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
WRONG = "acorn basil cedar daisy elder fern"
UNKNOWN = "C-2222-2222"
TOKEN = re.compile(r'name="tries" value="([^"]+)"')


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The door at a moment of our choice, without its waiting."""
    module = import_module("staydown_web.portal.views.case")
    monkeypatch.setattr(module, "wait_for_whole_step", lambda started: None)
    return lambda now: monkeypatch.setattr(module, "utc_now", lambda: now)


def post(client: Client, number: str, phrase: str, token: str) -> tuple[str, str]:
    """What the page says, without number and tokens, and the token of the next form."""
    answer = client.post("/case/", {"number": number, "phrase": phrase, "tries": token})
    assert answer.status_code == 403
    page = answer.text
    found = TOKEN.search(page)
    assert found is not None
    bare = re.sub(r'(?:value|nonce|content)="[^"]*"|nonce-[^\s"]+', "", page)
    return bare.replace(number, ""), found[1]


def walk(client: Client, door, number: str, steps: list[tuple[int, str]]) -> list[str]:
    """Each answer to tries after so many seconds, with these words."""
    said, token, moment = [], "", NOW
    for seconds, phrase in steps:
        moment += timedelta(seconds=seconds)
        door(moment)
        page, token = post(client, number, phrase, token)
        said.append(page)
    return said


def test_the_fifth_wrong_try_says_that_a_pause_is_on_and_the_right_words_too(
    person: Client, filed, door
) -> None:
    case, phrase = filed()
    steps = [(1, WRONG)] * FREE_TRIES + [(1, phrase)]
    said = walk(person, door, case.number, steps)
    for page in said[: FREE_TRIES - 1]:
        assert "These do not open a page" in page
        assert "in a pause the right words do not open it either" in page
    for page in said[FREE_TRIES - 1 :]:
        assert "A pause is on" in page
        assert "there is a pause: 1 minute, until 09:02 UTC" in page
        assert "not even the right words" in page
        assert "These do not open a page" not in page
    door(datetime(2026, 11, 26, 9, 2, tzinfo=UTC))
    opened = person.post("/case/", {"number": case.number, "phrase": phrase})
    assert opened.status_code == 302, "what was told is true"


def test_an_unknown_number_gets_the_same_pages_at_every_step(person: Client, filed, door) -> None:
    case, phrase = filed()
    steps = [(1, WRONG)] * (FREE_TRIES + 1) + [(1, phrase), (70, WRONG), (1, WRONG), (130, WRONG)]
    known = walk(person, door, case.number, steps)
    unknown = walk(person, door, UNKNOWN, steps)
    assert known == unknown
    assert "4 minutes" in known[-1]


def test_what_others_did_with_a_number_is_not_told(person: Client, filed, door) -> None:
    case, _phrase = filed()
    for _try in range(FREE_TRIES + 2):
        walk(person, door, case.number, [(1, WRONG)])
    assert Case.objects.get(pk=case.pk).locked_until is not None
    known, unknown = (walk(person, door, one, [(1, WRONG)]) for one in (case.number, UNKNOWN))
    assert known == unknown
    assert "A pause is on" not in known[0]


def test_it_counts_as_the_case_itself_does(filed) -> None:
    case, _phrase = filed()
    token, moment = "", NOW
    for seconds in (0, 1, 2, 3, 4, 5, 80, 10, 150, 300, 500, 901, 20, 901):
        moment += timedelta(seconds=seconds)
        with pytest.raises(CaseNotOpenedError):
            open_case(number=case.number, phrase=WRONG, now=moment)
        tries = note_wrong_try(token=token, number=f" {case.number.lower()} ", now=moment)
        token = tries.token
        until = Case.objects.get(pk=case.pk).locked_until
        is_on = until is not None and until > moment
        assert (tries.until is not None) == is_on
        if tries.until is not None and until is not None:
            assert timedelta(0) <= tries.until - until < timedelta(minutes=1)


def test_a_token_of_another_number_of_another_hand_or_of_none_begins_anew() -> None:
    token = ""
    for _try in range(FREE_TRIES):
        tries = note_wrong_try(token=token, number=UNKNOWN, now=NOW)
        token = tries.token
    assert tries.minutes == 1
    assert UNKNOWN not in token
    for other, number in ((token, "C-3333-3333"), (token[:-1], UNKNOWN), ("x" * 5000, UNKNOWN)):
        assert note_wrong_try(token=other, number=number, now=NOW).until is None
    assert note_wrong_try(token=token, number="c 2222 2222", now=NOW).minutes == 1
