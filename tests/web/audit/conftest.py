"""Fixtures of the audit's tests: a home of their own, and the database's own refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from staydown_web.base.sql import append_only, changeable

TABLES = ["audit_event", "audit_checkpoint"]


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Path, settings) -> None:
    """Checkpoints outside the database are those of this test."""
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def append_only_tables(db: None) -> None:
    """The refusal as an installation has it; gone again with the test's transaction."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for statement in [
                *changeable(table, connection.vendor),
                *append_only(table, connection.vendor),
            ]:
                cursor.execute(statement)
