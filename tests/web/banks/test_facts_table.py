"""Facts in memory are those of the database, and no longer than they are."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.conf import settings
from django.db import transaction

from staydown_web.banks.models import Entry, EntryChange, Import
from staydown_web.banks.selectors import Standing, entry_facts
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    facts_table,
    quarantine_entries,
    release_entry,
    segments_version,
    set_policy,
    touch_segments,
    unconfirm_entries,
    withdraw_entry,
)
from staydown_web.banks.services.facts_table import Columns, FactsTable
from staydown_web.banks.services.new_rows import make_rows, store_rows

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not settings.DATABASES["default"]["ENGINE"].endswith("sqlite"),
        reason="there, entries are looked up in the database",
    ),
]


@pytest.fixture
def table(db) -> FactsTable:
    return FactsTable()


def look(table: FactsTable, entry: Entry | UUID):
    id_ = entry if isinstance(entry, UUID) else entry.pk
    return table.find(id_, segments_version(), Standing())


def test_it_says_what_the_database_says(
    add, bank, lawful_bank, drawn_fingerprint, now, table, monkeypatch
):
    ends = now + timedelta(days=3, microseconds=5)
    entries = [add(drawn_fingerprint(n)).entry for n in range(6)]
    entries.append(add(drawn_fingerprint(6), expires_at=ends).entry)
    confirm_entries(entry_ids=[e.pk for e in entries[:3]], actor="system", now=now)
    dispute_entries(entry_ids=[entries[1].pk], actor="system", now=now)
    quarantine_entries(entry_ids=[entries[3].pk], actor="system", now=now)
    withdraw_entry(entry_id=entries[5].pk, actor="system", now=now)
    Entry.objects.filter(pk=entries[2].pk).update(bank=lawful_bank, account_scope="a" * 64)
    table.read()
    monkeypatch.setattr(facts_table, "_MOST_READ", 2)
    known = entry_facts([e.pk for e in entries])
    assert len(known) == 6
    assert {e.pk: f for e in entries if (f := look(table, e)) is not None} == known
    assert look(table, uuid4()) is None


def test_every_change_is_felt_at_once(add, bank, drawn_fingerprint, now, table):
    entries = [add(drawn_fingerprint(n)).entry for n in range(4)]
    ids = [entries[0].pk]
    ends = now + timedelta(days=1)
    table.read()
    changes = (
        lambda: confirm_entries(entry_ids=ids, actor="system", now=now),
        lambda: unconfirm_entries(entry_ids=ids, actor="system", now=now),
        lambda: quarantine_entries(entry_ids=ids, actor="system", now=now),
        lambda: release_entry(entry_id=ids[0], actor="system", now=now),
        lambda: add(drawn_fingerprint(0), now=now + timedelta(hours=1), expires_at=ends),
        lambda: dispute_entries(entry_ids=ids, actor="system", now=now),
        lambda: set_policy(bank=bank, actor="system", now=now, on_same="log", is_active=False),
        lambda: withdraw_entry(entry_id=ids[0], actor="system", now=now),
    )
    for change in changes:
        table.read()
        before = look(table, ids[0])
        change()
        # Either it says the same as the database, or nothing.
        assert look(table, ids[0]) in (None, entry_facts(ids).get(ids[0]))
        assert before != entry_facts(ids).get(ids[0])
        assert look(table, entries[1]) == entry_facts([entries[1].pk])[entries[1].pk]


def test_entries_of_an_import_count_once_all_of_it_is_there(bank, drawn_fingerprint, now, table):
    batch = Import.objects.create(bank=bank, digest="d", actor="system", started_at=now)
    rows = [row for row in make_rows([drawn_fingerprint(1).to_bytes()]) if row]
    with transaction.atomic():
        store_rows(batch, rows, origin=Entry.Origin.IMPORT, state=Entry.State.SEED, now=now)
    entry = Entry.objects.get()
    table.read()
    assert look(table, entry) is None
    Import.objects.filter(pk=batch.pk).update(state=Import.State.DONE)
    touch_segments()
    assert look(table, entry) == entry_facts([entry.pk])[entry.pk]


def test_what_is_not_yet_committed_is_not_noted(add, drawn_fingerprint, now, table):
    entry = add(drawn_fingerprint(1)).entry
    table.read()
    assert look(table, entry) is not None
    with transaction.atomic():
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        touch_segments()
        assert look(table, entry) is None  # the database is asked
        transaction.set_rollback(True)
    assert look(table, entry) == entry_facts([entry.pk])[entry.pk]


def test_another_database_is_noticed(add, drawn_fingerprint, now, table):
    entry = add(drawn_fingerprint(1)).entry
    table.read()
    EntryChange.objects.update(at=now + timedelta(days=1))
    touch_segments()
    assert look(table, entry) is None
    table.read()
    assert look(table, entry) is not None
    EntryChange.objects.all().delete()
    touch_segments()
    assert look(table, entry) is None


def test_it_begins_where_nothing_is(add, drawn_fingerprint, now, table, bank):
    table.read()
    assert look(table, uuid4()) is None
    entry = add(drawn_fingerprint(1)).entry
    assert look(table, entry) is None


def test_ids_that_are_half_the_same_are_told_apart():
    first, second, third = ((high << 64) | low for high, low in ((1, 7), (2, 7), (3, 1 << 63)))
    raw = b"".join(id_.to_bytes(16, "big") for id_ in (second, third, first))
    facts = [("0" * 31 + str(n), "seed", 0, "", *["2026-01-01"] * 2, None, None) for n in range(3)]
    made = Columns(raw, np.array([0, 1, 2], dtype=np.int32), facts, 0, None)
    found = [made.own_of(id_) for id_ in (first, second, third)]
    assert [own.bank_id.int for own in found if own] == [2, 0, 1]
    assert [made.own_of(id_) for id_ in (0, 7, (4 << 64) | 7, (1 << 128) - 1)] == [None] * 4


def test_facts_of_too_many_kinds_and_too_many_entries_stay_in_the_database(
    add, drawn_fingerprint, now, table, monkeypatch
):
    entries = [add(drawn_fingerprint(n), now=now + timedelta(minutes=n)).entry for n in range(4)]
    monkeypatch.setattr(facts_table, "_MOST_KINDS", 2)
    table.read()
    found = [look(table, entry) for entry in entries]
    assert sum(one is not None for one in found) == 2
    monkeypatch.setattr(facts_table, "_MOST", 3)
    table.read()
    assert [look(table, entry) for entry in entries] == [None] * 4


def test_all_are_read_when_the_process_begins_and_again_once_much_has_changed(
    add, drawn_fingerprint, now, table, monkeypatch
):
    entries = [add(drawn_fingerprint(n)).entry for n in range(3)]
    monkeypatch.setattr(facts_table, "_AFTER", 3)
    monkeypatch.setattr(facts_table, "_PAUSE_S", 0.0)

    def ask_often() -> None:
        for _ in range(3):
            look(table, entries[0])
        if table._reading is not None:
            table._reading.join()

    ask_often()
    assert look(table, entries[0]) is None  # only in a process that serves
    table.begin()
    table._reading.join()
    assert look(table, entries[0]) is not None

    confirm_entries(entry_ids=[e.pk for e in entries], actor="system", now=now)
    ask_often()
    assert look(table, entries[0]) == entry_facts([entries[0].pk])[entries[0].pk]
