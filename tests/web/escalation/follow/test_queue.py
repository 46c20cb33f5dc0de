"""The queue of looks: fair to small sites and small cases, and answered from indexes alone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from queue_scene import Look, Queue, Size, due_rows, each_second, make_queue, noting, stand_in
from staydown_web.accounts.models import Platform
from staydown_web.escalation.models import Site, Watch
from staydown_web.escalation.services import watching
from staydown_web.escalation.services.watching_turns import take_turns

pytestmark = pytest.mark.django_db
SIZES = (
    Size("large", sites=1, cases=20, links=75, due=(-24, 0)),
    Size("middle", sites=4, cases=5, links=8, due=(-1, 1)),
    Size("small", sites=40, cases=1, links=2, due=(0, 0.05)),
)
"""1,740 links on 45 sites; the large one is a day behind from the start."""
RUNS = 200


@pytest.fixture
def queue(platform: Platform, now: datetime) -> Queue:
    return make_queue(platform, now, SIZES)


@pytest.fixture
def looks(queue: Queue, now: datetime, monkeypatch: Any) -> list[Look]:
    """What 200 seconds of the job looked at."""
    seen: list[Look] = []
    monkeypatch.setattr(watching, "take_turns", noting(take_turns, seen, now))
    for at in each_second(now, RUNS):
        watching.look_at_due(now=at, clock=lambda at=at: at, ways=stand_in())
    return seen


def test_small_sites_and_cases_have_their_turn_and_a_large_site_its_peace(
    looks: list[Look], queue: Queue, now: datetime
) -> None:
    at_size = {
        name: [one for one in looks if queue.size_of[one.site_id] == name]
        for name in ("large", "middle", "small")
    }
    # All small ones were looked at; where two links of a site are due together, one waits.
    assert len(at_size["small"]) == 80
    assert max(one.waited for one in at_size["small"]) <= timedelta(seconds=5)
    gaps = {b.at - a.at for a, b in pairwise(at_size["large"])}
    assert gaps == {timedelta(seconds=3)}
    by_case = Counter(one.case_id for one in at_size["large"])
    assert len(by_case) == 20
    assert max(by_case.values()) - min(by_case.values()) <= 1
    assert Watch.objects.count() == queue.links == 1_740
    assert due_rows(now + timedelta(seconds=RUNS)) < 1_500


def test_a_case_that_comes_late_to_a_large_site_is_not_last(
    platform: Platform, now: datetime, monkeypatch: Any
) -> None:
    large = make_queue(platform, now, SIZES[:1])
    late = make_queue(platform, now, [Size("late", 1, 1, 1, (0, 0))], seed=8)
    watch, other = (
        Watch.objects.get(site_id__in=late.size_of),
        Site.objects.get(pk__in=large.size_of),
    )
    watch.turn.site = watch.site = other
    watch.turn.save()
    watch.save()
    seen: list[Look] = []
    monkeypatch.setattr(watching, "take_turns", noting(take_turns, seen, now))
    for at in each_second(now, 70):
        watching.look_at_due(now=at, clock=lambda at=at: at, ways=stand_in())
    # 1,500 links of twenty cases are due before it; twenty cases are.
    assert watch.location.case_id in {one.case_id for one in seen}


def test_each_step_reads_an_index_and_never_a_table(queue: Queue, now: datetime) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("its planner scans small tables whatever the indexes")
    with CaptureQueriesContext(connection) as seen:
        assert watching.look_at_due(now=now, clock=lambda: now, ways=stand_in()) > 0
    plans = []
    with connection.cursor() as cursor:
        for sql in {one["sql"] for one in seen.captured_queries}:
            if sql.startswith(("SELECT", "UPDATE")):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plans += [(row[3], sql) for row in cursor.fetchall()]
    scanned = [(plan, sql) for plan, sql in plans if plan.startswith("SCAN")]
    assert scanned == []
    sorted_ = [(plan, sql) for plan, sql in plans if "TEMP B-TREE" in plan and 'look"' not in sql]
    assert sorted_ == []
    for index in ("site_turn_due", "case_turn_due", "watch_turn_due"):
        assert any(index in plan for plan, _ in plans), index


def test_the_cost_of_a_run_does_not_follow_the_number_of_links(
    platform: Platform, now: datetime
) -> None:
    counts = []
    for links in (10, 400):
        make_queue(platform, now, [Size("one", 1, 1, links, (-1, 0))], seed=links)
        with CaptureQueriesContext(connection) as seen:
            assert watching.look_at_due(now=now, clock=lambda: now, ways=stand_in()) == 1
        counts.append(len(seen.captured_queries))
    assert counts[0] == counts[1] <= 20
