"""A task whose only case was taken back before anybody decided: nothing is behind it any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import make_copy
from staydown_web.accounts.models import Platform
from staydown_web.cases.services import ask_withdrawal
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import NewCopies, new_copies, said_by
from staydown_web.reports.services import make_statements
from staydown_web.review import services, tasks
from staydown_web.review.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def waiting(noticed: Any, platform: Platform, today: datetime) -> Task:
    """A post that a notice names, and two uploads of the same picture that were held."""
    case, task = noticed("same", "citrus.jpg")
    entry = case.items.get().claims.get().entry
    for _n in range(2):
        make_copy(platform, entry, today, match=("same", 0.97, {}), group="same citrus.jpg")
    tasks.take_in(today)
    assert task.copies.count() == 3
    return Task.objects.get(state="open")


@pytest.fixture
def left(waiting: Task, today: datetime) -> Task:
    """The same, once whoever filed the notice took it back."""
    assert waiting.case is not None
    ask_withdrawal(case=waiting.case, now=today - timedelta(seconds=1))
    tasks.take_in(today)
    return Task.objects.get(state="open")


def screen(client: Client, task: Task) -> str:
    return " ".join(unescape(client.get(reverse("review:task", args=[task.number])).text).split())


def preview(client: Client, task: Task) -> str:
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": "It shows a person."}
    page = client.post(reverse("reports:preview", args=[task.number]), fields).text
    return " ".join(unescape(page).split())


def texts(now: datetime) -> list[str]:
    services.make_decisions_firm(now)
    make_statements(now)
    return [message_of(one, said_by(one))["texts"]["en"] for one in Statement.objects.all()]


def decide(task: Task, user: Any, now: datetime) -> None:
    services.decide(
        task=task,
        outcome="remove",
        grounds=["us-tida"],
        facts="It shows a person.",
        user=user,
        now=now,
    )


def test_the_screen_says_that_what_it_matched_was_taken_back(reviewer_client, left) -> None:
    page = screen(reviewer_client, left)
    assert "What it matched was taken back, or its case has ended." in page
    assert "It is here because a notice names its address." not in page


def test_nothing_is_promised_of_new_copies(reviewer_client, reviewer, left, today) -> None:
    page = screen(reviewer_client, left)
    assert "<strong>Remove</strong>" in page
    assert "All 3 copies. Nothing in the bank stops new ones." in page
    for words in ("keep down", "and new ones", "New copies are stopped"):
        assert words not in page
    decide(left, reviewer, today)
    assert "keep down" not in screen(reviewer_client, left)


def test_while_something_is_behind_it_new_copies_are_spoken_of(reviewer_client, waiting) -> None:
    page = screen(reviewer_client, waiting)
    for words in ("Remove and keep down", "All 3 copies, and new ones", "New copies are stopped"):
        assert words in page
    assert "Nothing in the bank" not in page


def test_the_screen_says_who_receives_what(reviewer_client, left) -> None:
    page = screen(reviewer_client, left).split("<details data-sides>")[1].split("</details>")[0]
    assert "A statement of reasons, as soon as the decision is firm" in page
    assert "Nothing: no open request is behind it." in page
    for words in ("could answer", "On their page", "told first"):
        assert words not in page


def test_the_preview_says_what_is_sent(reviewer_client, reviewer, left, today) -> None:
    page = preview(reviewer_client, left)
    assert "as soon as the decision is firm." in page
    assert "Nothing: no open request is behind it." in page
    for words in ("could answer", "A signed receipt"):
        assert words not in page
    decide(left, reviewer, today)
    sent = texts(today + timedelta(seconds=61))
    assert len(sent) == 3
    assert all("How long\nWithout an end.\n" in text for text in sent)
    assert "Without an end." in page
    assert "New copies of it" not in page


def test_the_preview_of_one_that_goes_on_says_that_they_are_told(reviewer_client, waiting) -> None:
    page = preview(reviewer_client, waiting)
    for words in ("New copies of it are stopped too.", "could answer", "A signed receipt"):
        assert words in page


@pytest.mark.parametrize("confirms", [False, True])
def test_of_an_altered_copy_it_hangs_on_what_is_confirmed(
    noticed, reviewer, reviewer_client, today, confirms: bool
) -> None:
    _case, task = noticed("altered")
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": "It shows a person."}
    if confirms:
        fields["confirms_altered"] = "1"
    page = reviewer_client.post(reverse("reports:preview", args=[task.number]), fields).text
    assert ("New copies of it are stopped too." in page) is confirms
    made = services.decide(
        task=task,
        outcome="remove",
        grounds=["us-tida"],
        facts="It shows a person.",
        user=reviewer,
        now=today,
        confirms_altered=confirms,
    )
    assert (new_copies(made) == NewCopies.STOPPED) is confirms
