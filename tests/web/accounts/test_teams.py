"""Helplines on the page of people: added, opened and closed, their caseworkers invited and led."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from helpline_scene import make_caseworker, make_team
from staydown_web.accounts.models import Invitation, Team, User
from staydown_web.audit.models import Event

pytestmark = pytest.mark.django_db


def test_an_admin_adds_a_helpline_once_and_invites_into_it(admin_client: Client) -> None:
    answer = admin_client.post("/staff/helplines/add/", {"name": "Helpline One"}, follow=True)
    assert "The helpline was added." in answer.content.decode()
    again = admin_client.post("/staff/helplines/add/", {"name": "Helpline One"})
    assert again.status_code == 400
    assert "There is a helpline of this name." in again.content.decode()
    team = Team.objects.get()
    data = {"role": "caseworker", "team": str(team.pk), "leads_team": "on"}
    invited = admin_client.post("/staff/people/invite/", data)
    assert "/staff/join/" in invited.content.decode()
    link = Invitation.objects.get()
    assert (link.role, link.team, link.leads_team) == ("caseworker", team, True)


def test_a_caseworker_without_a_helpline_is_not_invited(admin_client: Client) -> None:
    answer = admin_client.post("/staff/people/invite/", {"role": "caseworker"})
    assert answer.status_code == 400
    assert "Choose the helpline for which they work." in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_reviewer_is_invited_without_a_helpline_whatever_the_form_says(
    admin_client: Client, now: datetime
) -> None:
    team = make_team("Helpline One", now)
    data = {"role": "reviewer", "team": str(team.pk), "leads_team": "on"}
    admin_client.post("/staff/people/invite/", data)
    link = Invitation.objects.get()
    assert (link.team, link.leads_team) == (None, False)


def test_a_new_caseworker_sets_up_the_second_factor_before_any_page_opens(
    admin_client: Client, now: datetime
) -> None:
    team = make_team("Helpline One", now)
    data = {"role": "caseworker", "team": str(team.pk)}
    shown = admin_client.post("/staff/people/invite/", data).context["link"]
    browser, word = Client(), "a few unrelated words 7"
    path = "/staff/join/" + shown.rstrip("/").rpartition("/")[2] + "/"
    joined = browser.post(
        path, {"name": "mia", "password": word, "again": word, "pseudonym": "C 1"}
    )
    assert joined.status_code == 302
    assert User.objects.get(username="mia").team == team
    answer = browser.get("/staff/helpline/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/staff/second-factor/set-up/")


def test_leading_a_team_and_taking_cases_are_switched_and_recorded(
    admin_client: Client, now: datetime
) -> None:
    team = make_team("Helpline One", now)
    mia = make_caseworker("mia", team)
    admin_client.post(f"/staff/people/{mia.pk}/", {"do": "team_lead", "leads_team": "on"})
    mia.refresh_from_db()
    assert mia.leads_team
    admin_client.post(f"/staff/helplines/{team.pk}/", {})
    team.refresh_from_db()
    assert not team.takes_cases
    admin_client.post(f"/staff/helplines/{team.pk}/", {"takes_cases": "on"})
    team.refresh_from_db()
    assert team.takes_cases
    whats = Event.objects.filter(what__in=("team_changed", "user_changed"))
    assert whats.count() == 3


def test_the_page_of_people_and_ones_own_page_fit_a_caseworker(
    admin_client: Client, client_of, now: datetime
) -> None:
    mia = make_caseworker("mia", make_team("Helpline One", now))
    people = admin_client.get("/staff/people/").content.decode()
    assert "Caseworker of a helpline: Helpline One" in people
    own = client_of(mia).get("/staff/me/").content.decode()
    assert "Second factor" in own
    assert "Pictures that you open in a day" not in own
