"""Caps by connection and day: they hold over processes, and no address is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from importlib import import_module

import pytest
from django.test import Client

from staydown_web.base.errors import FieldsError, RateLimitedError
from staydown_web.cases.models import Case
from staydown_web.portal.models import OpenPage, Sending, Tally
from staydown_web.portal.services import count_try, one_filing
from staydown_web.portal.services.caps import MOST_A_DAY, MOST_REFUSED_AN_HOUR
from staydown_web.portal.tasks import JOBS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
OPEN = Tally.What.OPEN
LINK = {"is_adult_in_picture": "yes"}


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


INCOMPLETE = {"document": "{}"}


def refuse() -> None:
    with pytest.raises(FieldsError), one_filing(address="127.0.0.1", now=NOW):
        raise FieldsError({})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The pages of a notice at a moment of our choice."""
    module = import_module("staydown_web.portal.views.notice")
    return lambda now: monkeypatch.setattr(module, "utc_now", lambda: now)


def test_what_was_refused_shuts_nobody_out_from_filing(
    person: Client, send, document, clock
) -> None:
    clock(NOW)
    for _ in range(MOST_A_DAY[Tally.What.FILE] + 1):
        refuse()
    assert person.post("/notice/send/", INCOMPLETE).status_code == 400
    assert person.post("/notice/plain/", {}).status_code == 400

    assert send(document()).status_code == 200
    assert Case.objects.count() == 1
    assert Tally.objects.get(what=Tally.What.FILE).times == 1


def test_notices_are_counted_and_the_page_above_the_cap_keeps_what_was_written(
    person: Client, send, document, clock
) -> None:
    clock(NOW)
    for _ in range(MOST_A_DAY[Tally.What.FILE]):
        count_try(what=Tally.What.FILE, address="127.0.0.1", now=NOW)

    answer = send(document())

    assert (answer.status_code, Case.objects.count()) == (429, 0)
    assert answer["Retry-After"] == str(15 * 3600)
    assert 'id="summary"' in answer.text
    assert "until tomorrow" in answer.text
    assert "What you wrote is still on this page" in answer.text
    assert 'id="raw-text"' in answer.text, "the page that shows the draft, and no other"
    answer = person.post("/notice/plain/", {**LINK, "statement": "It hurts."})
    assert answer.status_code == 429
    assert "until tomorrow" in answer.text
    assert "It hurts." in answer.text


def test_a_flood_of_what_is_refused_waits_for_the_next_hour(
    person: Client, send, document, clock
) -> None:
    clock(NOW)
    for _ in range(MOST_REFUSED_AN_HOUR):
        refuse()

    answer = person.post("/notice/send/", INCOMPLETE)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "3600"
    assert "within an hour" in answer.text
    assert "What you wrote is still on this page" in answer.text
    assert send(document()).status_code == 429
    with one_filing(address="192.0.2.2", now=NOW):
        pass

    clock(NOW + timedelta(hours=1))
    assert send(document()).status_code == 200


def test_the_worker_forgets_counts_pages_and_receipts(filed, person: Client) -> None:
    case, phrase = filed()
    person.post("/case/", {"number": case.number, "phrase": phrase})
    now = datetime.now(UTC)

    JOBS[0].run(now + timedelta(days=3))

    assert Tally.objects.count() == OpenPage.objects.count() == 0
    mark = Sending.objects.get()
    assert (mark.case, mark.box, mark.sent_at.time()) == (None, None, time())
    JOBS[0].run(now + timedelta(days=31))
    assert Sending.objects.count() == 0


def test_the_worker_keeps_what_is_still_needed(filed, person: Client) -> None:
    case, phrase = filed()
    person.post("/case/", {"number": case.number, "phrase": phrase})

    JOBS[0].run(datetime.now(UTC))

    assert OpenPage.objects.count() == Sending.objects.count() == 1
    assert Tally.objects.count() == 2
