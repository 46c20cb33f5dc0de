"""Passwords that say little more than where they are used are refused."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from staydown_web.accounts.services.passwords import CONTEXT_WORDS


def codes(password: str) -> set[str]:
    try:
        validate_password(password)
    except ValidationError as error:
        return {one.code or "" for one in error.error_list}
    return set()


@pytest.mark.parametrize("word", CONTEXT_WORDS)
def test_a_password_of_such_a_word_and_a_little_more_is_refused(word: str) -> None:
    assert "password_context" in codes(f"{word.title()}-2026!")
    assert "password_context" in codes(f"{word}{word.upper()}")


@pytest.mark.parametrize(
    "password", ["staydown kettle orchard", "kettle orchard 7", "x" * 200 + "y"]
)
def test_others_pass_and_so_do_longer_ones_with_such_a_word(password: str) -> None:
    assert codes(password) == set()


def test_the_remedy_names_no_rule_of_composition() -> None:
    with pytest.raises(ValidationError, match="Leave out words about this service"):
        validate_password("moderator-2026")
