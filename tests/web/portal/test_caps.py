"""Caps by connection and day: they hold over processes, and no address is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from staydown_web.base.errors import RateLimitedError
from staydown_web.portal.models import OpenPage, Sending, Tally
from staydown_web.portal.services import count_try
from staydown_web.portal.services.caps import MOST_A_DAY
from staydown_web.portal.tasks import JOBS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
OPEN = Tally.What.OPEN


def try_times(times: int, address: str = "192.0.2.1", now: datetime = NOW) -> int:
    return [count_try(what=OPEN, address=address, now=now) for _ in range(times)][-1]


def test_tries_are_counted_up_to_the_cap_and_refused_above() -> None:
    assert try_times(MOST_A_DAY[OPEN]) == MOST_A_DAY[OPEN]

    with pytest.raises(RateLimitedError):
        try_times(1)


def test_another_address_and_another_door_count_apart() -> None:
    try_times(5)

    assert try_times(1, address="192.0.2.2") == 1
    assert count_try(what=Tally.What.FILE, address="192.0.2.1", now=NOW) == 1


def test_the_next_day_begins_at_one_with_another_digest() -> None:
    try_times(3)

    assert try_times(1, now=NOW + timedelta(days=1)) == 1
    assert Tally.objects.values("blind").distinct().count() == 2


def test_no_row_holds_the_address() -> None:
    try_times(1)

    row = Tally.objects.get()
    assert "192.0.2" not in f"{row.blind} {row.what} {row.day}"
    assert len(row.blind) == 64


def test_a_door_that_was_tried_too_often_says_so_calmly(person: Client) -> None:
    Tally.objects.all().delete()
    for _ in range(MOST_A_DAY[OPEN]):
        count_try(what=OPEN, address="127.0.0.1", now=datetime.now(UTC))

    answer = person.post("/case/", {"number": "C-2222-2222", "phrase": "a b c"})

    assert answer.status_code == 429
    assert "Please wait a little" in answer.content.decode()


def test_the_worker_forgets_counts_pages_and_receipts(filed, person: Client) -> None:
    case, phrase = filed()
    person.post("/case/", {"number": case.number, "phrase": phrase})
    later = datetime.now(UTC) + timedelta(days=3)

    JOBS[0].run(later)

    assert Tally.objects.count() == OpenPage.objects.count() == Sending.objects.count() == 0


def test_the_worker_keeps_what_is_still_needed(filed, person: Client) -> None:
    case, phrase = filed()
    person.post("/case/", {"number": case.number, "phrase": phrase})

    JOBS[0].run(datetime.now(UTC))

    assert OpenPage.objects.count() == Sending.objects.count() == 1
    assert Tally.objects.count() == 2
