"""Prepared reads and inserts give what the ORM gives."""

from __future__ import annotations

import gc
import weakref
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.rows import PreparedRead, insert_rows, update_row

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
    compiler, _, _, _, converters = kept[1]
    kept[1] = (compiler, "SELECT nothing", [], [], converters)
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
