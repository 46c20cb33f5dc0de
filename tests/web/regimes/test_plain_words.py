"""The English of the regimes reads at the level of B1: measured, text by text and as a whole.

Names of laws are left out: they are what they are. See ADR-0048 for the numbers.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable

import pytest

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    # It asks for pkg_resources, which says that it will go, and puts packages on the path.
    warnings.simplefilter("ignore")
    patch.setattr(sys, "path", list(sys.path))
    import textstat

from staydown_web.regimes.selectors import grounds, regimes
from staydown_web.regimes.selectors.reading import ground_words, shown_words

EASIEST_LIX, LEAST_FLESCH, MOST_GRADE = 35, 70, 7
"""Of all texts of a file together. LIX below 40 is easy prose, Flesch above 70 fairly easy."""
MOST_GRADE_OF_ONE, MOST_WORDS = 13, 32
"""Of one text alone, where a single long word weighs much; of one sentence."""

NAMES = re.compile(
    r"Digital Services Act|TAKE IT DOWN Act|Online Safety Act( 2023)?|Crime and Policing Act 2026"
    r"|Information Technology (Act|Rules)(, 20\d\d)?|47 USC 223a|Directive \(EU\) 2024/1385"
    r"|Transparency Database|Secretary of State|rule \d\(\d\)\(\w\)|European Union"
)


def texts_of(id_: str) -> list[str]:
    if id_ == "grounds":
        words: Iterable[str] = ground_words(grounds())
    else:
        law = regimes()[id_]
        words = [text for text in shown_words(law) if text not in (law.title, law.short_title)]
    return [_sentence(NAMES.sub("the law", text)) for text in words]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


@pytest.mark.parametrize("id_", [*sorted(regimes()), "grounds"])
def test_all_texts_of_a_file_together_are_easy_to_read(id_: str) -> None:
    whole = " ".join(texts_of(id_))
    assert textstat.lix(whole) <= EASIEST_LIX
    assert textstat.flesch_reading_ease(whole) >= LEAST_FLESCH
    assert textstat.flesch_kincaid_grade(whole) <= MOST_GRADE


@pytest.mark.parametrize("id_", [*sorted(regimes()), "grounds"])
def test_no_text_alone_is_hard_and_no_sentence_long(id_: str) -> None:
    hard = [t for t in texts_of(id_) if textstat.flesch_kincaid_grade(t) > MOST_GRADE_OF_ONE]
    long = [
        sentence
        for text in texts_of(id_)
        for sentence in re.split(r"(?<=[.?!:;])\s", text)
        if len(sentence.split()) > MOST_WORDS
    ]
    assert (hard, long) == ([], [])


def test_a_hard_text_is_seen() -> None:
    hard = (
        "Notwithstanding the aforementioned considerations, the undersigned hereby acknowledges "
        "irrevocably the applicability of extraterritorial jurisdictional determinations."
    )
    assert textstat.flesch_reading_ease(hard) < LEAST_FLESCH
    assert textstat.flesch_kincaid_grade(hard) > MOST_GRADE_OF_ONE
    assert textstat.lix(hard) > EASIEST_LIX


def test_a_reviewer_ticks_nothing_about_a_picture_that_is_not_kept() -> None:
    """The reported picture is stored nowhere, so nothing can be held beside it."""
    (other,) = [one for one in grounds() if one.id == "other_picture"]
    (need,) = other.needs

    assert "side by side" not in need.label
    assert "what this page shows of the match" in need.label
