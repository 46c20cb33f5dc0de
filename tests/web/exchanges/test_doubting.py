"""A partner's doubt about what was confirmed here is asked again when another record doubts it."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries, dispute_entries, settle_entry
from staydown_web.exchanges.models import Doubt
from staydown_web.exchanges.partners.wire import RecordState
from staydown_web.exchanges.selectors import doubts
from staydown_web.exchanges.services import note_looked

from .conftest import record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
MINUTE = timedelta(minutes=1)
EARLIER = import_module("staydown_web.exchanges.migrations.0005_earlier_doubts")


def doubtful(key: str, *names: str):
    return record(key, *names, state=RecordState.DISPUTED)


@pytest.fixture
def shared(partner, fetched, reviewer, now) -> UUID:
    """An entry that a person here has confirmed, and two records of the partner name."""
    partner.add(record("a"), record("b", "a"))
    fetched()
    entry_id = Entry.objects.get().pk
    confirm_entries(entry_ids=[entry_id], actor=f"user:{reviewer.pk}", now=now)
    return entry_id


def test_a_second_record_s_doubt_asks_again_after_somebody_looked(
    shared, partner, fetched, lead, now
) -> None:
    partner.add(doubtful("a"))
    fetched(hours=1)
    first = doubts()[0]
    note_looked(doubt_id=first.pk, actor=f"user:{lead.pk}", now=now + timedelta(hours=1))
    assert doubts() == []
    partner.add(doubtful("a"))
    fetched(hours=2)
    assert doubts() == [], "the same word once more"
    partner.add(doubtful("b", "a"))
    fetched(hours=3)
    (again,) = doubts()
    assert (again.entry_id, again.at > first.at) == (shared, True)
    asked = Event.objects.filter(what="partner_doubts").order_by("seq")
    assert [event.facts["entries"] for event in asked] == [1, 1]


def test_so_does_one_that_comes_after_a_person_decided(shared, partner, fetched, lead, now) -> None:
    partner.add(doubtful("a"))
    fetched(hours=1)
    by, at = f"user:{lead.pk}", doubts()[0].at + MINUTE
    dispute_entries(entry_ids=[shared], actor=by, now=at, keeps_confirmation=True)
    settle_entry(entry_id=shared, actor=by, now=at, reason="Looked at.")
    assert doubts() == []
    partner.add(doubtful("b", "a"))
    fetched(hours=3)
    assert [doubt.entry_id for doubt in doubts()] == [shared]


def test_one_that_waits_already_keeps_its_place(shared, partner, fetched) -> None:
    partner.add(doubtful("a"))
    fetched(hours=1)
    at = doubts()[0].at
    partner.add(doubtful("b", "a"))
    fetched(hours=2)
    assert doubts()[0].at == at
    assert Event.objects.filter(what="partner_doubts").count() == 1


def test_what_was_doubted_before_there_was_a_list_is_on_it_once(shared, partner, fetched) -> None:
    partner.add(doubtful("a"), doubtful("b", "a"))
    fetched(hours=1)
    Doubt.objects.all().delete()  # as the release before left it
    for _ in range(2):
        EARLIER.list_earlier(apps, None)
        assert [doubt.entry_id for doubt in doubts()] == [shared]


def test_what_a_person_confirmed_out_of_the_doubt_is_not_asked_about(
    partner, fetched, reviewer, now
) -> None:
    partner.add(doubtful("a"), doubtful("c"), record("d"))
    fetched()
    ids = list(Entry.objects.filter(state="disputed").values_list("pk", flat=True))
    confirm_entries(entry_ids=ids[:1], actor=f"user:{reviewer.pk}", now=now + MINUTE)
    EARLIER.list_earlier(apps, None)
    assert not Doubt.objects.exists(), "one was answered, one counts no more, one is not doubted"
