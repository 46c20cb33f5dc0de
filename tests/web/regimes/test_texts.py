"""What is signed is the same word for word, each time and in each language."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings

from staydown_web.base.errors import InputError
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import (
    act_by_words,
    ended_on_words,
    open_start_words,
    regime,
    regimes,
    signing_text,
    start_note,
    text_digest,
    where_words,
)

LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.mark.parametrize("acts_as", ["self", "representative"])
@pytest.mark.parametrize("id_", sorted(regimes()))
def test_a_text_is_the_same_each_time_and_its_digest_is_of_its_bytes(
    id_: str, acts_as: str
) -> None:
    for language in LANGUAGES:
        text = signing_text(regime(id_), language, acts_as)
        assert text == signing_text(regime(id_), language, acts_as)
        assert text_digest(text) == hashlib.sha256(text.encode()).hexdigest()
        assert text.count("\n\n") == len(regime(id_).texts[acts_as]) - 1


def test_the_english_text_is_the_file_word_for_word() -> None:
    law = regime("us-tida")
    assert signing_text(law, "en") == "\n\n".join(law.texts["self"])


def test_a_representative_signs_another_text() -> None:
    law = regime("us-tida")
    assert signing_text(law, "en", "representative") != signing_text(law, "en", "self")


def test_nobody_signs_as_something_else() -> None:
    with pytest.raises(InputError, match="acts_as"):
        signing_text(regime("us-tida"), "en", "witness")


def test_an_unknown_language_gives_the_english_text() -> None:
    law = regime("us-tida")
    assert signing_text(law, "xx") == signing_text(law, "en")


def test_a_law_whose_first_day_is_not_confirmed_says_what_that_means_and_no_other_does() -> None:
    said = {id_: start_note(law) for id_, law in regimes().items()}
    assert {id_ for id_, words in said.items() if words} == {"uk-osa"}
    assert "Your notice is kept." in said["uk-osa"]
    assert "We count the time as if it had begun." in said["uk-osa"]
    assert "If it begins later, the law does not bind the website to this time." in said["uk-osa"]


def test_what_is_said_of_an_open_start_follows_the_file_alone() -> None:
    open_, known = regimes()["uk-osa"], regimes()["us-tida"]
    assert not start_note(replace(open_, effective_from=date(2026, 6, 1)))
    assert start_note(replace(known, effective_from=None))
    assert not start_note(replace(known, effective_from=None, kind=Kind.TERMS))


def test_a_time_of_a_duty_that_may_not_have_begun_is_conditional_and_no_other_is() -> None:
    open_, known = regimes()["uk-osa"], regimes()["us-tida"]
    assert act_by_words(open_) == "If this duty is in force already, the website must act by"
    assert ended_on_words(open_) == "If this duty is in force already, the time ended on"
    assert open_start_words(open_) == "It is not confirmed on which day this duty begins."
    assert where_words(open_) == "UK (start not confirmed)"
    begun = replace(open_, effective_from=date(2026, 6, 1))
    for law in (known, begun):
        assert act_by_words(law) == act_by_words(None) == "The website must act by"
        assert ended_on_words(law) == "It ended on"
        assert open_start_words(law) == ""
        assert where_words(law) == law.jurisdiction
