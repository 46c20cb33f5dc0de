"""StopNCII, against its interface on this machine: what its rows mean, and what it is told."""

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
from exchange_servers.stopncii import StopNciiServer
from staydown_web.base.errors import ExchangeAuthError, ExchangePayloadError, FieldsError
from staydown_web.exchanges.partners import stopncii
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Kind, Partner, RecordState

LISTED, WITHDRAWN, DISPUTED = RecordState.LISTED, RecordState.WITHDRAWN, RecordState.DISPUTED


@pytest.fixture
def server() -> Iterator[StopNciiServer]:
    with StopNciiServer() as made:
        yield made


@pytest.fixture
def partner(server: StopNciiServer) -> Partner:
    return open_at(server, Kind.STOPNCII)


@pytest.fixture
def small_pages(monkeypatch) -> None:
    monkeypatch.setattr(stopncii, "PAGE_ROWS", 2)


def state_of(server: StopNciiServer, partner: Partner, **row) -> RecordState:
    """What one row with these fields comes to."""
    key = server.add(hex_of(9), **row)
    return records_of(read_all(partner))[key].state


def test_a_page_brings_pictures_and_videos(server: StopNciiServer, partner: Partner) -> None:
    picture, video = server.add(hex_of(1)), server.add(hex_of(2, 16), signal="md5")
    got = records_of(read_all(partner))
    assert got[picture].raws == (photo_raw(pdq=hex_of(1)),)
    assert got[video].raws == (video_raw(md5=hex_of(2, 16)),)
    assert [record.state for record in got.values()] == [LISTED, LISTED]
    assert got[picture].at is not None
    assert got[picture].at.timestamp() == server.rows[picture]["lastModtimestamp"]


def test_the_call_carries_both_keys_and_names_start_and_size(server, partner) -> None:
    partner.fetch("", now=NOW)
    asked = server.requests[0]
    assert asked.call == ("GET", "/v1/FetchHashes")
    assert asked.query == {"startTimestamp": "10", "pageSize": "800"}
    assert asked.headers["x-functions-key"] == "fetch-key-of-the-tests"
    assert asked.headers["ocp-apim-subscription-key"] == "subscription-key-of-the-tests"


@pytest.mark.usefixtures("small_pages")
def test_pages_follow_each_other_until_there_is_no_more(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    pages = read_all(partner)
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert [page.has_more for page in pages] == [True, True, False]
    assert list(records_of(pages)) == keys


@pytest.mark.usefixtures("small_pages")
def test_another_process_goes_on_in_the_middle(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    first = partner.fetch("", now=NOW)
    rest = read_all(open_at(server, Kind.STOPNCII), first.checkpoint)
    assert list(records_of([first, *rest])) == keys
    assert [len(page.records) for page in rest] == [2, 1]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("how", ["refused", "old"])
def test_a_token_that_no_longer_holds_only_brings_rows_again(server, partner, how) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    first = partner.fetch("", now=NOW)
    server.expire_tokens = how == "refused"
    later = NOW + timedelta(hours=2 if how == "old" else 0)
    again = partner.fetch(first.checkpoint, now=later)
    server.expire_tokens = False
    rest = read_all(partner, again.checkpoint, now=later)
    assert len(again.records) == (0 if how == "refused" else 2)
    assert set(records_of([first, again, *rest])) == set(keys)


def test_the_next_pass_brings_what_changed_and_an_overlap(server, partner) -> None:
    server.add(hex_of(1))
    server.tick(7_200)
    late = server.add(hex_of(2))
    done = read_all(partner, now=NOW + timedelta(days=1))[-1]
    withdrawn = server.add(hex_of(3))
    server.withdraw(withdrawn)
    got = records_of(read_all(partner, done.checkpoint))
    assert set(got) == {late, withdrawn}  # the first lies before the overlap
    assert got[withdrawn].state is WITHDRAWN


def test_a_row_written_late_with_an_earlier_moment_is_not_lost(server, partner) -> None:
    server.add(hex_of(1))
    done = read_all(partner)[-1]
    late = server.put(
        {
            "signalType": "ImagePDQ",
            "hashValue": hex_of(2),
            "hashStatus": "Active",
            "caseNumbers": {},
            "CSPFeedbacks": [],
            "lastModtimestamp": server.clock - 1_800,
        }
    )
    assert late in records_of(read_all(partner, done.checkpoint))


@pytest.mark.parametrize("skew_s", [-86_400, -3_600, 3_600, 86_400])
def test_a_clock_that_is_wrong_loses_no_withdrawal(server, partner, skew_s) -> None:
    key = server.add(hex_of(1))
    server.skew_s = skew_s
    checkpoint = read_all(partner)[-1].checkpoint
    server.withdraw(key)
    assert records_of(read_all(partner, checkpoint))[key].state is WITHDRAWN


@pytest.mark.parametrize("ours", [timedelta(days=-1), timedelta(days=1), timedelta(days=400)])
def test_our_own_wrong_clock_loses_no_withdrawal(server, partner, ours) -> None:
    key = server.add(hex_of(1))
    checkpoint = read_all(partner, now=NOW + ours)[-1].checkpoint
    server.withdraw(key)
    assert records_of(read_all(partner, checkpoint, now=NOW + ours))[key].state is WITHDRAWN


def test_a_moment_in_the_future_is_now_so_that_a_later_withdrawal_counts(server, partner) -> None:
    server.tick(30 * 86_400)
    key = server.add(hex_of(1))
    assert records_of(read_all(partner))[key].at == NOW


@pytest.mark.usefixtures("small_pages")
def test_rows_that_come_twice_and_in_another_order_come_to_the_same(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(7)]
    server.withdraw(keys[3])
    server.repeat_last = server.shuffle = True
    got = records_of(read_all(partner))
    assert {key: record.state for key, record in got.items()} == {
        key: WITHDRAWN if key == keys[3] else LISTED for key in keys
    }


def test_of_a_row_twice_on_a_page_the_later_counts(server, partner) -> None:
    row = {"signalType": "ImagePDQ", "hashValue": hex_of(1), "caseNumbers": {}, "CSPFeedbacks": []}
    later = {**row, "hashStatus": "Withdrawn", "lastModtimestamp": server.clock + 5}
    earlier = {**row, "hashStatus": "Active", "lastModtimestamp": server.clock}
    page = {
        "count": 2,
        "nextPageToken": None,
        "nextSetTimestamp": server.clock,
        "hasMoreRecords": False,
        "hashRecords": [later, earlier],
    }
    server.answer_next(json.dumps(page).encode(), content_type="application/json")
    (record,) = partner.fetch("", now=NOW).records
    assert (record.state, record.raws) == (WITHDRAWN, ())


@pytest.mark.parametrize("status", ["Withdrawn", "Deleted"])
def test_a_status_that_takes_back_is_a_withdrawal(server, partner, status) -> None:
    key = server.add(hex_of(1))
    read_all(partner)
    server.withdraw(key, status=status)
    assert server.rows[key]["hashValue"] not in {"Withdrawn", "Deleted"}  # where PyPI's looks
    record = records_of(read_all(partner))[key]
    assert (record.state, record.raws) == (WITHDRAWN, ())


def test_cases_that_are_all_ended_are_a_withdrawal_whatever_the_status(server, partner) -> None:
    cases = {"1": "Withdrawn", "2": "Deleted"}
    assert state_of(server, partner, caseNumbers=cases) is WITHDRAWN


def test_one_of_two_people_withdraws_and_the_other_stays_protected(server, partner) -> None:
    cases = {"1": "Withdrawn", "2": "Active"}
    assert state_of(server, partner, caseNumbers=cases) is LISTED


@pytest.mark.parametrize("cases", [{}, [], None])
def test_a_platform_takes_back_what_it_put_in_itself(server, partner, cases) -> None:
    said = [{"feedbackValue": "Withdrawn", "tags": [], "source": "Forum"}]
    assert state_of(server, partner, caseNumbers=cases, CSPFeedbacks=said) is WITHDRAWN


def test_a_platform_alone_takes_back_nothing_that_a_person_put_in(server, partner) -> None:
    said = [{"feedbackValue": "Withdrawn", "tags": [], "source": "Forum"}]
    assert state_of(server, partner, CSPFeedbacks=said) is DISPUTED


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (["Blocked"], LISTED),
        (["Blocked", "NotBlocked"], LISTED),
        (["NotBlocked"], DISPUTED),
        (["Blocked", "NotBlocked", "NotBlocked"], DISPUTED),
        (["PendingReview", "QualityUnknown", "None", "Unknown"], LISTED),
    ],
)
def test_platforms_dispute_a_row_when_more_of_them_say_no(server, partner, said, state) -> None:
    feedback = [
        {"feedbackValue": value, "tags": [], "source": f"Platform {number}"}
        for number, value in enumerate(said)
    ]
    assert state_of(server, partner, CSPFeedbacks=feedback) is state


def test_a_status_that_is_new_to_us_is_looked_at_by_a_person(server, partner) -> None:
    assert state_of(server, partner, hashStatus="Paused") is DISPUTED


@pytest.mark.parametrize("signal", ["tmk", "text", "url", "ImageSHA1"])
def test_signals_that_we_cannot_use_are_counted_by_name(server, partner, signal) -> None:
    key = server.add("something", signal=signal)
    record = records_of(read_all(partner))[key]
    assert (record.raws, record.left_out) == ((), (server.rows[key]["signalType"],))


def test_one_unreadable_hash_does_not_hold_up_the_rest(server, partner) -> None:
    bad, good = server.add("not hex at all"), server.add(hex_of(1))
    got = records_of(read_all(partner))
    assert got[bad].left_out == ("ImagePDQ",)
    assert got[good].raws


@pytest.mark.parametrize(
    "broken",
    [
        {"count": 2},
        {"hashRecords": None},
        {"hasMoreRecords": "yes"},
        {"nextSetTimestamp": "soon"},
        {"hashRecords": ["a row"]},
        {"hashRecords": [{"signalType": "ImagePDQ"}]},
        {"hasMoreRecords": True},
    ],
)
def test_a_page_of_another_shape_is_not_taken_at_all(server, partner, broken) -> None:
    row = {"signalType": "ImagePDQ", "hashValue": hex_of(1), "lastModtimestamp": 1}
    page = {
        "count": 1,
        "nextPageToken": None,
        "nextSetTimestamp": 1,
        "hasMoreRecords": False,
        "hashRecords": [row],
    }
    body = json.dumps({**page, **broken}).encode()
    server.answer_next(body, content_type="application/json")
    with pytest.raises(ExchangePayloadError, match="StopNCII") as error:
        partner.fetch("", now=NOW)
    assert hex_of(1) not in str(error.value)


def test_feedback_goes_out_in_its_own_words(server, partner) -> None:
    key = server.add(hex_of(1))
    words = {
        FeedbackKind.SEEN: "PendingReview",
        FeedbackKind.BLOCKED: "Blocked",
        FeedbackKind.NOT_BLOCKED: "NotBlocked",
        FeedbackKind.DISPUTED: "NotBlocked",
        FeedbackKind.WITHDRAWN: "Withdrawn",
    }
    for what in words:
        partner.send([Feedback(key, what, b"")], now=NOW)
    assert [row["feedbackValue"] for row in server.received_feedback] == list(words.values())
    assert [row["tags"] for row in server.received_feedback] == [[], [], [], ["disputed"], []]
    asked = server.requests[1]
    assert asked.call == ("POST", "/v1/SubmitFeedback")
    assert asked.headers["x-functions-key"] == "feedback-key-of-the-tests"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body == (
        b'{"count":1,"hashFeedbacks":[{"tags":[],"feedbackValue":"Blocked","hashValue":"'
        + hex_of(1).encode()
        + b'"}]}'
    )


def test_many_pieces_of_feedback_go_in_one_call(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(20)]
    partner.send([Feedback(key, FeedbackKind.SEEN, b"") for key in keys], now=NOW)
    assert (len(server.requests), len(server.received_feedback)) == (1, 20)


def test_without_its_key_feedback_is_not_even_tried(server) -> None:
    partner = open_at(server, Kind.STOPNCII, feedback_key="")
    with pytest.raises(ExchangeAuthError, match="was not entered"):
        partner.send([Feedback("ImagePDQ:00", FeedbackKind.SEEN, b"")], now=NOW)
    assert server.requests == []


def test_what_we_give_comes_back_under_the_key_that_we_were_told(server, partner) -> None:
    raws = [photo_raw(pdq=hex_of(1)), video_raw(md5=hex_of(2, 16)), photo_raw(sha256=hex_of(3))]
    keys = partner.contribute(raws, now=NOW)
    assert keys == (f"ImagePDQ:{hex_of(1)}", f"VideoMD5:{hex_of(2, 16)}", "")
    assert [row["signalType"] for row in server.submitted] == ["ImagePDQ", "VideoMD5"]
    assert set(records_of(read_all(partner))) == set(keys[:2])
    assert partner.contribute(raws, now=NOW) == keys


def test_what_we_gave_and_take_back_is_withdrawn_for_all(server, partner) -> None:
    (key,) = partner.contribute([photo_raw(pdq=hex_of(1))], now=NOW)
    partner.send([Feedback(key, FeedbackKind.WITHDRAWN, b"")], now=NOW)
    assert records_of(read_all(partner))[key].state is WITHDRAWN


def test_trying_out_changes_nothing(server, partner) -> None:
    server.add(hex_of(1))
    partner.try_out()
    assert [asked.method for asked in server.requests] == ["GET"]
    with pytest.raises(ExchangeAuthError):
        open_at(server, Kind.STOPNCII, fetch_key="another").try_out()


@pytest.mark.parametrize("address", ["http://api.stopncii.example/v1", "ftp://x", "not one", ""])
def test_an_address_without_https_is_not_taken(server, address) -> None:
    if not address:
        assert open_at(server, Kind.STOPNCII, address="")  # the partner's own stands for it
        return
    with pytest.raises(FieldsError) as error:
        open_at(server, Kind.STOPNCII, address=address)
    assert list(error.value.fields) == ["address"]
