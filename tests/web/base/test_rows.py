"""Prepared reads and inserts give what the ORM gives."""

from __future__ import annotations

import gc
import weakref
from datetime import timedelta, timezone
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.rows import (
    PreparedRead,
    insert_plain_rows,
    insert_rows,
    sqlite_moment,
    update_row,
)

pytestmark = pytest.mark.django_db

COLUMNS = (
    *("id", "bank", "content_kind", "state", "origin", "box", "blind", "is_exact_only"),
    *("collisions", "account_scope", "created_at", "claimed_at"),
)


def rows_of(bank: Bank, now, count: int) -> list[tuple]:
    kinds = ("photo", "seed", "import", b"\x00box", "", False, 0, "", now, now)
    rows = [[uuid4(), bank.pk, *kinds] for _ in range(count)]
    for n, row in enumerate(rows):
        row[6] = f"{n:032x}"
    return [tuple(row) for row in rows]


def query(ids):
    return (
        Entry.objects.filter(pk__in=ids)
        .order_by("blind")
        .values_list("pk", "state", "created_at", "bank__slug")
    )


def test_inserted_rows_read_back_as_they_were(bank, now):
    (row,) = rows_of(bank, now, 1)
    insert_rows(Entry, COLUMNS, [row])
    entry = Entry.objects.get()
    assert (entry.pk, entry.bank_id, bytes(entry.box), entry.created_at) == (
        row[0],
        bank.pk,
        b"\x00box",
        now,
    )
    assert entry.expires_at is None
    assert entry.is_exact_only is False


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_values_that_are_the_databases_already_go_in_and_come_out_as_they_are(bank, now, count):
    rows = rows_of(bank, now, count)
    for row in rows:
        plain = [row[0].hex, bank.pk.hex, *row[2:10], sqlite_moment(now), sqlite_moment(now)]
        insert_plain_rows(Entry, COLUMNS, [tuple(plain)])
    read = PreparedRead(query, lambda n: UUID(int=n))
    asked = [row[0].hex for row in rows]
    found = [str(row[0]).replace("-", "") for row in read.plain_rows(asked)]
    assert sorted(found) == sorted(asked)
    assert {e.created_at for e in Entry.objects.all()} <= {now}
    insert_plain_rows(Entry, COLUMNS, [])


@pytest.mark.parametrize("count", [1, 8, 9, 40])
def test_few_rows_and_many_go_in_alike(bank, now, count):
    rows = rows_of(bank, now, count)
    insert_rows(Entry, COLUMNS, rows)
    assert list(Entry.objects.order_by("blind").values_list(*COLUMNS)) == rows


@pytest.mark.parametrize("facts", [{"ä": ["1", 2.5, None]}, {}, [1], "text"])
def test_json_goes_in_as_the_orm_writes_it(db, now, facts):
    if connection.vendor != "sqlite":
        pytest.skip("it compares texts, which are SQLite's")
    columns = ("seq", "at", "what", "actor", "facts", "previous", "digest", "subject")
    row = (now, "thing_done", "system", facts, "", "", "")
    insert_rows(Event, columns, [(1_001, *row)])
    Event.objects.bulk_create([Event(**dict(zip(columns, (1_002, *row), strict=True)))])
    with connection.cursor() as cursor:
        cursor.execute("SELECT facts FROM audit_event WHERE seq > 1000 ORDER BY seq")
        (one,), (other,) = cursor.fetchall()
    assert one == other


def test_who_listens_hears_rows_that_go_in(bank, now):
    with CaptureQueriesContext(connection) as heard:
        insert_rows(Entry, COLUMNS, rows_of(bank, now, 2))
    assert len(heard) == 1


def test_a_row_that_is_refused_fails_as_the_orm_does(bank, now):
    rows = rows_of(bank, now, 1)
    insert_rows(Entry, COLUMNS, rows)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Entry, COLUMNS, rows)
    assert Entry.objects.count() == 1


def test_conflicts_are_passed_over_when_asked(bank, now):
    rows = rows_of(bank, now, 3)
    again = [(uuid4(), *row[1:]) for row in rows]
    insert_rows(Entry, COLUMNS, rows)
    insert_rows(Entry, COLUMNS, again, ignore_conflicts=True)
    assert set(Entry.objects.values_list("pk", flat=True)) == {row[0] for row in rows}


def test_no_rows_are_no_statement(bank, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(Entry, COLUMNS, [])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 300])
def test_a_prepared_read_gives_what_the_orm_gives(bank, now, count):
    rows = rows_of(bank, now, count + 2)
    insert_rows(Entry, COLUMNS, rows)
    ids = [row[0] for row in rows[:count]]
    prepared = PreparedRead(query, lambda n: UUID(int=n))

    for _ in range(2):
        assert [tuple(row) for row in prepared.rows(ids)] == list(query(ids))


EVERY_COLUMN = (
    *("pk", "bank_id", "batch_id", "state", "quarantined_at", "claimed_at", "expires_at"),
    *("is_exact_only", "box", "collisions", "bank__slug", "bank__is_active", "bank__created_at"),
)


def test_values_come_as_the_orm_gives_them_whatever_their_type(bank, now):
    rows = rows_of(bank, now, 4)
    insert_rows(Entry, COLUMNS, rows)
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    moments = (now, now.replace(microsecond=0), now.astimezone(elsewhere), None)
    for row, moment in zip(rows, moments, strict=True):
        Entry.objects.filter(pk=row[0]).update(expires_at=moment, quarantined_at=moment)
    prepared = PreparedRead(
        lambda ids: Entry.objects.filter(pk__in=ids).values_list(*EVERY_COLUMN),
        lambda n: UUID(int=n),
    )
    ids = [row[0] for row in rows]
    wanted = set(Entry.objects.filter(pk__in=ids).values_list(*EVERY_COLUMN))

    found = {tuple(row) for row in prepared.rows(ids)}

    assert found == wanted
    shown = [sorted(repr([(type(v), v) for v in row]) for row in rows) for rows in (found, wanted)]
    assert shown[0] == shown[1]


def test_where_the_database_keeps_another_time_its_moments_are_read_in_it(bank, now, monkeypatch):
    insert_rows(Entry, COLUMNS, rows_of(bank, now, 1))
    line = connections["default"]
    monkeypatch.setitem(vars(line), "timezone", ZoneInfo("Europe/Vienna"))
    monkeypatch.setitem(vars(line), "staydown_prepared", {})
    prepared = PreparedRead(query, lambda n: UUID(int=n))
    ids = list(Entry.objects.values_list("pk", flat=True))

    (found,) = prepared.rows(ids)

    (wanted,) = query(ids)
    assert repr(tuple(found)) == repr(wanted)


def test_keys_without_a_row_are_left_out(bank, now):
    rows = rows_of(bank, now, 2)
    insert_rows(Entry, COLUMNS, rows)
    prepared = PreparedRead(query, lambda n: UUID(int=n))
    assert [row[0] for row in prepared.rows([uuid4(), rows[1][0], uuid4()])] == [rows[1][0]]


def test_who_listens_to_queries_hears_prepared_ones(bank, now, django_assert_num_queries):
    rows = rows_of(bank, now, 1)
    insert_rows(Entry, COLUMNS, rows)
    prepared = PreparedRead(query, lambda n: UUID(int=n))
    for _ in range(2):
        with django_assert_num_queries(1):
            assert len(prepared.rows([rows[0][0]])) == 1


def test_thousands_of_prepared_reads_leave_nothing_in_memory(bank):
    prepared = PreparedRead(query, lambda n: UUID(int=n))

    def noted() -> int:
        return sum(type(one) is weakref.ref for one in gc.get_objects())

    prepared.rows([uuid4()])
    before = noted()
    for _ in range(2_000):
        prepared.rows([uuid4()])
    assert noted() - before < 500


def test_a_prepared_read_fails_as_the_orm_does(bank):
    prepared = PreparedRead(query, lambda n: UUID(int=n))
    prepared.rows([uuid4()])
    kept = vars(connections["default"])["staydown_prepared"][prepared]
    *_, readers = kept[1]
    kept[1] = ("SELECT nothing", [], [], readers)
    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.rows([uuid4()])
    del kept[1]
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            prepared.rows([uuid4()])


def test_a_row_is_changed_by_its_key(db):
    from staydown_web.audit.models import ChainHead

    ChainHead.objects.create(pk=1)
    assert update_row(ChainHead, 1, {"seq": 7, "digest": "ab"}) == 1
    assert update_row(ChainHead, 2, {"seq": 7, "digest": "ab"}) == 0
    head = ChainHead.objects.get()
    assert (head.seq, head.digest) == (7, "ab")


def test_a_name_that_is_no_column_is_refused(bank):
    with pytest.raises(TypeError):
        insert_rows(Bank, ("entries",), [(1,)])
