"""One row that cannot be done holds up no other."""

from __future__ import annotations

import logging

import psycopg
import pytest
from django.db import OperationalError, transaction

from staydown_web.base.errors import SealError
from staydown_web.base.jobs import each_apart

pytestmark = pytest.mark.django_db(transaction=True)


def poisoned(*bad: int):
    """Work that fails for some rows."""
    done: list[int] = []

    def do(row: int) -> int:
        if row in bad:
            raise SealError(f"row {row} of Ada")
        done.append(row)
        return 1

    return do, done


def test_the_rows_after_a_poisoned_one_are_done(caplog: pytest.LogCaptureFixture) -> None:
    do, done = poisoned(1, 3)
    with caplog.at_level(logging.ERROR):
        assert each_apart([1, 2, 3, 4], do) == 2
    assert done == [2, 4]
    assert caplog.messages == ["a row was set aside (seal_broken)"] * 2


def test_where_nothing_can_be_done_the_run_fails_and_is_seen() -> None:
    do, _ = poisoned(1, 2)
    with pytest.raises(SealError, match="row 1"):
        each_apart([1, 2], do)


def test_nothing_due_is_nothing_done() -> None:
    assert each_apart([], poisoned()[0]) == 0


def test_a_database_that_fails_ends_the_run_at_once() -> None:
    tried: list[int] = []

    def do(row: int) -> int:
        tried.append(row)
        raise OperationalError from psycopg.OperationalError("server closed the connection")

    with pytest.raises(OperationalError):
        each_apart([1, 2, 3], do)
    assert tried == [1]


def test_a_transaction_around_all_is_not_gone_on_with() -> None:
    do, done = poisoned(1)
    with pytest.raises(SealError), transaction.atomic():
        each_apart([1, 2], do)
    assert done == []
