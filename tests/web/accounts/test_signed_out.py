"""Whoever sends something while signed out is told that nothing was done, and is led back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
TASK, DECIDE = "/staff/review/R-1/", "/staff/review/R-1/decide/"
NOTHING = "nothing was decided or changed"


def next_of(answer: Any) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]


@pytest.mark.parametrize(
    ("path", "referer", "onward"),
    [
        (DECIDE, "http://testserver/staff/review/R-1/?show=clear", TASK),
        (DECIDE, "http://testserver" + DECIDE, TASK),
        (DECIDE, "", TASK),
        (DECIDE, "https://elsewhere.example/staff/queue/", TASK),
        (DECIDE, "http://testserver/help-lines/", TASK),
        ("/staff/break/change/", "http://testserver/staff/queue/", "/staff/queue/"),
    ],
)
def test_what_was_sent_leads_by_the_door_to_the_page_with_its_form(
    client: Client, path: str, referer: str, onward: str
) -> None:
    answer = client.post(path, {"outcome": "remove"}, headers={"Referer": referer})

    assert answer.status_code == 302
    assert next_of(answer) == onward
    door = client.get(answer.headers["Location"])
    assert "You were signed out" in door.text
    assert NOTHING in door.text


def test_a_page_that_is_opened_leads_to_the_door_without_such_words(client: Client) -> None:
    answer = client.get(TASK)

    assert next_of(answer) == TASK
    assert NOTHING not in client.get(answer.headers["Location"]).text


def test_without_any_cookie_staff_are_led_to_the_door_and_back_to_the_page_of_the_form() -> None:
    answer = Client(enforce_csrf_checks=True).post(DECIDE, {"outcome": "remove"})

    assert answer.status_code == 403
    assert "You were signed out" in answer.text
    assert NOTHING in answer.text
    assert "Leave now" not in answer.text
    assert reverse("accounts:login") + "?next=%2Fstaff%2Freview%2FR-1%2F" in answer.text


def test_who_is_signed_in_and_lost_the_cookie_of_forms_is_led_to_the_page_itself(
    reviewer_client: Client,
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = reviewer_client.cookies

    answer = strict.post(DECIDE, {"outcome": "remove"})

    assert answer.status_code == 403
    assert "This page was open for too long" in answer.text
    assert f'href="{TASK}"' in answer.text


def test_a_person_s_form_is_answered_by_the_page_for_persons() -> None:
    answer = Client(enforce_csrf_checks=True).post("/case/", {"number": "C-1"})

    assert answer.status_code == 403
    assert "Leave now" in answer.text
