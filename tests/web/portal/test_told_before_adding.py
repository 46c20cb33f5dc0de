"""Several websites: she is told before she adds an address to which no rule of hers applies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from barriers import LOOKS, barriers
from helpline_scene import give_case, make_caseworker, make_client, make_team
from kept_pictures import keep
from staydown_web.accounts.models import Platform
from staydown_web.cases.forms import same_website
from staydown_web.cases.models import Case, Location
from web.portal.test_pages_browser import STEP, window

__all__ = ["window"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("forum")]
Opened = Callable[..., tuple[Client, Case]]
OURS, THEIRS = "http://127.0.0.1:8161/p/1", "https://eu.example/p/1"
NOTE = "The rules of this notice do not apply to EU Forum, so no time limit will run there."
INSTEAD = "You can also send the website a new notice under the rules that apply there"


def test_what_is_said_names_the_website_and_what_to_do_instead(
    opened: Opened, forum: Platform
) -> None:
    her, _case = opened(urls=[OURS])
    page = her.get("/case/add/send/").context["page"]
    assert set(page["unbound"]) == set(same_website("https://eu.example"))
    words = page["unbound"]["https://eu.example"]
    assert words.startswith(NOTE)
    assert INSTEAD in words
    assert "Digital Services Act" in words
    assert "write to it yourself" in words
    assert NOTE in her.get("/case/add/plain/").text

    forum.regimes = ["us-tida"]
    forum.save()
    assert her.get("/case/add/send/").context["page"]["unbound"] == {}
    assert NOTE not in her.get("/case/add/plain/").text


def test_of_one_website_and_of_a_threat_nothing_is_said(opened: Opened, forum: Platform) -> None:
    her, _case = opened(way="threatened")
    assert her.get("/case/add/send/").context["page"]["unbound"] == {}, "it gets the laws of there"
    assert NOTE not in her.get("/case/add/plain/").text
    forum.delete()
    her, _case = opened(urls=[OURS])
    assert her.get("/case/add/send/").context["page"]["unbound"] == {}


def test_a_helpline_is_told_when_its_list_was_read(opened: Opened, client_of: Any) -> None:
    _her, case = opened(urls=[OURS])
    mia = make_caseworker("mia", make_team("Helpline One", timezone.now()))
    give_case(case, make_client(mia, "File 1", timezone.now()), mia, timezone.now())
    browser, form = client_of(mia), reverse("portal:helpline_add", args=[case.number])
    assert NOTE not in browser.get(form).text
    read = browser.post(form, {"urls": f"{THEIRS}\n{THEIRS}2", "do": "read"}).text
    assert read.count(NOTE) == 1
    assert NOTE not in browser.post(form, {"urls": OURS + "?2", "do": "read"}).text
    assert case.locations.count() == 1, "nothing was added yet"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_before_she_sends_it_stands_beside_the_address(
    window: Any, opened: Opened, width: int, scheme: str
) -> None:
    her = window(width=width, height=740, scheme=scheme)
    person, case = opened(urls=[OURS])
    page = her.page
    cookie = {"name": "page", "value": person.cookies["page"].value, "url": her.address}
    page.context.add_cookies([cookie])
    page.goto(her.address + "/case/add/")
    page.wait_for_selector("#notice:not([hidden])")
    page.fill("#urls", f"{OURS}?2\n{THEIRS}\n{THEIRS}2")
    page.click(STEP.format(1))
    page.click(STEP.format(2))
    page.wait_for_url("**/case/add/send/")
    page.wait_for_selector("#ready:not([hidden])")
    shown = page.inner_text("#facts")
    assert shown.count(NOTE) == 1, "once for each website"
    assert shown.index(THEIRS) < shown.index(NOTE) < shown.index(THEIRS + "2")
    assert barriers(page) == []
    keep(page, "add-unbound")
    assert Location.objects.filter(case=case).count() == 1, "nothing was sent yet"
    page.click("#go")
    page.wait_for_url("**/case/page/**")
    assert Location.objects.filter(case=case).count() == 4
