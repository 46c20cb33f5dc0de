"""What happens here to a partner's entries is told to it: once, what it takes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from staydown_web.accounts.services import Caller
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import add_entry, dispute_entries, set_policy
from staydown_web.base.errors import (
    ExchangeAuthError,
    ExchangePayloadError,
    ExchangeUnavailableError,
)
from staydown_web.base.retrying import PARTNER
from staydown_web.exchanges.models import Exchange, Outgoing, Received
from staydown_web.exchanges.services import make_feedback, replay_given_up
from staydown_web.review.services.deciding import decide
from staydown_web.review.services.intake import take_in_copies
from staydown_web.review.services.settling import make_decisions_firm
from staydown_web.screening.models import Copy
from staydown_web.screening.services import check

from .conftest import gone, photo, record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
POLICY = {"on_identical": "block", "on_same": "block", "on_part": "hold", "on_altered": "log"}


@pytest.fixture
def listed(exchange, partner, fetched, now) -> Exchange:
    """The list is on and holds ``a``."""
    partner.add(record("a"))
    fetched()
    Exchange.objects.update(state="on")
    set_policy(bank=exchange.bank, actor="system", now=now, **POLICY)
    return exchange


@pytest.fixture
def upload(platform, key_for, now) -> Callable[..., Copy]:
    """``upload("a")`` uploads a copy of that picture."""
    key, _ = key_for(platform, "check")
    caller = Caller(platform.pk, key.pk, frozenset(key.scopes))

    def send(name: str, **more: Any) -> Copy:
        found = check(caller=caller, fingerprint=photo(name), now=now, is_paced=False, **more)
        return Copy.objects.get(pk=found.copy_id)

    return send


@pytest.fixture
def decided(reviewer, now) -> Callable[..., None]:
    """``decided(copy, "remove")`` decides about a held copy, for good."""

    def make(copy: Copy, outcome: str, *grounds: str) -> None:
        take_in_copies(now)
        task = copy.tasks.get()
        decide(task=task, outcome=outcome, grounds=list(grounds), facts="", user=reviewer, now=now)
        make_decisions_firm(now + timedelta(minutes=2))

    return make


def tell(now, sent) -> None:
    while make_feedback(now):
        pass
    sent()


def test_a_hit_is_told_once_with_the_partners_own_key(listed, partner, upload, sent, now) -> None:
    upload("a", content_ref="1")
    upload("a", content_ref="2", account="x")
    tell(now, sent)
    tell(now, sent)
    assert partner.told == [("a", "seen")]
    assert partner.raws == [photo("a").to_bytes()]
    event = Event.objects.get(what="partner_told")
    assert event.subject == f"exchange:{listed.pk}"
    assert (event.facts["what"], event.facts["count"]) == ("seen", 1)


def test_what_a_reviewer_removes_is_told_as_blocked(
    listed, partner, upload, decided, sent, now
) -> None:
    copy = upload("a")
    tell(now, sent)
    decided(copy, "remove", "us-tida")
    tell(now, sent)
    assert partner.told == [("a", "seen"), ("a", "blocked")]
    upload("a", content_ref="later")  # stopped by itself now
    tell(now, sent)
    assert len(partner.told) == 2


def test_what_a_reviewer_keeps_is_told_as_not_blocked(
    listed, partner, upload, decided, sent, now
) -> None:
    decided(upload("a"), "restore", "no_match")
    tell(now, sent)
    assert partner.told == [("a", "not_blocked")], "what it replaced was not sent yet"


def test_a_kept_copy_whose_claim_is_in_doubt_is_told_as_disputed(
    listed, partner, upload, decided, sent, now
) -> None:
    decided(upload("a"), "restore", "not_intimate")
    tell(now, sent)
    assert Entry.objects.get().state == Entry.State.DISPUTED
    assert partner.told == [("a", "disputed")]


def test_a_dispute_of_ours_is_told_and_one_of_the_partner_is_not_told_back(
    listed, partner, fetched, reviewer, sent, now
) -> None:
    partner.add(record("b", state="disputed"))
    fetched(hours=1)
    ours = Received.objects.get(entry__state="seed").entry_id
    dispute_entries(entry_ids=[ours], actor=f"user:{reviewer.pk}", now=now)
    tell(now, sent)
    assert partner.told == [("a", "disputed")]


def test_only_what_is_switched_on_is_told(listed, partner, upload, decided, sent, now) -> None:
    Exchange.objects.update(tells=["blocked"])
    copy = upload("a")
    tell(now, sent)
    assert partner.told == []
    decided(copy, "remove", "us-tida")
    tell(now, sent)
    assert partner.told == [("a", "blocked")]


def test_entries_of_other_banks_are_nobodys_business(
    listed, partner, upload, decided, bank, sent, now
) -> None:
    add_entry(
        bank=bank, fingerprint=photo("hers"), origin=Entry.Origin.NOTICE, actor="person", now=now
    )
    decided(upload("hers"), "remove", "us-tida")
    tell(now, sent)
    assert partner.told == []
    assert Outgoing.objects.count() == 0


def test_what_the_partner_withdrew_meanwhile_is_not_spoken_of(
    listed, partner, fetched, upload, sent, now
) -> None:
    upload("a")
    make_feedback(now)
    partner.add(gone("a"))
    fetched(hours=1)
    sent()
    assert partner.told == []
    assert Outgoing.objects.count() == 0


def test_a_word_is_tried_again_by_the_rule_then_given_up_and_can_be_sent_again(
    listed, partner, upload, sent, now
) -> None:
    upload("a")
    make_feedback(now)
    at_s = 0
    for wait_s in PARTNER.waits_s:
        partner.wrong = [ExchangeUnavailableError("no answer")]
        assert sent(seconds=at_s) == 1
        assert sent(seconds=at_s + wait_s - 1) == 0
        at_s += wait_s
    partner.wrong = [ExchangeUnavailableError("no answer")]
    sent(seconds=at_s)
    row = Outgoing.objects.get()
    assert (row.state, row.error_code) == (Outgoing.State.DEAD, "exchange_unavailable")
    assert replay_given_up(exchange_id=listed.pk, actor="system", now=now) == 1
    sent(seconds=at_s)
    assert partner.told == [("a", "seen")]
    assert Outgoing.objects.get().state == Outgoing.State.SENT


def test_a_partner_that_asks_to_wait_is_told_no_sooner(listed, partner, upload, sent, now) -> None:
    upload("a")
    make_feedback(now)
    partner.wrong = [ExchangeUnavailableError("too many calls", retry_after_s=600)]
    sent()
    assert Outgoing.objects.get().next_try_at == now + timedelta(seconds=600)


def test_refused_credentials_cost_no_tries_and_stop_the_exchange(
    listed, partner, upload, sent, now
) -> None:
    upload("a")
    make_feedback(now)
    partner.wrong = [ExchangeAuthError("no")]
    sent()
    assert Outgoing.objects.get().tries == 0
    assert Exchange.objects.get().is_stopped
    assert sent(days=1) == 0


def test_one_word_that_the_partner_cannot_take_holds_up_no_other(
    listed, partner, fetched, upload, sent, now
) -> None:
    partner.add(record("b"))
    fetched(hours=1)
    upload("a")
    upload("b")
    make_feedback(now)
    partner.wrong = [ExchangePayloadError("one is wrong"), ExchangePayloadError("this one")]
    sent()
    assert len(partner.told) == 1
    assert sorted(Outgoing.objects.values_list("state", flat=True)) == ["due", "sent"]


def test_the_same_news_read_twice_is_told_once(listed, partner, upload, sent, now) -> None:
    from staydown_web.audit.models import Cursor

    upload("a")
    make_feedback(now)
    Cursor.objects.filter(reader="exchange_feedback").update(seq=0)
    Received.objects.update(told="")
    make_feedback(now)
    tell(now, sent)
    assert partner.told == [("a", "seen")]
