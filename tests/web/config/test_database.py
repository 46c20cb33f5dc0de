"""The database as it is used without a word in the settings."""

from __future__ import annotations

import pytest
from django.db import connection, transaction


@pytest.mark.django_db(transaction=True)
def test_sqlite_writes_ahead_and_a_transaction_takes_its_turn_at_once() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("it is about SQLite")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    with transaction.atomic(), connection.cursor() as cursor:
        # In a transaction that only reads so far, nobody else gets to write.
        cursor.execute("SELECT 1")
        other = connection.copy()
        other.settings_dict["OPTIONS"] = {**other.settings_dict["OPTIONS"], "timeout": 0}
        with pytest.raises(Exception, match="locked"), other.cursor() as second:
            second.execute("BEGIN IMMEDIATE")
        other.close()
