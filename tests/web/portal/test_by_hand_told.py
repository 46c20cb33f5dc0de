"""Removed by hand before anybody else looked: her time limit, her page, and a later look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from case_page_states import HOUR, Stage, file
from her_page import Her, ago, plain
from staydown_web.accounts.models import Platform
from staydown_web.actions.selectors import removals_of
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Clock, Location
from staydown_web.cases.selectors import person_view, timeline
from staydown_web.cases.services import add_to_case, settle_location
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.cases.tasks import look_at_locations
from staydown_web.reports.selectors.records import record_facts
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.services.addresses import point_to_media

pytestmark = pytest.mark.django_db


def looked_for(stage: Stage) -> Case:
    """A reviewer looks, and nothing fetched her address yet."""
    case = file(stage, 3 * HOUR)
    Task.objects.create(
        number="T-1", source="notice", platform=stage.platform, case=case, item=case.items.get(),
        made_at=ago(90),
    )  # fmt: skip
    return case


def pointed_at(stage: Stage) -> Case:
    """Nothing could be seen there; a reviewer said where it lies, and nothing fetched that yet."""
    case = file(stage, 3 * HOUR)
    place = case.locations.get()
    settle_location(location=place, state="not_found", reason="page", now=ago(100))
    take_in(95)
    point_to_media(
        task=Task.objects.get(), location_id=str(place.pk), url=stage.url, user=stage.first,
        now=ago(90),
    )  # fmt: skip
    return case


def take_in(minutes: int) -> None:
    while tasks.take_in(ago(minutes)) + services.take_in_unseen(ago(minutes)):
        pass


def take_down(stage: Stage) -> Decision:
    made = services.decide(
        task=Task.objects.get(state="open"), outcome="remove", grounds=["us-tida"], facts="",
        user=stage.first, now=ago(60),
    )  # fmt: skip
    services.make_decisions_firm(ago(58))
    return made


@pytest.mark.parametrize("state", [looked_for, pointed_at])
def test_what_was_taken_down_before_anybody_else_looked_was_in_time(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    case = state(stage)
    made = take_down(stage)
    advance_clocks(utc_now() + timedelta(hours=50))

    clock = Clock.objects.get()
    assert (clock.outcome, clock.ended_at, clock.breached_at) == ("kept", made.decided_at, None)
    her = Her(case)
    assert her.title == "It was removed"
    assert "In time" in plain(her.page)
    assert "Running" not in plain(her.page)


@pytest.mark.parametrize("state", [looked_for, pointed_at])
def test_that_a_later_look_finds_nothing_there_is_no_news(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    case = state(stage)
    take_down(stage)
    settle_location(location=case.locations.get(), state="not_found", reason="gone", now=ago(30))
    take_in(29)
    take_in(28)

    her = Her(case)
    assert (her.title, her.item) == ("It was removed", "Removed")
    assert her.address.startswith("It was removed there.")
    case_of = Case.objects.get(pk=case.pk)
    view = person_view(case=case_of, is_unveiled=True, now=utc_now())
    facts = record_facts(
        case=case_of, view=view, with_details=False, for_staff=False, now=utc_now()
    )
    assert [one["is_at_other_address"] for one in facts["places"]] == [False]
    assert case.items.count() == 1
    assert not Task.objects.filter(state="open").exists()
    assert Clock.objects.get().outcome == "kept"

    add_to_case(case=case, urls=[stage.url], now=ago(20))
    settle_location(location=case.locations.get(), state="not_found", reason="gone", now=ago(10))
    take_in(9)
    assert Task.objects.filter(state="open").count() == 1, "whoever asks again is heard"


@pytest.mark.parametrize("state", [looked_for, pointed_at])
def test_what_a_later_look_finds_there_is_looked_at(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    case = state(stage)
    take_down(stage)
    while look_at_locations(ago(30)):
        pass
    take_in(29)

    her = Her(case)
    assert case.locations.get().state == "found"
    assert "It was removed" not in plain(her.page)
    assert Clock.objects.get().outcome == ""
    assert Task.objects.filter(state="open").count() == 1


def test_what_was_taken_down_at_one_website_is_not_down_at_another(
    stage: Stage, other_platform: Platform
) -> None:
    Platform.objects.filter(pk=other_platform.pk).update(regimes=stage.platform.regimes)
    case = file(stage, 3 * HOUR, more=["http://127.0.0.2:8161/p/2"])
    here, there = case.locations.order_by("position")
    Location.objects.filter(pk=there.pk).update(platform=other_platform, state="new")
    Task.objects.create(
        number="T-1", source="notice", platform=stage.platform, case=case, item=case.items.get(),
        made_at=ago(90),
    )  # fmt: skip
    take_down(stage)

    told = removals_of(case, timeline(case))
    assert set(told.by_hand) == {here.pk}
    assert Clock.objects.get().outcome == "", "as her page says: nobody has looked there"
    settle_location(location=there, state="not_found", reason="gone", now=ago(20))
    assert (Clock.objects.get().outcome, Clock.objects.get().ended_at) == ("kept", ago_of(there))


def ago_of(place: Location) -> datetime:
    return Location.objects.get(pk=place.pk).state_at
