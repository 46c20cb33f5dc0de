"""Decisions become orders: once each, holding at once, the rest when firm."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from staydown_web.actions.models import Delivery, Order
from staydown_web.actions.selectors.orders import order_facts
from staydown_web.actions.services import make_orders, note_seen
from staydown_web.audit.models import Cursor, Event
from staydown_web.cases.models import Case
from staydown_web.review.services.deciding import decide, undo_decision
from staydown_web.review.services.settling import make_decisions_firm

pytestmark = pytest.mark.django_db


def orders() -> list[tuple[str, str]]:
    return list(Order.objects.order_by("seq").values_list("what", "state"))


def test_a_copy_in_plain_sight_is_held_at_once_and_removed_when_the_decision_is_firm(
    copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()))
    assert make_orders(now) == 1
    assert orders() == [("hold", "waiting")]
    assert make_decisions_firm(now + timedelta(seconds=61)) == 1
    make_orders(now)
    assert orders() == [("hold", "waiting"), ("remove", "waiting")]


def test_a_held_upload_is_blocked_and_not_told_to_be_held_again(
    copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of(state="held", source="upload")), is_firm=True)
    make_orders(now)
    assert orders() == [("block", "waiting")]


def test_an_upload_that_was_hidden_for_a_second_reviewer_was_public(
    copy_of, task_of, user_named, now
) -> None:
    task = task_of(copy_of(source="upload"))
    for name, outcome, grounds in (("rita", "hold", []), ("sara", "remove", ["us-tida"])):
        decide(
            task=task, outcome=outcome, grounds=grounds, facts="", user=user_named(name), now=now
        )
        make_decisions_firm(now + timedelta(minutes=2))
        make_orders(now)
        task.refresh_from_db()
    assert orders() == [("hold", "waiting"), ("remove", "waiting")]


def test_every_identical_copy_gets_its_own_order(copy_of, task_of, decided, now) -> None:
    copies = [copy_of(), copy_of(state="held", source="library"), copy_of(state="gone")]
    decided(task_of(*copies), is_firm=True)
    make_orders(now)
    found = Order.objects.values_list("copy_id", "what").order_by("seq")
    assert sorted(found, key=str) == sorted(
        [
            (copies[0].pk, "hold"),
            (copies[0].pk, "remove"),
            (copies[1].pk, "remove"),
        ],
        key=str,
    )


def test_what_was_restored_is_told_so_and_what_was_never_hidden_is_not(
    copy_of, task_of, decided, now
) -> None:
    hidden, open_ = copy_of(state="held", source="upload"), copy_of()
    decided(task_of(hidden, open_), "restore", is_firm=True)
    make_orders(now)
    assert list(Order.objects.values_list("copy_id", "what", "reason")) == [
        (hidden.pk, "restore", "")
    ]


def test_a_second_reviewer_is_waited_for_with_the_copy_out_of_sight(
    copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()), "hold", is_firm=True)
    make_orders(now)
    assert orders() == [("hold", "waiting")]


def test_an_undone_decision_takes_back_what_the_platform_has_not_seen(
    copy_of, task_of, decided, reviewer, now, endpoint
) -> None:
    decision = decided(task_of(copy_of()))
    make_orders(now)
    undo_decision(decision=decision, user=reviewer, now=now + timedelta(seconds=9))
    make_orders(now)
    assert orders() == [("hold", "cancelled")]
    assert Delivery.objects.get().state == Delivery.State.DEAD


def test_an_undone_decision_restores_what_the_platform_has_seen(
    copy_of, task_of, decided, reviewer, now
) -> None:
    decision = decided(task_of(copy_of()))
    make_orders(now)
    note_seen(order_ids=[Order.objects.get().pk], now=now)
    undo_decision(decision=decision, user=reviewer, now=now + timedelta(seconds=9))
    make_orders(now)
    assert orders() == [("hold", "waiting"), ("restore", "waiting")]
    assert Order.objects.get(what="restore").reason == ""


def test_a_decision_undone_before_the_worker_looked_orders_nothing(
    copy_of, task_of, decided, reviewer, now
) -> None:
    decision = decided(task_of(copy_of()))
    undo_decision(decision=decision, user=reviewer, now=now + timedelta(seconds=9))
    make_orders(now)
    assert orders() == []


def test_the_same_news_twice_makes_no_second_order(copy_of, task_of, decided, now) -> None:
    decided(task_of(copy_of()), is_firm=True)
    make_orders(now)
    assert make_orders(now) == 0
    Cursor.objects.all().delete()
    make_orders(now)
    assert orders() == [("hold", "waiting"), ("remove", "waiting")]


@pytest.fixture
def noticed(now) -> Case:
    """A case whose notice came under two laws, of which the platform is bound by the second."""
    return Case.objects.create(
        number="C-7Q2M-4KXR",
        phrase_hash="x",
        way="published",
        acts_as="self",
        regimes=["eu-dsa", "us-tida"],
        filed_at=now,
        touched_at=now,
    )


@pytest.mark.parametrize(
    ("grounds", "reason"),
    [
        (["us-tida"], "us-tida"),
        (["us-tida", "platform-terms"], "us-tida"),
        (["platform-terms", "uk-osa", "us-tida"], "uk-osa"),
        (["platform-terms"], "site_rules"),
        (["minor"], "site_rules"),
    ],
)
def test_the_law_is_the_reason_and_nothing_about_the_notifier(
    copy_of, task_of, reviewer, noticed, now, grounds, reason
) -> None:
    noticed.regimes = ["eu-dsa"]
    noticed.save()
    task = task_of(copy_of(), case=noticed)
    decide(task=task, outcome="remove", grounds=grounds, facts="", user=reviewer, now=now)
    make_orders(now)
    make_decisions_firm(now + timedelta(minutes=2))
    make_orders(now)
    found = [(order.what, order.reason) for order in Order.objects.order_by("seq")]
    assert found == [("hold", reason), ("remove", reason)]
    assert order_facts(Order.objects.get(what="remove"))["grounds"] == grounds


def test_a_hold_without_grounds_has_a_law_of_the_notice_that_binds_the_platform(
    copy_of, task_of, decided, noticed, now, platform
) -> None:
    platform.regimes = ["us-tida"]
    platform.save()
    decided(task_of(copy_of(), case=noticed), "hold")
    decided(task_of(copy_of()), "hold")
    make_orders(now)
    reasons = Order.objects.order_by("seq").values_list("reason", flat=True)
    assert list(reasons) == ["us-tida", "site_rules"]


def test_each_order_is_an_event_of_the_case_and_a_message_to_each_endpoint(
    copy_of, task_of, decided, now, endpoint
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    order = Order.objects.get()
    event = Event.objects.get(what="order_made")
    assert event.subject == f"order:{order.pk}"
    assert event.facts["what"] == "hold"
    assert Delivery.objects.get().order_id == order.pk


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_order_once_with_numbers_in_a_row(
    copy_of, task_of, decided, now
) -> None:
    for _ in range(6):
        decided(task_of(copy_of()))

    def work() -> None:
        try:
            make_orders(now)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert list(Order.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_copy_that_was_restored_is_held_at_once_like_one_in_plain_sight(
    copy_of, task_of, decided, now
) -> None:
    copy = copy_of(state="restored", source="upload")
    decided(task_of(copy))
    make_orders(now)
    copy.refresh_from_db()
    assert (orders(), copy.state) == ([("hold", "waiting")], "held")
    make_decisions_firm(now + timedelta(seconds=61))
    make_orders(now)
    assert orders()[-1] == ("remove", "waiting")


def test_an_undone_decision_leaves_a_restored_copy_restored(
    copy_of, task_of, decided, reviewer, now
) -> None:
    copy = copy_of(state="restored")
    decision = decided(task_of(copy))
    undo_decision(decision=decision, user=reviewer, now=now + timedelta(seconds=9))
    copy.refresh_from_db()
    assert copy.state == "restored"
