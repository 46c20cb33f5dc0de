"""The bell: rung with a transaction or not at all, heard on every machine, never trusted alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction

from staydown_web.base.bell import Listener, News, ring

pytestmark = pytest.mark.django_db(transaction=True)
A_WHILE_S = 20.0
A_MOMENT_S = 0.05


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def postgres() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lies on one machine")


def test_on_sqlite_nobody_waits(listener: Listener) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    ring(News.CHANGED)
    assert listener.wait(timeout_s=A_WHILE_S) is None


@pytest.mark.usefixtures("postgres")
def test_who_begins_to_listen_looks_at_everything(listener: Listener) -> None:
    assert listener.wait(timeout_s=A_MOMENT_S) == {News.CHANGED, News.TOUCHED}
    assert listener.wait(timeout_s=A_MOMENT_S) == frozenset()


@pytest.mark.usefixtures("postgres")
def test_a_ring_is_heard_once_its_transaction_is_durable(listener: Listener) -> None:
    listener.wait(timeout_s=A_MOMENT_S)
    with transaction.atomic():
        ring(News.CHANGED)
        assert listener.wait(timeout_s=A_MOMENT_S) == frozenset()
    assert listener.wait(timeout_s=A_WHILE_S) == {News.CHANGED}
    assert listener.wait(timeout_s=A_MOMENT_S) == frozenset()


@pytest.mark.usefixtures("postgres")
def test_what_is_taken_back_was_never_rung(listener: Listener) -> None:
    listener.wait(timeout_s=A_MOMENT_S)
    with transaction.atomic():
        ring(News.CHANGED)
        transaction.set_rollback(True)
    assert listener.wait(timeout_s=A_MOMENT_S) == frozenset()


@pytest.mark.usefixtures("postgres")
def test_after_a_lost_connection_everything_is_looked_at_again(listener: Listener) -> None:
    listener.wait(timeout_s=A_MOMENT_S)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
        )
    with pytest.raises(OperationalError):
        listener.wait(timeout_s=A_WHILE_S)
    assert listener.wait(timeout_s=A_WHILE_S) == {News.CHANGED, News.TOUCHED}
