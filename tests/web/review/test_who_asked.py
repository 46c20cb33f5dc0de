"""A decision because of who had asked answers nobody else's notice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from review_scene import file_notice, found, make_copy, place_copy
from staydown_web.actions.models import Order
from staydown_web.actions.services import make_orders
from staydown_web.audit.models import Event
from staydown_web.cases.models import Clock
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task, Telling
from web.review.test_complaints import answer, by_uploader, removed, second
from web.review.test_foretelling import her_client
from web.review.test_hearing import hidden
from web.review.test_joining_what_waits import named_by_another

__all__ = ["hidden", "removed", "second"]

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))


def refuse(task: Task, user, now, ground: str = "not_the_person") -> Decision:
    return services.decide(
        task=Task.objects.get(pk=task.pk),
        outcome="restore",
        grounds=[ground],
        facts="",
        user=user,
        now=now,
    )


def work(now) -> None:
    tasks.take_in(now)
    services.take_in_unseen(now)
    services.make_decisions_firm(now)
    services.follow_clocks(now)
    tasks.take_in(now)
    make_orders(now)


def stands_for_herself(other) -> None:
    """Nothing was decided of it, nobody told her, and a reviewer has a task of it."""
    item = other.items.get()
    assert (item.answer, item.answered_at) == ("", None)
    assert item.state in ("received", "in_review")
    assert not Telling.objects.filter(case=other).exists()
    assert not Event.objects.filter(case_id=other.pk, what="restore_told").exists()
    clock = Clock.objects.get(notice__case=other)
    assert (clock.outcome, clock.ended_at) == ("", None)
    placed = Task.objects.filter(copies__locations__case=other, state="open")
    assert (placed | Task.objects.filter(item=item, state="open")).distinct().count() == 1


@pytest.mark.parametrize("after", [30 * SECOND, HOUR], ids=["in its minute", "while it waits"])
def test_a_refusal_of_one_is_none_of_somebody_else(
    hidden, platform, reviewer, today, after
) -> None:
    case, task = hidden
    made = refuse(task, reviewer, today)
    services.make_decisions_firm(today + min(after, MINUTE))
    other, _place = named_by_another(platform, task, today + after)
    for moment in (after, after + MINUTE, 3 * DAY):
        work(today + moment)
        made.refresh_from_db()
        assert made.made_firm_at is None
        stands_for_herself(other) if moment < DAY else None
    assert made.undone_at is not None
    assert not Order.objects.filter(what="restore").exists()
    assert Task.objects.get(state="open") == task, "one task, with both notices before the reviewer"
    assert case.items.get().answer == ""
    page = her_client(other, today + after).get(reverse("portal:page")).text
    assert "Not the person shown" not in page


@pytest.mark.parametrize("after", [30 * SECOND, HOUR], ids=["in its minute", "while it waits"])
def test_nor_is_a_reversal(removed, platform, second, today, after) -> None:
    case, task, first = removed
    at = today + DAY
    reversal = answer(by_uploader(first, at), second, at, "reversed", "not_the_person").reversal
    services.make_decisions_firm(at + min(after, MINUTE))
    other, _place = named_by_another(platform, task, at + after)
    work(at + after)
    work(at + after + MINUTE)
    reversal.refresh_from_db()
    assert (reversal.made_firm_at, reversal.undone_at is not None) == (None, True)
    stands_for_herself(other)
    work(at + 3 * DAY)
    assert not Order.objects.filter(what="restore").exists()
    assert case.items.get().state == "removed"
    assert first.complaints.get().state == "open", "decided with the other notice in sight"


def test_a_picture_counts_before_its_address_was_looked_at(
    hidden, platform, reviewer, today
) -> None:
    _case, task = hidden
    made = refuse(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    other = file_notice(platform, ["citrus.jpg"], today + HOUR, name="Berta Beispiel")
    assert services.make_decisions_firm(today + HOUR) == 0
    made.refresh_from_db()
    assert made.undone_at is not None
    assert Task.objects.get().state == "open"
    assert not Telling.objects.filter(case=other).exists()


def test_what_she_adds_herself_takes_nothing_back(hidden, platform, reviewer, today) -> None:
    case, task = hidden
    made = refuse(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    copy = make_copy(
        platform, None, today + HOUR, match=found("citrus.jpg", "same"), source="notice"
    )
    task.copies.add(copy)
    place_copy(case, copy, today + HOUR)
    assert services.make_decisions_firm(today + 2 * HOUR) == 0
    made.refresh_from_db()
    assert made.undone_at is None
    assert services.make_decisions_firm(today + MINUTE + 48 * HOUR) == 1


def test_a_decision_with_both_in_sight_is_about_both(hidden, platform, reviewer, today) -> None:
    case, task = hidden
    refuse(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    other, _place = named_by_another(platform, task, today + HOUR)
    work(today + HOUR)
    anew = refuse(task, reviewer, today + 2 * HOUR)
    work(today + 2 * HOUR + MINUTE)
    anew.refresh_from_db()
    assert anew.undone_at is None
    assert {one.case for one in anew.tellings.all()} == {case, other}


def test_content_is_the_same_whoever_asks(hidden, platform, reviewer, today) -> None:
    _case, task = hidden
    made = refuse(task, reviewer, today, "not_intimate")
    services.make_decisions_firm(today + MINUTE)
    other, _place = named_by_another(platform, task, today + HOUR)
    work(today + HOUR)
    made.refresh_from_db()
    assert made.undone_at is None
    assert Telling.objects.filter(decision=made, case=other).exists()
