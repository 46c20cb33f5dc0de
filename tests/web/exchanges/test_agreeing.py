"""Off, on trial, on: one person may do less at any time; more takes two."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staydown_web.accounts.models import Approval
from staydown_web.accounts.services import grant_approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import confirm_entries, set_policy
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.selectors import secrets_of, waiting_approval
from staydown_web.exchanges.services import (
    ask_contribution,
    ask_on,
    ask_trust,
    carry_out_granted,
    change_exchange,
    end_trust,
    make_exchange,
    settle_due_trust,
    start_trial,
    switch_off,
)

from .conftest import record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]


def grant(asked: Approval, user, now) -> None:
    grant_approval(approval_id=asked.pk, user=user, now=now)
    carry_out_granted(now)


def policy_of(bank: Bank) -> tuple[str, ...]:
    bank.refresh_from_db()
    return (bank.on_identical, bank.on_same, bank.on_part, bank.on_altered)


def test_a_new_exchange_is_off_and_its_bank_counts_for_nothing(off, now) -> None:
    assert off.state == Exchange.State.OFF
    assert not off.bank.is_active
    assert Event.objects.filter(what="exchange_made", subject=f"exchange:{off.pk}").exists()


def test_credentials_are_sealed_and_an_empty_one_stays(off, now) -> None:
    assert b"fetch_key" not in bytes(off.secrets_box)
    change_exchange(
        exchange_id=off.pk,
        secrets={"fetch_key": "", "subscription_key": "new"},
        actor="system",
        now=now,
    )
    off.refresh_from_db()
    assert secrets_of(off) == {"subscription_key": "new", "fetch_key": "f"}


def test_what_is_wrong_is_said_by_its_name(off, now) -> None:
    with pytest.raises(FieldsError) as wrong:
        make_exchange(
            kind="other", name="A list", config={}, secrets={}, actor="system", now=now, every_s=1
        )
    assert set(wrong.value.fields) == {"kind", "name", "every_s"}
    with pytest.raises(FieldsError):
        change_exchange(exchange_id=off.pk, tells=["nonsense"], actor="system", now=now)
    with pytest.raises(FieldsError):
        change_exchange(exchange_id=off.pk, policy={"on_same": "no"}, actor="system", now=now)


def test_a_trial_only_logs_and_two_people_switch_it_on(
    exchange, partner, fetched, lead, admin, now
) -> None:
    assert exchange.bank.is_active
    assert policy_of(exchange.bank) == ("log",) * 4
    with pytest.raises(RecordConflictError):
        ask_on(exchange_id=exchange.pk, reason="useful", user=lead, now=now)
    partner.add(record("a"))
    fetched()
    change_exchange(exchange_id=exchange.pk, policy={"on_part": "log"}, actor="system", now=now)
    asked = ask_on(exchange_id=exchange.pk, reason="useful", user=lead, now=now)
    with pytest.raises(RecordConflictError):
        ask_on(exchange_id=exchange.pk, reason="again", user=lead, now=now)
    assert waiting_approval(exchange, what="exchange_on", now=now) == asked
    with pytest.raises(NotAllowedError):
        grant(asked, lead, now)
    grant(asked, admin, now)
    exchange.refresh_from_db()
    assert exchange.state == Exchange.State.ON
    assert policy_of(exchange.bank) == ("block", "block", "log", "log")
    assert waiting_approval(exchange, what="exchange_on", now=now) is None
    event = Event.objects.get(what="exchange_switched_on")
    assert event.actor == f"user:{admin.pk}"


def test_back_to_a_trial_and_off_takes_one_and_the_policy_is_kept(
    exchange, partner, fetched, lead, admin, now
) -> None:
    partner.add(record("a"))
    fetched()
    grant(ask_on(exchange_id=exchange.pk, reason="useful", user=lead, now=now), admin, now)
    exchange.refresh_from_db()
    with pytest.raises(RecordConflictError):
        change_exchange(exchange_id=exchange.pk, policy={"on_same": "log"}, actor="system", now=now)
    set_policy(bank=exchange.bank, on_same="hold", actor="system", now=now)
    start_trial(exchange_id=exchange.pk, actor="system", now=now)
    exchange.refresh_from_db()
    assert policy_of(exchange.bank) == ("log",) * 4
    assert exchange.policy["on_same"] == "hold"
    switch_off(exchange_id=exchange.pk, actor="system", now=now)
    exchange.bank.refresh_from_db()
    assert not exchange.bank.is_active
    with pytest.raises(RecordConflictError):
        switch_off(exchange_id=exchange.pk, actor="system", now=now)


def test_what_was_granted_for_a_trial_that_has_ended_does_nothing(
    exchange, partner, fetched, lead, admin, now
) -> None:
    partner.add(record("a"))
    fetched()
    asked = ask_on(exchange_id=exchange.pk, reason="useful", user=lead, now=now)
    switch_off(exchange_id=exchange.pk, actor="system", now=now)
    grant(asked, admin, now)
    exchange.refresh_from_db()
    assert exchange.state == Exchange.State.OFF
    asked.refresh_from_db()
    assert asked.state == Approval.State.DONE


def test_a_list_that_two_people_believe_confirms_what_it_brought_and_brings(
    exchange, partner, fetched, lead, admin, now
) -> None:
    partner.add(record("a"))
    fetched()
    grant(ask_trust(exchange_id=exchange.pk, reason="checked", user=lead, now=now), admin, now)
    while settle_due_trust(now=now):
        pass
    partner.add(record("b"))
    fetched(hours=1)
    assert list(Entry.objects.values_list("state", flat=True)) == ["confirmed"] * 2


def test_when_that_ends_only_what_a_person_here_confirmed_stays_so(
    exchange, partner, fetched, reviewer, now
) -> None:
    Exchange.objects.update(is_trusted=True)
    partner.add(record("a"))
    fetched()
    Exchange.objects.update(is_trusted=False)
    partner.add(record("b"))
    fetched(hours=1)
    seed = Entry.objects.get(state=Entry.State.SEED)
    confirm_entries(entry_ids=[seed.pk], actor=f"user:{reviewer.pk}", now=now)
    Exchange.objects.update(is_trusted=True)
    end_trust(exchange_id=exchange.pk, actor="system", now=now + timedelta(hours=2))
    while settle_due_trust(now=now):
        pass
    states = {e.pk: e.state for e in Entry.objects.all()}
    assert states.pop(seed.pk) == "confirmed"
    assert list(states.values()) == ["seed"]


def test_giving_entries_takes_two_people_and_a_partner_that_takes_them(
    exchange, lead, admin, now
) -> None:
    asked = ask_contribution(exchange_id=exchange.pk, reason="agreed", user=lead, now=now)
    assert not Exchange.objects.get().contributes
    grant(asked, admin, now)
    assert Exchange.objects.get().contributes
