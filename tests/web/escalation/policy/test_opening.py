"""Escalations begin when everything is proven, once each, in a fair order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policy_scene import World, escalate, make_proven_case, see
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.cases.models import Case, Item, Location
from staydown_web.escalation.models import (
    Appeal,
    Escalation,
    Look,
    Mapping,
    Reply,
    Report,
    Sender,
    Sighting,
    Site,
    Watch,
)
from staydown_web.escalation.selectors.first import deadline_of, served_at
from staydown_web.escalation.selectors.policy import checks_before
from staydown_web.escalation.selectors.policy_served import served_many
from staydown_web.escalation.services.opening import open_due_escalations
from staydown_web.escalation.services.sites import site_of_domain

pytestmark = pytest.mark.django_db


def unmet(world: World) -> list[str]:
    return [one.key for one in checks_before(world.case, world.site, world.now) if not one.is_met]


def test_what_is_proven_is_opened_once_with_a_number(world: World) -> None:
    assert unmet(world) == []
    assert open_due_escalations(world.now) == 1
    assert open_due_escalations(world.now) == 0
    made = Escalation.objects.get()
    assert (made.number, made.state, made.ladder) == (1, "mapping", "default")
    assert made.served_at == world.now - timedelta(days=5)
    assert made.deadline_at == world.now - timedelta(days=3)
    assert made.mapping == Mapping.objects.get()
    event = Event.objects.get(what="escalation_opened")
    assert event.facts == {
        "number": 1,
        "site": str(world.site.pk),
        "ladder": "default",
        "ladder_version": "2026-11-26.1",
        "links": 3,
    }


def change_case(**values: Any) -> Callable[[World], None]:
    return lambda world: Case.objects.filter(pk=world.case.pk).update(**values) and None


def notice(**values: Any) -> Callable[[World], None]:
    return lambda world: Report.objects.filter(case=world.case).update(**values) and None


def look_all(state: str, **ago: float) -> Callable[[World], None]:
    def change(world: World) -> None:
        for watch in world.watches:
            see(watch, state, world.now - timedelta(**ago))

    return change


def say(says: str, *, count: int) -> Callable[[World], None]:
    def change(world: World) -> None:
        Sighting.objects.filter(user__in=world.reviewers[:count]).update(says=says)

    return change


def answer(world: World) -> None:
    report = Report.objects.get(case=world.case)
    Reply.objects.create(report=report, kind="answer", key="k", at=world.now)


def appeal(world: World) -> None:
    over = escalate(world, state="ended", ended_at=world.now - timedelta(days=9))
    Appeal.objects.create(escalation=over, side="site", made_at=world.now)


def unsee(world: World) -> None:
    Sighting.objects.filter(user=world.reviewers[0]).delete()


def keep_items(world: World) -> None:
    item = Item.objects.create(
        case=world.case, position=1, added_at=world.now, state_at=world.now, state="kept",
        answer="kept", answered_at=world.now,
    )  # fmt: skip
    Location.objects.filter(case=world.case).update(item=item)


def stopped(world: World) -> None:
    escalate(world, state="stopped", stopped="staff", ended_at=world.now)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (change_case(providers_agreed_at=None), "agreed"),
        (change_case(withdrawal_due_at=datetime(2027, 1, 1).astimezone()), "agreed"),
        (change_case(state="closed"), "valid"),
        (notice(state="sent", delivered_at=None), "served"),
        (notice(due_at=datetime(2027, 1, 1).astimezone()), "full_time"),
        (unsee, "seen"),
        (say("other", count=1), "seen"),
        (say("lawful", count=1), "lawful"),
        (keep_items, "lawful"),
        (answer, "heard"),
        (look_all("there", hours=25), "still_there"),
        (look_all("gone", hours=1), "still_there"),
        (look_all("unreachable", hours=1), "still_there"),
        (stopped, "cool_down"),
        (appeal, "no_appeal"),
        (lambda _world: Sender.objects.update(is_on=False) and None, "sender"),
    ],
)
def test_nothing_is_opened_while_one_thing_is_missing(
    world: World, change: Callable[[World], None], key: str
) -> None:
    change(world)
    before = Escalation.objects.count()
    assert key in unmet(world)
    assert open_due_escalations(world.now) == 0
    assert Escalation.objects.count() == before


def test_a_decision_and_one_look_stand_for_two_looks(world: World) -> None:
    unsee(world)
    item = Item.objects.create(
        case=world.case, position=1, added_at=world.now, state_at=world.now, state="removed",
        answer="removed", answered_at=world.now,
    )  # fmt: skip
    Location.objects.filter(case=world.case).update(item=item)
    assert unmet(world) == []
    assert open_due_escalations(world.now) == 1


def test_an_unsafe_site_needs_no_invitation_and_still_its_time(world: World) -> None:
    Site.objects.update(unsafe_reason="extorts")
    assert unmet(world) == []


def test_after_a_stop_only_a_link_that_came_or_came_back_later_begins_again(world: World) -> None:
    stopped(world)
    assert open_due_escalations(world.now) == 0
    world.now += timedelta(days=1)
    look_all("there", hours=0)(world)
    assert open_due_escalations(world.now) == 0
    Look.objects.create(watch=world.watches[0], state=Watch.State.BACK, at=world.now)
    assert unmet(world) == []
    assert open_due_escalations(world.now) == 1
    assert Event.objects.get(what="escalation_opened").facts["links"] == 1


def test_while_a_site_is_left_alone_known_links_of_other_cases_wait(
    world: World, platform: Platform, reviewers: list[User]
) -> None:
    stopped(world)
    Site.objects.update(cool_until=world.now + timedelta(days=30))
    make_proven_case(platform, reviewers, world.now)
    assert open_due_escalations(world.now) == 0
    Site.objects.update(cool_until=world.now)
    assert open_due_escalations(world.now) == 1


def test_served_for_many_is_served_for_each(
    world: World, platform: Platform, reviewers: list[User]
) -> None:
    cases = [world.case] + [
        make_proven_case(
            platform, reviewers, world.now, links=1, told_at=world.now - timedelta(hours=n)
        )
        for n in (1, 30, 60)
    ]
    Report.objects.filter(case=cases[1]).update(state="sent", delivered_at=None)
    pairs = [(case, world.site) for case in cases]
    found = served_many(pairs)
    for case, site in pairs:
        served = found[case.pk, site.pk]
        assert served.at == served_at(case, site)
        assert served.deadline_at == deadline_of(case, site)


def test_a_busy_site_and_a_busy_case_keep_nobody_waiting(
    world: World, platform: Platform, reviewers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        make_proven_case(
            platform, reviewers, world.now, links=1, told_at=world.now - timedelta(days=20)
        )
    quiet = make_proven_case(platform, reviewers, world.now, links=1, domain="quiet.example")
    for name in ("AT_ONCE", "_FOUND"):
        monkeypatch.setattr(f"staydown_web.escalation.services.opening.{name}", 4)
    assert open_due_escalations(world.now) == 4
    assert Escalation.objects.filter(case=quiet).exists()
    rounds = 1
    while open_due_escalations(world.now):
        rounds += 1
    assert (rounds, Escalation.objects.count()) == (4, 14)
    numbers = Escalation.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 15))


def test_more_cases_take_no_more_queries(
    world: World, platform: Platform, reviewers: list[User]
) -> None:
    open_due_escalations(world.now)  # the first event of all makes a row
    counts = []
    for count in (2, 12):
        for _ in range(count):
            make_proven_case(platform, reviewers, world.now, links=2)
        with CaptureQueriesContext(connection) as queries:
            assert open_due_escalations(world.now) >= count
        counts.append(len(queries))
    assert counts[0] == counts[1], Counter(q["sql"][:60] for q in queries.captured_queries)


def test_each_site_is_mapped_once_for_all_its_cases(
    world: World, platform: Platform, reviewers: list[User]
) -> None:
    Mapping.objects.all().delete()
    for _ in range(3):
        make_proven_case(platform, reviewers, world.now, links=1)
    assert open_due_escalations(world.now) == 4
    assert (
        Mapping.objects.filter(site=site_of_domain(domain="pics.example", now=world.now)).count()
        == 1
    )
