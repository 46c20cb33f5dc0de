"""The English of the notice, of its receipt and of the public notice reads at the level of B1.

Measured as the regimes are, with the same bounds: every text of the templates and of the scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import staydown_web
from staydown_web.accounts.models import Platform
from staydown_web.portal.selectors.texts import notice_texts, send_texts
from staydown_web.regimes.selectors import regimes, start_note
from staydown_web.reports.selectors.public_notice import public_notice_of
from web.regimes.test_plain_words import (
    EASIEST_LIX,
    LEAST_FLESCH,
    MOST_GRADE,
    MOST_GRADE_OF_ONE,
    MOST_WORDS,
    NAMES,
    textstat,
)

PAGES = Path(staydown_web.__file__).parent / "portal" / "templates" / "portal"
OF_THE_NOTICE = (
    *("start", "steps", "notice", "notice_where", "notice_files", "notice_statement"),
    *("notice_keep", "checker", "checker_live", "recipient", "plain", "send", "receipt"),
)
MARKED = re.compile(
    r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')|"""
    r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*endblocktranslate",
    re.DOTALL,
)
MARKS = re.compile(r"<[^>]+>|\{\{[^}]*\}\}|\{\w+\}|https?://\S+|\S+@\S+|“[^”]*”")
"""What is no word of ours: markup, what is filled in, examples of addresses, quotes."""
LEAST_WORDS = 6
"""The name of a field is no sentence: its grade says nothing."""


def of_templates() -> Iterator[str]:
    for name in OF_THE_NOTICE:
        for found in MARKED.finditer((PAGES / f"{name}.html").read_text("utf-8")):
            yield next(filter(None, found.groups()))


def of_scripts(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
        return
    for value in held.values():
        yield from of_scripts(value)


def clean(texts: Iterable[str]) -> list[str]:
    """Each once, with an end, and only those that are more than a name."""
    found = []
    for text in dict.fromkeys(texts):
        words = " ".join(NAMES.sub("the law", MARKS.sub("it", text)).split())
        if len(words.split()) >= LEAST_WORDS:
            found.append(words if words.endswith((".", "?", "!")) else f"{words}.")
    return found


def of_the_notice() -> list[str]:
    notes = filter(None, map(start_note, regimes().values()))
    return clean([*of_templates(), *of_scripts({**notice_texts(), **send_texts()}), *notes])


def of_the_public_notice() -> list[str]:
    notice = public_notice_of("")
    texts = [notice.title, notice.lead]
    for section in notice.sections:
        texts += [section.title, *section.texts, *section.points]
        texts += [words for _name, words in section.rows]
    return clean(texts)


@pytest.fixture(params=["notice", "public notice"])
def texts(request: pytest.FixtureRequest, platform: Platform) -> list[str]:
    platform.regimes = sorted(regimes())
    platform.save()
    return of_the_notice() if request.param == "notice" else of_the_public_notice()


@pytest.mark.django_db
def test_all_texts_together_are_easy_to_read(texts: list[str]) -> None:
    whole = " ".join(texts)
    assert textstat.lix(whole) <= EASIEST_LIX
    assert textstat.flesch_reading_ease(whole) >= LEAST_FLESCH
    assert textstat.flesch_kincaid_grade(whole) <= MOST_GRADE


@pytest.mark.django_db
def test_no_text_is_hard_and_no_sentence_long(texts: list[str]) -> None:
    hard = [text for text in texts if textstat.flesch_kincaid_grade(text) > MOST_GRADE_OF_ONE]
    long = [
        sentence
        for text in texts
        for sentence in re.split(r"(?<=[.?!:;])\s", text)
        if len(sentence.split()) > MOST_WORDS
    ]
    assert (hard, long) == ([], [])


@pytest.mark.django_db
def test_the_texts_of_the_form_are_all_looked_at(platform: Platform) -> None:
    found = of_the_notice()
    assert len(found) > 120
    for part in (
        "You can also continue as it is.",
        "hours start only when",
        "Your notice is kept.",
    ):
        assert any(part in text for text in found), part
