"""What is taken in from the tray is what would have been stored at once."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from django.db import transaction

from staydown_web.audit.models import Event
from staydown_web.audit.services import verify_chain
from staydown_web.base.clock import utc_now
from staydown_web.base.ids import new_id
from staydown_web.base.rows import insert_rows
from staydown_web.screening.models import Copy, Hit, RememberedCheck
from staydown_web.screening.selectors import url_of
from staydown_web.screening.services import bringing, checking
from staydown_web.screening.services.bringing import plain_or_none, read_plain, take_in_sheets
from staydown_web.screening.services.findings import Pending, Recorded
from staydown_web.screening.services.sheet_texts import write_sheet
from staydown_web.screening.services.sheets import ANSWER, Sheet, draw_up, write_sheets

pytestmark = pytest.mark.django_db(transaction=True)

utc = timezone(timedelta(0))
east = timezone(timedelta(hours=3))
HEAD = (0.0, "p", "held", "", "", "")


@pytest.fixture
def drawn(ask, seed, confirmed, drawn_fingerprint, monkeypatch) -> list[Sheet]:
    """Sheets of uploads with all that an upload can have."""
    found = []

    def keep(finding, *, wait):
        found.append(finding)
        return Recorded(new_id(), None)

    monkeypatch.setattr(checking, "record", keep)
    seed(drawn_fingerprint(1))
    confirmed(drawn_fingerprint(2))
    ask(drawn_fingerprint(1))
    ask(drawn_fingerprint(2), content_ref="é \U0001f512", account="a", idempotency_key="k")
    ask(drawn_fingerprint(2), url="https://forum.example/p/1", now=datetime(2026, 5, 1, tzinfo=utc))
    ask(drawn_fingerprint(1), source=Copy.Source.LIBRARY, now=datetime(2026, 5, 1, tzinfo=east))
    assert len(found) == 4
    made = [draw_up(Pending(one, is_awaited=True), None) for one in found]
    # The same content again adds hits to the copy that is there.
    again = draw_up(Pending(found[0], is_awaited=True), made[0][0])
    return [sheet for _, sheet in [*made, again]]


def stored() -> list[list[dict]]:
    """All rows, without the moments at which copies were seen."""
    rows = []
    for model in (Copy, Hit, RememberedCheck, Event):
        found = [*model.objects.order_by("pk").values()]
        for row in found:
            for name in ("seen_at", "state_at"):
                row.pop(name, None)
            if model is RememberedCheck:
                row.pop("id")
        rows.append(found)
    return rows


def test_rows_are_those_that_would_have_been_stored_at_once(drawn):
    with transaction.atomic():
        answers = [sheet.answer for sheet in drawn if sheet.answer is not None]
        insert_rows(RememberedCheck, ANSWER, answers)
        write_sheets(drawn)
        at_once = stored()
        transaction.set_rollback(True)
    now = utc_now()
    take_in_sheets([read_plain(write_sheet(HEAD, sheet)) for sheet in drawn], now=now)
    assert [len(rows) for rows in at_once[:3]] == [4, 4, 1]
    assert stored() == at_once
    assert set(Copy.objects.values_list("seen_at", "state_at")) == {(now, now)}
    addresses = [url_of(copy) for copy in Copy.objects.exclude(url_box=None)]
    assert addresses == ["https://forum.example/p/1"]
    assert verify_chain().is_whole


def test_what_is_there_is_passed_over(drawn, caplog):
    plain = [read_plain(write_sheet(HEAD, sheet)) for sheet in drawn]
    take_in_sheets(plain[:2], now=utc_now())
    Copy.objects.update(state=Copy.State.RESTORED)
    take_in_sheets(plain, now=utc_now())
    take_in_sheets(plain, now=utc_now())
    states = dict(Copy.objects.values_list("pk", "state"))
    found = [states[sheet.copy[0]] for sheet in drawn[:4]]
    assert found == ["restored", "restored", "blocked", "held"]
    assert (Hit.objects.count(), RememberedCheck.objects.count()) == (4, 1)
    assert Event.objects.filter(subject__startswith="copy:").count() == 4
    assert "left out" not in caplog.text


@pytest.mark.parametrize(
    ("old", "new"), [(b'"upload"', b'"upload",""'), (b"-", b""), (b"-", b"xx"), (b"[[", b"[0,[")]
)
def test_a_sheet_that_nobody_can_read_is_left_out(drawn, caplog, old, new):
    text = write_sheet(HEAD, drawn[0])
    assert old in text
    assert plain_or_none(text.replace(old, new)) is None
    assert "a finding was left out" in caplog.text
    assert plain_or_none(text) is not None


def test_more_at_once_than_a_query_takes(drawn, monkeypatch):
    monkeypatch.setattr(bringing, "MOST_KEYS", 2)
    take_in_sheets([read_plain(write_sheet(HEAD, sheet)) for sheet in drawn], now=utc_now())
    assert (Copy.objects.count(), Hit.objects.count()) == (4, 4)
