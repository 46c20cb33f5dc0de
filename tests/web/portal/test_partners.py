"""On her own page: she lets partners look for her pictures, sees what they were told, ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from partner_scene import doubt, give, make_list, make_member, tell
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.services import agree_to_partners

pytestmark = pytest.mark.django_db
Opened = Callable[..., tuple[Browser, Case]]
HEADING = "Other websites and lists"


@pytest.fixture
def moment() -> datetime:
    return timezone.now()


def page(browser: Browser) -> str:
    return browser.get("/case/page/").content.decode()


def answer(browser: Browser, word: str) -> str:
    return browser.post("/case/partners/", {"answer": word}, follow=True).content.decode()


def test_without_partners_nothing_is_asked_and_nothing_can_be_said(opened: Opened) -> None:
    browser, case = opened()
    assert HEADING not in page(browser)
    answer(browser, "yes")
    case.refresh_from_db()
    assert case.partners_agreed_at is None


def test_she_says_yes_sees_it_and_takes_it_back(opened: Opened, moment: datetime) -> None:
    make_list("List One", moment)
    make_member("Second Forum", moment)
    browser, case = opened()
    shown = page(browser)
    assert "List One, Second Forum" in shown
    assert "Yes, let them look too" in shown
    shown = answer(browser, "yes")
    assert "The others may now look for your pictures too." in shown
    assert "You let other websites look for your pictures too" in shown  # in the story
    assert "Yes, let them look too" not in shown
    case.refresh_from_db()
    assert case.partners_agreed_at is not None
    shown = answer(browser, "no")
    assert "They are asked to delete your fingerprints." in shown
    case.refresh_from_db()
    assert case.partners_agreed_at is None


def test_pressing_twice_changes_nothing(opened: Opened, moment: datetime) -> None:
    make_list("List One", moment)
    browser, case = opened()
    answer(browser, "yes")
    case.refresh_from_db()
    before = case.partners_agreed_at
    answer(browser, "yes")
    case.refresh_from_db()
    assert case.partners_agreed_at == before
    answer(browser, "no")
    assert "asked to delete" not in answer(browser, "no").split("<h2")[0]


def test_partners_that_get_nothing_are_not_named(opened: Opened, moment: datetime) -> None:
    make_list("Only read", moment, contributes=False)
    make_list("Switched off", moment, state="off")
    make_member("Gets nothing", moment, gives="nothing")
    browser, _case = opened()
    assert HEADING not in page(browser)


def test_what_partners_were_told_stands_there_in_words(opened: Opened, moment: datetime) -> None:
    browser, case = opened()
    agree_to_partners(case=case, now=moment)
    entry_id = Claim.objects.filter(item__case=case).values_list("entry_id", flat=True)[0]
    given = give(make_list("List One", moment), entry_id, moment)
    doubt(given, moment + timedelta(hours=1))
    forum = make_member("Second Forum", moment)
    tell(forum, entry_id, "confirm", moment)
    tell(forum, entry_id, "withdraw", moment + timedelta(hours=2))
    rows = page(browser).split("What they were told</caption>")[1].split("</table>")[0]
    assert rows.count("Got your fingerprints") == 2
    assert rows.count("Was told that the decision was reversed") == 1
    assert rows.count("Was asked to delete your fingerprints") == 1
    assert rows.index("decision was reversed") < rows.index("asked to delete")


def test_of_another_case_s_pictures_nothing_is_shown(opened: Opened, moment: datetime) -> None:
    browser, first = opened()
    entry_id = Claim.objects.filter(item__case=first).values_list("entry_id", flat=True)[0]
    Claim.objects.filter(item__case=first).delete()
    give(make_list("List One", moment, contributes=False), entry_id, moment)
    assert HEADING not in page(browser)


def test_a_page_that_shows_an_end_shows_and_changes_nothing_of_partners(
    opened: Opened, moment: datetime
) -> None:
    make_list("List One", moment)
    browser, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    agree_to_partners(case=case, now=moment)
    browser.post("/case/withdraw/")
    assert HEADING not in page(browser)
    answer(browser, "no")
    case.refresh_from_db()
    assert case.partners_agreed_at == moment
