"""Jobs of the room: they cost nothing where nobody ever set a sender."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chain_scene import make_sender
from staydown_web.escalation import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_a_new_process() -> Iterator[None]:
    tasks._seen.clear()
    yield
    tasks._seen.clear()


def test_without_a_sender_all_jobs_together_ask_once(now: datetime) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert sum(job.run(now) for job in tasks.JOBS) == 0
    assert len(asked) == 1


def test_once_there_is_a_sender_every_job_looks_even_while_it_is_off(now: datetime) -> None:
    assert not tasks.is_used()
    tasks._seen.clear()
    make_sender(now, is_on=False)
    assert tasks.is_used()
    with CaptureQueriesContext(connection) as asked:
        assert tasks.JOBS[-1].run(now) == 0
    assert len(asked) > 1


def test_the_names_of_jobs_are_unique_and_none_sleeps_long_before_a_report_is_ready() -> None:
    pauses = {job.name: job.every_s for job in tasks.JOBS}
    assert len(pauses) == len(tasks.JOBS)
    on_the_way = ("open_escalations", "make_maps", "make_ready_reports")
    assert sum(pauses[name] for name in on_the_way) <= 3


def test_a_demonstration_looks_at_no_site(now: datetime, monkeypatch, settings) -> None:
    settings.STAYDOWN_DEMO = True
    for name in ("look_at_due", "make_due_mappings"):
        monkeypatch.setattr(tasks, name, lambda **_: pytest.fail("it went out"))
    assert tasks.look_at_links(now) == tasks.make_maps(now) == 0
