"""Facts of a statement: a draft is said in the reader's language, typed words are quoted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from statement_scene import FACTS, decide_firmly, make_copy, make_task
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_facts import facts_words
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statement
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.drafting import facts_draft, hold_draft
from staydown_web.review.services import Terms

pytestmark = pytest.mark.django_db
QUOTED = 'class="said lines-kept"'


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def task(platform: Any, now: Any) -> Task:
    return make_task(platform, now, make_copy(platform, now, group="a" * 64))


def stated(task: Task, user: Any, now: Any, **more: Any) -> Statement:
    decision = decide_firmly(task, user, now, **more)
    return make_statement(decision=decision, copy=task.copies.first(), now=now)


def page(statement: Statement, language: str) -> str:
    address = reverse("reports:statement", args=[said_by(statement).token])
    return Client(headers={"accept-language": language}).get(address).text


def test_what_was_typed_is_quoted_in_the_language_that_was_said(
    task: Task, reviewer: Any, now: Any
) -> None:
    made = stated(task, reviewer, now, terms=Terms(language="en"))
    shown = page(made, "de")
    assert f'<blockquote {QUOTED} lang="en">{FACTS}</blockquote>' in shown
    with translation.override("de"):
        words = facts_words(said_by(made), made.decision)
        assert words.note in shown
        assert "Englisch" in words.note
    with translation.override("en"):
        assert facts_words(said_by(made), made.decision).note == "In the words of whoever decided."


def test_where_nobody_said_in_which_language_none_is_guessed(
    task: Task, reviewer: Any, now: Any
) -> None:
    made = stated(task, reviewer, now)
    shown = page(made, "en")
    assert f"<blockquote {QUOTED}>{FACTS}</blockquote>" in shown
    assert "In the words of whoever decided." in shown


@pytest.mark.parametrize("written", ["en", "de", "fr"])
def test_a_draft_that_nobody_changed_is_said_in_the_language_of_the_reader(
    task: Task, reviewer: Any, now: Any, written: str
) -> None:
    with translation.override(written):
        draft = facts_draft(task, "", is_video=False)
    made = stated(task, reviewer, now, facts=draft, terms=Terms(language=written))
    for language in ("en", "de", "es"):
        with translation.override(language):
            own = facts_draft(task, "", is_video=False)
        shown = page(made, language)
        assert own in shown.replace("&#x27;", "'")
        assert QUOTED not in shown
    texts = message_of(made, said_by(made))["texts"]
    with translation.override("es"):
        assert facts_draft(task, "", is_video=False) in texts["es"]


def test_what_software_says_is_said_in_the_language_of_the_reader(
    task: Task, reviewer: Any, now: Any
) -> None:
    made = stated(task, reviewer, now)
    stopped = make_statement(
        decision=made.decision, copy=None, now=now, is_stopped_by_software=True
    )
    shown = page(stopped, "de")
    assert QUOTED not in shown
    assert "Software stopped this upload." not in shown
    with translation.override("de"):
        assert facts_words(said_by(stopped), made.decision).text in shown


def test_what_is_held_without_a_word_of_anybody_is_in_the_language_of_the_reader(
    task: Task, reviewer: Any, now: Any
) -> None:
    decision = decide_firmly(task, reviewer, now, outcome="hold", facts="")
    made = make_statement(decision=decision, copy=task.copies.first(), now=now)
    with translation.override("fr"):
        assert facts_words(said_by(made), decision).text == hold_draft()


def test_the_text_for_a_program_says_whose_words_they_are(
    task: Task, reviewer: Any, now: Any
) -> None:
    made = stated(task, reviewer, now, terms=Terms(language="de"))
    text = message_of(made, said_by(made))["texts"]["en"]
    assert f"{FACTS}\nIn the words of whoever decided (German)." in text


def test_the_form_keeps_the_language_that_the_reviewer_chose(
    task: Task, reviewer_client: Any
) -> None:
    at = reverse("review:task", args=[task.number])
    shown = Client.get(reviewer_client, at, headers={"accept-language": "de"}).text
    assert '<option value="de" selected>Deutsch</option>' in shown
    fields = {"outcome": "remove", "grounds": ["platform-terms"], "facts": "It shows a person."}
    reviewer_client.post(f"{at}decide/", {**fields, "facts_language": "xx"})
    assert not Decision.objects.exists()
    reviewer_client.post(f"{at}decide/", {**fields, "facts_language": "de"})
    assert Decision.objects.get().facts_language == "de"


def test_a_reviewer_may_leave_the_language_open(task: Task, reviewer_client: Any) -> None:
    at = reverse("review:task", args=[task.number])
    fields = {"outcome": "remove", "grounds": ["platform-terms"], "facts": "It shows a person."}
    reviewer_client.post(f"{at}decide/", fields)
    assert Decision.objects.get().facts_language == ""
