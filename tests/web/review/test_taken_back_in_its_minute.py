"""A case that is taken back while a decision on it can still be undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.cases.models import Case, Item
from staydown_web.cases.services import ask_withdrawal, erase_case
from staydown_web.cases.services.erasing import forget_left_addresses
from staydown_web.reports.models import Statement
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.screening.selectors import url_of

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
FACTS = "It shows a person. A person looked at it and decided."


def decide(task: Task, user: Any, now: datetime, outcome: str = "remove") -> Decision:
    return services.decide(
        task=Task.objects.get(pk=task.pk),
        outcome=outcome,
        grounds=["us-tida"] if outcome in ("remove", "hold") else ["not_intimate"],
        facts=FACTS if outcome in ("remove", "hold") else "",
        user=user,
        now=now,
    )


def firm(now: datetime) -> None:
    services.make_decisions_firm(now)
    make_statements(now)
    make_waiting_statements(now)


@pytest.mark.parametrize("outcome", ["remove", "hold"])
def test_the_uploader_is_told_no_sooner(noticed, reviewer, today, outcome: str) -> None:
    case, task = noticed("same", "citrus.jpg")
    decide(task, reviewer, today, outcome)
    ask_withdrawal(case=case, now=today + 30 * SECOND)
    at = today + 61 * SECOND
    firm(at)
    assert not Statement.objects.exists()
    firm(at + 48 * HOUR - SECOND)
    assert not Statement.objects.exists()
    firm(at + 48 * HOUR)
    assert Statement.objects.count() == 1


def test_staff_read_that_nobody_can_answer(noticed, reviewer, reviewer_client, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    decide(task, reviewer, today)
    firm(today + 61 * SECOND)
    address = reverse("review:statements")
    assert "s answer</span>" in reviewer_client.get(address).text
    ask_withdrawal(case=case, now=today + HOUR)
    page = reviewer_client.get(address).text
    assert "its time: the request was taken back" in page
    assert "s answer</span>" not in page


def test_the_signed_notice_stays_as_the_proof_of_the_removal(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    decide(task, reviewer, today)
    ask_withdrawal(case=case, now=today + 30 * SECOND)
    firm(today + 61 * SECOND)
    case.refresh_from_db()
    assert case.erased_at is None
    assert case.notices.get().box is not None


def test_undone_no_removal_rests_on_the_notice_and_it_goes(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    made = decide(task, reviewer, today)
    ask_withdrawal(case=case, now=today + 30 * SECOND)
    services.undo_decision(decision=made, user=reviewer, now=today + 40 * SECOND)
    case.refresh_from_db()
    assert case.erased_at == today + 40 * SECOND
    assert case.notices.get().box is None
    assert case.items.get().state == Item.State.WITHDRAWN
    firm(today + 61 * SECOND)
    assert not Statement.objects.exists()


def test_undone_what_was_hidden_is_shown_again_at_its_address(
    noticed, reviewer, platform, today
) -> None:
    case, task = noticed("same", "citrus.jpg")
    copy = task.copies.get()
    url = url_of(copy)
    made = decide(task, reviewer, today)
    make_orders(today)
    answer_all(platform, today)
    ask_withdrawal(case=case, now=today + 30 * SECOND)
    services.undo_decision(decision=made, user=reviewer, now=today + 40 * SECOND)
    forget_left_addresses(today + 40 * SECOND)
    make_orders(today + 41 * SECOND)
    copy.refresh_from_db()
    assert (copy.orders.latest("seq").what, url_of(copy)) == ("restore", url)
    forget_left_addresses(today + 2 * HOUR)
    copy.refresh_from_db()
    assert url_of(copy) == url, "the platform has not answered"
    answer_all(platform, today + 2 * HOUR)
    forget_left_addresses(today + 4 * HOUR)
    copy.refresh_from_db()
    assert copy.url_box is None


def answer_all(platform: Any, now: datetime) -> None:
    for order in Order.objects.filter(state="waiting"):
        answer_order(
            order_id=order.pk,
            platform_id=platform.pk,
            state="done",
            note="",
            actor="system",
            now=now,
        )


def test_undone_the_notice_stays_where_another_removal_rests_on_it(
    noticed, reviewer, today, platform, site
) -> None:
    from review_scene import make_copy

    case, task = noticed("same", "citrus.jpg")
    entry = case.items.get().claims.get().entry
    decide(task, reviewer, today)
    firm(today + 61 * SECOND)
    other = make_copy(platform, entry, today, match=("same", 0.97, {}), group="another")
    tasks.take_in(today + 2 * HOUR)
    made = decide(other.tasks.get(), reviewer, today + 2 * HOUR)
    ask_withdrawal(case=case, now=today + 2 * HOUR + 30 * SECOND)
    services.undo_decision(decision=made, user=reviewer, now=today + 2 * HOUR + 40 * SECOND)
    case.refresh_from_db()
    assert case.erased_at is None
    assert case.notices.get().box is not None


def test_nothing_rests_on_a_notice_that_a_decision_to_keep_refused(
    noticed, reviewer, today
) -> None:
    case, task = noticed("same", "citrus.jpg")
    decide(task, reviewer, today, "restore")
    ask_withdrawal(case=case, now=today + 30 * SECOND)
    case.refresh_from_db()
    assert case.erased_at is not None


def test_the_screen_says_that_her_words_were_erased(noticed, reviewer_client, today) -> None:
    case, task = noticed("same", "citrus.jpg", statement="He put it there.")
    address = reverse("review:task", args=[task.number])
    assert "He put it there." in reviewer_client.get(address).text
    erase_case(case=Case.objects.get(pk=case.pk), now=today)
    page = reviewer_client.get(address).text
    assert "What was written here was erased with the case." in page
    assert "No words beyond the signed text." not in page
