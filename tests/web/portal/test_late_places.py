"""What the helpline reads of a place whose time is over: by its own clock, on both of its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from case_page_states import DAY, FACTS, HOUR, STATES, Stage, answered, file, task_of
from helpline_scene import give_case, make_caseworker, make_client, make_team
from staydown_web.accounts.models import Platform, User
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Clock, Location
from staydown_web.cases.selectors.helplines import accesses_of
from staydown_web.cases.services import add_to_case, settle_location
from staydown_web.cases.services.binding import bound_platforms
from staydown_web.cases.services.clocks import covered_places, covers_place
from staydown_web.portal.selectors.caseload import rows_for
from staydown_web.review import services

pytestmark = pytest.mark.django_db
THEIRS = "https://eu.example/p/1"


@pytest.fixture
def mia() -> User:
    """Who has the cases."""
    return make_caseworker("mia", make_team("Helpline One", utc_now()))


@pytest.fixture
def late(client_of: Callable[..., Browser], mia: User) -> Callable[[Case], set[int]]:
    """``late(case)``: positions of the places that both pages call late; they have to agree."""

    def read(case: Case) -> set[int]:
        if not case.accesses.exists():
            give_case(case, make_client(mia, f"File {case.number}", utc_now()), mia, utc_now())
        browser = client_of(mia)
        own = browser.get(reverse("portal:helpline_case", args=[case.number])).context
        on_page = {row.id for _name, rows in own["websites"] for row in rows if row.state == "late"}
        listed = browser.get(reverse("portal:untold")).context
        of_case = [one for one in listed["cases"] if one.row.case.pk == case.pk]
        in_list = {
            row.id
            for one in of_case
            for _name, rows in one.places
            for row in rows
            if row.state == "late"
        }
        assert in_list == on_page
        assert listed["total"] == len(listed["cases"]), "each that is counted is shown"
        return set(case.locations.filter(pk__in=on_page).values_list("position", flat=True))

    return read


def test_a_place_is_late_once_its_time_is_over(stage: Stage, late: Callable) -> None:
    assert late(file(stage, 47 * HOUR)) == set()
    assert late(file(stage, 49 * HOUR)) == {1}


def test_where_the_law_does_not_bind_nothing_is_late(
    stage: Stage, forum: Platform, late: Callable
) -> None:
    case = file(stage, 3 * DAY, more=[THEIRS])

    assert late(case) == {1}
    with transaction.atomic():
        settle_location(
            location=case.locations.get(position=1), state=Location.State.REMOVED, now=utc_now()
        )
    assert late(case) == set()


def test_what_was_added_later_is_late_by_its_own_time(stage: Stage, late: Callable) -> None:
    case = file(stage, 3 * DAY)
    add_to_case(case=case, urls=[stage.url + "?2"], now=utc_now() - HOUR)

    assert late(case) == {1}


def test_what_is_decided_is_not_late_while_something_else_is(stage: Stage, late: Callable) -> None:
    case = file(stage, 3 * DAY, more=[stage.url + "?2"])
    task = task_of(case, stage, 2 * DAY)
    assert late(case) == {1, 2}
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts=FACTS, user=stage.first,
        now=utc_now() - HOUR,
    )  # fmt: skip
    services.make_decisions_firm(utc_now())
    decided = case.locations.get(copy__isnull=False).position
    assert decided not in late(case)
    answered(utc_now(), "failed")
    assert decided not in late(case), "it is said to have failed, which is another thing"


@pytest.mark.parametrize("state", sorted(set(STATES) - {"waits_for_her"}))
def test_in_every_state_both_pages_agree_once_the_time_is_over(
    stage: Stage, late: Callable, state: str
) -> None:
    case = STATES[state](stage)
    for clock in Clock.objects.filter(ended_at=None):
        past = max(clock.began_at + timedelta(seconds=1), utc_now() - HOUR)
        Clock.objects.filter(pk=clock.pk).update(due_at=past)
        Case.objects.filter(pk=case.pk).update(due_at=past)

    late(case)


def test_a_case_that_is_late_with_something_else_is_not_counted_here(
    stage: Stage, late: Callable
) -> None:
    case = file(stage, HOUR)
    late(case)
    Case.objects.filter(pk=case.pk).update(withdrawal_due_at=utc_now() - HOUR)

    assert late(case) == set()


def test_rows_at_hand_are_covered_as_the_database_says(stage: Stage, forum: Platform) -> None:
    case = file(stage, 3 * DAY, more=[THEIRS])
    for hours in (40, 2):
        more = [f"{stage.url}?{hours}", f"{THEIRS}?{hours}"]
        add_to_case(case=case, urls=more, now=utc_now() - hours * HOUR)
    places, clocks = list(case.locations.all()), list(Clock.objects.all())
    assert len(clocks) == 3

    for clock in clocks:
        bound = bound_platforms(clock.notice.regime)
        found = {place.pk for place in places if covers_place(clock, place, bound)}
        assert found == set(covered_places(clock).values_list("pk", flat=True))


def test_an_answer_about_one_of_several_items_sets_an_address_of_none_no_time(
    stage: Stage, late: Callable
) -> None:
    case = file(stage, 3 * DAY)
    first, other = case.items.get(), case.items.create(position=2, added_at=utc_now() - 3 * DAY,
        state_at=utc_now() - 3 * DAY)  # fmt: skip
    place = case.locations.get()
    assert place.item_id is None
    clock = Clock.objects.get()
    Clock.objects.filter(pk=clock.pk).update(ended_at=utc_now() - DAY, outcome="kept")
    answer = Clock.objects.create(
        notice=clock.notice, cause="answer", since=clock.began_at, began_at=utc_now() - 2 * DAY,
        length_s=3600, due_at=utc_now() - HOUR,
    )  # fmt: skip
    answer.about.add(first)

    def covered() -> tuple[bool, bool]:
        fresh = Clock.objects.prefetch_related("about", "notice__case__items").get(pk=answer.pk)
        return covers_place(fresh, place, None), place in covered_places(fresh)

    assert covered() == (False, False), "it may be of the other, which nobody answered"
    assert late(case) == set()
    answer.about.add(other)
    assert covered() == (True, True)
    assert late(case) == {1}
    answer.about.remove(other)
    case.items.filter(pk=other.pk).update(state="withdrawn")
    assert covered() == (True, True), "nothing else is left that it could be of"


def test_the_list_names_the_website_that_the_law_of_the_time_limit_binds(
    stage: Stage, forum: Platform, mia: User
) -> None:
    forum.regimes = ["uk-osa"]
    forum.save()
    case = file(stage, HOUR, law="uk-osa", more=[THEIRS])
    give_case(case, make_client(mia, "File 1", utc_now()), mia, utc_now())
    assert case.platform == stage.platform

    def said() -> list[str]:
        (row,) = rows_for(mia, accesses_of(mia), now=utc_now())
        return [one.what for one in row.deadlines if one.kind == "platform"]

    perhaps = "If this duty is in force already, %s must act"
    assert said() == [perhaps % "EU Forum"]
    case.locations.all().delete()
    assert said() == [perhaps % stage.platform.name], "without an address, its own"
