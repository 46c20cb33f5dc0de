"""Ten thousand that are due are drained in bounded runs; twelve services are written at once."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policy_scene import World, add_service, escalate
from staydown_web.base.ids import new_case_number, new_id
from staydown_web.cases.models import Case, Location
from staydown_web.escalation.models import (
    Escalation,
    Mapping,
    Report,
    ReportPlace,
    Sighting,
    Watch,
)
from staydown_web.escalation.services.opening import open_due_escalations
from staydown_web.escalation.services.reporting import make_ready_reports
from staydown_web.escalation.services.sites import site_of_domain

pytestmark = pytest.mark.django_db


def test_twelve_services_are_written_in_a_bounded_number_of_queries(dedicated: World) -> None:
    for number in range(9):
        name = f"Host{number}"
        add_service(
            dedicated.site, "host", name, dedicated.now, address=f"abuse@h{number}.example",
            ip=f"192.0.2.{number}",
        )  # fmt: skip
    escalation = escalate(dedicated)
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        make_ready_reports(dedicated.now)
    took = time.perf_counter() - started
    assert escalation.reports.count() == 12
    # Thirty for the step itself, and eleven for each report: its row, its links, its event.
    assert len(queries) < 50 + 12 * 12
    sys.stderr.write(f"12 reports in {took:.2f} s, {len(queries)} queries\n")


@pytest.mark.parametrize(
    "total", [1_000, pytest.param(10_000, marks=pytest.mark.torture)], ids=["tenth", "whole"]
)
def test_many_that_are_due_are_drained_in_bounded_runs(world: World, total: int) -> None:
    make_many(world, total - 1)
    runs, most = 0, 0
    started = time.perf_counter()
    while opened := open_due_escalations(world.now):
        runs, most = runs + 1, max(most, opened)
        if runs == 1:  # whoever has one is not behind who has five thousand
            sites = Escalation.objects.filter(number__lte=300).values("site").distinct().count()
            assert sites >= min(total // 2, 250)
    took = time.perf_counter() - started
    assert Escalation.objects.count() == total
    assert most <= 1_000
    assert runs == total // 1_000
    sys.stderr.write(f"{total} in {runs} runs and {took:.1f} s\n")
    assert not Report.objects.filter(purpose="provider").exists()


def make_many(world: World, count: int) -> None:
    """Proven cases with one link each, half of them on one site; rows alone, nothing sealed."""
    sites = [world.site] + [
        site_of_domain(domain=f"site{number}.example", now=world.now) for number in range(250)
    ]
    Mapping.objects.bulk_create(
        Mapping(site=site, state="done", asked_at=world.now, done_at=world.now) for site in sites
    )
    rows: dict[type[Any], list[Any]] = {
        kind: [] for kind in (Case, Location, Watch, Sighting, Report, ReportPlace)
    }
    for number in range(count):
        site = sites[0] if number % 2 else sites[1 + number // 2 % 250]
        at = world.now - timedelta(days=3, seconds=number)
        case = Case(
            id=new_id(), number=new_case_number(), way="published", state="valid",
            acts_as="self", filed_at=at, touched_at=at, providers_agreed_at=at, valid_at=at,
        )  # fmt: skip
        place = Location(case=case, state="elsewhere", added_at=at, state_at=at)
        report = Report(
            case=case, site=site, purpose="first_notice", format="mail", digest="0" * 64,
            facts_digest=new_id().hex * 2, state="delivered", made_at=at, sent_at=at,
            delivered_at=at, due_at=at + timedelta(days=2),
        )  # fmt: skip
        rows[Case].append(case)
        rows[Location].append(place)
        rows[Report].append(report)
        rows[ReportPlace].append(ReportPlace(report=report, location=place))
        rows[Watch].append(
            Watch(location=place, site=site, state="there", looked_at=world.now, state_at=at)
        )
        rows[Sighting] += [
            Sighting(location=place, user=user, says="shows", at=at) for user in world.reviewers[:2]
        ]
    for kind, made in rows.items():
        kind.objects.bulk_create(made, batch_size=500)
