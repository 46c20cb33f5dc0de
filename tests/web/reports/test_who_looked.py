"""A statement says that a person looked only where whoever decided opened the picture."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.accounts.models import User
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statement
from staydown_web.review.models import Exposure, Task
from staydown_web.review.services.breaks import note_exposure

pytestmark = pytest.mark.django_db
LOOKED = "looked at it"
CLEAR = Exposure.Level.CLEAR


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def task(platform: Any, now: datetime) -> Task:
    return make_task(platform, now, make_copy(platform, now, group="a" * 64))


def opened(task: Task, user: User, at: datetime, level: Exposure.Level = CLEAR) -> None:
    copy = task.copies.get()
    note_exposure(task=task, copy=copy, level=level, user=user, now=at)


def draft_on_screen(client: Client, task: Task) -> str:
    page = client.get(reverse("review:task", args=[task.number])).text
    return page.split('<textarea id="facts"')[1].split(">", 1)[1].split("</textarea>")[0].strip()


def stated(task: Task, user: User, now: datetime, facts: str) -> Statement:
    decision = decide_firmly(task, user, now, facts=facts)
    return make_statement(decision=decision, copy=task.copies.get(), now=now)


def everything(statement: Statement) -> str:
    """The page of the uploader and the text for the platform."""
    said = said_by(statement)
    page = Client().get(reverse("reports:statement", args=[said.token])).text
    return page + message_of(statement, said)["texts"]["en"]


def test_where_nobody_opened_it_a_person_decided_and_nobody_is_said_to_have_looked(
    task: Task, reviewer: User, reviewer_client: Client, now: datetime
) -> None:
    draft = draft_on_screen(reviewer_client, task)
    told = everything(stated(task, reviewer, now, draft))

    assert LOOKED not in draft
    assert LOOKED not in told
    assert "A notice named it; software did not find it. A person decided." in told
    assert "blockquote" not in told, "it is still known to be the draft"


def test_who_opened_it_looked_at_it_also_where_the_draft_was_written_before(
    task: Task, reviewer: User, reviewer_client: Client, now: datetime
) -> None:
    draft = draft_on_screen(reviewer_client, task)
    opened(task, reviewer, now - timedelta(minutes=1))
    told = everything(stated(task, reviewer, now, draft))

    assert told.count("A person looked at it and decided.") == 4, "facts and automation, twice"
    assert "blockquote" not in told


def test_what_a_colleague_opened_or_they_themselves_later_or_blurred_is_no_looking(
    task: Task, reviewer: User, lead: User, now: datetime
) -> None:
    opened(task, lead, now - timedelta(minutes=1))
    opened(task, reviewer, now + timedelta(minutes=1))
    opened(task, reviewer, now - timedelta(minutes=1), Exposure.Level.SOFTER)

    assert LOOKED not in everything(stated(task, reviewer, now, "It shows a person."))


def test_a_statement_goes_on_saying_it_after_openings_are_forgotten(
    task: Task, reviewer: User, now: datetime
) -> None:
    opened(task, reviewer, now - timedelta(minutes=1))
    made = stated(task, reviewer, now, "It shows a person.")
    Exposure.objects.all().delete()

    with translation.override("en"):
        assert LOOKED in everything(made)


def test_the_preview_says_of_who_looks_at_the_form_what_the_statement_will_say(
    task: Task, reviewer: User, reviewer_client: Client, now: datetime
) -> None:
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": "It shows a person."}
    address = reverse("reports:preview", args=[task.number])

    assert LOOKED not in reviewer_client.post(address, fields).text
    opened(task, reviewer, now - timedelta(minutes=1))
    assert LOOKED in reviewer_client.post(address, fields).text
