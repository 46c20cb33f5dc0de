"""Any order and repetition in which a partner's words arrive ends in the same bank."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staydown import Fingerprint
from staydown_web.banks.models import Entry
from staydown_web.base.sealing import unseal
from staydown_web.exchanges.models import Exchange, Run
from staydown_web.exchanges.partners.wire import Page, Record, RecordState
from staydown_web.exchanges.services import make_exchange, start_trial, take_in_page

from .conftest import photo

pytestmark = pytest.mark.django_db
LISTED, WITHDRAWN, DISPUTED = RecordState.LISTED, RecordState.WITHDRAWN, RecordState.DISPUTED
KEYS, PICTURES = "abcd", (1, 2, 3, 4)
RAWS = {picture: photo(picture).to_bytes() for picture in PICTURES}
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """What a partner said over time, and the pages in which it arrived here."""

    words: list[Record]
    pages: list[list[Record]]


@st.composite
def told(draw) -> Told:
    """A history of a few keys; each of its words arrives once or more, in any order."""
    words = []
    for moment in range(draw(st.integers(1, 12))):
        state = draw(st.sampled_from((LISTED, LISTED, WITHDRAWN, DISPUTED)))
        pictures = draw(st.sets(st.sampled_from(PICTURES), min_size=1, max_size=2))
        raws = () if state is WITHDRAWN else tuple(RAWS[p] for p in sorted(pictures))
        at = NOW + timedelta(seconds=moment)
        words.append(Record(draw(st.sampled_from(KEYS)), state, raws, at))
    again = draw(st.lists(st.sampled_from(words), max_size=6))
    arriving = draw(st.permutations([*words, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(arriving)), max_size=4)))
    edges = [0, *cuts, len(arriving)]
    pages = [list(arriving[a:b]) for a, b in itertools.pairwise(edges)]
    return Told(words, pages)


def meant(words: list[Record]) -> dict[bytes, str]:
    """What the bank must hold: picture -> state, by the last word on every key."""
    last = {word.key: word for word in words}
    bank: dict[bytes, str] = {}
    for word in last.values():
        for raw in word.raws:
            is_disputed = word.state is DISPUTED or bank.get(raw) == "disputed"
            bank[raw] = "disputed" if is_disputed else "seed"
    return bank


def held(exchange: Exchange) -> dict[bytes, str]:
    living = Entry.objects.filter(bank=exchange.bank).exclude(state=Entry.State.WITHDRAWN)
    return {unseal(e.box or b"", context=f"entry:{e.pk}"): e.state for e in living}


def taken_in(pages: list[list[Record]]) -> Exchange:
    """An exchange that got these pages."""
    made = make_exchange(
        kind="stopncii",
        name="A list",
        config={"address": "http://127.0.0.1:8120/v1"},
        secrets={"subscription_key": "s", "fetch_key": "f"},
        actor="system",
        now=NOW,
    )
    start_trial(exchange_id=made.pk, actor="system", now=NOW)
    Exchange.objects.filter(pk=made.pk).update(claim="mine")
    run = Run.objects.create(exchange=made, began_at=NOW)
    for number, records in enumerate(pages):
        page = Page(tuple(records), str(number), has_more=True)
        take_in_page(exchange_id=made.pk, claim="mine", run_id=run.pk, page=page, now=NOW)
    made.refresh_from_db()
    return made


@settings(
    max_examples=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(told())
def test_the_bank_ends_as_the_partners_last_words_say(told: Told) -> None:
    assert Fingerprint.from_bytes(RAWS[1]) == photo(1)
    with transaction.atomic():
        exchange = taken_in(told.pages)
        assert held(exchange) == meant(told.words)
        last = {word.key: word for word in told.words}
        gone = sum(word.state is WITHDRAWN for word in last.values())
        assert (exchange.listed, exchange.withdrawn) == (len(last) - gone, gone)
        transaction.set_rollback(True)
