"""Two workers, or two people, in the same moment: each thing happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from policy_scene import World, escalate, make_proven_case, make_world
from staydown_web.accounts.models import Platform, User
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.models import Escalation, Report
from staydown_web.escalation.services.opening import open_due_escalations
from staydown_web.escalation.services.reporting import make_ready_reports
from staydown_web.escalation.services.signing import sign_report
from staydown_web.escalation.services.stopping import stop_escalation

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> None:
    """Do all of these side by side, each with a connection of its own."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            with suppress(RecordConflictError):
                act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def world(platform: Platform, user_named: Any, now: Any) -> World:
    """Proven, by people of this test."""
    people: list[User] = [user_named("anna"), user_named("bela"), user_named("cleo")]
    return make_world(platform, people, now)


def test_two_workers_open_each_pair_once_and_give_each_number_once(world: World) -> None:
    for number in range(7):
        make_proven_case(
            world.platform, world.reviewers, world.now, links=1, domain=f"s{number % 3}.example"
        )

    def work() -> None:
        while open_due_escalations(world.now):
            pass

    at_once(work, work)
    numbers = list(Escalation.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 9))


def test_two_people_who_sign_in_the_same_moment_are_two(world: World) -> None:
    escalate(world)
    make_ready_reports(world.now)
    report = Report.objects.get(purpose="provider", role="host")

    def signer(user: User) -> Callable[[], Any]:
        return lambda: sign_report(
            report_id=report.pk, digest=report.digest, user=user, now=world.now
        )

    at_once(*(signer(user) for user in world.reviewers[:2]))
    report.refresh_from_db()
    assert (report.state, report.signs.count()) == ("signed", 2)


def test_a_signature_and_a_stop_in_the_same_moment_leave_nothing_to_send(world: World) -> None:
    escalation = escalate(world)
    make_ready_reports(world.now)
    report = Report.objects.get(purpose="provider", role="host")
    first, second, third = world.reviewers
    sign_report(report_id=report.pk, digest=report.digest, user=first, now=world.now)
    at_once(
        lambda: sign_report(report_id=report.pk, digest=report.digest, user=second, now=world.now),
        lambda: stop_escalation(
            escalation_id=escalation.pk, reason="staff", user=third, now=world.now
        ),
    )
    report.refresh_from_db()
    assert report.state == "cancelled"
