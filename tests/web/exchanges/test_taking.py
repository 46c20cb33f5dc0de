"""Pages of a partner's list become entries; what is withdrawn matches no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    match_entries,
    settle_entry,
    withdraw_entry,
)
from staydown_web.base.errors import RecordConflictError
from staydown_web.exchanges.models import Doubt, Exchange, Received, Run
from staydown_web.exchanges.partners.wire import Record, RecordState
from staydown_web.exchanges.selectors import checkpoint_of, counts_of, doubts
from staydown_web.exchanges.services import note_looked

from .conftest import gone, photo, record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
MINUTE = timedelta(minutes=1)


def matches(name: object) -> bool:
    return bool(match_entries(photo(name)))


def counts(exchange: Exchange) -> tuple[int, int, int]:
    exchange.refresh_from_db()
    return exchange.listed, exchange.withdrawn, exchange.left_out


def test_what_is_listed_is_a_seed_of_the_bank_of_the_list(exchange, partner, fetched) -> None:
    partner.add(record("a"), record("b"))
    partner.add(record("c"))
    assert fetched() == 2
    assert matches("a")
    assert matches("c")
    entries = Entry.objects.filter(bank=exchange.bank)
    assert set(entries.values_list("state", "origin")) == {("seed", "exchange")}
    assert counts(exchange) == (3, 0, 0)
    assert checkpoint_of(exchange) == "2"
    run = Run.objects.get()
    assert (run.pages, run.records, run.added, run.error_code) == (2, 3, 3, "")
    assert run.ended_at is not None
    events = Event.objects.filter(what="exchange_fetched")
    assert [e.facts["added"] for e in events.order_by("seq")] == [2, 1]


def test_keys_are_stored_blind_and_sealed_and_checkpoints_sealed(partner, fetched) -> None:
    partner.add(record("a-key-of-the-partner"))
    fetched()
    row = Received.objects.get()
    assert b"a-key" not in bytes(row.key_box)
    assert len(row.blind) == 32


def test_a_tombstone_stops_the_match_at_once_and_destroys_the_fingerprint(
    exchange, partner, fetched
) -> None:
    partner.add(record("a"), record("b"))
    fetched()
    partner.add(gone("a"))
    fetched(hours=1)
    assert not matches("a")
    assert matches("b")
    entry = Entry.objects.get(state=Entry.State.WITHDRAWN)
    assert entry.box is None
    assert counts(exchange) == (1, 1, 0)


def test_the_same_page_again_changes_nothing(exchange, partner, fetched) -> None:
    rows = (record("a"), gone("b"), record("c"))
    partner.add(*rows)
    partner.add(*rows, *rows)
    fetched()
    assert Entry.objects.count() == 2
    assert Received.objects.count() == 3
    assert counts(exchange) == (2, 1, 0)


def test_a_withdrawn_key_that_was_never_seen_keeps_an_older_listing_out(
    exchange, partner, fetched, now
) -> None:
    partner.add(gone("a", now))
    partner.add(record("a", at=now - MINUTE))
    fetched()
    assert not matches("a")
    assert Entry.objects.count() == 0
    assert Run.objects.get().stale == 1
    assert counts(exchange) == (0, 1, 0)


def test_what_the_partner_lists_later_comes_back(partner, fetched, now) -> None:
    partner.add(record("a", at=now - 2 * MINUTE), gone("b", now))
    partner.add(gone("a", now - MINUTE), record("b", at=now + MINUTE))
    partner.add(record("a", at=now))
    fetched()
    assert matches("a")
    assert matches("b")
    assert Entry.objects.exclude(state=Entry.State.WITHDRAWN).count() == 2


def test_of_two_words_at_one_moment_the_withdrawal_counts(partner, fetched, now) -> None:
    partner.add(gone("a", now), record("a", at=now), record("b", at=now), gone("b", now))
    partner.add(record("a", at=now), record("b", at=now))
    fetched()
    assert not matches("a")
    assert not matches("b")


def test_without_moments_what_comes_later_counts(partner, fetched) -> None:
    partner.add(record("a"), gone("a"), gone("b"), record("b"))
    fetched()
    assert not matches("a")
    assert matches("b")


def test_a_partner_whose_clock_is_hours_ahead_is_understood_by_its_own_clock(
    partner, fetched, now
) -> None:
    ahead = now + timedelta(hours=5)
    partner.add(record("a", at=ahead))
    partner.add(gone("a", ahead + MINUTE), record("a", at=ahead))
    fetched()
    assert not matches("a")


def test_an_absurd_moment_freezes_no_key(partner, fetched, now) -> None:
    partner.add(record("a", at=now + timedelta(days=4000)))
    partner.add(gone("a", now))
    fetched()
    assert not matches("a")


def test_a_record_with_other_signals_takes_the_place_of_the_old_one(
    exchange, partner, fetched
) -> None:
    partner.add(record("a", 1, 2))
    partner.add(record("a", 2, 3))
    fetched()
    assert [matches(n) for n in (1, 2, 3)] == [False, True, True]
    assert counts(exchange) == (1, 0, 0)
    assert Run.objects.get().changed == 1


def test_two_keys_of_one_picture_share_an_entry_until_both_are_gone(
    exchange, partner, fetched
) -> None:
    partner.add(record("a", "same"), record("b", "same"))
    partner.add(gone("a"))
    fetched()
    assert Entry.objects.count() == 1
    assert matches("same")
    partner.add(gone("b"))
    fetched(hours=1)
    assert not matches("same")


def test_what_holds_nothing_that_we_can_use_is_counted_and_left_out(
    exchange, partner, fetched
) -> None:
    partner.add(Record("a", RecordState.LISTED, (), None, ("tmk",)), record("b"))
    fetched()
    assert counts(exchange) == (2, 0, 1)
    assert Received.objects.filter(entry=None).count() == 1
    partner.add(gone("a"))
    fetched(hours=1)
    assert counts(exchange) == (1, 1, 0)


def test_a_dispute_of_the_partner_lets_matches_only_be_logged_until_it_lists_it_again(
    partner, fetched
) -> None:
    partner.add(record("a"), record("b", state=RecordState.DISPUTED))
    partner.add(record("a", state=RecordState.DISPUTED))
    fetched()
    assert set(Entry.objects.values_list("state", flat=True)) == {"disputed"}
    partner.add(record("a"))
    fetched(hours=1)
    states = [
        Entry.objects.get(pk=match_entries(photo(name))[0].entry_id).state for name in ("a", "b")
    ]
    assert states == ["seed", "disputed"]


def test_a_dispute_of_the_partner_leaves_what_a_person_here_confirmed(
    partner, fetched, reviewer, now
) -> None:
    partner.add(record("a"))
    fetched()
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=f"user:{reviewer.pk}", now=now)
    partner.add(record("a", state=RecordState.DISPUTED))
    fetched(hours=1)
    entry.refresh_from_db()
    assert entry.state == Entry.State.CONFIRMED
    assert [doubt.entry for doubt in doubts()] == [entry]
    event = Event.objects.get(what="partner_doubts")
    assert (event.actor, event.facts["entries"]) == ("system", 1)


def test_a_doubt_about_what_is_confirmed_here_asks_until_somebody_looked_or_decided(
    exchange, partner, fetched, reviewer, lead, now
) -> None:
    doubtful, by = record("a", state=RecordState.DISPUTED), f"user:{reviewer.pk}"
    partner.add(record("a"))
    fetched()
    entry_id = Entry.objects.get().pk
    confirm_entries(entry_ids=[entry_id], actor=by, now=now)
    partner.add(doubtful)
    fetched(hours=1)
    note_looked(doubt_id=doubts()[0].pk, actor=f"user:{lead.pk}", now=now)
    assert Event.objects.get(what="partner_doubt_seen").actor == f"user:{lead.pk}"
    with pytest.raises(RecordConflictError):
        note_looked(doubt_id=Doubt.objects.get().pk, actor=f"user:{lead.pk}", now=now)
    partner.add(doubtful)
    fetched(hours=2)
    assert doubts() == [], "the same word once more"
    partner.add(record("a"))
    fetched(hours=3)
    assert not Doubt.objects.exists()
    partner.add(doubtful)
    fetched(hours=4)
    assert len(doubts()) == 1, "a later doubt asks again"
    at = doubts()[0].at + MINUTE
    dispute_entries(entry_ids=[entry_id], actor=by, now=at, keeps_confirmation=True)
    assert doubts() == []
    settle_entry(entry_id=entry_id, actor=by, now=at, reason="Looked at.")
    assert Entry.objects.get().state == Entry.State.CONFIRMED
    assert doubts() == [], "a person has decided since"


def test_what_nobody_here_confirmed_and_what_is_confirmed_after_a_doubt_asks_nobody(
    partner, fetched, reviewer, now
) -> None:
    partner.add(record("a", state=RecordState.DISPUTED))
    fetched()
    confirm_entries(
        entry_ids=[Entry.objects.get().pk], actor=f"user:{reviewer.pk}", now=now + MINUTE
    )
    assert doubts() == []
    assert not Doubt.objects.exists()


def test_what_two_people_took_out_here_stays_out_while_it_is_listed(
    partner, fetched, reviewer, now
) -> None:
    partner.add(record("a", at=now - MINUTE))
    fetched()
    withdraw_entry(entry_id=Entry.objects.get().pk, actor=f"user:{reviewer.pk}", now=now)
    partner.add(record("a", at=now))
    fetched(hours=1)
    assert not matches("a")
    partner.add(gone("a", now + MINUTE))
    partner.add(record("a", at=now + 2 * MINUTE))
    fetched(hours=2)
    assert matches("a")


def test_what_a_pass_over_the_whole_list_does_not_hold_is_withdrawn(
    exchange, partner, fetched
) -> None:
    partner.add(record("a"), record("b"), begins_whole=True)
    partner.add(record("c"), ends_whole=True)
    fetched()
    assert counts(exchange) == (3, 0, 0)
    partner.add(record("c"), begins_whole=True)
    partner.add(record("b"), ends_whole=True)
    fetched(hours=1)
    assert [matches(n) for n in "abc"] == [False, True, True]
    assert counts(exchange) == (2, 1, 0)
    partner.add(record("a"), begins_whole=True, ends_whole=True)
    fetched(hours=2)
    assert [matches(n) for n in "abc"] == [True, False, False]
    assert counts_of(exchange).seeds == 1


def test_a_trusted_list_brings_confirmed_entries(exchange, partner, fetched) -> None:
    Exchange.objects.update(is_trusted=True)
    partner.add(record("a"))
    fetched()
    assert Entry.objects.get().state == Entry.State.CONFIRMED
