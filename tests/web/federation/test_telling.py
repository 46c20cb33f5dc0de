"""Members hear of what people agreed to and of nothing else, and of its end within one run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from staydown.types import Fingerprint
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    set_policy,
    unconfirm_entries,
    withdraw_entry,
)
from staydown_web.base.errors import FeedUnknownError
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.services import agree_to_partners, end_partners
from staydown_web.federation.models import FeedEvent, Member, Told
from staydown_web.federation.services.announcing import change_own_key
from staydown_web.federation.services.feed import feed_page, note_told
from staydown_web.federation.services.joining import expel_member, pause_member, stop_giving
from staydown_web.federation.services.member_keys import read_chain
from staydown_web.federation.services.own_keys import own_identity, own_statements
from staydown_web.federation.services.taking import Position, check_events, take_page
from staydown_web.federation.services.telling import public_id
from staydown_web.federation.services.wire import read_event
from staydown_web.federation.tasks import clear, sweep, tell
from web.federation.peers import NOW, Peer

pytestmark = pytest.mark.django_db
ACTOR = "system"


def run(now: datetime = NOW) -> None:
    """One run of the jobs that tell."""
    while tell(now):
        pass
    while sweep(now):
        pass


def said(member: Member, after: int = 0) -> list[tuple[str, bool]]:
    """What stands in the feed of a member: the word, and whether a fingerprint is with it."""
    events, _ = feed_page(Member.objects.get(pk=member.pk), after=after)
    return [(event["what"], "fingerprint" in event) for event in events]


@pytest.fixture
def case_of(platform: Any, bank: Bank, filed: Callable[..., Any]) -> Callable[[int], Case]:
    """``case_of(3)``: a case about a drawn picture, whose person agreed."""

    def make(seed: int) -> Case:
        case: Case = filed(seed)
        agree_to_partners(case=case, now=NOW)
        return case

    return make


@pytest.fixture
def filed(platform: Any, bank: Bank, drawn_fingerprint: Callable[[int], Fingerprint]) -> Any:
    from staydown_web.cases.forms import Answers, FiledFile, Filing
    from staydown_web.cases.services import file_case

    def make(*seeds: int) -> Case:
        answers = Answers(
            statement="It was shared without my consent.",
            signature="Ada Example",
            is_good_faith=True,
            declarations=frozenset({"on_service", "role"}),
            name="Ada Example",
            email="ada@mail.example",
        )
        filing = Filing(
            way="published",
            acts_as="self",
            is_adult_in_picture=True,
            language="en",
            regimes=["us-tida"],
            urls=[f"http://127.0.0.1:8161/media/{seeds[0]}.jpg"],
            files=[
                FiledFile(drawn_fingerprint(n), name=f"{n}.jpg", size_bytes=1, modified_on=None)
                for n in seeds
            ],
            answers=answers,
            platform=platform,
        )
        return file_case(filing=filing, now=NOW).case

    return make


def entry_of(case: Case) -> Entry:
    return Entry.objects.get(pk=Claim.objects.filter(item__case=case).values("entry_id")[:1])


def giving(peer: Peer, bank: Bank, gives: str = "seeds", **more: Any) -> Member:
    """A member that is given what is in the bank."""
    return peer.join(gives=gives, gives_banks=[str(bank.pk)], sweep_at=NOW, **more)


def test_only_what_people_agreed_to_is_told(peer, bank, filed, case_of) -> None:
    member = giving(peer, bank)
    filed(1)
    agreed = case_of(2)
    run()
    assert said(member) == [("seed", True)]
    assert Told.objects.get().entry_id == entry_of(agreed).pk
    assert str(entry_of(agreed).pk) not in str(feed_page(member, after=0))


def test_a_seed_is_not_told_where_confirmed_ones_were_agreed(peer, bank, case_of) -> None:
    member = giving(peer, bank, "confirmed")
    entry = entry_of(case_of(1))
    run()
    assert said(member) == []
    confirm_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    assert said(member) == [("seed", True), ("confirm", False)]
    # The confirmation is taken back: the entry is out of the agreement again.
    unconfirm_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    assert said(member) == [("seed", False), ("confirm", False), ("withdraw", False)]


def test_each_change_is_told_once(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    entry = entry_of(case_of(1))
    run()
    confirm_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    dispute_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    run()
    assert [what for what, _ in said(member)] == ["seed", "confirm", "dispute"]


def _ended(case: Case) -> None:
    end_partners(case=case, now=NOW)


def _withdrawn(case: Case) -> None:
    withdraw_entry(entry_id=entry_of(case).pk, actor=ACTOR, now=NOW)


def _expired(case: Case) -> None:
    Entry.objects.filter(pk=entry_of(case).pk).update(expires_at=NOW - timedelta(minutes=1))


def _quarantined(case: Case) -> None:
    from staydown_web.banks.services import quarantine_entries

    quarantine_entries(entry_ids=[entry_of(case).pk], actor=ACTOR, now=NOW)


def _erased(case: Case) -> None:
    from staydown_web.cases.services import erase_case

    erase_case(case=case, now=NOW)


def _withdrew(case: Case) -> None:
    from staydown_web.cases.services import ask_withdrawal

    ask_withdrawal(case=case, now=NOW)


ENDS = [_ended, _withdrawn, _expired, _quarantined, _withdrew, _erased]


@pytest.mark.parametrize("end", ENDS)
def test_the_end_is_told_in_one_run_and_the_fingerprint_destroyed(
    end: Callable[[Case], None], peer, bank, case_of
) -> None:
    member = giving(peer, bank)
    case = case_of(1)
    run()
    assert said(member) == [("seed", True)]
    end(case)
    tell(NOW)
    assert said(member) == [("seed", False), ("withdraw", False)]
    assert FeedEvent.objects.filter(box__isnull=False).count() == 0


def test_a_resting_bank_gives_nothing(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    case_of(1)
    run()
    set_policy(bank=bank, actor=ACTOR, now=NOW, is_active=False)
    run()
    assert [what for what, _ in said(member)] == ["seed", "withdraw"]


def test_a_word_given_again_brings_it_again(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    case = case_of(1)
    run()
    end_partners(case=case, now=NOW)
    run()
    agree_to_partners(case=case, now=NOW)
    run()
    assert said(member) == [("seed", False), ("withdraw", False), ("seed", True)]


def test_who_joins_late_hears_of_what_lives(peer, other_peer, bank, case_of) -> None:
    giving(peer, bank)
    withdraw_entry(entry_id=entry_of(case_of(1)).pk, actor=ACTOR, now=NOW)
    case_of(2)
    run()
    late = giving(other_peer, bank)
    run()
    assert said(late) == [("seed", True)]


def test_stopping_calls_everything_back(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    for n in (1, 2):
        case_of(n)
    run()
    stop_giving(member_id=member.pk, actor=ACTOR, now=NOW)
    run()
    assert [what for what, _ in said(member)] == ["seed", "seed", "withdraw", "withdraw"]
    assert not any(has for _, has in said(member))


def test_a_paused_member_hears_of_withdrawals_alone(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    first = case_of(1)
    run()
    pause_member(member_id=member.pk, actor=ACTOR, now=NOW)
    case_of(2)
    end_partners(case=first, now=NOW)
    run()
    assert [what for what, _ in said(member)] == ["seed", "withdraw"]


def test_an_expelled_member_hears_of_nothing_and_no_fingerprint_stays(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    case_of(1)
    run()
    expel_member(member_id=member.pk, actor=ACTOR, now=NOW)
    assert FeedEvent.objects.filter(box__isnull=False).count() == 0
    case_of(2)
    run()
    clear(NOW)
    assert [what for what, _ in said(member)] == ["seed"]


def test_our_reviewers_word_on_their_entry_goes_to_members(peer, other_peer, bank, raw_of) -> None:
    north, south = peer.join(), other_peer.join(address="http://127.0.0.1:8141")
    peer.say("seed", 1, raw=raw_of(1))
    take_page(member=north, page=peer.page(), is_ahead=False, now=NOW)
    run()
    assert said(north) == []
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    unconfirm_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    dispute_entries(entry_ids=[entry.pk], actor=ACTOR, now=NOW)
    run()
    for member in (north, south):
        events, _ = feed_page(Member.objects.get(pk=member.pk), after=0)
        assert [e["what"] for e in events] == ["confirm", "seed", "dispute"]
        assert {e["origin"] for e in events} == {peer.identity}
        assert {e["subject"] for e in events} == {peer.events[0]["subject"]}
        assert all("fingerprint" not in e for e in events)


def test_what_came_from_a_member_is_never_given_on(peer, other_peer, bank, raw_of) -> None:
    north = peer.join()
    south = giving(other_peer, bank)
    Member.objects.filter(pk=south.pk).update(gives_banks=[str(bank.pk), str(north.bank_id)])
    peer.say("seed", 1, raw=raw_of(1))
    take_page(member=north, page=peer.page(), is_ahead=False, now=NOW)
    run()
    assert said(south) == []


def test_a_feed_proves_itself_with_the_stated_keys_alone(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    case_of(1)
    run()
    change_own_key(actor=ACTOR, now=NOW)
    confirm_entries(entry_ids=[entry_of(case_of(1)).pk], actor=ACTOR, now=NOW)
    run()
    member.refresh_from_db()
    rows, last = feed_page(member, after=0)
    chain = read_chain(own_statements())
    assert own_identity(NOW) == chain[0].fingerprint
    keys = {s.fingerprint: (s.number, bytes.fromhex(s.public)) for s in chain}
    events = [read_event(row) for row in rows]
    reached = check_events(events, at=Position(0, "", 0), feed=str(member.feed), keys=keys)
    assert [e.what for e in events] == ["seed", "key", "confirm"]
    assert (reached.seq, reached.key, last) == (3, 2, 3)


def test_that_a_member_has_read_it_is_an_event(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    entry = entry_of(case_of(1))
    run()
    assert Event.objects.filter(what="partner_told").count() == 0
    withdraw_entry(entry_id=entry.pk, actor=ACTOR, now=NOW)
    run()
    for after in (1, 1, 2):
        fresh = Member.objects.get(pk=member.pk)
        note_told(member=fresh, feed=str(fresh.feed), after=after, now=NOW)
    told = Event.objects.filter(what="partner_told").order_by("seq")
    assert [(e.subject, e.facts) for e in told] == [
        (f"member:{member.pk}", {"what": "seed", "count": 1, "entries": [str(entry.pk)]}),
        (f"member:{member.pk}", {"what": "withdraw", "count": 1, "entries": [str(entry.pk)]}),
    ]


@pytest.mark.parametrize(("feed", "after"), [("", 5), (str(UUID(int=9)), 0), ("", -1)])
def test_a_place_that_there_is_not_is_refused(feed: str, after: int, peer, bank) -> None:
    member = giving(peer, bank)
    with pytest.raises(FeedUnknownError):
        note_told(member=member, feed=feed, after=after, now=NOW)


def test_the_public_id_is_not_ours_and_stays(peer, bank, case_of) -> None:
    entry = entry_of(case_of(1))
    assert public_id(entry.pk) == public_id(entry.pk) != str(entry.pk)


def test_pages_are_no_larger_than_asked(peer, bank, case_of) -> None:
    member = giving(peer, bank)
    for n in range(5):
        case_of(n)
    run()
    member.refresh_from_db()
    assert len(feed_page(member, after=0, limit=2)[0]) == 2
    assert len(feed_page(member, after=2, limit=9)[0]) == 3
    assert feed_page(member, after=5) == ([], 5)
