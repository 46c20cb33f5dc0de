"""How far removals got: what is read of it, at what cost, and what is left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.selectors import CaseRemovals, Stage, removals_of
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.banks.models import Bank, Entry
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.selectors import timeline
from staydown_web.review.models import Task
from staydown_web.review.services import decide, make_decisions_firm
from staydown_web.screening.models import Copy, Hit

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def case(platform: Platform, now: datetime) -> Case:
    return Case.objects.create(
        number="C-7Q2M-4KXR", phrase_hash="x", way="published", acts_as="self",
        regimes=["us-tida"], filed_at=now, touched_at=now, valid_at=now, platform=platform,
        due_at=now + timedelta(hours=48),
    )  # fmt: skip


@pytest.fixture
def removed(case: Case, platform, copy_of, task_of, reviewer, now):
    """``removed()`` is one more item of the case, at an address of its own, to be removed."""

    def make(*, is_placed: bool = True) -> Item:
        at = now + case.items.count() * MINUTE
        item = Item.objects.create(
            case=case, position=case.items.count() + 1, added_at=now, state_at=now
        )
        copy = copy_of()
        if is_placed:
            Location.objects.create(
                case=case, item=item, platform=platform, copy=copy, state="found", added_at=now,
                state_at=now,
            )  # fmt: skip
        firm(task_of(copy, case=case, item=item), reviewer, at)
        return item

    return make


def firm(task, user: User, now: datetime) -> None:
    decide(task=task, outcome="remove", grounds=["us-tida"], facts="", user=user, now=now)
    make_decisions_firm(now + 2 * MINUTE)


def answer(now: datetime, state: str = "done", **which: object) -> None:
    for order in Order.objects.filter(state="waiting", **which).exclude(what="hold"):
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, state=state, note="",
            actor="system", now=now,
        )  # fmt: skip


def read(case: Case) -> CaseRemovals:
    return removals_of(case, timeline(case))


def test_nothing_is_said_of_what_nobody_decided(case: Case) -> None:
    assert read(case) == CaseRemovals({}, {})


@pytest.mark.parametrize("is_placed", [True, False])
def test_a_stage_follows_from_decision_order_and_answer(
    case: Case, removed, now, is_placed: bool
) -> None:
    item = removed(is_placed=is_placed)
    assert read(case).of_item(item.pk).stage == Stage.DECIDED
    make_orders(now + DAY / 2)
    assert read(case).of_item(item.pk).stage == Stage.ORDERED
    answer(now + DAY, "failed")
    failed = read(case).of_item(item.pk)
    assert (failed.stage, failed.was_down) == (Stage.FAILED, False)
    assert set(read(case).places.values()) == ({Stage.FAILED} if is_placed else set())
    order = Order.objects.get(what="remove")
    answer_order(
        order_id=order.pk, platform_id=order.platform_id, state="done", note="", actor="system",
        now=now + 2 * DAY,
    )  # fmt: skip
    done = read(case).of_item(item.pk)
    assert (done.stage, done.was_down) == (Stage.DONE, True)


def test_each_item_has_its_own(case: Case, removed, now) -> None:
    first, second, third = removed(), removed(), removed()
    make_orders(now + DAY / 2)
    answer(now + DAY, "done", copy__locations__item=first)
    answer(now + DAY, "failed", copy__locations__item=third)
    stages = {pk: one.stage for pk, one in read(case).items.items()}
    assert stages == {first.pk: Stage.DONE, second.pk: Stage.ORDERED, third.pk: Stage.FAILED}


def test_a_copy_that_was_found_elsewhere_since_does_not_show(
    case: Case, removed, copy_of, task_of, reviewer, bank: Bank, now
) -> None:
    item = removed()
    make_orders(now + DAY / 2)
    answer(now + DAY)
    before = read(case)
    entry = Entry.objects.create(
        bank=bank,
        content_kind="photo",
        state="confirmed",
        origin="notice",
        blind="b",
        box=b"x",
        created_at=now,
        claimed_at=now,
        confirmed_at=now,
    )
    Claim.objects.create(item=item, entry=entry, made_at=now)
    other = copy_of(source="upload", state="held")
    Hit.objects.create(
        copy=other, entry=entry, kind="same", score=0.9, response="block", at=now + 2 * DAY
    )
    firm(task_of(other), reviewer, now + 3 * DAY)
    make_orders(now + 3 * DAY)
    assert Order.objects.filter(state="waiting", what="block").exists()
    assert read(case) == before


def test_many_items_cost_no_more_queries_than_two(case: Case, removed, now) -> None:
    def queries() -> int:
        moments = timeline(case)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            removals_of(case, moments)
        return len(seen)

    removed(), removed()
    make_orders(now + DAY / 2)
    few = queries()
    for _n in range(5):
        removed()
    make_orders(now + DAY / 2)
    assert queries() == few <= 9


@pytest.mark.parametrize("first", ["failed", "done"])
def test_of_two_decisions_about_one_address_the_second_is_done_with_the_first(
    case: Case, removed, now, first: str
) -> None:
    one, other = removed(), removed()
    copies = [Location.objects.get(item=item).copy for item in (one, other)]
    Copy.objects.update(group="g", content_ref="post-1")
    make_orders(now + DAY / 2)
    answer(now + DAY, first, copy=copies[0])
    answer(now + 2 * DAY, "done" if first == "failed" else "failed", copy=copies[1])

    found = read(case)

    assert {found.of_item(item.pk).stage for item in (one, other)} == {Stage.DONE}
    assert set(found.places.values()) == {Stage.DONE}
    assert set(Item.objects.values_list("state", flat=True)) == {"removed"}
    assert set(Location.objects.values_list("state", flat=True)) == {"removed"}
    assert Task.objects.filter(state="open").exists() == (first == "done")


def test_what_is_put_there_again_is_not_down_by_an_answer_from_before(
    case: Case, removed, now
) -> None:
    one = removed()
    make_orders(now + DAY / 2)
    answer(now + DAY)
    other = removed()
    Copy.objects.update(group="g", content_ref="post-1")
    make_orders(now + 2 * DAY)
    answer(now + 3 * DAY, "failed")

    found = read(case)

    assert found.of_item(one.pk).stage == Stage.DONE
    assert found.of_item(other.pk).stage == Stage.FAILED
