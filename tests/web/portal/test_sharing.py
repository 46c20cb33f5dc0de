"""On her own page: she shares her case with a helpline, sees that it works on it, and ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from helpline_scene import make_case, make_caseworker, make_client, make_team
from staydown_web.accounts.models import Platform, Team, User
from staydown_web.cases.models import Access, Case, Message
from staydown_web.cases.selectors.helplines import label_of
from staydown_web.cases.services import send_message
from staydown_web.cases.services.accesses import share_case, take_on
from staydown_web.cases.services.messages import read_messages

pytestmark = pytest.mark.django_db
Opened = Callable[..., tuple[Browser, Case]]


@pytest.fixture
def moment() -> datetime:
    return timezone.now()


@pytest.fixture
def team(moment: datetime) -> Team:
    return make_team("Helpline One", moment)


@pytest.fixture
def mia(team: Team) -> User:
    return make_caseworker("mia", team)


def share(browser: Browser, team: Team, **more: Any) -> str:
    answer = browser.post(
        "/case/helpline/", {"team": str(team.pk), "agree": "on", **more}, follow=True
    )
    return answer.content.decode()


def test_without_a_helpline_nothing_of_it_stands_on_her_page(opened: Opened) -> None:
    browser, _case = opened()
    assert "Someone who helps you" not in browser.get("/case/page/").content.decode()


def test_she_shares_her_case_and_ends_it(opened: Opened, team: Team, mia: User) -> None:
    browser, case = opened()
    assert "Share this case with a helpline" in browser.get("/case/page/").content.decode()
    shown = share(browser, team)
    assert "The helpline was asked." in shown
    assert "has not answered yet" in shown
    access = Access.objects.get(case=case)
    now = timezone.now()
    take_on(access=access, user=mia, client=None, label="File 9", scope="team", now=now)
    assert "Works on your case since" in browser.get("/case/page/").content.decode()
    answer = browser.post("/case/helpline/", {"end": str(access.pk)}, follow=True)
    assert "sees your case no more" in answer.content.decode()
    access.refresh_from_db()
    assert (access.state, access.ended_by) == ("ended", "person")


@pytest.mark.parametrize("missing", ["agree", "team"])
def test_without_her_yes_nothing_is_shared(opened: Opened, team: Team, missing: str) -> None:
    browser, _case = opened()
    data = {"team": str(team.pk), "agree": "on"}
    data.pop(missing)
    answer = browser.post("/case/helpline/", data, follow=True)
    assert "Nothing was shared." in answer.content.decode()
    assert not Access.objects.exists()


def test_a_page_that_shows_an_end_shows_and_changes_nothing_of_helplines(
    opened: Opened, team: Team, moment: datetime
) -> None:
    browser, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    share(browser, team)
    access = Access.objects.get(case=case)
    browser.post("/case/withdraw/")
    assert "Helpline One" not in browser.get("/case/page/").content.decode()
    browser.post("/case/helpline/", {"end": str(access.pk)})
    access.refresh_from_db()
    assert access.state == "offered"


def test_nobody_ends_the_access_to_another_case(opened: Opened, team: Team) -> None:
    browser, _case = opened()
    share(browser, team)
    other = Access.objects.get()
    other_browser, _other = opened()
    answer = other_browser.post("/case/helpline/", {"end": str(other.pk)})
    assert answer.status_code == 404
    other.refresh_from_db()
    assert other.state == "offered"


def test_what_the_helpline_writes_stands_on_her_page_and_waits_for_the_reviewer(
    opened: Opened, mia: User, moment: datetime
) -> None:
    browser, case = opened()
    actor = f"user:{mia.pk}"
    send_message(
        case=case, sender=Message.Sender.HELPLINE, text="Please look.", now=moment, actor=actor
    )
    shown = browser.get("/case/page/").content.decode()
    assert "Your helpline" in shown
    assert "Please look." in shown
    line = Message.objects.get()
    assert line.read_at is None  # her reading it is not the reviewer's
    read_messages(case=case, reader=Message.Sender.STAFF, now=moment)
    line.refresh_from_db()
    assert line.read_at == moment


@pytest.mark.parametrize("has_client", [False, True])
def test_who_takes_a_case_on_is_asked_for_a_label_and_of_nobody_else_where_nobody_is(
    platform: Platform,
    client_of: Callable[[User], Browser],
    team: Team,
    mia: User,
    moment: datetime,
    has_client: bool,
) -> None:
    if has_client:
        make_client(mia, "File 7", moment)
    access = share_case(case=make_case(platform, moment), team=team, now=moment)
    page = f"/staff/helpline/shared/{access.pk}/"
    html = client_of(mia).get(page).content.decode()
    assert ("Whose case it is" in html, "somebody new" in html) == (has_client, has_client)
    assert (">Your own file number or label<" in html) is not has_client

    wrong = client_of(mia).post(page, {"label": "", "scope": "team"})
    assert wrong.status_code == 400
    answer = client_of(mia).post(page, {"label": "File 9", "scope": "team"})

    assert answer.status_code == 302
    access.refresh_from_db()
    assert (access.holder, label_of(access.client)) == (mia, "File 9")
