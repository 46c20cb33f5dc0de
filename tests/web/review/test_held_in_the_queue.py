"""What is held waits under a limit of our own where no law sets a time: it is shown as such."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from case_world import WAITS, laws_that_pause
from review_scene import edited, file_notice, fingerprint_of_file, found, make_copy
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Clock, Location
from staydown_web.cases.services import add_to_case, pause_clock, settle_item, settle_location
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.cases.services.clocks import concerns, covered_places
from staydown_web.cases.services.entries import enter_waiting
from staydown_web.review import services, tasks
from staydown_web.review.models import DUE_RULE, OPEN_STATES, Task
from staydown_web.review.selectors.queue import queue_page, waiting_tasks
from staydown_web.review.selectors.screen import screen_of
from staydown_web.review.services.following import follow_task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def wait_since(task: Task, at: Any) -> None:
    """As if its copies had been held then."""
    Copy.objects.filter(tasks=task).update(state_at=at)


def row_at(task: Task, user: Any, now: Any) -> Any:
    rows = queue_page(tab="all", at=1, user=user, now=now).rows
    return next(row for row in rows if row.number == task.number)


@pytest.fixture
def noticed_and_held(noticed: Any, platform: Any, today: Any) -> tuple[Task, Task]:
    """A notice of 40 hours ago, and an upload that was cut and is held because of the same case."""
    case, task = noticed("same", "bridge.jpg", hours_ago=40)
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, today, match=found("bridge.jpg", "part"), group="cut")
    tasks.take_in(today)
    return task, copy.tasks.get()


def test_a_held_copy_keeps_a_limit_when_the_clocks_of_its_case_have_ended(
    noticed_and_held: Any, reviewer: Any, today: Any
) -> None:
    task, cut = noticed_and_held
    assert cut.due_at == task.due_at, "while it runs, the time limit of the law"
    assert row_at(cut, reviewer, today).is_ours is False
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=today
    )
    services.make_decisions_firm(today + HOUR)
    settle_location(location=Location.objects.get(), state=Location.State.REMOVED, now=today + HOUR)
    services.follow_clocks(today + HOUR)
    cut.refresh_from_db()
    assert cut.due_at is None, "no law sets it a time any more"
    row = row_at(cut, reviewer, today + 2 * HOUR)
    assert row.is_ours
    assert row.left == "Held for 2 hours"
    assert row.due
    assert row.time_laws == ""
    assert 0 < row.share < 100


@pytest.fixture
def two_items(platform: Any, site: Any, today: Any) -> tuple[Case, Task, Task]:
    """Two pictures of one case with an address each, and an upload of each that was cut, held."""
    case, held = None, []
    for number, name in enumerate(("citrus.jpg", "maple.jpg")):
        url = site.put(f"same-{name}", edited(name, "same"))
        if case is None:
            case = file_notice(platform, [name], today - 40 * HOUR, urls=[url])
        else:
            given = FiledFile(fingerprint_of_file(name), name=name)
            add_to_case(case=case, files=[given], urls=[url], now=today - 20 * HOUR)
            enter_waiting(case=case, actor="person", now=today)
        item = case.items.get(position=number + 1)
        entry, place = item.claims.get().entry, case.locations.get(position=number + 1)
        found_ = make_copy(
            platform, entry, today, match=found(name, "same"), url=url, group=f"found {name}",
            source=Copy.Source.NOTICE, state=Copy.State.SEEN,
        )  # fmt: skip
        place.copy, place.item, place.state, place.state_at = found_, item, "found", today
        place.save()
        cut = make_copy(platform, entry, today, match=found(name, "part"), group=f"cut {name}")
        tasks.take_in(today)
        held.append(cut.tasks.get())
    return case, held[0], held[1]


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_is_held_does_not_borrow_the_time_of_other_items_of_its_case(
    two_items: Any, reviewer: Any, reviewer_client: Any, today: Any, is_shared: bool
) -> None:
    case, first, second = two_items
    if is_shared:  # both came with the same receipt
        later = case.items.get(position=2)
        Clock.objects.filter(since__isnull=False).delete()
        Clock.objects.update(began_at=today - 20 * HOUR, due_at=today + 28 * HOUR)
        assert later.added_at <= Clock.objects.get().began_at
    for task in (first, second):
        follow_task(task)
        task.refresh_from_db()
        assert task.due_at is not None, "while its own time runs"
    due_at = second.due_at
    item, place = case.items.get(position=1), case.locations.get(position=1)
    with transaction.atomic():
        settle_item(item=item, state="removed", actor="system", now=today)
        settle_location(location=place, state=Location.State.REMOVED, now=today)
    advance_clocks(today + HOUR)
    services.follow_clocks(today + HOUR)

    first.refresh_from_db()
    second.refresh_from_db()
    assert second.due_at == due_at
    assert first.due_at is None
    row = row_at(first, reviewer, today + HOUR)
    assert (row.is_ours, row.left, row.time_laws, row.warned) == (True, "Held for 1 hour", "", "")
    assert row_at(second, reviewer, today + HOUR).time_laws == "US"
    screen = screen_of(first, reviewer, today + HOUR)
    assert all(one.is_of_others for one in screen.limits if one.state.value == "running")
    page = reviewer_client.get(reverse("review:task", args=[first.number])).text
    assert "our own limit; no law sets one" in page


def test_an_address_that_stands_for_no_item_gives_none_of_several_its_time(
    two_items: Any, platform: Any, site: Any, today: Any
) -> None:
    case, first, second = two_items
    Clock.objects.filter(since__isnull=False).delete()
    Clock.objects.update(began_at=today - 20 * HOUR, due_at=today + 28 * HOUR)
    (clock,) = Clock.objects.all()
    mine, other = case.items.order_by("position")
    untold = case.locations.create(
        position=3, platform=platform, state="new", added_at=mine.added_at, state_at=mine.added_at
    )
    assert untold in covered_places(clock), "it keeps its time limit open all the same"

    with transaction.atomic():
        settle_item(item=mine, state="removed", actor="system", now=today)
        settle_location(location=case.locations.get(position=1), state="removed", now=today)
    services.follow_clocks(today + HOUR)

    assert not concerns(clock, [mine.pk])
    assert concerns(clock, [other.pk])
    assert concerns(clock, [mine.pk, other.pk])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_at, second.due_at) == (None, clock.due_at)

    with transaction.atomic():
        settle_item(item=other, state="removed", actor="system", now=today)
        settle_location(location=case.locations.get(position=2), state="removed", now=today)
    services.follow_clocks(today + HOUR)
    second.refresh_from_db()
    assert second.due_at is None
    clock.refresh_from_db()
    assert clock.ended_at is None, "nobody has looked at the third address"

    untold.item, untold.copy = mine, case.locations.get(position=1).copy
    untold.save()
    with transaction.atomic():
        settle_location(location=untold, state="found", now=today)
    services.follow_clocks(today + 2 * HOUR)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_at, second.due_at) == (clock.due_at, None), "it is the first that lies there"


def test_an_open_task_that_an_earlier_rule_dated_is_dated_anew_once(
    two_items: Any, today: Any
) -> None:
    case, first, second = two_items
    with transaction.atomic():
        settle_item(item=case.items.get(position=1), state="removed", actor="system", now=today)
        settle_location(location=case.locations.get(position=1), state="removed", now=today)
    while services.follow_clocks(today):
        pass
    # As before: what is held borrows the time of the other item, and nothing happens in its case.
    due_at = second.due_at
    Task.objects.filter(pk=first.pk).update(due_at=due_at, due_rule=0)
    Task.objects.exclude(pk=first.pk).update(due_rule=0)
    Task.objects.filter(pk=second.pk).update(state="done")

    assert services.follow_clocks(today) == Task.objects.filter(state__in=OPEN_STATES).count()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_at, first.due_rule) == (None, DUE_RULE)
    assert (second.due_at, second.due_rule) == (due_at, 0), "what is decided stays as it was"
    assert services.follow_clocks(today) == 0
    later = Task.objects.create(
        platform=case.platform, number="R-1", source="upload", made_at=today
    )
    assert later.due_rule == DUE_RULE


def test_an_address_that_stands_for_no_item_is_of_the_one_that_a_case_has(
    noticed_and_held: Any, platform: Any, today: Any
) -> None:
    task, _cut = noticed_and_held
    case = task.copies.get().locations.get().case
    (clock,), item = Clock.objects.all(), case.items.get()
    case.locations.create(
        position=2, platform=platform, state="new", added_at=item.added_at, state_at=item.added_at
    )
    with transaction.atomic():
        settle_item(item=item, state="removed", actor="system", now=today)
        settle_location(location=case.locations.get(position=1), state="removed", now=today)

    assert concerns(clock, [item.pk])


def test_its_place_rises_before_its_limit_and_never_before_what_a_law_wants_within_a_day(
    noticed: Any, upload: Task, held: Any, today: Any
) -> None:
    _soon, soon = noticed("part", "bridge.jpg", hours_ago=40)
    _late, late = noticed("altered", hours_ago=3)
    grave = held(group="grave", match=("identical", 1.0, {}))
    tasks.take_in(today)
    grave = grave.tasks.get()
    assert list(waiting_tasks(today)) == [soon, late, grave, upload], "the most severe first"
    wait_since(upload, today - 23 * HOUR)
    assert list(waiting_tasks(today)) == [soon, late, grave, upload]
    wait_since(upload, today - 24 * HOUR)
    assert list(waiting_tasks(today)) == [soon, upload, late, grave]
    wait_since(upload, today - 480 * HOUR)
    wait_since(grave, today - 24 * HOUR)
    assert list(waiting_tasks(today)) == [soon, grave, upload, late]


def test_over_its_limit_it_is_marked_and_nothing_is_called_late(
    upload: Task, reviewer: Any, today: Any
) -> None:
    wait_since(upload, today - 74 * HOUR)
    row = row_at(upload, reviewer, today)
    assert (row.left, row.tone, row.share) == ("Held for 3 days and 2 hours", "heed", 100)


def test_what_is_not_held_or_stands_still_has_no_limit_of_ours(
    upload: Task, noticed_and_held: Any, reviewer: Any, today: Any
) -> None:
    Copy.objects.filter(tasks=upload).update(state="seen")
    row = row_at(upload, reviewer, today)
    assert (row.left, row.due, row.is_ours) == ("No time limit", "", False)
    _task, cut = noticed_and_held
    wait_since(cut, today - 30 * HOUR)
    wait_since(upload, today - 30 * HOUR)
    assert list(waiting_tasks(today))[-1] == upload
    with laws_that_pause():
        pause_clock(notice=cut.case.notices.get(), reason=WAITS, actor="system", now=today)
        services.follow_clocks(today)
        row = row_at(cut, reviewer, today)
    assert (row.left, row.due, row.is_ours) == ("Stands still", "", False)


def test_the_pages_say_whose_limit_it_is(upload: Task, reviewer_client: Any) -> None:
    wait_since(upload, timezone.now() - 3 * HOUR)
    for page in (
        reviewer_client.get(reverse("review:queue")).text,
        reviewer_client.get(reverse("review:task", args=[upload.number])).text,
    ):
        assert "Held for 3 hours" in page
        assert "our own limit; no law sets one" in page
