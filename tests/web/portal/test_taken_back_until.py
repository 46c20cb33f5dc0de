"""Until when a page says "taken back": the same day and the same page, really ended or stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Contact, Item, Letter
from staydown_web.cases.services import open_case, settle_item
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.veiling import KEEP_PHRASE
from staydown_web.cases.tasks import carry_out_due_withdrawals, erase_old
from staydown_web.portal.services import stop_withdrawal

pytestmark = pytest.mark.django_db
Filed = Callable[..., tuple[Case, str]]
Move = Callable[[timedelta], datetime]
MOMENT = timedelta(seconds=1)
FRIEND = {"withdrawal_mode": "cooling", "safe_contact": "friend@mail.example"}
WAYS = ("at once", "after a removal", "after the pause", "stopped")
UNTIL = "This page can be opened until"


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Move:
    """``move(timedelta(days=29))`` lets her pages and the jobs be that long after the start."""
    start = utc_now()

    def to(later: timedelta, *, jobs: bool = True) -> datetime:
        now = start + later
        for room in ("case", "session"):
            monkeypatch.setattr(f"staydown_web.portal.views.{room}.utc_now", lambda: now)
        if jobs:
            carry_out_due_withdrawals(now)
            erase_old(now)
        return now

    return to


def taken_back(filed: Filed, move: Move, way: str) -> tuple[str, str, str]:
    """A case that was taken back in this way: its number, the words that were in use, new ones."""
    move(timedelta(0))
    case, phrase = filed(**(FRIEND if way in {"after the pause", "stopped"} else {}))
    if way == "after a removal":
        item = case.items.get()
        for state in (Item.State.IN_REVIEW, Item.State.REMOVED):
            settle_item(item=item, state=state, actor="system", now=utc_now())
    browser = Client()
    browser.post("/case/", {"number": case.number, "phrase": phrase})
    browser.post("/case/withdraw/")
    new = ""
    if way == "stopped":
        case.refresh_from_db()
        new = stop_withdrawal(case=case, now=utc_now(), actor="system")
    return case.number, phrase, new


def looked_at(number: str, phrase: str) -> list[tuple[int, str]]:
    """What whoever knows the old words sees, but for what differs between any two looks."""
    browser = Client()
    answers = [browser.post("/case/", {"number": number, "phrase": phrase})]
    answers += [browser.get(f"/case/{path}") for path in ("page/", "held/", "add/")]
    return [(one.status_code, plain(one, number, phrase)) for one in answers]


def plain(answer: Any, number: str, phrase: str) -> str:
    html = answer.content.decode() or answer.headers["Location"]
    html = html.replace(number, "NUMBER").replace(phrase, "WORDS")
    # The seconds of two filings differ, the day does not.
    html = re.sub(r"T\d\d:\d\d:\d\d[^\"]*|, \d+(:\d+)? [ap]\.m\.", "", html)
    html = re.sub(r'name="tries" value="[^"]+"', "", html)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)


@pytest.mark.parametrize(
    ("later", "opens"),
    [
        (timedelta(minutes=1), True),
        (timedelta(days=8), True),
        (timedelta(days=29), True),
        (timedelta(days=31), False),
        (timedelta(days=200), False),
    ],
)
def test_whoever_has_the_old_words_sees_the_same_on_every_day(
    filed: Filed, move: Move, later: timedelta, opens: bool
) -> None:
    made = [taken_back(filed, move, way) for way in WAYS]
    move(later)

    seen = [looked_at(number, phrase) for number, phrase, _new in made]

    assert all(one == seen[0] for one in seen)
    door, page = seen[0][:2]
    assert (door[0], page[0]) == ((302, 200) if opens else (403, 302))
    assert (UNTIL in page[1]) == opens


@pytest.mark.parametrize("way", WAYS)
def test_the_page_names_the_moment_and_closes_at_it_before_any_job_ran(
    filed: Filed, move: Move, way: str
) -> None:
    number, phrase, _new = taken_back(filed, move, way)
    asked = Case.objects.get().withdrawal_asked_at
    assert asked is not None
    until = asked + KEEP_PHRASE
    start = move(timedelta(0))
    move(until - start - MOMENT)
    browser = Client()
    browser.post("/case/", {"number": number, "phrase": phrase})
    html = browser.get("/case/page/").content.decode()
    assert f'{UNTIL} <time datetime="{until.isoformat()}"' in html

    move(until - start, jobs=False)

    assert browser.get("/case/page/").headers["Location"] == "/case/"
    assert Client().post("/case/", {"number": number, "phrase": phrase}).status_code == 403


def test_the_new_words_go_on_opening_the_true_page_and_no_letter_tells_of_it(
    filed: Filed, move: Move
) -> None:
    number, _phrase, new = taken_back(filed, move, "stopped")
    now = move(timedelta(days=31))
    case = Case.objects.get()
    case.contacts.filter(role=Contact.Role.NOTIFIER).update(state=Contact.State.CONFIRMED)

    browser = Client()
    assert browser.post("/case/", {"number": number, "phrase": new}).status_code == 302
    html = browser.get("/case/page/").content.decode()
    assert "IMG_2041.jpg" in html
    assert UNTIL not in html
    assert write_news(case=case, now=now) == 0
    assert not Letter.objects.filter(template="news").exists()


def test_words_that_opened_nothing_any_more_stay_so_when_it_is_taken_back_again(
    filed: Filed, move: Move
) -> None:
    number, phrase, new = taken_back(filed, move, "stopped")
    now = move(timedelta(days=31))
    browser = Client()
    browser.post("/case/", {"number": number, "phrase": new})
    browser.post("/case/withdraw/")

    assert Client().post("/case/", {"number": number, "phrase": phrase}).status_code == 403
    assert open_case(number=number, phrase=new, now=now).withdrawal_asked_at == now
