"""ThreatExchange, against its interface on this machine."""

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
from exchange_servers.threatexchange import APP_ID, GROUP, TOKEN, ThreatExchangeServer
from staydown.types import Fingerprint
from staydown_web.base.errors import (
    ExchangeAuthError,
    ExchangePayloadError,
    ExchangeUnavailableError,
    FieldsError,
)
from staydown_web.exchanges.partners import threatexchange
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Kind, Partner, RecordState

LISTED, WITHDRAWN, DISPUTED = RecordState.LISTED, RecordState.WITHDRAWN, RecordState.DISPUTED


@pytest.fixture
def server() -> Iterator[ThreatExchangeServer]:
    with ThreatExchangeServer() as made:
        yield made


@pytest.fixture
def partner(server: ThreatExchangeServer) -> Partner:
    return open_at(server, Kind.THREATEXCHANGE)


@pytest.fixture
def small_pages(monkeypatch) -> None:
    monkeypatch.setattr(threatexchange, "PAGE_ROWS", 2)


def test_every_signal_that_we_can_use_comes(server, partner) -> None:
    keys = {
        server.add(hex_of(1)): photo_raw(pdq=hex_of(1)),
        server.add(hex_of(2, 16), signal="md5"): photo_raw(md5=hex_of(2, 16)),
        server.add(hex_of(3, 16), signal="video_md5"): video_raw(md5=hex_of(3, 16)),
        server.add(hex_of(4), signal="sha256"): photo_raw(sha256=hex_of(4)),
        server.add(
            hex_of(5, 16), signal="md5", tags={"data": [{"id": "1", "text": "media_type_video"}]}
        ): video_raw(md5=hex_of(5, 16)),
    }
    got = records_of(read_all(partner))
    assert {key: record.raws[0] for key, record in got.items()} == keys


def test_a_vpdq_hash_comes_as_frames_without_windows(server, partner) -> None:
    frames = [f"{hex_of(number)},100,{number}.000" for number in range(3)]
    key = server.add(json.dumps(frames), signal="vpdq")
    timeline = Fingerprint.from_bytes(records_of(read_all(partner))[key].raws[0]).timeline
    assert timeline is not None
    assert (len(timeline), timeline.windows) == (3, ())


@pytest.mark.parametrize("value", ["[]", "no json", '["zz,100,0"]', "[" * 5000])
def test_a_vpdq_hash_without_frames_is_left_out(server, partner, value) -> None:
    key = server.add(value, signal="vpdq")
    assert records_of(read_all(partner))[key].left_out == ("HASH_VIDEO_VPDQ",)


@pytest.mark.parametrize("type_", ["HASH_SHA1", "HASH_TMK", "URI", "DEBUG_STRING"])
def test_indicators_of_other_types_are_counted_by_name(server, partner, type_) -> None:
    key = server.describe("something", type_=type_)
    record = records_of(read_all(partner))[key]
    assert (record.raws, record.left_out) == ((), (type_,))


def test_the_token_stands_in_a_header_and_in_no_address(server, partner) -> None:
    partner.fetch("", now=NOW)
    asked = server.requests[0]
    assert asked.call == ("GET", f"/v26.0/{GROUP}/threat_updates/")
    assert asked.query["start_time"] == "0"
    assert asked.query["limit"] == "500"
    assert asked.query["fields"].startswith("id,indicator,type,last_updated,should_delete,")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert "access_token" not in asked.query


@pytest.mark.usefixtures("small_pages")
def test_pages_follow_each_other_and_the_checkpoint_holds_no_token(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    pages = read_all(partner)
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert list(records_of(pages)) == keys
    assert all("secret" not in page.checkpoint for page in pages)
    assert all("access_token" not in asked.query for asked in server.requests)


@pytest.mark.usefixtures("small_pages")
def test_another_process_goes_on_in_the_middle(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    first = partner.fetch("", now=NOW)
    rest = read_all(open_at(server, Kind.THREATEXCHANGE), first.checkpoint)
    assert list(records_of([first, *rest])) == keys
    assert len(rest) == 2


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("how", ["refused", "old"])
def test_a_cursor_that_no_longer_holds_only_brings_updates_again(server, partner, how) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    first = partner.fetch("", now=NOW)
    server.expire_cursors = how == "refused"
    later = NOW + timedelta(hours=2 if how == "old" else 0)
    again = partner.fetch(first.checkpoint, now=later)
    server.expire_cursors = False
    rest = read_all(partner, again.checkpoint, now=later)
    assert len(again.records) == (0 if how == "refused" else 2)
    assert set(records_of([first, again, *rest])) == set(keys)
    assert [page.begins_whole for page in [again, *rest]].count(True) == 1


def test_a_page_that_leads_to_another_host_is_asked_of_ours(server, partner) -> None:
    page = {"data": [], "paging": {"next": "https://elsewhere.example/x?access_token=y&after=z"}}
    server.answer_next(json.dumps(page).encode(), content_type="application/json")
    first = partner.fetch("", now=NOW)
    server.expire_cursors = True
    partner.fetch(first.checkpoint, now=NOW)
    assert server.requests[1].path == f"/v26.0/{GROUP}/threat_updates/"
    assert server.requests[1].query["after"] == "z"


def test_the_first_pass_is_whole_and_the_next_brings_changes(server, partner) -> None:
    kept, gone = server.add(hex_of(1)), server.add(hex_of(2))
    (first,) = read_all(partner)
    assert (first.begins_whole, first.ends_whole) == (True, True)
    server.withdraw(gone)
    (second,) = read_all(partner, first.checkpoint)
    assert (second.begins_whole, second.ends_whole) == (False, False)
    assert records_of([second])[gone].state is WITHDRAWN
    assert kept in records_of([second])  # the overlap


@pytest.mark.usefixtures("small_pages")
def test_after_85_days_without_asking_the_whole_group_is_read_anew(server, partner) -> None:
    for number in range(3):
        server.add(hex_of(number))
    checkpoint = read_all(partner)[-1].checkpoint
    for days, is_whole in ((84, False), (86, True)):
        pages = read_all(partner, checkpoint, now=NOW + timedelta(days=days))
        assert (pages[0].begins_whole, pages[-1].ends_whole) == (is_whole, is_whole)
        assert [page.ends_whole for page in pages[:-1]] == [False]


def test_a_deletion_is_a_withdrawal(server, partner) -> None:
    key = server.add(hex_of(1))
    server.withdraw(key)
    record = records_of(read_all(partner))[key]
    assert (record.state, record.raws) == (WITHDRAWN, ())


@pytest.mark.parametrize("descriptors", [None, {"data": []}, {}])
def test_what_nobody_describes_any_more_is_withdrawn_without_a_mark(
    server, partner, descriptors
) -> None:
    key = server.add(hex_of(1))
    server.rows[key]["descriptors"] = descriptors
    assert records_of(read_all(partner))[key].state is WITHDRAWN


def test_what_all_its_members_call_harmless_is_withdrawn(server, partner) -> None:
    key = server.add(hex_of(1), status="NON_MALICIOUS")
    assert records_of(read_all(partner))[key].state is WITHDRAWN


@pytest.mark.parametrize(
    ("statuses", "reactions", "state"),
    [
        (["MALICIOUS"], {}, LISTED),
        (["SUSPICIOUS"], {}, LISTED),
        (["MALICIOUS", "NON_MALICIOUS"], {}, LISTED),
        (["MALICIOUS", "NON_MALICIOUS", "NON_MALICIOUS"], {}, DISPUTED),
        (["MALICIOUS"], {"DISAGREE_WITH_TAGS": "7"}, LISTED),
        (["MALICIOUS"], {"DISAGREE_WITH_TAGS": "7,8"}, DISPUTED),
        (["MALICIOUS"], {"NON_MALICIOUS": "7,8"}, DISPUTED),
        (["MALICIOUS"], {"NON_MALICIOUS": "7", "DISAGREE_WITH_TAGS": "7"}, LISTED),
        (["MALICIOUS"], {"NON_MALICIOUS": "7,8", "HELPFUL": "9"}, LISTED),
        (["MALICIOUS"], {"WANT_MORE_INFO": "7,8,9"}, LISTED),
    ],
)
def test_members_dispute_it_when_more_of_them_say_no(
    server, partner, statuses, reactions, state
) -> None:
    rows = [{"key": word, "value": members} for word, members in reactions.items()]
    for owner, status in enumerate(statuses, 100):
        more = {"reactions": rows} if owner == 100 else {}
        key = server.describe(hex_of(1), type_="HASH_PDQ", owner=owner, status=status, **more)
    assert records_of(read_all(partner))[key].state is state


def test_a_description_without_its_owner_is_still_one(server, partner) -> None:
    key = server.add(hex_of(1))
    del server.rows[key]["descriptors"]["data"][0]["owner"]
    assert records_of(read_all(partner))[key].state is LISTED


@pytest.mark.usefixtures("small_pages")
def test_updates_that_come_twice_and_in_another_order_come_to_the_same(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(7)]
    server.withdraw(keys[3])
    server.repeat_last = server.shuffle = True
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


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 190, ExchangeAuthError),
        (403, 10, ExchangeAuthError),
        (403, 200, ExchangeAuthError),
        (400, 4, ExchangeUnavailableError),
        (403, 613, ExchangeUnavailableError),
        (400, 17, ExchangeUnavailableError),
        (500, 1, ExchangeUnavailableError),
        (400, 100, ExchangePayloadError),
    ],
)
def test_an_error_is_what_its_code_says_whatever_its_status(
    server, partner, status, code, error
) -> None:
    body = json.dumps({"error": {"message": "x", "code": code}}).encode()
    server.answer_next(body, content_type="application/json", status=status)
    with pytest.raises(error, match="ThreatExchange"):
        partner.fetch("", now=NOW)


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"data": None},
        {"data": ["row"]},
        {"data": [{"id": "1"}]},
        {"data": [{"id": "1", "type": "HASH_PDQ", "descriptors": {"data": [{"id": "2"}]}}]},
        {"data": [], "paging": {"next": "https://graph.example/x?access_token=y"}},
        {"data": [], "paging": {"next": 5}},
    ],
)
def test_a_page_of_another_shape_is_not_taken_at_all(server, partner, page) -> None:
    server.answer_next(json.dumps(page).encode(), content_type="application/json")
    with pytest.raises(ExchangePayloadError, match="ThreatExchange"):
        partner.fetch("", now=NOW)


def test_an_empty_page_is_no_error(server, partner) -> None:
    (page,) = read_all(partner)
    assert (page.records, page.has_more) == ((), False)


@pytest.mark.parametrize(
    ("what", "form"),
    [
        (FeedbackKind.SEEN, b"reactions=SAW_THIS_TOO"),
        (
            FeedbackKind.BLOCKED,
            (
                b"reactions=HELPFUL%2CSAW_THIS_TOO"
                b"&reactions_to_remove=DISAGREE_WITH_TAGS%2CNON_MALICIOUS"
            ),
        ),
        (
            FeedbackKind.NOT_BLOCKED,
            b"reactions=DISAGREE_WITH_TAGS&reactions_to_remove=HELPFUL",
        ),
        (
            FeedbackKind.DISPUTED,
            b"reactions=DISAGREE_WITH_TAGS%2CNON_MALICIOUS&reactions_to_remove=HELPFUL",
        ),
    ],
)
def test_feedback_is_a_reaction_to_each_description(server, partner, what, form) -> None:
    server.describe(hex_of(1), type_="HASH_PDQ", owner=1)
    key = server.describe(hex_of(1), type_="HASH_PDQ", owner=2)
    partner.send([Feedback(key, what, b"")], now=NOW)
    descriptors = [said["id"] for said in server.rows[key]["descriptors"]["data"]]
    assert [told["descriptor"] for told in server.received_feedback] == descriptors
    asked = server.requests[1]
    assert asked.call == ("POST", f"/v26.0/{descriptors[0]}")
    assert (asked.query, asked.body) == ({}, form)
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_later_word_takes_the_place_of_an_earlier_one(server, partner) -> None:
    key = server.add(hex_of(1))
    for what in (FeedbackKind.BLOCKED, FeedbackKind.DISPUTED):
        partner.send([Feedback(key, what, b"")], now=NOW)
    (said,) = server.rows[key]["descriptors"]["data"]
    assert {row["key"] for row in said["reactions"]} == {
        "SAW_THIS_TOO",
        "DISAGREE_WITH_TAGS",
        "NON_MALICIOUS",
    }


def test_what_is_gone_needs_no_reaction(server, partner) -> None:
    key = server.add(hex_of(1))
    server.withdraw(key)
    partner.send([Feedback(key, FeedbackKind.SEEN, b""), Feedback("1", "seen", b"")], now=NOW)
    assert server.received_feedback == []


def test_what_we_give_is_described_to_the_group_alone(server, partner) -> None:
    raws = [photo_raw(pdq=hex_of(1), sha256=hex_of(2)), video_raw(md5=hex_of(3, 16))]
    keys = partner.contribute(raws, now=NOW)
    assert [(row["type"], row["indicator"]) for row in server.submitted] == [
        ("HASH_PDQ", hex_of(1)),
        ("HASH_VIDEO_MD5", hex_of(3, 16)),
    ]
    assert {row["privacy_type"] for row in server.submitted} == {"HAS_PRIVACY_GROUP"}
    assert {row["privacy_members"] for row in server.submitted} == {GROUP}
    assert partner.contribute(raws, now=NOW) == keys
    assert len(records_of(read_all(partner))) == 2


def test_what_we_gave_and_take_back_leaves_the_group(server, partner) -> None:
    (key,) = partner.contribute([photo_raw(pdq=hex_of(1))], now=NOW)
    taken_back = [Feedback(key, FeedbackKind.WITHDRAWN, b"")]
    partner.send(taken_back, now=NOW)
    assert server.requests[-1].call == ("DELETE", f"/v26.0/{key.removeprefix('descriptor:')}")
    (record,) = records_of(read_all(partner)).values()
    assert record.state is WITHDRAWN
    partner.send(taken_back, now=NOW)  # again, after a lost answer


def test_what_another_member_describes_too_stays_theirs(server, partner) -> None:
    key = server.add(hex_of(1))
    (ours,) = partner.contribute([photo_raw(pdq=hex_of(1))], now=NOW)
    partner.send([Feedback(ours, FeedbackKind.WITHDRAWN, b"")], now=NOW)
    assert records_of(read_all(partner))[key].state is LISTED
    owners = [said["owner"]["id"] for said in server.rows[key]["descriptors"]["data"]]
    assert str(APP_ID) not in owners


def test_trying_out_asks_for_the_group_and_its_updates(server, partner) -> None:
    partner.try_out()
    assert [asked.call for asked in server.requests] == [("GET", f"/v26.0/{GROUP}")]
    server.updates_enabled = False
    with pytest.raises(ExchangePayloadError, match="threat_updates"):
        partner.try_out()
    with pytest.raises(ExchangeAuthError):
        open_at(server, Kind.THREATEXCHANGE, token="another").try_out()


@pytest.mark.parametrize("group", ["", "12a", "../1", "١٢"])
def test_a_group_is_a_number(server, group) -> None:
    with pytest.raises(FieldsError) as error:
        open_at(server, Kind.THREATEXCHANGE, privacy_group=group)
    assert list(error.value.fields) == ["privacy_group"]
