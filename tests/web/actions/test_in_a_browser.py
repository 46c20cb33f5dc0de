"""The pages of orders, endpoints and the audit in a real browser: no barrier, nothing sideways."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.actions.models import Attempt, Delivery, Endpoint, Order
from staydown_web.actions.services import (
    answer_order,
    deliver_due,
    end_endpoint,
    make_orders,
    send_test,
)
from staydown_web.base.ids import new_id
from staydown_web.review.models import Task
from staydown_web.screening.models import Copy

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(copy_of, task_of, decided, endpoint, platform, now) -> list[str]:
    """Orders in every state; the addresses of the pages that show them."""
    for _ in range(2):
        decided(task_of(copy_of()), is_firm=True)
    make_orders(now)
    deliver_due(now=now, is_failing=False, clock=lambda: now)
    orders = list(Order.objects.order_by("seq"))
    for order, state in zip(orders, ("done", "failed"), strict=False):
        answer_order(
            order_id=order.pk,
            platform_id=platform.pk,
            state=state,
            note="There is no such post.",
            actor="system",
            now=now,
        )
    Delivery.objects.filter(order=orders[2]).update(state="dead")
    again = {"state": "due", "tries": 1, "next_try_at": now + timedelta(minutes=9)}
    Delivery.objects.filter(order=orders[3]).update(**again)
    waiting = Delivery.objects.get(order=orders[3])
    Attempt.objects.create(
        delivery=waiting, at=now, error_code="address_unreachable", duration_ms=9
    )
    send_test(endpoint=endpoint[0], actor="system", now=now)
    return [
        reverse("actions:deliveries"),
        reverse("actions:deliveries") + "?tab=failed",
        reverse("actions:order", args=[orders[0].pk]),
        reverse("actions:order", args=[orders[1].pk]),
        reverse("actions:order", args=[orders[3].pk]),
        reverse("actions:endpoints"),
        reverse("actions:endpoint", args=[endpoint[0].pk]),
        reverse("review:task", args=[Task.objects.get(failed_order__isnull=False).number]),
        reverse("review:task", args=[Task.objects.get(decisions__orders=orders[1].pk).number]),
        reverse("audit:events"),
        reverse("audit:events") + "?case=zz",
    ]


@pytest.fixture
def order_waits(copy_of, task_of, decided, endpoint, now) -> None:
    """An order, and its message that waits."""
    decided(task_of(copy_of()))
    make_orders(now)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    browser,
    live_server,
    client_of,
    admin,
    told,
    endpoint,
    copy_of,
    task_of,
    decided,
    now,
    width: int,
    scheme: str,
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    key = client_of(admin).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    for path in told:
        assert page.goto(live_server.url + path).status == 200
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        wrong += [f"{path}: {found}" for found in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: scrolls sideways")
        if page.get_by_text("What the platform answered").count():
            keep(page, "task-answered")
        if re.search(r"/deliveries/[0-9a-f-]{36}/", path):
            is_replaced = page.get_by_text("Something else was ordered").count()
            keep(page, "order-replaced" if is_replaced else "order")
        elif "/endpoints/" in path.removesuffix(reverse("actions:endpoints")):
            keep(page, "endpoint")
    end_endpoint(endpoint=endpoint[0], why="failing", actor="system", now=now)
    decided(task_of(copy_of()))
    make_orders(now)
    unsent = reverse("actions:order", args=[Order.objects.latest("seq").pk])
    for path in [*told[:1], unsent, *told[5:7]]:
        page.goto(live_server.url + path)
        wrong += [f"{path}, switched off: {found}" for found in axe(page)]
    context.close()
    assert wrong == []


@pytest.fixture
def unblocked(copy_of, task_of, decided, platform, now) -> list[str]:
    """An upload known by its check alone that the platform could not block; its pages."""
    copy = copy_of(state="held", source="upload", check_id=new_id())
    Copy.objects.filter(pk=copy.pk).update(content_ref="", url_box=None)
    decided(task_of(copy), is_firm=True)
    make_orders(now)
    order = Order.objects.get(what="block")
    answer_order(
        order_id=order.pk, platform_id=platform.pk, state="failed", note="There is no such post.",
        actor="system", now=now,
    )  # fmt: skip
    return [
        reverse("actions:deliveries"),
        reverse("actions:order", args=[order.pk]),
        reverse("review:task", args=[Task.objects.get(failed_order=order.pk).number]),
    ]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_what_could_not_be_blocked_is_told_without_a_barrier(
    browser, live_server, client_of, reviewer, unblocked, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    key = client_of(reviewer).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    for path, name in zip(unblocked, ("deliveries", "order", "task"), strict=True):
        page.goto(live_server.url + path)
        says = "by its check alone" if name != "task" else "it was never public"
        assert page.get_by_text(says).count() == 1
        wrong += [f"{path}: {found}" for found in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: scrolls sideways")
        keep(page, f"unblocked-{name}")
    context.close()
    assert wrong == []


@pytest.mark.parametrize("is_on", [True, False])
def test_no_chip_reaches_the_edge_of_its_panel(
    browser, live_server, client_of, admin, endpoint, order_waits, now, is_on: bool
) -> None:
    Endpoint.objects.update(failing_since=now)
    if not is_on:
        end_endpoint(endpoint=endpoint[0], why="gone", actor="system", now=now)
    context = browser.new_context(viewport={"width": 360, "height": 900})
    key = client_of(admin).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("actions:endpoint", args=[endpoint[0].pk]))
    room = page.evaluate(
        """[...document.querySelectorAll(".panel .chip")].map((chip) => {
            const panel = chip.closest(".panel");
            const edge = panel.getBoundingClientRect().right;
            return edge - parseFloat(getComputedStyle(panel).paddingRight)
              - chip.getBoundingClientRect().right;
        })"""
    )
    context.close()
    assert len(room) == 2
    assert min(room) >= 0
