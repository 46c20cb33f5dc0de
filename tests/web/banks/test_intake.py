"""Entries that come by the page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.banks.models import Bank, Entry, EntryChange
from staydown_web.banks.selectors import living_entries
from staydown_web.banks.services import (
    catch_up,
    confirm_entries,
    match_entries,
    take_in_entries,
    withdraw_entry,
)
from staydown_web.banks.services.bulk import is_pdq_alone
from staydown_web.base.errors import NotAllowedError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def photo(seed: int, quality: int = 90) -> Fingerprint:
    """A photo known by its ``pdq`` alone, far from every other seed."""
    raw = bytes((seed * 73 + k * 29 * (seed + 3)) % 256 for k in range(32))
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, raw.hex(), quality),))


def take(bank: Bank, *prints: Fingerprint, **more: object):
    raws = [p.to_bytes() for p in prints]
    return take_in_entries(
        bank=bank, raws=raws, origin=Entry.Origin.EXCHANGE, actor="system", now=NOW, **more
    )


def test_a_page_counts_at_once_and_is_one_change(bank: Bank) -> None:
    taken = take(bank, photo(1), photo(2))
    assert [t.is_new for t in taken] == [True, True]
    assert [str(t.entry_id) for t in taken] == [
        match_entries(photo(1))[0].entry_id,
        match_entries(photo(2))[0].entry_id,
    ]
    assert EntryChange.objects.count() == 1
    assert set(Entry.objects.values_list("state", "origin")) == {("seed", "exchange")}


def test_the_same_page_again_finds_what_it_stored(bank: Bank) -> None:
    first = take(bank, photo(1), photo(2))
    confirm_entries(entry_ids=[first[0].entry_id], actor="system", now=NOW)
    again = take(bank, photo(2), photo(1), photo(3), photo(3))
    assert [t.is_new for t in again] == [False, False, True, False]
    assert [t.entry_id for t in again[:2]] == [first[1].entry_id, first[0].entry_id]
    assert again[2].entry_id == again[3].entry_id
    assert Entry.objects.get(pk=first[0].entry_id).state == Entry.State.CONFIRMED


def test_what_is_too_plain_is_left_out_and_its_place_is_kept(bank: Bank) -> None:
    taken = take(bank, photo(1, quality=20), photo(2))
    assert taken[0].entry_id is None
    assert taken[1].is_new
    assert Entry.objects.count() == 1


def test_a_withdrawn_one_that_comes_again_is_a_new_entry(bank: Bank) -> None:
    (first,) = take(bank, photo(1))
    withdraw_entry(entry_id=first.entry_id, actor="system", now=NOW)
    assert match_entries(photo(1)) == []
    (again,) = take(bank, photo(1), is_confirmed=True)
    assert again.is_new
    assert again.entry_id != first.entry_id
    assert Entry.objects.get(pk=again.entry_id).state == Entry.State.CONFIRMED


def test_a_lawful_bank_takes_no_pages(bank: Bank) -> None:
    Bank.objects.filter(pk=bank.pk).update(kind=Bank.Kind.LAWFUL)
    bank.refresh_from_db()
    with pytest.raises(NotAllowedError):
        take(bank, photo(1))


def test_one_that_is_withdrawn_before_anybody_looked_never_counts(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    match_entries(photo(9))
    with monkeypatch.context() as patch:
        # The process is slow: page and withdrawal are both there before the bank is brought up.
        patch.setattr("staydown_web.banks.services.changes.catch_up", lambda: 0)
        gone, kept = take(bank, photo(1), photo(2))
        withdraw_entry(entry_id=gone.entry_id, actor="system", now=NOW)
    catch_up()
    assert match_entries(photo(1)) == []
    assert [m.entry_id for m in match_entries(photo(2))] == [str(kept.entry_id)]


def test_a_page_that_was_taken_back_never_counts(bank: Bank) -> None:
    with transaction.atomic():
        take(bank, photo(1))
        transaction.set_rollback(True)
    assert match_entries(photo(1)) == []
    assert not EntryChange.objects.exists()


def test_hashes_without_a_quality_are_trusted_in_the_quick_way_as_in_any(bank: Bank) -> None:
    bare = Fingerprint(
        ContentKind.PHOTO, (Signal(SignalType.PDQ, photo(5).signals[0].value, None),)
    )
    (taken,) = take(bank, bare)
    assert is_pdq_alone(bare.to_bytes())
    (match,) = match_entries(photo(5))
    assert match.entry_id == str(taken.entry_id)
    (living,) = living_entries()
    assert living.fingerprint() == bare
