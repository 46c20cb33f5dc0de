"""Who leaves the number or the words empty is asked for both; nothing is tried by that."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
WRONG = "acorn basil cedar daisy elder fern"
ASKED = "Please fill in both: your case number and your six words."
LOOK_AGAIN = "Please look at each word again."


@pytest.mark.parametrize(
    ("number", "phrase"), [("", ""), (" ", "\n"), ("C-2222-2222", ""), ("", WRONG)]
)
def test_what_is_empty_is_to_be_filled_in(person: Client, number: str, phrase: str) -> None:
    answer = person.post("/case/", {"number": number, "phrase": phrase, "tries": "kept"})

    assert answer.status_code == 400
    assert ASKED in answer.text
    assert LOOK_AGAIN not in answer.text
    assert 'name="tries" value="kept"' in answer.text, "tries before are not forgotten by it"
    assert number.strip() in answer.text


def test_it_says_nothing_of_the_number(person: Client, filed) -> None:
    case, _phrase = filed()

    def said(number: str) -> str:
        return person.post("/case/", {"number": number}).context["is_blank"]

    assert said(case.number) is said("C-2222-2222") is True


def test_wrong_numbers_and_wrong_words_have_one_answer(person: Client) -> None:
    answer = person.post("/case/", {"number": "C-2222-2222", "phrase": WRONG})
    assert answer.status_code == 403
    assert LOOK_AGAIN in answer.text
    assert ASKED not in answer.text
