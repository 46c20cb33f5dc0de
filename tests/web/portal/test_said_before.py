"""What she is told before anything follows from it: evidence, uploaders, what stays behind."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from staydown_web.cases.models import Case

pytestmark = pytest.mark.django_db
TOLD = (
    "The person who uploaded may be told that it was removed. You are told first. "
    "They never get your name from us."
)
Opened = Callable[..., tuple[Client, Case]]


def page_at(person: Client, path: str) -> str:
    return html.unescape(person.get(path).content.decode())


def test_keeping_evidence_is_named_before_any_step_that_asks_for_removal(
    person: Client, platform: Any
) -> None:
    steps = page_at(person, "/notice/")
    first, rest = steps.split('data-step="2"', 1)
    assert "Before you ask for removal, you may want to" in first
    assert "/evidence/" in first
    assert 'id="signature"' in rest
    for path, button in (("/notice/plain/", "Sign and send"), ("/notice/send/", 'id="go"')):
        before, _button, _after = page_at(person, path).rpartition(button)
        assert "/evidence/" in before, path


@pytest.mark.parametrize("path", ["/notice/plain/", "/notice/send/"])
def test_before_she_sends_she_knows_that_uploaders_may_be_told(
    person: Client, platform: Any, path: str
) -> None:
    button = "Sign and send" if "plain" in path else 'id="go"'
    assert TOLD in page_at(person, path).rpartition(button)[0]


def test_before_a_decision_her_page_says_so_too_and_offers_an_answer(opened: Opened) -> None:
    her, _case = opened()
    page = page_at(her, "/case/page/")
    assert (
        "If it is removed, the person who uploaded can be told of it. You are told before" in page
    )
    assert "may then be told" not in page, "the website's time limit is not when they are told"
    assert 'action="/case/message/"' in page


def test_before_she_takes_it_back_she_reads_what_cannot_be_recalled(opened: Opened) -> None:
    her, _case = opened()
    asked, _button, _rest = page_at(her, "/case/page/").rpartition("Take it back</button>")
    for words in (
        "What is removed stays removed",
        "Letters already sent cannot be called back.",
        "we keep that notice for six months as proof",
    ):
        assert words in asked


def test_the_page_about_leaving_says_what_leaving_cannot_do(person: Client) -> None:
    page = page_at(person, "/hide-visit/")
    cannot = page.split("What it cannot do", 1)[1].split("What you can do", 1)[0]
    for words in ("history of your browser", "files that you saved or printed", "spyware"):
        assert words in cannot
