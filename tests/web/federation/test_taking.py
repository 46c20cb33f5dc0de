"""What members say is taken in as they signed it, and never more than was agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from staydown.types import Fingerprint
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import confirm_entries, match_entries, open_segments
from staydown_web.base.errors import ExchangePayloadError
from staydown_web.federation.models import Member, MemberKey, Opinion, RemoteEntry
from staydown_web.federation.selectors import doubts
from staydown_web.federation.services.joining import clear_expelled, expel_member, resume_member
from staydown_web.federation.services.looking import note_looked
from staydown_web.federation.services.taking import Taken, take_page
from staydown_web.federation.services.wire import MOST_RAW_BYTES
from web.federation.peers import NOW, Peer, id_of, key_of

pytestmark = pytest.mark.django_db
seen_by_processes = pytest.mark.django_db(transaction=True)
ACTOR = "system"


def take(member: Member, peer: Peer, *, after: int | None = None, is_ahead: bool = False) -> Taken:
    fresh = Member.objects.select_related("bank").get(pk=member.pk)
    at = fresh.ahead if is_ahead else fresh.cursor
    page = peer.page(at if after is None else after)
    return take_page(member=fresh, page=page, is_ahead=is_ahead, now=NOW)


def states(member: Member) -> list[str]:
    return sorted(Entry.objects.filter(bank=member.bank).values_list("state", flat=True))


def matches(raw: bytes) -> int:
    return len(match_entries(Fingerprint.from_bytes(raw)))


def paused(member: Member) -> str:
    member.refresh_from_db()
    return member.pause if member.state == Member.State.PAUSED else ""


@seen_by_processes
def test_entries_come_as_seeds_and_confirmations_change_nothing(peer, raw_of) -> None:
    open_segments()
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    peer.say("confirm", 1)
    assert take(member, peer) == Taken(events=2)
    assert states(member) == ["seed"]
    assert matches(raw_of(1)) == 1
    assert Opinion.objects.get().what == "confirm"


@seen_by_processes
def test_a_withdrawal_takes_an_entry_out_that_we_confirmed(peer, raw_of) -> None:
    open_segments()
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    take(member, peer)
    confirm_entries(entry_ids=[Entry.objects.get().pk], actor=ACTOR, now=NOW)
    peer.say("withdraw", 1)
    take(member, peer)
    assert states(member) == ["withdrawn"]
    assert matches(raw_of(1)) == 0
    assert Entry.objects.get().box is None


@seen_by_processes
def test_what_a_notice_put_in_here_stays_when_a_member_withdraws(peer, bank, raw_of) -> None:
    from staydown_web.banks.services import add_entry

    open_segments()
    fingerprint = Fingerprint.from_bytes(raw_of(1))
    added = add_entry(
        bank=bank, fingerprint=fingerprint, origin=Entry.Origin.NOTICE, actor="person", now=NOW
    )
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    peer.say("withdraw", 1)
    take(member, peer)
    assert Entry.objects.get(pk=added.entry.pk).state == "seed"
    assert matches(raw_of(1)) == 1


def test_two_of_its_entries_with_one_fingerprint_stand_until_both_are_withdrawn(
    peer, raw_of
) -> None:
    member = peer.join()
    for n in (1, 2):
        peer.say("seed", n, raw=raw_of(1))
    take(member, peer)
    assert states(member) == ["seed"]
    peer.say("withdraw", 1)
    take(member, peer)
    assert states(member) == ["seed"]
    peer.say("withdraw", 2)
    take(member, peer)
    assert states(member) == ["withdrawn"]


def test_the_same_page_again_changes_nothing(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    take(member, peer)
    before = (Entry.objects.count(), Event.objects.filter(what="member_events_taken").count())
    assert take(member, peer, after=0) == Taken()
    assert (
        Entry.objects.count(),
        Event.objects.filter(what="member_events_taken").count(),
    ) == before


def test_a_page_that_somebody_else_read_meanwhile_is_left(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    take(member, peer)
    with pytest.raises(ExchangePayloadError):
        take_page(member=member, page=peer.page(), is_ahead=False, now=NOW)
    assert Entry.objects.count() == 1


def test_a_member_cannot_withdraw_the_entry_of_another(peer, other_peer, raw_of) -> None:
    north, south = peer.join(), other_peer.join(address="http://127.0.0.1:8141")
    peer.say("seed", 1, raw=raw_of(1))
    take(north, peer)
    other_peer.say("withdraw", 1, origin=peer.identity)
    assert take(south, other_peer) == Taken(events=1, refused=1)
    assert states(north) == ["seed"]
    assert Opinion.objects.filter(member=south).count() == 0


def test_a_doubt_is_listed_for_a_person_and_changes_nothing(peer, other_peer, raw_of, now) -> None:
    north, south = peer.join(), other_peer.join(address="http://127.0.0.1:8141")
    # The doubt can come before the entry: the feeds are read apart.
    other_peer.say("dispute", 1, origin=peer.identity)
    take(south, other_peer)
    assert doubts(now) == []
    peer.say("seed", 1, raw=raw_of(1))
    take(north, peer)
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    (doubt,) = doubts(now)
    assert (doubt.entry.pk, doubt.opinion.member_id, doubt.is_ours) == (entry.pk, south.pk, False)
    assert Entry.objects.get().state == "confirmed"
    note_looked(opinion_id=doubt.opinion.pk, actor=ACTOR, now=now)
    assert doubts(now) == []
    # Taken back and said again: a person is asked again.
    other_peer.say("seed", 1, origin=peer.identity)
    other_peer.say("dispute", 1, origin=peer.identity)
    take(south, other_peer)
    assert len(doubts(now)) == 1


FORGERIES: dict[str, Any] = {
    "another signature": lambda e: {**e, "signature": "00" * 64},
    "another subject": lambda e: {**e, "subject": id_of(9)},
    "another seal": lambda e: {**e, "seal": "00" * 32},
    "another key": lambda e: {**e, "key": key_of("stranger").fingerprint},
    "a gap": lambda e: {**e, "seq": 3},
    "another chain": lambda e: {**e, "previous": "11" * 32},
    "a number that is none": lambda e: {**e, "seq": "2"},
    "true for a number": lambda e: {**e, "seq": True},
    "an unknown word": lambda e: {**e, "what": "destroy"},
    "a part less": lambda e: {k: v for k, v in e.items() if k != "origin"},
    "a text": lambda e: "event",
    "another fingerprint": lambda e: {**e, "fingerprint": "AAAA"},
    "no salt": lambda e: {k: v for k, v in e.items() if k != "salt"},
    "no base64": lambda e: {**e, "fingerprint": "%%"},
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_event_pauses_the_member_and_nothing_is_taken(how: str, peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    forged = FORGERIES[how](peer.say("seed", 2, raw=raw_of(2)))
    peer.events[1] = forged
    assert take(member, peer).pause == "broken"
    assert paused(member) == "broken"
    assert Entry.objects.count() == 0
    assert member.cursor == 0
    assert Event.objects.filter(what="member_paused").count() == 1


def test_an_event_signed_by_a_stranger_is_refused(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1), key=key_of("stranger"))
    assert take(member, peer).pause == "broken"


def test_a_stranger_cannot_state_a_key_of_the_member(peer, raw_of) -> None:
    member = peer.join()
    mallory = key_of("stranger", 2)
    page = peer.page()
    stated = peer.statements[0].to_dict() | {"number": 2, "public": mallory.public.hex()}
    page["keys"].append({**stated, "previous": peer.identity})
    assert take_page(member=member, page=page, is_ahead=False, now=NOW).pause == "broken"
    assert MemberKey.objects.filter(member=member).count() == 1


def test_keys_change_in_the_feed_and_the_old_one_signs_no_more(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    peer.change_key()
    peer.say("seed", 2, raw=raw_of(2))
    assert take(member, peer).events == 3
    assert states(member) == ["seed", "seed"]
    peer.change_key()
    peer.change_key()
    peer.say("seed", 3, raw=raw_of(3))
    assert take(member, peer).events == 3
    peer.say("seed", 4, raw=raw_of(4), key=peer.keys[1])
    assert take(member, peer).pause == "broken"


def test_events_from_before_a_change_are_still_proven_for_who_reads_late(peer, raw_of) -> None:
    peer.say("seed", 1, raw=raw_of(1))
    peer.change_key()
    member = peer.join()
    assert take(member, peer).events == 2
    assert states(member) == ["seed"]


@seen_by_processes
def test_more_than_agreed_in_a_day_pauses_and_withdrawals_go_on(peer, raw_of) -> None:
    open_segments()
    member = peer.join(cap_day=3)
    peer.say("seed", 1, raw=raw_of(1))
    take(member, peer)
    for n in range(2, 6):
        peer.say("seed", n, raw=raw_of(n))
    assert take(member, peer).pause == "day"
    assert paused(member) == "day"
    assert states(member) == ["seed"]
    peer.say("withdraw", 1)
    peer.say("withdraw", 5)
    take(member, peer, is_ahead=True)
    assert states(member) == ["withdrawn"]
    assert matches(raw_of(1)) == 0
    # Resumed, it is read where it was left; what was withdrawn meanwhile never matches.
    Member.objects.filter(pk=member.pk).update(cap_day=50)
    resume_member(member_id=member.pk, actor=ACTOR, now=NOW)
    take(member, peer)
    assert states(member) == ["seed", "seed", "seed", "withdrawn"]
    assert matches(raw_of(5)) == 0


def test_the_count_of_a_day_begins_anew_the_next_day(peer, raw_of) -> None:
    member = peer.join(cap_day=2)
    for n in (1, 2):
        peer.say("seed", n, raw=raw_of(n))
    take(member, peer)
    peer.say("seed", 3, raw=raw_of(3))
    fresh = Member.objects.select_related("bank").get(pk=member.pk)
    later = NOW + timedelta(days=1)
    assert take_page(member=fresh, page=peer.page(2), is_ahead=False, now=later).events == 1


def test_more_than_agreed_in_all_pauses(peer, raw_of) -> None:
    member = peer.join(cap_total=2)
    for n in (1, 2, 3):
        peer.say("seed", n, raw=raw_of(n))
    assert take(member, peer).pause == "total"
    assert Entry.objects.count() == 0


def test_a_fingerprint_that_is_too_large_is_left_out(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=b"\x00" * (MOST_RAW_BYTES + 9))
    peer.say("seed", 2, raw=raw_of(2))
    assert take(member, peer) == Taken(events=2, refused=1)
    assert states(member) == ["seed"]
    assert RemoteEntry.objects.get(subject=id_of(1)).entry_id is None


@pytest.mark.parametrize("raw", [b"", b"SDF1", b"\xff" * 44])
def test_a_fingerprint_that_is_none_is_left_out(raw: bytes, peer) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw)
    assert take(member, peer) == Taken(events=1, refused=1)
    assert Entry.objects.count() == 0


def test_nothing_is_taken_where_only_giving_was_agreed(peer, raw_of) -> None:
    member = peer.join(takes=False)
    peer.say("seed", 1, raw=raw_of(1))
    peer.say("dispute", id_of(4), origin="ab" * 32)
    assert take(member, peer) == Taken(events=2)
    assert Entry.objects.count() == 0
    assert Opinion.objects.filter(what="dispute").count() == 1


def test_another_feed_than_before_pauses(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    take(member, peer)
    anew = Peer("north", feed=id_of(78))
    anew.say("seed", 1, raw=raw_of(1))
    assert take(member, anew).pause == "restarted"
    assert states(member) == ["seed"]


@seen_by_processes
def test_expelling_undoes_everything_and_coming_back_begins_with_nothing(peer, raw_of) -> None:
    open_segments()
    member = peer.join()
    for n in (1, 2):
        peer.say("seed", n, raw=raw_of(n))
    peer.say("dispute", id_of(9), origin="ab" * 32)
    take(member, peer)
    confirm_entries(entry_ids=[Entry.objects.first().pk], actor=ACTOR, now=NOW)
    expel_member(member_id=member.pk, actor=ACTOR, now=NOW)
    assert Bank.objects.get(pk=member.bank_id).is_active is False
    assert Opinion.objects.count() == 0
    peer.say("seed", 3, raw=raw_of(3))
    with pytest.raises(ExchangePayloadError):
        take(member, peer)
    while clear_expelled(NOW):
        pass
    assert states(member) == ["withdrawn", "withdrawn"]
    assert (matches(raw_of(1)), RemoteEntry.objects.count()) == (0, 0)
    again = peer.join()
    assert again.bank_id != member.bank_id
    assert (again.cursor, again.their_feed) == (0, None)
    take(again, peer)
    assert states(again) == ["seed", "seed", "seed"]


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"feed": "x", "events": [], "last": 0},
        {"feed": id_of(77), "events": {}, "last": 0},
        {"feed": id_of(77), "events": [], "last": "0"},
        {"feed": id_of(77), "events": [None] * 1_001, "last": 0},
        {"feed": id_of(77), "events": [], "last": 0, "keys": [{"number": 2}]},
    ],
)
def test_what_is_no_page_is_asked_for_again(page: dict[str, Any], peer) -> None:
    member = peer.join()
    with pytest.raises(ExchangePayloadError):
        take_page(member=member, page=page, is_ahead=False, now=NOW)
    assert paused(member) == ""


def test_the_seal_of_a_destroyed_fingerprint_still_holds_the_chain(peer, raw_of) -> None:
    member = peer.join()
    first = peer.say("seed", 1, raw=raw_of(1))
    peer.say("withdraw", 1)
    peer.events[0] = {k: v for k, v in first.items() if k not in {"fingerprint", "salt"}}
    assert take(member, peer) == Taken(events=2)
    assert Entry.objects.count() == 0


def test_a_key_event_without_its_statement_in_the_list_is_refused(peer) -> None:
    member = peer.join()
    peer.change_key()
    page = peer.page()
    page["keys"] = page["keys"][:1]
    assert take_page(member=member, page=page, is_ahead=False, now=NOW).pause == "broken"
    assert replace(peer.statements[1]).number == 2
