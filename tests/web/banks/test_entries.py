"""Entries come in, are shared, and leave."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry, EntryChange
from staydown_web.banks.selectors import entry_facts, fingerprint_of, history_of
from staydown_web.banks.services import (
    add_lawful_entry,
    catch_up,
    confirm_entries,
    default_bank,
    dispute_entries,
    match_entries,
    withdraw_entry,
)
from staydown_web.base.errors import (
    FingerprintPlainError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.base.sealing import unseal

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_entry_starts_as_a_seed_and_is_found_at_once(add, drawn_fingerprint):
    added = add(drawn_fingerprint(1))

    assert added.is_new
    assert added.entry.state == Entry.State.SEED
    assert [m.entry_id for m in match_entries(drawn_fingerprint(1))] == [str(added.entry.pk)]


def test_the_database_holds_no_readable_fingerprint(add, drawn_fingerprint):
    fingerprint = drawn_fingerprint(1)
    entry = add(fingerprint).entry
    entry.refresh_from_db()

    raw = fingerprint.to_bytes()
    assert raw not in bytes(entry.box)
    assert fingerprint.signals[0].raw not in bytes(entry.box)
    assert fingerprint.signals[0].value not in entry.blind
    assert unseal(entry.box, context=f"entry:{entry.pk}") == raw


def test_two_who_claim_the_same_share_one_entry(add, drawn_fingerprint):
    first, second = add(drawn_fingerprint(1)), add(drawn_fingerprint(1))

    assert not second.is_new
    assert first.entry.pk == second.entry.pk
    assert [c.what for c in history_of(first.entry.pk)] == ["added", "shared"]


def test_a_shared_entry_lives_as_long_as_the_longer_claim(add, drawn_fingerprint, now):
    day, week = now + timedelta(days=1), now + timedelta(days=7)
    add(drawn_fingerprint(1), expires_at=day)

    assert add(drawn_fingerprint(1), expires_at=week).entry.expires_at == week
    assert add(drawn_fingerprint(1), expires_at=day).entry.expires_at == week
    assert add(drawn_fingerprint(1)).entry.expires_at is None


def test_a_new_claim_on_a_disputed_entry_makes_it_a_seed_again(add, drawn_fingerprint, now):
    entry = add(drawn_fingerprint(1)).entry
    dispute_entries(entry_ids=[entry.pk], actor="system", now=now)

    assert add(drawn_fingerprint(1)).entry.state == Entry.State.SEED


def test_a_withdrawn_entry_matches_no_more_and_its_values_are_gone(add, drawn_fingerprint, now):
    entry = add(drawn_fingerprint(1)).entry

    assert withdraw_entry(entry_id=entry.pk, actor="person", now=now, reason="asked")

    entry.refresh_from_db()
    assert (entry.state, entry.box, entry.blind) == (Entry.State.WITHDRAWN, None, "")
    assert match_entries(drawn_fingerprint(1)) == []
    assert entry_facts([entry.pk]) == {}
    with pytest.raises(RecordNotFoundError):
        fingerprint_of(entry, actor="system", now=now)


def test_withdrawing_twice_does_nothing_and_an_unknown_entry_is_an_error(
    add, drawn_fingerprint, now
):
    entry = add(drawn_fingerprint(1)).entry
    assert withdraw_entry(entry_id=entry.pk, actor="person", now=now)
    assert not withdraw_entry(entry_id=entry.pk, actor="person", now=now)
    with pytest.raises(RecordNotFoundError):
        withdraw_entry(entry_id=uuid4(), actor="person", now=now)


def test_what_was_withdrawn_can_be_claimed_anew(add, drawn_fingerprint, now):
    first = add(drawn_fingerprint(1)).entry
    withdraw_entry(entry_id=first.pk, actor="person", now=now)

    second = add(drawn_fingerprint(1))

    assert second.is_new
    assert [m.entry_id for m in match_entries(drawn_fingerprint(1))] == [str(second.entry.pk)]


def test_reading_a_fingerprint_is_an_event(add, drawn_fingerprint, now):
    entry = add(drawn_fingerprint(1)).entry

    assert fingerprint_of(entry, actor="system", now=now) == drawn_fingerprint(1)
    assert Event.objects.filter(what="entry_viewed", subject=f"entry:{entry.pk}").count() == 1


def test_every_change_is_an_event_without_a_value(add, drawn_fingerprint, now):
    case = uuid4()
    entry = add(drawn_fingerprint(1), case_id=case).entry
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now, reason="seen by a person")
    withdraw_entry(entry_id=entry.pk, actor="person", now=now)

    events = Event.objects.filter(subject=f"entry:{entry.pk}").order_by("seq")
    assert [e.what for e in events] == ["entry_added", "entry_confirmed", "entry_withdrawn"]
    assert events[0].case_id == case
    assert all(event.facts == {} for event in events)


def plain(quality: int, *more: Signal) -> Fingerprint:
    bits = Signal(SignalType.PDQ, "c3" * 32, quality)
    return Fingerprint(ContentKind.PHOTO, (bits, *more))


def test_a_plain_picture_without_a_digest_is_refused(add):
    with pytest.raises(FingerprintPlainError):
        add(plain(20))
    assert not Entry.objects.exists()


def test_a_plain_picture_with_a_digest_stands_for_the_same_bytes_alone(add):
    digest = Signal(SignalType.SHA256, "ab" * 32)
    entry = add(plain(20, digest)).entry

    assert entry.is_exact_only
    assert [m.kind for m in match_entries(Fingerprint(ContentKind.PHOTO, (digest,)))] == [
        "identical"
    ]
    assert match_entries(plain(90)) == []


def test_a_picture_like_harmless_ones_stands_for_the_same_bytes_alone(add):
    from staydown_web.banks.services.weighing import _benign

    drawn = next(
        f for f in _benign() if (s := f.get(SignalType.PDQ)) and s.quality and s.quality >= 80
    )
    digest = Signal(SignalType.SHA256, "cd" * 32)
    entry = add(Fingerprint(drawn.kind, (*drawn.signals, digest))).entry

    assert entry.collisions >= 1
    assert entry.is_exact_only
    assert match_entries(drawn) == []


@pytest.mark.parametrize("name", ["bee", "bridge", "cat", "citrus", "coffee", "maple"])
def test_ordinary_photos_collide_with_nothing(demo_fingerprint, name):
    from staydown_web.banks.services.weighing import weigh

    weight = weigh(demo_fingerprint(f"{name}.jpg"))
    assert (weight.is_exact_only, weight.collisions) == (False, 0)


def test_entries_of_a_lawful_bank_need_an_approval(add, lawful_bank, drawn_fingerprint):
    with pytest.raises(NotAllowedError):
        add(drawn_fingerprint(1), bank=lawful_bank)


@pytest.fixture
def lawful(lawful_bank, segments, drawn_fingerprint, now):
    """What a lawful entry takes, but for the approval."""
    return {
        "bank": lawful_bank,
        "fingerprint": drawn_fingerprint(1),
        "account_scope": "ab" * 32,
        "expires_at": now + timedelta(days=30),
        "actor": "system",
        "now": now,
    }


def test_a_lawful_entry_takes_a_second_person_and_works_once(lawful, approved):
    with pytest.raises(NotAllowedError):
        add_lawful_entry(approval=approved("lawful_entry", is_granted=False), **lawful)

    granted = approved("lawful_entry")
    assert add_lawful_entry(approval=granted, **lawful).is_new
    with pytest.raises(NotAllowedError):
        add_lawful_entry(approval=granted, **lawful)


def test_an_approval_for_something_else_does_not_do(lawful, approved):
    with pytest.raises(NotAllowedError):
        add_lawful_entry(approval=approved("bank_export"), **lawful)


def test_a_lawful_entry_needs_a_lawful_bank_an_account_and_an_end(lawful, approved, bank, now):
    granted = approved("lawful_entry")
    for wrong in ({"bank": bank}, {"account_scope": ""}, {"expires_at": now}):
        with pytest.raises(NotAllowedError):
            add_lawful_entry(approval=granted, **lawful | wrong)


def test_a_picture_has_one_lawful_entry_an_account(lawful, approved):
    add_lawful_entry(approval=approved("lawful_entry"), **lawful)
    with pytest.raises(RecordConflictError):
        add_lawful_entry(approval=approved("lawful_entry"), **lawful)
    other = lawful | {"account_scope": "cd" * 32}
    assert add_lawful_entry(approval=approved("lawful_entry"), **other).is_new


def test_the_default_bank_is_made_once(db, now):
    assert default_bank(now).pk == default_bank(now).pk
    assert Bank.objects.filter(slug="reported").count() == 1


def test_an_entry_that_was_rolled_back_is_not_enforced(add, drawn_fingerprint):
    with transaction.atomic():
        add(drawn_fingerprint(1))
        transaction.set_rollback(True)

    catch_up()
    assert match_entries(drawn_fingerprint(1)) == []
    assert not EntryChange.objects.exists()
