"""Edited copies of what was removed are offered next; a person decides on each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from review_scene import found, make_copy, make_entry
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.alike import OFFERED_FOR, alike_of, alike_tasks, last_alike

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HOWS = ("mirrored", "part", "altered")


@pytest.fixture
def edited(noticed: Any, platform: Any, today: Any) -> tuple[Task, list[Task]]:
    """A notice of a picture, and three uploads of it that were edited, each in its own way."""
    case, task = noticed("same", "bridge.jpg")
    entry = case.items.get().claims.get().entry
    made = []
    for how in HOWS:
        match = ("altered", 0.9, {}) if how == "altered" else found("bridge.jpg", how)
        copy = make_copy(platform, entry, today, match=match, group=how)
        tasks.take_in(today)
        made.append(copy.tasks.get())
    return task, made


@pytest.fixture
def other(bank: Any, platform: Any, today: Any) -> Task:
    """A held upload of another picture."""
    entry = make_entry(bank, "maple.jpg", today)
    copy = make_copy(platform, entry, today, match=("identical", 1.0, {}), group="other")
    tasks.take_in(today)
    return copy.tasks.get()


def remove(task: Task, user: Any, now: Any) -> Decision:
    return services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=user, now=now
    )


def send(client: Any, task: Task, **more: Any) -> Any:
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": "Somebody asked for it."}
    return client.post(reverse("review:decide", args=[task.number]), fields | more)


def at_task(answer: Any) -> Task:
    assert answer.status_code == 302
    return Task.objects.get(number=answer["Location"].rstrip("/").rsplit("/", 1)[-1])


def test_those_that_wait_because_of_the_same_entry_are_found_and_no_others(
    edited: Any, other: Task, reviewer: Any, today: Any
) -> None:
    task, made = edited
    decision = remove(task, reviewer, today)
    assert set(alike_tasks(decision)) == set(made)
    assert all(one.state == "open" for one in Task.objects.filter(pk__in=[m.pk for m in made]))
    assert alike_of(decision, reviewer, today).count == 3
    services.take_task(task=made[0], user=reviewer, now=today)
    assert alike_of(decision, reviewer, today).count == 3
    remove(made[1], reviewer, today)
    assert set(alike_tasks(decision)) == {made[0], made[2]}


def test_what_a_colleague_works_on_is_not_offered(
    edited: Any, reviewer: Any, lead: Any, today: Any
) -> None:
    task, made = edited
    decision = remove(task, reviewer, today)
    services.take_task(task=made[0], user=lead, now=today)
    assert alike_of(decision, reviewer, today).count == 2
    for one in made[1:]:
        services.take_task(task=one, user=lead, now=today)
    assert alike_of(decision, reviewer, today) is None


@pytest.mark.parametrize("outcome", ["restore", "hold"])
def test_after_another_outcome_nothing_is_offered(
    edited: Any, reviewer: Any, today: Any, outcome: str
) -> None:
    task, _made = edited
    grounds = ["not_intimate"] if outcome == "restore" else []
    services.decide(task=task, outcome=outcome, grounds=grounds, facts="", user=reviewer, now=today)
    assert last_alike(reviewer, today) is None


def test_undone_it_offers_nothing_any_more_nor_after_its_hour(
    edited: Any, reviewer: Any, lead: Any, today: Any
) -> None:
    decision = remove(edited[0], reviewer, today)
    assert last_alike(reviewer, today).decision_id == decision.pk
    assert last_alike(lead, today) is None
    assert last_alike(reviewer, today + OFFERED_FOR) is None
    services.undo_decision(decision=decision, user=reviewer, now=today)
    assert last_alike(reviewer, today) is None
    assert alike_of(Decision.objects.get(), reviewer, today) is None


def test_an_altered_copy_alone_confirms_nothing_and_offers_nothing(
    edited: Any, reviewer: Any, today: Any
) -> None:
    _task, made = edited
    remove(made[2], reviewer, today)
    assert last_alike(reviewer, today) is None


def test_they_are_offered_on_the_next_page_and_on_that_of_the_decision(
    edited: Any, other: Task, reviewer_client: Any, lead_client: Any
) -> None:
    task, _made = edited
    after = send(reviewer_client, task)
    says = "3 edited copies of what was removed in"
    for page in (after["Location"], reverse("review:queue")):
        assert says in reviewer_client.get(page).text
    own = reverse("review:task", args=[task.number])
    assert says in lead_client.get(own).text, "and whoever opens it later"
    assert says not in lead_client.get(reverse("review:queue")).text


@pytest.mark.parametrize("what", ["the reported file", "the same bytes elsewhere"])
def test_what_is_identical_is_not_called_an_edited_copy(
    what: str, platform: Any, edited: Any, reviewer_client: Any, today: Any
) -> None:
    task, _made = edited
    entry = task.copies.get().hits.get().entry
    group = "reported" if what == "the reported file" else "same"
    copy = make_copy(platform, entry, today, match=("identical", 1.0, {}), group=group)
    if what == "the reported file":  # hers; what was found at her address is an edit of it
        tasks.take_in(today)
    send(reviewer_client, task)
    if what != "the reported file":  # it was decided, and the same bytes are found once more
        copy.tasks.clear()
        copy.hits.update(kind="same")
        copy.group = task.copies.exclude(pk=copy.pk).get().group
        copy.save()
        tasks.take_in(today)

    page = reviewer_client.get(reverse("review:queue")).text
    assert "4 other copies of what was removed in" in page
    assert "edited copies of" not in page.lower()
    assert "Edited copies are not decided" not in page
    answer = reviewer_client.post(reverse("review:next"), {"alike": Decision.objects.get().pk})
    page = reviewer_client.get(answer["Location"]).text
    assert "You go through the other copies of what was removed in" in page
    assert "it is another file, or lies at another address" in page


def test_one_goes_through_them_one_after_the_other_and_decides_each(
    edited: Any, other: Task, reviewer_client: Any, reviewer: Any, today: Any
) -> None:
    task, made = edited
    send(reviewer_client, task)
    decision = Decision.objects.get()
    seen = []
    answer = reviewer_client.post(reverse("review:next"), {"alike": decision.pk})
    for left in ("2 more wait after this one", "1 more waits after this one", "the last one"):
        seen.append(at_task(answer))
        page = reviewer_client.get(answer["Location"]).text
        assert left in page
        assert "Each is decided by itself" in page
        assert "edited copies of what was removed in" in page
        answer = send(reviewer_client, seen[-1])
    assert set(seen) == set(made), "the nearest first, and no other between them"
    assert at_task(answer) == other, "then the queue goes on"
    assert "Each is decided by itself" not in reviewer_client.get(answer["Location"]).text
    assert Decision.objects.count() == 4
    assert {one.decided_by for one in Decision.objects.all()} == {reviewer}


def test_skipping_stays_among_them_and_the_queue_leaves_them(
    edited: Any, other: Task, reviewer_client: Any
) -> None:
    task, made = edited
    send(reviewer_client, task)
    decision = Decision.objects.get()
    first = at_task(reviewer_client.post(reverse("review:next"), {"alike": decision.pk}))
    second = at_task(reviewer_client.post(reverse("review:next"), {"skip": first.number}))
    assert {first, second} < set(made)
    reviewer_client.get(reverse("review:queue"))
    page = reviewer_client.get(reverse("review:task", args=[second.number])).text
    assert "Each is decided by itself" not in page
    assert at_task(reviewer_client.post(reverse("review:next"))) in {*made, other}


def test_a_decision_that_is_none_or_has_no_copies_left_goes_on_in_the_queue(
    edited: Any, other: Task, reviewer_client: Any, reviewer: Any, uuid_of_nothing: Any, today: Any
) -> None:
    task, made = edited
    for wrong in (str(uuid_of_nothing), "nonsense"):
        assert at_task(reviewer_client.post(reverse("review:next"), {"alike": wrong})) == task
    services.free_task(task=task, user=reviewer, now=today)
    decision = remove(task, reviewer, today)
    for one in made:
        remove(one, reviewer, today)
    answer = reviewer_client.post(reverse("review:next"), {"alike": str(decision.pk)})
    assert at_task(answer) == other
