"""When lists are fetched, what a failure does, and what a dead worker leaves behind."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import (
    ExchangeAuthError,
    ExchangePayloadError,
    ExchangeUnavailableError,
    RecordConflictError,
)
from staydown_web.base.retrying import EXCHANGE
from staydown_web.exchanges.models import Exchange, Run
from staydown_web.exchanges.partners.wire import Page
from staydown_web.exchanges.selectors import checkpoint_of
from staydown_web.exchanges.services import (
    change_exchange,
    fetch_exchange,
    fetch_now,
    switch_off,
    take_in_page,
)
from staydown_web.exchanges.services.claims import is_left_behind, new_claim
from staydown_web.exchanges.services.gathering import gather, joined

from .conftest import record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]


def fresh(exchange: Exchange) -> Exchange:
    exchange.refresh_from_db()
    return exchange


def test_a_list_is_fetched_again_after_its_time_and_not_before(
    exchange, partner, fetched, now
) -> None:
    partner.add(record("a"))
    assert fetched() == 1
    assert fresh(exchange).fetched_at == now
    assert exchange.next_try_at == now + timedelta(seconds=900)
    assert fetched(seconds=899) == 0
    assert fetched(seconds=900) == 1
    assert partner.asked == ["", "1"]


def test_a_list_that_is_off_is_not_fetched(exchange, partner, fetched, now) -> None:
    partner.add(record("a"))
    switch_off(exchange_id=exchange.pk, actor="system", now=now)
    assert fetched() == 0
    with pytest.raises(RecordConflictError):
        fetch_now(exchange_id=exchange.pk, actor="system", now=now)


def test_somebody_can_have_it_fetched_at_once(exchange, partner, fetched, now) -> None:
    partner.wrong = [ExchangeAuthError("the partner refuses the key")]
    fetched()
    partner.add(record("a"))
    fetch_now(exchange_id=exchange.pk, actor="system", now=now + timedelta(minutes=1))
    assert fetched(minutes=1) == 1


def test_a_failure_is_tried_again_with_growing_pauses_and_never_given_up(
    exchange, partner, fetched, now
) -> None:
    waits = []
    at = now
    for _ in range(7):
        partner.wrong = [ExchangeUnavailableError("no answer")]
        fetched(seconds=(at - now).total_seconds())
        waits.append(int((fresh(exchange).next_try_at - at).total_seconds()))
        assert fetched(seconds=(exchange.next_try_at - now).total_seconds() - 1) == 0
        at = exchange.next_try_at
    assert waits == [*EXCHANGE.waits_s, EXCHANGE.waits_s[-1], EXCHANGE.waits_s[-1]]
    assert exchange.error_code == "exchange_unavailable"
    partner.add(record("a"))
    fetched(seconds=(at - now).total_seconds())
    assert (fresh(exchange).failures, exchange.error_code) == (0, "")
    failed = Event.objects.filter(what="exchange_failed").order_by("seq")
    assert [e.facts["tries"] for e in failed] == list(range(1, 8))
    assert Run.objects.filter(error_code="exchange_unavailable").count() == 7


def test_a_partner_that_asks_to_wait_is_left_alone_so_long(exchange, partner, fetched, now) -> None:
    partner.wrong = [ExchangeUnavailableError("too many calls", retry_after_s=1234)]
    fetched()
    assert fresh(exchange).next_try_at == now + timedelta(seconds=1234)


def test_refused_credentials_stop_it_until_somebody_enters_new_ones(
    exchange, partner, fetched, now
) -> None:
    partner.wrong = [ExchangeAuthError("the partner refuses the key")]
    partner.add(record("a"))
    fetched()
    assert (fresh(exchange).is_stopped, exchange.error_code) == (True, "exchange_auth")
    assert fetched(days=30) == 0
    change_exchange(exchange_id=exchange.pk, secrets={"fetch_key": "new"}, actor="system", now=now)
    assert fetched(hours=1) == 1
    assert fresh(exchange).error_code == ""


def test_half_a_page_changes_nothing_and_comes_again(exchange, partner, fetched) -> None:
    partner.add(record("a"))
    partner.wrong = [ExchangePayloadError("half a page")]
    assert fetched() == 0
    assert Entry.objects.count() == 0
    assert checkpoint_of(fresh(exchange)) == ""
    assert not exchange.is_stopped
    assert fetched(minutes=2) == 1
    assert Entry.objects.count() == 1


def test_a_partner_that_names_the_same_place_for_ever_is_not_asked_for_ever(
    exchange, partner, fetched, now
) -> None:
    partner.fetch = lambda checkpoint, now: Page((), checkpoint, has_more=True)
    assert fetched() == 0
    assert fresh(exchange).error_code == "exchange_payload"


def test_what_came_before_a_failure_stays_and_the_fetch_goes_on_there(
    exchange, partner, fetched
) -> None:
    partner.add(record("a"))
    partner.add(record("b"))
    fetch = partner.fetch
    calls = []

    def break_the_second(checkpoint, *, now):
        calls.append(checkpoint)
        if len(calls) == 2:
            raise ExchangeUnavailableError("gone")
        return fetch(checkpoint, now=now)

    partner.fetch = break_the_second
    assert fetched() == 1
    assert Entry.objects.count() == 1
    assert fetched(minutes=2) == 1
    assert calls == ["", "1", "1"]
    assert Entry.objects.count() == 2


def test_a_long_list_gives_others_their_turn_and_stays_one_fetch(exchange, partner, now) -> None:
    for name in "abc":
        partner.add(record(name))
    turns = [
        fetch_exchange(
            exchange_id=exchange.pk,
            clock=lambda: now,
            opened=lambda _: partner,
            longest_s=0,
            enough=0,
        )
        for _ in range(3)
    ]
    assert turns == [1, 1, 1]
    run = Run.objects.get()
    assert (run.pages, run.added) == (3, 3)
    assert run.ended_at == now


def test_a_worker_that_died_is_followed_when_its_claim_has_run_out(
    exchange, partner, fetched, now
) -> None:
    Exchange.objects.update(claim="dead", claimed_until=now + timedelta(minutes=3))
    partner.add(record("a"))
    assert fetched(minutes=2) == 0
    assert fetched(minutes=4) == 1


def test_a_worker_that_lost_its_claim_writes_nothing(exchange, partner, fetched, now) -> None:
    run = Run.objects.create(exchange=exchange, began_at=now)
    Exchange.objects.update(claim="other", claimed_until=now + timedelta(minutes=3))
    page = Page((record("a"),), "1", has_more=False)
    with pytest.raises(RecordConflictError):
        take_in_page(exchange_id=exchange.pk, claim="mine", run_id=run.pk, page=page, now=now)
    assert Entry.objects.count() == 0
    assert checkpoint_of(fresh(exchange)) == ""


def test_a_list_that_is_switched_off_between_two_pages_takes_no_more(
    exchange, partner, fetched, now
) -> None:
    partner.add(record("a"))
    partner.add(record("b"))
    fetch = partner.fetch

    def off_then(checkpoint, *, now):
        if checkpoint == "1":
            switch_off(exchange_id=exchange.pk, actor="system", now=now)
        return fetch(checkpoint, now=now)

    partner.fetch = off_then
    assert fetched() == 1
    assert Entry.objects.count() == 1
    assert fresh(exchange).state == Exchange.State.OFF


def test_small_pages_are_taken_in_together_and_what_came_before_a_failure_with_them(
    exchange, partner, now
) -> None:
    for name in "abc":
        partner.add(record(name))
    fetch = partner.fetch

    def break_the_third(checkpoint, *, now):
        if checkpoint == "2":
            raise ExchangeUnavailableError("gone")
        return fetch(checkpoint, now=now)

    partner.fetch = break_the_third
    turns = fetch_exchange(exchange_id=exchange.pk, clock=lambda: now, opened=lambda _: partner)
    assert turns == 0
    assert Entry.objects.count() == 2
    assert checkpoint_of(fresh(exchange)) == "2"
    assert exchange.error_code == "exchange_unavailable"
    event = Event.objects.get(what="exchange_fetched")
    assert (event.facts["calls"], event.facts["records"]) == (2, 2)


def test_pages_of_two_passes_are_not_taken_in_together(exchange, partner, now) -> None:
    partner.add(record("a"), begins_whole=True)
    partner.add(record("a"), record("b"), begins_whole=True)
    partner.add(record("c"), ends_whole=True)
    pages, error = gather(partner, "", clock=lambda: now)
    assert (len(pages), error) == (1, None)
    pages, error = gather(partner, pages[-1].checkpoint, clock=lambda: now)
    whole = joined(pages)
    assert [one.key for one in whole.records] == ["a", "b", "c"]
    assert (whole.begins_whole, whole.ends_whole, whole.checkpoint) == (True, True, "3")


def test_a_claim_is_left_behind_when_its_process_is_gone_and_not_before() -> None:
    claim = new_claim()
    assert len(claim) <= 43
    assert not is_left_behind(claim)
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        where, _, started, _ = claim.split(":")
        assert is_left_behind(f"{where}:{other.pid}:1{started}:0"), "a later one of this number"
    assert is_left_behind(f"{where}:{other.pid}:{started}:0")
    assert not is_left_behind(f"elsewhere:{other.pid}:{started}:0"), "nobody can say from here"
    assert not is_left_behind("dead")
