"""What the worker asks again and again reads no table through that a large service fills."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from staydown_web.base.clock import utc_now
from staydown_web.base.jobs import Job
from staydown_web.config.worker import all_jobs

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="plans of PostgreSQL follow its rows"),
]

LARGE = {
    apps.get_model(name)._meta.db_table
    for name in (
        "actions.Order",
        "audit.Event",
        "banks.Entry",
        "banks.EntryChange",
        "cases.Claim",
        "cases.Item",
        "federation.FeedEvent",
        "federation.Told",
        "screening.Copy",
        "screening.Hit",
        "screening.RememberedCheck",
    )
}
DECISIONS = "review_decision"
OFTEN_S = 60.0
OPENS = "publish_changes"
"""Its first run opens the bank, which reads it; those after it read what changed."""

ONE_ROW = re.compile(r'SELECT [^()]+ FROM "\w+" ORDER BY "\w+"."\w+" (ASC|DESC) LIMIT 1$')


def read_through(sql: str, params: Any, also: frozenset[str] = frozenset()) -> set[str]:
    """Large tables, and those named, that a query reads from end to end."""
    called = dict(re.findall(r'"(\w+)" ((?:U|T|V|W)\d+)\b', sql))
    names = {alias: table for table, alias in called.items()}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        plan = [row[3] for row in cursor.fetchall()]
    scanned = {m[1] for line in plan if (m := re.match(r"SCAN (\w+)", line))}
    return {names.get(name, name) for name in scanned} & (LARGE | also)


def asked_by(job: Job, listens: Callable[[str], bool]) -> list[tuple[str, Any]]:
    """What a job asks the database, as far as somebody listens to it."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and listens(sql):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    if job.name == OPENS:
        job.run(utc_now())
    with connection.execute_wrapper(note):
        job.run(utc_now())
    return asked


@pytest.mark.parametrize(
    "job", [pytest.param(j, id=j.name) for j in all_jobs() if j.every_s < OFTEN_S]
)
def test_a_job_that_runs_often_reads_no_large_table_through(job: Job) -> None:
    asked = asked_by(job, lambda sql: sql.startswith("SELECT") and not ONE_ROW.match(sql))
    assert {sql: found for sql, params in asked if (found := read_through(sql, params))} == {}


@pytest.mark.parametrize("job", [pytest.param(j, id=j.name) for j in all_jobs()])
def test_a_job_reads_no_large_table_through_while_others_wait_to_write(job: Job) -> None:
    """It gives way to checks, so what takes it a third of a second may last for half a minute."""
    asked = asked_by(
        job,
        lambda sql: (
            bool(connection.savepoint_ids) and sql.startswith(("SELECT", "DELETE", "UPDATE"))
        ),
    )
    also = frozenset({DECISIONS})
    found = {sql: read for sql, params in asked if (read := read_through(sql, params, also))}
    assert found == {}
