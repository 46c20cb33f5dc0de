"""A key whose questions match many different entries is told of, and goes on working."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.screening.models import Copy, Hit
from staydown_web.screening.services import climbing, find_climbing
from staydown_web.screening.services.climbing import EVENT, LEAST_ENTRIES, TIMES_USUAL, USUAL_OVER

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Three entries instead of a hundred, so that a test takes no minute."""
    monkeypatch.setattr(climbing, "LEAST_ENTRIES", 3)


@pytest.fixture
def entries(seed, drawn_fingerprint):
    """Four pictures that are in the bank."""
    pictures = [drawn_fingerprint(number) for number in range(4)]
    for picture in pictures:
        seed(picture)
    return pictures


def test_a_key_that_matches_many_different_entries_is_told_of_once_a_day(
    ask, entries, caller, now
) -> None:
    for picture in entries[:3]:
        ask(picture)
    assert find_climbing(now=now) == 1
    event = Event.objects.get(what=EVENT)
    assert (event.actor, event.subject) == ("system", f"key:{caller.key_id}")
    assert event.facts == {"entries": 3}

    assert find_climbing(now=now) == 0
    assert ask(entries[3]).verdict == "hold", "nobody is stopped for it"
    assert find_climbing(now=now + HOUR / 2) == 0, "told of already today"
    tomorrow = now + timedelta(days=1, minutes=1)
    Hit.objects.update(at=tomorrow)
    assert find_climbing(now=tomorrow) == 1


def test_the_same_entries_again_and_again_are_no_climb(ask, entries, now) -> None:
    for number in range(9):
        ask(entries[number % 2], content_ref=str(number))
    assert find_climbing(now=now) == 0


def test_two_keys_are_not_added_up(ask, entries, trusted, now) -> None:
    ask(entries[0])
    ask(entries[1])
    ask(entries[2], caller=trusted)
    ask(entries[3], caller=trusted)
    assert find_climbing(now=now) == 0


def test_what_is_usual_for_a_key_is_no_climb(ask, entries, now, monkeypatch) -> None:
    monkeypatch.setattr(climbing, "USUAL_OVER", HOUR)
    monkeypatch.setattr(climbing, "TIMES_USUAL", 2)
    for picture in entries[:2]:
        ask(picture, now=now - HOUR * 1.5)
    for picture in entries[1:]:
        ask(picture, content_ref="b", now=now)
    assert find_climbing(now=now) == 0, "three, and two in the hour before"
    Hit.objects.filter(at__lt=now - HOUR).first().delete()
    assert find_climbing(now=now) == 1


def test_links_of_notices_and_hits_without_a_key_do_not_count(ask, entries, now) -> None:
    for picture in entries:
        ask(picture)
    Copy.objects.update(source=Copy.Source.NOTICE)
    assert find_climbing(now=now) == 0
    Copy.objects.update(source=Copy.Source.UPLOAD, api_key=None)
    assert find_climbing(now=now) == 0


def test_an_hour_later_it_is_over(ask, entries, now) -> None:
    for picture in entries:
        ask(picture)
    assert find_climbing(now=now + HOUR * 1.01) == 0


def test_the_limits_are_those_of_the_page(db) -> None:
    assert (LEAST_ENTRIES, TIMES_USUAL, USUAL_OVER.days) == (100, 10, 7)
