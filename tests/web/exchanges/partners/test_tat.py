"""Tech Against Terrorism's hash list, against its interface on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from exchange_servers.reading import (
    NOW,
    hex_of,
    open_at,
    photo_raw,
    read_all,
    records_of,
    video_raw,
)
from exchange_servers.tat import TatServer
from staydown_web.base.errors import ExchangeAuthError, ExchangePayloadError
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Kind, Partner, RecordState

LISTED, WITHDRAWN = RecordState.LISTED, RecordState.WITHDRAWN


@pytest.fixture
def server() -> Iterator[TatServer]:
    with TatServer() as made:
        yield made


@pytest.fixture
def partner(server: TatServer) -> Partner:
    return open_at(server, Kind.TAT)


def pages_asked(server: TatServer) -> list[str]:
    return [asked.query["after"] for asked in server.requests if asked.method == "GET"]


def test_every_signal_that_we_can_use_comes(server, partner) -> None:
    keys = {
        server.add(hex_of(1)): photo_raw(pdq=hex_of(1)),
        server.add(hex_of(2, 16), signal="md5"): photo_raw(md5=hex_of(2, 16)),
        server.add(hex_of(3, 16), signal="md5", file_type="MP4"): video_raw(md5=hex_of(3, 16)),
        server.add(hex_of(4), signal="sha256", file_type="image/png"): photo_raw(sha256=hex_of(4)),
    }
    got = records_of(read_all(partner))
    assert {key: record.raws[0] for key, record in got.items()} == keys


@pytest.mark.parametrize(
    ("signal", "file_type"), [("sha1", "jpg"), ("md5", "pdf"), ("pdq", "jpg"), ("sha256", "")]
)
def test_what_we_cannot_use_is_counted_by_name(server, partner, signal, file_type) -> None:
    key = server.add("zz" if signal == "pdq" else hex_of(1), signal=signal, file_type=file_type)
    record = records_of(read_all(partner))[key]
    assert (record.raws, record.left_out) == ((), (server.rows[key]["algorithm"],))


def test_a_password_buys_a_token_once_for_all_pages(server, partner) -> None:
    for number in range(5):
        server.add(hex_of(number))
    server.page_size = 2
    read_all(partner)
    first = server.requests[0]
    assert first.call == ("POST", "/token-auth/tcap/")
    assert first.body == b"username=forum-example&password=password-of-the-tests&resend=false"
    assert [asked.method for asked in server.requests] == ["POST", "GET", "GET", "GET"]
    assert server.requests[1].query == {"order": "asc", "after": ""}
    assert server.requests[1].headers["authorization"] == "Bearer jwt-of-the-tests"


def test_a_token_that_ran_out_is_bought_anew(server, partner) -> None:
    server.add(hex_of(1))
    partner.fetch("", now=NOW)
    server.token = "another"
    assert len(partner.fetch("", now=NOW).records) == 1
    assert [asked.method for asked in server.requests] == ["POST", "GET", "GET", "POST", "GET"]


def test_a_token_that_is_never_taken_ends_in_a_refusal(server, partner) -> None:
    server.fail_next(200)
    server.answer_next(b'{"token":"wrong"}', content_type="application/json")
    with pytest.raises(ExchangePayloadError):
        partner.fetch("", now=NOW)
    with pytest.raises(ExchangeAuthError):
        partner.fetch("", now=NOW)


def test_pages_follow_each_other_until_there_is_no_more(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    server.page_size = 2
    pages = read_all(partner)
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert list(records_of(pages)) == keys


def test_another_process_goes_on_in_the_middle(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    server.page_size = 2
    first = partner.fetch("", now=NOW)
    later = NOW + timedelta(days=30)
    rest = read_all(open_at(server, Kind.TAT), first.checkpoint, now=later)
    assert list(records_of([first, *rest])) == keys
    assert len(rest) == 2


def test_rows_that_move_to_the_end_meanwhile_shift_nothing(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(6)]
    server.page_size = 2
    first = partner.fetch("", now=NOW)
    server.withdraw(keys[0])
    server.withdraw(keys[1])
    got = records_of([first, *read_all(partner, first.checkpoint)])
    assert set(got) == set(keys)
    assert [got[key].state for key in keys[:3]] == [WITHDRAWN, WITHDRAWN, LISTED]


def test_a_row_marked_as_deleted_is_a_withdrawal(server, partner) -> None:
    key = server.add(hex_of(1))
    checkpoint = read_all(partner)[-1].checkpoint
    server.withdraw(key)
    record = records_of(read_all(partner, checkpoint))[key]
    assert (record.state, record.raws) == (WITHDRAWN, ())
    assert record.at is not None
    assert record.at.timestamp() == server.rows[key]["updated_on"]


def test_rows_that_come_twice_and_in_another_order_come_to_the_same(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(7)]
    server.withdraw(keys[3])
    server.page_size, server.repeat_last, server.shuffle = 2, True, True
    got = records_of(read_all(partner))
    assert {key: record.state for key, record in got.items()} == {
        key: WITHDRAWN if key == keys[3] else LISTED for key in keys
    }


@pytest.mark.parametrize("skew_s", [-86_400, -3_600, 3_600, 86_400])
def test_a_clock_that_is_wrong_loses_no_withdrawal(server, partner, skew_s) -> None:
    key = server.add(hex_of(1))
    server.skew_s = skew_s
    checkpoint = read_all(partner)[-1].checkpoint
    server.withdraw(key)
    assert records_of(read_all(partner, checkpoint))[key].state is WITHDRAWN


@pytest.mark.parametrize("ours", [timedelta(days=-1), timedelta(days=400)])
def test_our_own_wrong_clock_loses_no_withdrawal(server, partner, ours) -> None:
    key = server.add(hex_of(1))
    checkpoint = read_all(partner, now=NOW + ours)[-1].checkpoint
    server.withdraw(key)
    assert records_of(read_all(partner, checkpoint, now=NOW + ours))[key].state is WITHDRAWN


def test_the_next_pass_begins_an_hour_before_the_end_of_this(server, partner) -> None:
    server.tick(50_000)
    later = NOW + timedelta(days=1)
    checkpoint = read_all(partner, now=later)[-1].checkpoint
    partner.fetch(checkpoint, now=later)
    assert pages_asked(server) == ["", f"{server.clock - 3_600},0"]


@pytest.mark.parametrize(
    "broken",
    [
        {"results": None},
        {"checkpoint": 5},
        {"results": ["row"]},
        {"results": [{"id": 1, "algorithm": "PDQ"}]},
        {"results": [{"deleted": False, "algorithm": "PDQ"}]},
        {"next": "https://elsewhere.example/?offset=2", "checkpoint": ""},
    ],
)
def test_a_page_of_another_shape_is_not_taken_at_all(server, partner, broken) -> None:
    partner.fetch("", now=NOW)
    page = {"count": 0, "next": None, "previous": None, "checkpoint": "1,2", "results": []}
    server.answer_next(json.dumps({**page, **broken}).encode(), content_type="application/json")
    with pytest.raises(ExchangePayloadError, match="Tech Against Terrorism"):
        partner.fetch("", now=NOW)


def test_a_page_that_does_not_go_on_is_no_circle(server, partner) -> None:
    partner.fetch("", now=NOW)
    page = {"count": 0, "next": "x", "previous": None, "checkpoint": "1,2", "results": []}
    body = json.dumps(page).encode()
    server.answer_next(body, content_type="application/json", n=2)
    first = partner.fetch("", now=NOW)
    with pytest.raises(ExchangePayloadError, match="not where"):
        partner.fetch(first.checkpoint, now=NOW)


def test_fields_that_are_new_to_us_hold_nothing_up(server, partner) -> None:
    server.add(hex_of(1), something_new={"a": 1})
    assert len(records_of(read_all(partner))) == 1


def test_it_takes_neither_feedback_nor_entries(server, partner) -> None:
    assert (partner.takes_feedback, partner.takes_entries) == (frozenset(), False)
    partner.send([], now=NOW)
    with pytest.raises(ExchangePayloadError):
        partner.send([Feedback("1", FeedbackKind.SEEN, b"")], now=NOW)
    with pytest.raises(ExchangePayloadError):
        partner.contribute([photo_raw(pdq=hex_of(1))], now=NOW)
    assert server.requests == []


def test_trying_out_proves_the_password(server, partner) -> None:
    partner.try_out()
    with pytest.raises(ExchangeAuthError, match="Tech Against Terrorism"):
        open_at(server, Kind.TAT, password="another").try_out()
