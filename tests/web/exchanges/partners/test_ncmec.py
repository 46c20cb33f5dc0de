"""NCMEC's hash sharing, against its interface on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from exchange_servers.ncmec import NcmecServer
from exchange_servers.reading import (
    NOW,
    hex_of,
    open_at,
    photo_raw,
    read_all,
    records_of,
    video_raw,
)
from exchange_servers.serving import START
from staydown_web.base.errors import ExchangeAuthError, ExchangePayloadError
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Kind, Partner, RecordState

LISTED, WITHDRAWN, DISPUTED = RecordState.LISTED, RecordState.WITHDRAWN, RecordState.DISPUTED
XML = "application/xml"


@pytest.fixture
def server() -> Iterator[NcmecServer]:
    with NcmecServer() as made:
        yield made


@pytest.fixture
def partner(server: NcmecServer) -> Partner:
    return open_at(server, Kind.NCMEC)


def test_an_entry_is_one_fingerprint_of_all_its_usable_hashes(server, partner) -> None:
    prints = {"pdq": hex_of(1), "md5": hex_of(2, 16)}
    picture = server.put("a", prints=prints)
    video = server.add(hex_of(3, 16), signal="md5", kind="video")
    got = records_of(read_all(partner))
    assert got[picture].raws == (photo_raw(pdq=hex_of(1), md5=hex_of(2, 16)),)
    assert got[video].raws == (video_raw(md5=hex_of(3, 16)),)
    assert {record.state for record in got.values()} == {LISTED}


def test_hashes_of_other_kinds_are_counted_by_name(server, partner) -> None:
    prints = {
        "md5": hex_of(1, 16),
        "sha1": hex_of(2, 20),
        "pdna": "1,2,3",
        "tmk_pdqf": "/v2/large/1",
    }
    key = server.put("a", prints=prints)
    only = server.put("b", prints={"sha1": hex_of(2, 20)})
    got = records_of(read_all(partner))
    assert got[key].raws == (photo_raw(md5=hex_of(1, 16)),)
    assert got[key].left_out == ("SHA1", "PDNA", "TMK_PDQF")
    assert (got[only].raws, got[only].left_out) == ((), ("SHA1",))


def test_an_unreadable_hash_is_left_out_and_the_entry_stands(server, partner) -> None:
    key = server.put("a", prints={"pdq": "zz", "md5": hex_of(1, 16)})
    record = records_of(read_all(partner))[key]
    assert (record.raws, record.left_out) == ((photo_raw(md5=hex_of(1, 16)),), ("PDQ",))


def test_the_call_carries_the_password_and_a_range_in_utc(server, partner, monkeypatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "Pacific/Auckland")
    time.tzset()
    try:
        partner.fetch("", now=NOW)
    finally:
        monkeypatch.undo()
        time.tzset()
    asked = server.requests[0]
    assert asked.call == ("GET", "/hashsharing/v2/entries")
    assert asked.query == {"from": "1970-01-01T00:00:00Z", "to": NOW.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert asked.headers["authorization"].startswith("Basic ")


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
    rest = read_all(open_at(server, Kind.NCMEC), first.checkpoint, now=NOW + timedelta(hours=1))
    assert list(records_of([first, *rest])) == keys
    assert len(rest) == 2


@pytest.mark.parametrize("how", ["refused", "old"])
def test_a_page_that_no_longer_holds_only_brings_entries_again(server, partner, how) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    server.page_size = 2
    first = partner.fetch("", now=NOW)
    server.expire_pages = how == "refused"
    later = NOW + timedelta(hours=13 if how == "old" else 0)
    again = partner.fetch(first.checkpoint, now=later)
    server.expire_pages = False
    rest = read_all(partner, again.checkpoint, now=later)
    assert len(again.records) == (0 if how == "refused" else 2)
    assert set(records_of([first, again, *rest])) == set(keys)


def test_a_tombstone_is_a_withdrawal(server, partner) -> None:
    picture = server.add(hex_of(1))
    video = server.add(hex_of(2, 16), signal="md5", kind="video")
    checkpoint = read_all(partner)[-1].checkpoint
    server.withdraw(picture)
    server.withdraw(video)
    got = records_of(read_all(partner, checkpoint))
    assert [(got[key].state, got[key].raws) for key in (picture, video)] == [(WITHDRAWN, ())] * 2


@pytest.mark.parametrize("backwards", [False, True])
def test_an_old_version_that_comes_after_a_new_one_does_not_count(
    server, partner, backwards
) -> None:
    body = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">
  <videos count="2" maxTimestamp="2019-11-25T15:10:00Z">{}{}</videos>
</queryResult>"""
    gone = """<deletedVideo><member id="101">A</member>
      <timestamp>2019-11-25T15:10:00Z</timestamp><id>x</id></deletedVideo>"""
    there = f"""<video><member id="101">A</member><timestamp>2019-11-24T15:10:00.000Z</timestamp>
      <id>x</id><fingerprints><md5>{hex_of(1, 16)}</md5></fingerprints></video>"""
    rows = (there, gone) if backwards else (gone, there)
    server.answer_next(body.format(*rows).encode(), content_type=XML)
    (record,) = partner.fetch("", now=NOW).records
    assert (record.key, record.state) == ("101/x", WITHDRAWN)
    assert record.at.isoformat() == "2019-11-25T15:10:00+00:00"


def test_entries_that_come_twice_and_backwards_come_to_the_same(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(7)]
    server.withdraw(keys[3])
    server.page_size, server.repeat_last, server.backwards = 2, True, True
    got = records_of(read_all(partner))
    assert {key: record.state for key, record in got.items()} == {
        key: WITHDRAWN if key == keys[3] else LISTED for key in keys
    }


def test_what_changes_while_a_range_is_read_is_in_the_next(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    server.page_size = 2
    first = partner.fetch("", now=NOW)
    server.tick(2_000)
    server.withdraw(keys[0])  # its page has been read, and the range ends before this moment
    later = NOW + timedelta(hours=5)
    done = read_all(partner, first.checkpoint, now=later)[-1]
    server.tick(30_000)
    got = records_of(read_all(partner, done.checkpoint, now=later + timedelta(hours=5)))
    assert got[keys[0]].state is WITHDRAWN


@pytest.mark.parametrize("skew_s", [-86_400, -3_600, 3_600, 86_400])
def test_a_clock_that_is_wrong_loses_no_withdrawal(server, partner, skew_s) -> None:
    key = server.add(hex_of(1))
    server.skew_s = skew_s
    checkpoint = read_all(partner)[-1].checkpoint
    server.withdraw(key)
    assert records_of(read_all(partner, checkpoint))[key].state is WITHDRAWN


@pytest.mark.parametrize("ours", [timedelta(days=1), timedelta(days=400)])
def test_our_own_clock_that_is_ahead_loses_no_withdrawal(server, partner, ours) -> None:
    key = server.add(hex_of(1))
    checkpoint = read_all(partner, now=NOW + ours)[-1].checkpoint
    server.withdraw(key)
    assert records_of(read_all(partner, checkpoint, now=NOW + ours))[key].state is WITHDRAWN


def test_our_own_clock_that_was_behind_only_delays(server, partner) -> None:
    server.tick(5_000)
    key = server.add(hex_of(1))
    checkpoint = read_all(partner)[-1].checkpoint
    assert key in records_of(read_all(partner, checkpoint, now=NOW + timedelta(days=1)))


def test_members_dispute_an_entry_when_more_of_them_say_no(server, partner) -> None:
    doubted, trusted = server.add(hex_of(1)), server.add(hex_of(2))
    server.vote(doubted, "PDQ", member=1, is_yes=False)
    for key in (doubted, trusted):
        server.vote(key, "PDQ", member=2, is_yes=False)
    server.vote(doubted, "PDQ", member=3, is_yes=True)
    server.vote(trusted, "PDQ", member=3, is_yes=True)
    got = records_of(read_all(partner))
    assert (got[doubted].state, got[trusted].state) == (DISPUTED, LISTED)
    assert got[doubted].raws  # somebody looks at it; it is not gone


def test_a_yes_goes_out_for_each_of_the_hashes(server, partner) -> None:
    key = server.put("a b/c", prints={"pdq": hex_of(1), "md5": hex_of(2, 16)})
    raw = photo_raw(pdq=hex_of(1), md5=hex_of(2, 16))
    partner.send([Feedback(key, FeedbackKind.BLOCKED, raw)], now=NOW)
    assert [(told["type"], told["said"]) for told in server.received_feedback] == [
        ("PDQ", "affirmative"),
        ("MD5", "affirmative"),
    ]
    asked = server.requests[0]
    assert asked.call == ("PUT", "/hashsharing/v2/entries/42/a%20b%2Fc/PDQ/feedback")
    assert asked.headers["content-type"] == "application/xml; charset=utf-8"
    assert asked.body == (
        b'<feedbackSubmission xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
        b"<affirmative/></feedbackSubmission>"
    )


@pytest.mark.parametrize("what", [FeedbackKind.NOT_BLOCKED, FeedbackKind.DISPUTED])
def test_a_no_names_the_reason_that_the_operator_chose(server, what) -> None:
    key = server.add(hex_of(1))
    partner = open_at(server, Kind.NCMEC, negative_reason="adult")
    partner.send([Feedback(key, what, photo_raw(pdq=hex_of(1)))] * 2, now=NOW)
    guid = "0a000000-0000-4000-8000-000000000002"
    assert server.received_feedback[0] == {
        "key": key,
        "type": "PDQ",
        "said": "negative",
        "reasons": [guid],
    }
    assert [asked.path.rpartition("/")[2] for asked in server.requests] == [
        "reasons",
        "feedback",
        "feedback",
    ]
    assert server.requests[1].body == (
        b'<feedbackSubmission xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
        b"<negative><reasonIds><guid>" + guid.encode() + b"</guid></reasonIds></negative>"
        b"</feedbackSubmission>"
    )


def test_a_no_without_a_chosen_reason_says_which_there_are(server, partner) -> None:
    key = server.add(hex_of(1))
    said = [Feedback(key, FeedbackKind.DISPUTED, photo_raw(pdq=hex_of(1)))]
    with pytest.raises(ExchangePayloadError, match="Adult; Not sexual"):
        partner.send(said, now=NOW)
    server.reasons = {"guid-1": "The only one"}
    with pytest.raises(ExchangePayloadError):
        open_at(server, Kind.NCMEC, negative_reason="Another").send(said, now=NOW)
    open_at(server, Kind.NCMEC).send(said, now=NOW)
    assert server.received_feedback[0]["reasons"] == ["guid-1"]


def test_an_entry_that_is_gone_there_needs_no_word(server, partner) -> None:
    key = server.add(hex_of(1))
    server.withdraw(key)
    partner.send([Feedback(key, FeedbackKind.BLOCKED, photo_raw(pdq=hex_of(1)))], now=NOW)
    partner.send([Feedback(key, FeedbackKind.BLOCKED, b"")], now=NOW)
    assert server.received_feedback == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<queryResult>",
        b"<somethingElse/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><queryResult>&a;</queryResult>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><queryResult/>',
        b"<a>" * 40 + b"</a>" * 40,
        (
            b'<queryResult><images count="2"><image><member id="1"/><id>a</id></image></images>'
            b"</queryResult>"
        ),
        b"<queryResult><images><image><id>a</id></image></images></queryResult>",
        b'<queryResult><images><other><member id="1"/><id>a</id></other></images></queryResult>',
        b"<queryResult><paging><next>http://127.0.0.1:1/v2/entries?</next></paging></queryResult>",
        b'<?xml version="1.0" encoding="no-such"?><queryResult/>',
    ],
)
def test_xml_of_another_shape_is_not_taken_at_all(server, partner, body) -> None:
    server.answer_next(body, content_type=XML)
    with pytest.raises(ExchangePayloadError, match="NCMEC"):
        partner.fetch("", now=NOW)


def test_an_empty_answer_is_an_empty_page(server, partner) -> None:
    server.answer_next(b"<queryResult/>", content_type="text/xml")
    page = partner.fetch("", now=NOW)
    assert (page.records, page.has_more) == ((), False)


def test_trying_out_asks_who_we_are(server, partner) -> None:
    partner.try_out()
    assert [asked.call for asked in server.requests] == [("GET", "/hashsharing/v2/status")]
    with pytest.raises(ExchangeAuthError, match="NCMEC"):
        open_at(server, Kind.NCMEC, password="another").try_out()


def test_a_pass_after_a_complete_one_begins_an_hour_before_its_end(server, partner) -> None:
    server.tick(50_000)
    checkpoint = read_all(partner, now=NOW + timedelta(days=1))[-1].checkpoint
    partner.fetch(checkpoint, now=NOW + timedelta(days=1))
    begins = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + 50_000 - 3_600))
    assert server.requests[-1].query["from"] == begins
