"""A calm line on her pages where the service is slow: what it means for her, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.config.watch.looking import WATCH
from staydown_web.config.watch.public import CLOCK_RUNS_ON, PublicStatus, felt
from staydown_web.config.watch.troubles import Effect, Level, Seen, Trouble
from staydown_web.config.watch.words import KINDS

pytestmark = pytest.mark.django_db
Wrong = Callable[..., None]
HERE = ("/", "/notice/", "/notice/plain/", "/case/")
SLOW_HERE = "Our answers take longer than usual at the moment."
SLOW_THERE = "We are slower than usual at the moment."


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    """``wrong("worker_silent", minutes=5)`` is what the last look found."""

    def found(*codes: str, minutes: float = 5) -> None:
        now = utc_now()
        since = now - timedelta(minutes=minutes)
        seen = Seen(now, tuple(Trouble(code, since, {"names": "x"}) for code in codes), {})
        monkeypatch.setattr(WATCH, "_seen", seen)
        monkeypatch.setattr(WATCH, "_began", now)

    return found


def test_before_the_first_look_and_while_all_is_well_nothing_is_said(
    person: Client, wrong: Wrong, opened: Callable[..., tuple[Client, Case]]
) -> None:
    her, _case = opened()
    wrong()
    for path in (*HERE, "/case/page/"):
        assert "It has been so since <time" not in her.get(path).text


def test_a_silent_worker_is_said_where_she_begins(person: Client, wrong: Wrong) -> None:
    wrong("worker_silent")
    for path in HERE:
        page = person.get(path).text
        assert SLOW_HERE in page, path
        assert "What you send is kept" in page
        assert str(CLOCK_RUNS_ON) not in page


def test_on_her_page_her_clock_runs_on(
    wrong: Wrong, opened: Callable[..., tuple[Client, Case]]
) -> None:
    her, _case = opened()
    wrong("worker_silent", "letters_fail", "bank_behind")
    page = her.get("/case/page/").text
    for said in (SLOW_THERE, "Everything new is on this page.", "What was removed stays removed."):
        assert said in page
    assert page.count("Your clock runs on") == 1


def test_it_is_said_where_she_adds_something(
    wrong: Wrong, opened: Callable[..., tuple[Client, Case]]
) -> None:
    her, _case = opened()
    wrong("worker_silent")
    for path in ("/case/add/", "/case/add/plain/"):
        assert SLOW_HERE in her.get(path).text, path


def test_where_no_clock_runs_none_is_said_to(
    wrong: Wrong, opened: Callable[..., tuple[Client, Case]]
) -> None:
    her, case = opened(way="threatened")
    assert case.due_at is None
    wrong("worker_silent")
    page = her.get("/case/page/").text
    assert SLOW_THERE in page
    assert "Your clock runs on" not in page


def test_why_it_is_so_is_never_said(
    wrong: Wrong, opened: Callable[..., tuple[Client, Case]]
) -> None:
    her, _case = opened()
    wrong(*KINDS)
    for path in (*HERE, "/case/page/", "/case/add/plain/"):
        page = her.get(path).text
        assert [code for code in KINDS if code in page] == []
        assert [str(kind.what) for kind in KINDS.values() if str(kind.what) in page] == []


def test_what_is_over_within_a_minute_worries_nobody(person: Client, wrong: Wrong) -> None:
    wrong("worker_silent", minutes=0.9)
    assert SLOW_HERE not in person.get("/").text
    wrong("worker_silent", minutes=1.1)
    assert SLOW_HERE in person.get("/").text


def test_what_she_does_not_feel_is_not_said(person: Client, wrong: Wrong) -> None:
    wrong(*(code for code, kind in KINDS.items() if kind.effect is None))
    assert "It has been so since <time" not in person.get("/").text


def test_a_notice_that_cannot_be_stored_is_said_first() -> None:
    now = utc_now()
    since = now - timedelta(hours=1)
    seen = Seen(now, (Trouble("letters_fail", since), Trouble("disk_full", now)), {})
    line = PublicStatus(seen, now + timedelta(minutes=2)).here
    assert line is not None
    assert str(line.sentences[0]).startswith("We cannot take anything in")
    assert line.since == since


def test_the_earliest_of_two_beginnings_counts() -> None:
    now = utc_now()
    early, late = now - timedelta(hours=2), now - timedelta(hours=1)
    found = felt([Trouble("worker_silent", late), Trouble("clock_behind", early)], now)
    assert found == {Effect.ANSWERS: early}


def test_a_note_is_never_felt() -> None:
    assert [c for c, kind in KINDS.items() if kind.effect and kind.level is Level.NOTE] == []


def test_the_address_for_machines_says_how_parts_stand_and_no_more(
    person: Client, wrong: Wrong
) -> None:
    asked = {"Accept": "application/json"}
    wrong("worker_silent", "disk_low", "mail_not_set", "lists_fail")
    answer = person.get("/status", headers=asked).json()
    assert answer["parts"] == {
        "database": "works",
        "web": "works",
        "bank": "works",
        "worker": "does not work",
        "mail": "works",
        "disk": "works in part",
    }
    wrong()
    parts = person.get("/status", headers=asked).json()["parts"]
    assert set(parts.values()) == {"works"}


def test_words_are_in_her_language(person: Client, wrong: Wrong) -> None:
    wrong("worker_silent")
    page = person.get("/", headers={"accept-language": "fr"}).text
    assert '<html lang="fr"' in page
