"""An upload that was held was never online: no word of hers may say that it still is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import DAY, HOUR, Stage, file, removed, task_of
from her_page import Her, ago, plain
from review_scene import found, make_copy
from staydown_web.accounts.models import User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders, order_again
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import person_view
from staydown_web.portal.selectors.watching import are_copies_held
from staydown_web.reports.selectors.event_words import event_words
from staydown_web.reports.selectors.records import record_facts
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
UNTRUE = ("not removed", "still be online", "did not carry it out", "not answered yet")
NEVER_PUBLIC = "It was held when it was uploaded, so it was never public."


def decide_upload(case: Case, stage: Stage, outcome: str = "remove", **values: Any) -> Order:
    """A site asks of an upload alone, which is held; a reviewer decides to remove it."""
    entry = case.items.get().claims.get().entry
    values = {"content_ref": "", "check_id": new_id(), **values}
    copy = make_copy(
        stage.platform, entry, ago(60), match=found("citrus.jpg", "same"), group="upload", **values
    )
    tasks.take_in(ago(59))
    if not copy.tasks.exists():  # it was let through, and somebody asks all the same
        made = Task.objects.create(
            number="R-1", source="upload", platform=stage.platform, case=case,
            item=case.items.get(), group=copy.group, made_at=ago(59),
        )  # fmt: skip
        made.copies.add(copy)
    services.decide(
        task=copy.tasks.get(), outcome=outcome, grounds=["us-tida"], facts="", user=stage.first,
        now=ago(50),
    )  # fmt: skip
    services.make_decisions_firm(ago(48))
    make_orders(ago(47))
    return Order.objects.exclude(what="hold").get(copy=copy)


def say(order: Order, state: str, minutes: int = 40) -> None:
    answer_order(
        order_id=order.pk, platform_id=order.platform_id, state=state, note="no such post",
        actor="system", now=ago(minutes),
    )  # fmt: skip


def upload_first(stage: Stage) -> tuple[Case, Order]:
    """The upload is decided before hers is looked at; that is to be removed then."""
    case = file(stage, 3 * HOUR)
    order = decide_upload(case, stage)
    assert order.what == "block"
    task = task_of(case, stage, 2 * HOUR)
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=stage.first, now=ago(46)
    )
    services.make_decisions_firm(ago(44))
    make_orders(ago(43))
    return case, order


def refused(stage: Stage) -> Case:
    """Hers was removed; of the upload that was held the site has nothing to block."""
    case, order = upload_first(stage)
    for other in Order.objects.filter(state="waiting").exclude(pk=order.pk).order_by("seq"):
        say(other, "done", 42)
    say(order, "failed")
    return case


def record_of(case: Case) -> dict[str, Any]:
    view = person_view(case=case, is_unveiled=True, now=utc_now())
    return record_facts(case=case, view=view, with_details=False, for_staff=False, now=utc_now())


@pytest.mark.parametrize("states", [(), ("failed",), ("done",), ("failed", "done")])
def test_her_page_says_that_it_was_removed(stage: Stage, states: tuple[str, ...]) -> None:
    case, order = upload_first(stage)
    for other in Order.objects.filter(state="waiting").exclude(pk=order.pk).order_by("seq"):
        say(other, "done", 42)
    for n, state in enumerate(states):
        say(order, state, 40 - n)

    her = Her(case)

    assert (her.title, her.item) == ("It was removed", "Removed")
    assert not [words for words in UNTRUE if words in plain(her.page).lower()]


def test_at_her_own_address_it_may_be_online_until_that_is_removed(stage: Stage) -> None:
    case, _order = upload_first(stage)
    assert Her(case).item == "Ordered to be removed"

    removal = Order.objects.get(what="remove")
    say(removal, "failed")

    her = Her(case)
    assert (her.title, her.item) == ("It is not removed yet", "Not removed yet")


def test_nor_is_it_said_where_an_upload_is_all_that_was_found(stage: Stage) -> None:
    case = file(stage, DAY, law="platform-terms")
    order = decide_upload(case, stage)
    for state in ("", "failed"):
        if state:
            say(order, state)
        her = Her(case)
        assert her.item == "Removed"
        assert not [words for words in UNTRUE if words in plain(her.page).lower()]


def test_the_record_does_not_contradict_itself(stage: Stage) -> None:
    case = refused(stage)

    record = record_of(case)

    assert {one["state"] for one in record["items"]} == {"removed"}
    assert {one["state"] for one in record["places"]} == {"removed"}
    settled = Event.objects.filter(case_id=case.pk, what="item_settled").order_by("seq")
    last = event_words("item_settled", settled.last().facts, item="Item 1")
    assert last in {"Item 1: it was decided to remove it", "Item 1: removed"}


def test_an_upload_that_was_let_through_may_still_be_online(stage: Stage) -> None:
    case = removed(stage)
    order = decide_upload(case, stage, state=Copy.State.SEEN, verdict="clear")
    assert order.what == "remove"
    say(order, "failed")

    assert Her(case).title != "It was removed"
    assert case.items.get().state == Item.State.IN_REVIEW


def test_what_a_site_cannot_do_with_it_is_the_reviewers_matter(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    case = refused(stage)
    task = Task.objects.get(state="open")
    order = Order.objects.get(what="block")
    reviewer = client_of(stage.second)
    reviewer.post(reverse("review:take", args=[task.number]))

    for address in (
        reverse("review:task", args=[task.number]),
        reverse("actions:order", args=[order.pk]),
    ):
        page = plain(reviewer.get(address).text)
        assert NEVER_PUBLIC in page
        assert "Order again" in page
        assert "still be online" not in page
        assert "could not remove this" not in page
        assert str(order.copy.check_id) in page, "the one number that the platform has of it"
    assert "no such post" in page

    order_again(order_id=order.pk, actor="system", now=ago(20))
    again = Order.objects.get(what="block", number=2)
    say(again, "done", 10)
    assert not Task.objects.filter(state="open").exists()
    assert Her(case).title == "It was removed"


def test_that_it_came_back_is_no_copy_that_waits(stage: Stage) -> None:
    case = refused(stage)
    entry = case.items.get().claims.get().entry
    entry.state = "confirmed"
    entry.save()
    Copy.objects.filter(source="upload").update(seen_at=utc_now() + 10 * DAY)

    assert not are_copies_held(case, now=utc_now() + 60 * DAY)
    Task.objects.filter(state="open").update(failed_order=None)
    assert are_copies_held(case, now=utc_now() + 60 * DAY)
