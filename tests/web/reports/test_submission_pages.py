"""The page of the public database: off or on, how to turn it on, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.accounts.models import Platform, User
from staydown_web.reports.models import Statement, Submission
from staydown_web.reports.selectors.submission_states import next_try, state_rows
from staydown_web.reports.services import make_statements

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:9/api/v1"


@pytest.fixture
def entry(platform: Platform, reviewer: User, now: datetime) -> Submission:
    decide_firmly(make_task(platform, now, make_copy(platform, now)), reviewer, now)
    make_statements(now)
    return Submission.objects.create(
        statement=Statement.objects.get(), puid="1" * 32, next_try_at=now, made_at=now
    )


def set_to(entry: Submission, **values: Any) -> None:
    Submission.objects.filter(pk=entry.pk).update(**values)


def test_where_it_is_off_the_page_says_how_to_turn_it_on(
    client_of: Callable[[User], Client], lead: User
) -> None:
    html = client_of(lead).get(reverse("reports:submissions")).text
    assert "It is off: nothing is sent." in html
    for name in ("STAYDOWN_TRANSPARENCY_URL", "STAYDOWN_TRANSPARENCY_TOKEN"):
        assert name in html
    assert f'href="{reverse("actions:deliveries")}"' in html


def test_where_it_is_on_the_page_says_where_entries_go_and_never_the_key(
    client_of: Callable[[User], Client], lead: User, settings: Any, entry: Submission
) -> None:
    settings.STAYDOWN_TRANSPARENCY_URL = URL
    settings.STAYDOWN_TRANSPARENCY_TOKEN = "4711|for-tests"
    html = client_of(lead).get(reverse("reports:submissions")).text
    assert "It is on." in html
    assert URL in html
    assert "4711|for-tests" not in html


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ({}, "Waiting"),
        ({"tries": 2}, "To be tried again"),
        ({"state": "sending"}, "On its way"),
        ({"state": "unsure"}, "To be tried again"),
        ({"state": "stopped", "why": "name"}, "Stopped here"),
        ({"state": "refused", "why": "invalid"}, "Refused by the database"),
        ({"state": "given_up", "why": "no_answer"}, "Given up"),
    ],
)
def test_each_entry_is_in_one_state(entry: Submission, values: Any, label: str) -> None:
    set_to(entry, **values)
    assert {row.label: row.count for row in state_rows() if row.count} == {label: 1}


def test_what_was_taken_is_counted_as_taken(entry: Submission, now: datetime) -> None:
    set_to(entry, state="sent", sent_at=now)
    assert {row.label: row.count for row in state_rows() if row.count} == {"Taken": 1}


def test_the_next_try_of_what_failed_is_said(
    client_of: Callable[[User], Client],
    lead: User,
    settings: Any,
    entry: Submission,
    now: datetime,
) -> None:
    settings.STAYDOWN_TRANSPARENCY_URL = URL
    assert next_try() is None, "what was never tried goes with the next batch"
    at = now + timedelta(hours=3)
    set_to(entry, tries=1, next_try_at=at)
    assert next_try() == at
    html = client_of(lead).get(reverse("reports:submissions")).text
    assert f"{at:%H:%M} UTC" in html


def test_why_a_person_has_to_look_is_said(
    client_of: Callable[[User], Client], lead: User, entry: Submission
) -> None:
    set_to(entry, state="refused", why="invalid", http_status=422)
    html = client_of(lead).get(reverse("reports:submissions")).text
    assert "Refused by the database: the database says that it is not right" in html
    assert "HTTP 422" in html
