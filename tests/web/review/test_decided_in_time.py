"""A time limit counts a decision to keep from when it is made, not from when it is carried out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit_replay import wrong_histories
from case_world import World
from staydown_web.actions.services import answer_order
from staydown_web.cases.models import Case, Clock, Item, Location
from staydown_web.cases.selectors import ClockState, clocks_of
from staydown_web.cases.services import close_for_minor, send_message
from staydown_web.reports.services.timing import acted_cases, is_late, valid_notices
from staydown_web.review import services
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.queue import row_of, waiting_tasks

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def world() -> World:
    """A notice under the US law whose place shows a copy, in the queue since its first minute."""
    world = World(START)
    world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=1)
    world.find(Location.objects.get())
    world.run("take_in")
    return world


def at(world: World, hours: float, *jobs: str) -> datetime:
    """Go to so many hours after the notice, and let jobs run."""
    world.now = START + timedelta(hours=hours)
    for name in jobs:
        world.run(name)
    return world.now


def decide(world: World, outcome: str = "restore", user: int = 0) -> Decision:
    ground = "not_intimate" if outcome == "restore" else "us-tida"
    return services.decide(
        task=Task.objects.get(),
        outcome=outcome,
        grounds=[ground],
        facts="Seen.",
        user=world.reviewers[user],
        now=world.now,
    )


def clock() -> Clock:
    return Clock.objects.get(cause=Clock.Cause.RECEIPT)


def told(world: World, hours: float = 40) -> Decision:
    """Decided to keep after so many hours, and her two days to answer run."""
    at(world, hours)
    made = decide(world)
    world.now += MINUTE
    world.run("make_firm")
    made.refresh_from_db()
    assert made.told_at is not None
    return made


def answer(world: World, hours: float) -> datetime:
    """She writes, and a minute later the worker reads it."""
    now = at(world, hours)
    send_message(case=Case.objects.get(), sender="person", text="It is of me.", now=now)
    world.now += MINUTE
    world.run("make_firm")
    return now


def test_a_decision_to_keep_ends_it_when_it_is_made_and_she_is_heard_all_the_same(
    world: World,
) -> None:
    told(world, 40)
    assert (clock().outcome, clock().ended_at) == (Clock.Outcome.KEPT, START + 40 * HOUR)
    assert Item.objects.get().state != Item.State.KEPT, "nothing is carried out before she is heard"
    assert Case.objects.get().due_at is None
    at(world, 60, "advance_clocks")
    assert clock().breached_at is None
    at(world, 89, "make_firm", "advance_clocks")
    item = Item.objects.get()
    assert (item.state, item.answered_at) == (Item.State.KEPT, START + 40 * HOUR)
    assert (clock().outcome, clock().ended_at) == (Clock.Outcome.KEPT, START + 40 * HOUR)
    assert wrong_histories() == []


def test_one_of_the_last_second_is_in_time_although_its_minute_ends_later(world: World) -> None:
    at(world, 48 - 1 / 3600)
    decide(world)
    at(world, 48, "advance_clocks")
    assert (clock().outcome, clock().breached_at) == (Clock.Outcome.KEPT, None)
    world.settle()
    assert clock().ended_at == START + 48 * HOUR - SECOND
    assert wrong_histories() == []


def test_one_that_comes_too_late_is_late_and_the_breach_stays(world: World) -> None:
    at(world, 48, "advance_clocks")
    told(world, 49)
    assert (clock().outcome, clock().ended_at) == (Clock.Outcome.LATE, START + 49 * HOUR)
    at(world, 120, "make_firm", "advance_clocks")
    assert clock().breached_at == START + 48 * HOUR
    assert wrong_histories() == []


def test_a_removal_is_done_when_the_site_has_removed_it_not_when_it_is_decided(
    world: World,
) -> None:
    at(world, 40)
    decide(world, "remove")
    world.now += MINUTE
    world.run("make_firm")
    assert clocks_of(Case.objects.get(), now=world.now)[0].state is ClockState.RUNNING
    at(world, 48, "advance_clocks")
    assert clock().breached_at is not None, "the law asks for the removal"


def test_a_removal_with_nothing_to_confirm_counts_from_the_decision() -> None:
    world = World(START)
    world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=1)
    place = Location.objects.get()
    world.find(place)
    world.run("take_in")
    Location.objects.filter(pk=place.pk).update(state=Location.State.NOT_FOUND, copy=None)
    at(world, 48 - 1 / 3600)
    decide(world, "remove")
    at(world, 48.1, "advance_clocks", "make_firm", "advance_clocks")
    assert (clock().outcome, clock().ended_at) == (Clock.Outcome.KEPT, START + 48 * HOUR - SECOND)


def test_an_undo_in_its_minute_counts_as_never_decided(world: World) -> None:
    at(world, 48 - 1 / 3600)
    made = decide(world)
    now = at(world, 48 + 20 / 3600, "advance_clocks")
    assert clock().outcome == Clock.Outcome.KEPT
    services.undo_decision(decision=made, user=made.decided_by, now=now)
    assert clock().ended_at is None
    world.run("advance_clocks")
    assert clock().breached_at == now
    assert Item.objects.get().answered_at is None
    assert Case.objects.get().due_at == START + 48 * HOUR
    assert wrong_histories() == []


def test_an_undo_while_time_is_left_gives_the_rest_back_and_warns_of_what_passed(
    world: World,
) -> None:
    made = told(world, 20)
    at(world, 25, "advance_clocks")
    assert not clock().warnings.exists(), "nobody has to be warned of what is decided"
    services.take_back_decision(decision=made, user=world.reviewers[1], now=world.now)
    assert (clock().ended_at, clock().due_at) == (None, START + 48 * HOUR)
    world.run("advance_clocks")
    assert [one.mark for one in clock().warnings.all()] == ["half"]
    assert wrong_histories() == []


def test_reviewers_cannot_gain_time_by_taking_a_decision_back(world: World) -> None:
    made = told(world, 47)
    now = at(world, 60)
    services.take_back_decision(decision=made, user=world.reviewers[1], now=now)
    world.run("advance_clocks")
    assert clock().breached_at == now
    task = waiting_tasks(world.now).get()
    assert task.due_at == START + 48 * HOUR, "first in the queue"
    assert wrong_histories() == []


def test_her_answer_while_time_is_left_lets_the_rest_of_it_run(world: World) -> None:
    told(world, 20)
    answer(world, 30)
    assert clock().outcome == Clock.Outcome.OPEN
    assert Clock.objects.count() == 1
    assert waiting_tasks(world.now).get().due_at == START + 48 * HOUR
    at(world, 47)
    decide(world, user=1)
    world.now += MINUTE
    world.run("make_firm")
    assert (clock().outcome, clock().ended_at) == (Clock.Outcome.KEPT, START + 47 * HOUR)
    assert wrong_histories() == []


def test_her_answer_after_the_end_has_a_time_of_its_own_and_the_first_stays_kept(
    world: World,
) -> None:
    told(world, 40)
    wrote_at = answer(world, 60)
    assert (clock().outcome, clock().breached_at) == (Clock.Outcome.KEPT, None)
    new = Clock.objects.get(cause=Clock.Cause.ANSWER)
    assert (new.began_at, new.due_at) == (wrote_at, wrote_at + 48 * HOUR)
    assert Case.objects.get().due_at == waiting_tasks(world.now).get().due_at == new.due_at
    at(world, 70)
    decide(world, "remove", user=1)
    world.now += MINUTE
    world.run("make_firm")
    new.refresh_from_db()
    assert new.outcome == Clock.Outcome.OPEN, "the site still shows it"
    for _round in range(2):
        world.run("make_orders")
        for order in world.orders():
            answer_order(
                order_id=order.pk,
                platform_id=order.platform_id,
                state="done",
                note="",
                actor="system",
                now=world.now,
            )
    new.refresh_from_db()
    assert new.outcome == Clock.Outcome.KEPT
    assert clock().breached_at is None
    assert is_late(Case.objects.get().notices.prefetch_related("clocks")) is False
    assert wrong_histories() == []


def test_the_time_of_her_answer_can_be_missed_too(world: World) -> None:
    told(world, 40)
    wrote_at = answer(world, 60)
    at(world, 60 + 48, "advance_clocks")
    new = Clock.objects.get(cause=Clock.Cause.ANSWER)
    assert new.breached_at == wrote_at + 48 * HOUR
    decide(world, user=1)
    world.now += MINUTE
    world.run("make_firm")
    new.refresh_from_db()
    assert new.outcome == Clock.Outcome.LATE
    assert wrong_histories() == []


def test_of_two_people_only_who_answered_has_a_new_time(world: World) -> None:
    at(world, 1)
    world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=1)
    first, second = world.cases()
    told(world, 40)
    now = at(world, 60)
    send_message(case=first, sender="person", text="It is of me.", now=now)
    world.now += MINUTE
    world.run("make_firm")
    assert Clock.objects.filter(cause="answer").get().notice.case == first
    assert not Clock.objects.filter(notice__case=second, breached_at__isnull=False).exists()


def test_a_late_clock_is_open_again_when_its_decision_is_taken_back(world: World) -> None:
    at(world, 48, "advance_clocks")
    told(world, 49)
    answer(world, 60)
    assert (clock().outcome, clock().breached_at) == (Clock.Outcome.OPEN, START + 48 * HOUR)
    assert Clock.objects.count() == 1
    assert waiting_tasks(world.now).get().due_at == START + 48 * HOUR
    assert wrong_histories() == []


def test_each_law_counts_by_itself() -> None:
    world = World(START)
    world.file(laws=["us-tida", "in-it-rules"], is_signed=True, is_slow=False, seed=1)
    world.find(Location.objects.get())
    world.run("take_in")
    at(world, 2, "advance_clocks")
    told(world, 3)
    stood = {one.notice.regime: one.outcome for one in Clock.objects.all()}
    assert stood == {"us-tida": "kept", "in-it-rules": "late"}
    answer(world, 60)
    open_ = Clock.objects.filter(ended_at=None)
    assert {(one.notice.regime, one.cause) for one in open_} == {
        ("us-tida", "answer"),
        ("in-it-rules", "receipt"),
    }
    assert wrong_histories() == []


def test_a_case_with_another_open_copy_is_not_answered_by_keeping_one(world: World) -> None:
    task = Task.objects.get()
    item = Item.objects.get()
    Task.objects.create(
        number="R-2222-2222",
        source="library",
        platform=world.platform,
        item=item,
        case=item.case,
        made_at=START,
    )
    at(world, 40)
    services.decide(
        task=task,
        outcome="restore",
        grounds=["not_intimate"],
        facts="",
        user=world.reviewers[0],
        now=world.now,
    )
    world.now += MINUTE
    world.run("make_firm")
    assert Item.objects.get().answered_at is None
    assert clock().outcome == Clock.Outcome.OPEN


def test_a_minor_voids_nothing_that_was_kept_in_time(world: World) -> None:
    told(world, 40)
    now = at(world, 50)
    close_for_minor(case=Case.objects.get(), actor="system", now=now)
    at(world, 100, "make_firm", "advance_clocks")
    assert not Clock.objects.filter(breached_at__isnull=False).exists()
    assert wrong_histories() == []


def test_the_report_counts_until_the_decision(world: World) -> None:
    made = told(world, 40)
    at(world, 90, "make_firm")
    made.refresh_from_db()
    (acted,) = acted_cases([made], begin=START)
    assert acted.seconds_from(acted.case.valid_at) == 40 * 3600
    assert is_late(valid_notices([acted.case.pk])[acted.case.pk]) is False


def test_the_queue_shows_the_laws_whose_time_runs(world: World) -> None:
    task: Any = Task.objects.get()
    row = row_of(task, world.reviewers[0], START + HOUR)
    assert (row.time_laws, row.laws) == ("US", "US")
    told(world, 40)
    task.refresh_from_db()
    assert row_of(Task.objects.get(), world.reviewers[0], world.now).time_laws == ""
