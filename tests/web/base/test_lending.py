"""Connections are borrowed while somebody works, shared one after the other, and never twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, connections, transaction

from staydown_web.base.lending import Lender, OwnLine, keep_lines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lender() -> Iterator[Lender]:
    made = Lender()
    real = connections.create_connection
    made.begin()
    yield made
    made.close()
    connections.create_connection = real


def in_thread(work) -> list:
    """What some work in a thread of its own gives."""
    found: list = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(30)
    return found


def ask(line=None) -> int:
    line = connections["default"] if line is None else line
    with line.cursor() as cursor:
        cursor.execute("SELECT 1")
    return id(line)


def test_threads_one_after_the_other_use_one_connection(lender):
    def borrowed() -> int:
        lender.lend()
        try:
            return ask()
        finally:
            lender.take_back()

    assert len({in_thread(borrowed)[0] for _ in range(5)}) == 1
    assert len(lender) == 1


def test_a_thread_that_asks_nothing_borrows_nothing(lender):
    def idle() -> None:
        lender.lend()
        lender.take_back()

    in_thread(idle)
    assert len(lender) == 0


def test_two_at_once_never_share(lender):
    both = threading.Barrier(2)

    def borrowed() -> int:
        lender.lend()
        made = ask()
        both.wait(30)
        lender.take_back()
        return made

    found: list = []
    threads = [threading.Thread(target=lambda: found.append(borrowed())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(found)) == 2
    assert len(lender) == 2


def test_after_giving_it_back_a_thread_has_none(lender):
    def borrowed() -> list:
        lender.lend()
        ask()
        lender.take_back()
        return connections.all(initialized_only=True)

    assert in_thread(borrowed) == [[]]


def test_the_connection_of_a_thread_that_does_not_borrow_stays_its_own(lender):
    def own() -> bool:
        mine = ask()
        lender.lend()
        same = ask() == mine
        lender.take_back()
        kept = ask() == mine
        connections.close_all()
        return same and kept

    assert in_thread(own) == [True]
    assert len(lender) == 0


def test_a_transaction_that_nobody_ended_is_met_by_nobody_else(lender):
    def left_open() -> None:
        lender.lend()
        ask()
        transaction.atomic().__enter__()
        lender.take_back()

    in_thread(left_open)
    assert len(lender) == 0


@pytest.fixture
def line() -> Iterator[OwnLine]:
    if connection.vendor != "sqlite":
        pytest.skip("there, connections know nothing that others could change")
    made = OwnLine()
    keep_lines()
    yield made
    keep_lines(is_on=False)
    made.close()


@pytest.fixture(params=["in place", "told"])
def by(line, request):
    """Does some work, which takes a connection, by the one that is kept."""

    def in_place(work):
        with line.in_place():
            return work(connections["default"])

    return in_place if request.param == "in place" else line.use


def test_one_kind_of_work_has_one_connection_whoever_does_it(by, lender):
    def work() -> tuple[int, int]:
        lender.lend()
        try:
            return by(ask), ask()
        finally:
            lender.take_back()

    found = [in_thread(work)[0] for _ in range(3)]
    assert len({inside for inside, _ in found}) == 1
    assert all(inside != outside for inside, outside in found)
    # What one kind of work keeps is lent to nobody.
    assert len(lender) == 1
    assert in_thread(work)[0] == found[0]


def test_a_connection_that_failed_is_made_anew(by):
    used = []

    def fail(line) -> None:
        with line.cursor() as cursor:
            used.append(line.connection)
            cursor.execute("SELECT nothing FROM nowhere")

    def look(line) -> None:
        ask(line)
        used.append(line.connection)

    with pytest.raises(DatabaseError):
        by(fail)
    by(look)
    assert used[1] is not used[0]


def test_what_is_done_in_a_transaction_stays_in_it(by):
    with transaction.atomic():
        mine = ask()
        assert by(ask) == mine


def test_two_are_never_at_one_connection_at_once(by):
    at_it, most = [], []

    def work(line) -> None:
        at_it.append(1)
        most.append(len(at_it))
        ask(line)
        at_it.pop()

    def often() -> None:
        for _ in range(20):
            by(work)
        connections.close_all()

    threads = [threading.Thread(target=often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(most) == 80
    assert set(most) == {1}


def test_whoever_is_told_of_it_may_ask_for_it_again(by):
    def nested(line) -> tuple[int, int]:
        return ask(line), by(ask)

    ((first, second),) = in_thread(lambda: by(nested))
    assert first == second == by(ask)


def test_whoever_is_at_it_may_ask_for_it_again(line):
    with line.in_place():
        mine = ask()
        with line.in_place():
            assert ask() == mine
        assert ask() == mine


def test_another_database_is_not_asked_by_the_connection_to_the_first(by, tmp_path, monkeypatch):
    first = by(ask)
    other = str(tmp_path / "other.sqlite3")
    monkeypatch.setitem(connection.settings_dict, "NAME", other)
    assert by(ask) != first
    assert by(lambda line: line.settings_dict["NAME"]) == other


def test_what_was_written_before_is_seen(line, django_user_model):
    with line.in_place():
        assert not django_user_model.objects.exists()
    django_user_model.objects.create(email="someone@example.org")
    with line.in_place():
        assert django_user_model.objects.exists()


def test_where_nobody_serves_nothing_is_kept(line):
    keep_lines(is_on=False)
    mine = ask()
    with line.in_place():
        assert ask() == mine
    assert line.use(ask) == mine
