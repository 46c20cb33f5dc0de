"""Six words: from a list that frightens nobody, and forgiving of how they are typed."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from staydown_web.cases.services.phrases import (
    LEAST_WORDS,
    WORDS_IN_PHRASE,
    clean_phrase,
    digest_phrase,
    is_phrase,
    new_phrase,
    words,
)


def test_the_list_is_long_sorted_and_of_words_of_four_to_eight_letters() -> None:
    found = words()
    assert len(found) >= LEAST_WORDS
    assert list(found) == sorted(set(found))
    assert all(w.isascii() and w.isalpha() and w.islower() and 4 <= len(w) <= 8 for w in found)
    assert WORDS_IN_PHRASE * math.log2(len(found)) >= 66


def test_no_two_words_differ_by_one_letter() -> None:
    seen: dict[str, str] = {}
    for word in words():
        for at in range(len(word)):
            for key in (word[:at] + "*" + word[at + 1 :], word[:at] + word[at + 1 :] + "-"):
                assert key not in seen, f"{word} and {seen.get(key)}"
            seen[word[:at] + "*" + word[at + 1 :]] = word
    known = set(words())
    for word in known:
        assert not {word[:at] + word[at + 1 :] for at in range(len(word))} & known, word


def test_no_word_frightens_or_blames() -> None:
    unwanted = "abuse blood death fear hurt kill naked rape shame sick sin stalk victim weapon"
    assert not set(unwanted.split()) & set(words())


def test_phrases_differ_and_are_of_the_list() -> None:
    phrases = {new_phrase() for _ in range(200)}
    assert len(phrases) == 200
    for phrase in phrases:
        assert len(phrase.split()) == WORDS_IN_PHRASE
        assert set(phrase.split()) <= set(words())


separators = st.sampled_from([" ", "  ", "-", " - ", ", ", "\n", "\t", ".", "_", "\u2013"])


@given(st.data())
def test_case_spaces_and_hyphens_do_not_matter(data: st.DataObject) -> None:
    phrase = new_phrase()
    typed = data.draw(separators)
    for number, word in enumerate(phrase.split(), 1):
        shown = data.draw(st.sampled_from([word, word.upper(), word.title()]))
        typed += data.draw(st.sampled_from(["", f"{number}. "])) + shown + data.draw(separators)
    assert clean_phrase(typed) == phrase


def test_another_order_or_word_is_another_phrase() -> None:
    phrase = "acorn basil cedar daisy elder fern"
    stored = digest_phrase(phrase)
    assert stored.startswith("argon2")
    assert is_phrase("Acorn-Basil-Cedar daisy ELDER fern", stored)
    assert not is_phrase("basil acorn cedar daisy elder fern", stored)
    assert not is_phrase("acorn basil cedar daisy elder", stored)
    assert not is_phrase("", stored)
    assert not is_phrase(phrase, "")
