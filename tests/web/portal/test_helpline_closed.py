"""A case is closed because someone shown may be a minor: its helpline can still lead on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from helpline_scene import give_case, make_case
from staydown_web.accounts.models import Platform, User
from staydown_web.cases.models import Access, Case, Client
from staydown_web.cases.services import ask_withdrawal, close_for_minor
from staydown_web.cases.services.accesses import give_back

from .test_helpline_pages import Desk, at, desk, page

__all__ = ["at", "desk"]  # fixtures
pytestmark = pytest.mark.django_db
At = Callable[[User], Browser]


def closed(desk: Desk) -> str:
    close_for_minor(case=desk.case, actor="system", now=desk.now)
    return desk.case.number


def test_its_caseworker_reads_one_line_that_leads_on(desk: Desk, at: At) -> None:
    number = closed(desk)
    shown = page(at(desk.mia), "caseload")
    assert f"Case {number} is closed" in shown
    assert f'href="{reverse("portal:under_18")}"' in shown
    assert "Someone in it may have been under 18." in shown
    assert "Services for people under 18 are the right ones" in shown
    for word in ("File 7", "Ana Example", "board.example"):
        assert word not in shown
    assert Client.objects.get().label_box is None


def test_the_address_of_the_case_leads_to_that_line(desk: Desk, at: At) -> None:
    number = closed(desk)
    browser = at(desk.mia)
    answer = browser.get(reverse("portal:helpline_case", kwargs={"case_number": number}))
    assert (answer.status_code, answer.url) == (302, reverse("portal:caseload"))


def test_nobody_else_reads_it(desk: Desk, at: At) -> None:
    number = closed(desk)
    for user in (desk.noa, desk.stranger):
        assert number not in page(at(user), "caseload")
        page(at(user), "helpline_case", 404, case_number=number)


def test_colleagues_read_it_where_the_case_was_open_to_the_team(desk: Desk, at: At) -> None:
    Access.objects.update(scope=Access.Scope.TEAM)
    number = closed(desk)
    assert number in page(at(desk.noa), "caseload")
    assert number not in page(at(desk.stranger), "caseload")


def test_it_goes_with_her_own_page_of_links(desk: Desk, at: At) -> None:
    number = closed(desk)
    Case.objects.update(closed_at=desk.now - timedelta(days=31))
    assert number not in page(at(desk.mia), "caseload")
    page(at(desk.mia), "helpline_case", 404, case_number=number)


@pytest.mark.parametrize("how", ["withdrawn", "given_back"])
def test_of_other_ends_nothing_is_said(desk: Desk, at: At, how: str) -> None:
    number = desk.case.number
    if how == "withdrawn":
        ask_withdrawal(case=desk.case, now=desk.now)
    else:
        give_back(access=desk.access, user=desk.mia, now=desk.now)
        close_for_minor(case=desk.case, actor="system", now=desk.now)
    assert number not in page(at(desk.mia), "caseload")


def test_other_cases_stay_in_the_list(desk: Desk, platform: Platform, at: At) -> None:
    case = make_case(platform, desk.now)
    give_case(case, desk.client, desk.mia, desk.now)
    number = closed(desk)
    shown: Any = at(desk.mia).get(reverse("portal:caseload"))
    assert [row.case.number for row in shown.context["page"].rows] == [case.number]
    assert f"Case {number} is closed" in shown.content.decode()
    assert "File 7" in shown.content.decode(), "the client has another case"
