"""What platforms answer, and the calls by which they ask and answer."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from staydown_web.actions import api
from staydown_web.actions.models import Order
from staydown_web.actions.selectors import answer_note
from staydown_web.actions.services import make_orders, order_again
from staydown_web.audit.models import Event
from staydown_web.cases.models import Case, Item, Location
from staydown_web.review.models import Task
from staydown_web.review.services.deciding import undo_decision
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
ORDERS = "/api/v1/orders"


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def removal(copy_of, task_of, decided, now, platform) -> Order:
    """An order to remove a copy that a notice points at."""
    case = Case.objects.create(
        number="C-7Q2M-4KXR",
        phrase_hash="x",
        way="published",
        acts_as="self",
        regimes=["us-tida"],
        filed_at=now,
        touched_at=now,
        valid_at=now,
        due_at=now + timedelta(hours=48),
    )
    item = Item.objects.create(case=case, position=1, added_at=now, state_at=now)
    copy = copy_of()
    Location.objects.create(
        case=case,
        item=item,
        platform=platform,
        copy=copy,
        state="found",
        added_at=now,
        state_at=now,
    )
    decided(task_of(copy, case=case, item=item), is_firm=True)
    make_orders(now)
    return Order.objects.get(what="remove")


def answer(client: Client, headers, order: Order, state: str, note: str = ""):
    return client.post(
        f"{ORDERS}/{order.pk}/answer",
        {"state": state, "note": note},
        content_type="application/json",
        headers=headers,
    )


def test_done_becomes_part_of_the_case(client, headers, removal: Order) -> None:
    response = answer(client, headers, removal, "done", "taken offline")
    assert (response.status_code, response.json()["state"]) == (200, "done")
    removal.refresh_from_db()
    assert answer_note(removal) == "taken offline"
    assert b"taken offline" not in bytes(removal.answer_box or b"")
    assert Copy.objects.get().state == Copy.State.REMOVED
    assert Location.objects.get().state == Location.State.REMOVED
    assert Item.objects.get().state == Item.State.REMOVED
    event = Event.objects.get(what="order_answered")
    assert event.case_id == Case.objects.get().pk
    assert event.facts["state"] == "done"


def test_the_same_answer_again_changes_nothing(client, headers, removal: Order) -> None:
    answer(client, headers, removal, "done")
    before = Event.objects.count()
    assert answer(client, headers, removal, "done").status_code == 200
    assert Event.objects.count() == before


def test_failed_is_told_to_the_case_and_can_be_done_later(client, headers, removal: Order) -> None:
    assert answer(client, headers, removal, "failed", "no such post").status_code == 200
    assert Item.objects.get().state == Item.State.IN_REVIEW
    assert Copy.objects.get().state == Copy.State.HELD
    assert answer(client, headers, removal, "done").status_code == 200
    assert Item.objects.get().state == Item.State.REMOVED
    refused = answer(client, headers, removal, "failed")
    assert (refused.status_code, refused.json()["code"]) == (409, "record_conflict")


def test_a_late_answer_does_not_undo_a_newer_order(client, headers, removal: Order) -> None:
    hold = Order.objects.get(what="hold")
    answer(client, headers, removal, "done")
    assert answer(client, headers, hold, "done").status_code == 200
    assert Copy.objects.get().state == Copy.State.REMOVED


def test_another_platform_s_orders_do_not_exist(
    client, removal: Order, other_platform, key_for
) -> None:
    _, raw = key_for(other_platform, "orders")
    foreign = {"Authorization": f"Bearer {raw}"}
    assert answer(client, foreign, removal, "done").status_code == 404
    assert client.get(f"{ORDERS}/{removal.pk}", headers=foreign).status_code == 404
    assert client.get(ORDERS, headers=foreign).json() == {"orders": [], "next": 0}
    unknown = client.get(f"{ORDERS}/{uuid4()}", headers=foreign)
    assert unknown.json() == client.get(f"{ORDERS}/{removal.pk}", headers=foreign).json()


def test_a_key_without_the_scope_or_none_is_refused(client, removal, platform, key_for) -> None:
    _, raw = key_for(platform, "check")
    assert client.get(ORDERS).status_code == 401
    assert client.get(ORDERS, headers={"Authorization": f"Bearer {raw}"}).status_code == 403


@pytest.mark.parametrize(
    "body", ["{", "[]", "{}", '{"state": "maybe"}', '{"state": "done", "note": "%s"}' % ("x" * 301)]
)
def test_a_wrong_answer_is_a_problem(client, headers, removal: Order, body: str) -> None:
    response = client.post(
        f"{ORDERS}/{removal.pk}/answer", body, content_type="application/json", headers=headers
    )
    assert response.status_code in {400, 422}
    assert response["Content-Type"].startswith("application/problem+json")


def test_orders_come_in_their_order_after_the_last_one_seen(
    client, headers, removal: Order
) -> None:
    first = client.get(ORDERS, headers=headers).json()
    assert [order["what"] for order in first["orders"]] == ["hold", "remove"]
    assert first["next"] == first["orders"][-1]["seq"]
    again = client.get(f"{ORDERS}?after={first['orders'][0]['seq']}", headers=headers).json()
    assert [order["what"] for order in again["orders"]] == ["remove"]
    assert client.get(f"{ORDERS}?after={first['next']}", headers=headers).json() == {
        "orders": [],
        "next": first["next"],
    }
    waits = f"{ORDERS}?only_waiting=true"
    shown = client.get(waits, headers=headers).json()["orders"]
    assert [order["what"] for order in shown] == ["remove"], "it replaced the hold"
    answer(client, headers, removal, "done")
    assert client.get(waits, headers=headers).json()["orders"] == []


def test_an_order_says_nothing_about_who_asked(client, headers, removal: Order) -> None:
    shown = client.get(f"{ORDERS}/{removal.pk}", headers=headers).json()
    assert set(shown) == {
        "id",
        "seq",
        "what",
        "state",
        "content_ref",
        "content_url",
        "check_id",
        "made_at",
        "reason",
        "grounds",
        "restriction",
        "scope",
        "until",
    }
    assert "C-7Q2M" not in str(shown)


def test_what_was_fetched_is_not_taken_back_unseen(
    client, headers, copy_of, task_of, decided, reviewer, now
) -> None:
    decision = decided(task_of(copy_of()))
    make_orders(now)
    client.get(ORDERS, headers=headers)
    undo_decision(decision=decision, user=reviewer, now=now + timedelta(seconds=9))
    make_orders(now)
    assert [o["what"] for o in client.get(ORDERS, headers=headers).json()["orders"]] == [
        "hold",
        "restore",
    ]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=21", "wait=-1", "after=1e30"])
def test_a_wrong_question_is_a_problem(client, headers, query: str) -> None:
    response = client.get(f"{ORDERS}?{query}", headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, "request_invalid")
    assert list(response.json()["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("sent", [{"state": "melted"}, {}])
def test_what_is_wrong_in_an_answer_is_called_as_its_sender_does(
    client, headers, copy_of, task_of, decided, now, sent
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    address = f"{ORDERS}/{Order.objects.get().pk}/answer"
    response = client.post(address, sent, "application/json", headers=headers)
    assert (response.status_code, list(response.json()["fields"])) == (422, ["state"])


@pytest.mark.django_db(transaction=True)
def test_a_waiting_call_is_answered_as_soon_as_there_is_an_order(
    client, headers, copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()))

    def later() -> None:
        time.sleep(0.3)
        make_orders(now)
        connection.close()

    worker = threading.Thread(target=later)
    worker.start()
    started = time.monotonic()
    found = client.get(f"{ORDERS}?wait=20", headers=headers).json()["orders"]
    worker.join()
    assert [order["what"] for order in found] == ["hold"]
    assert time.monotonic() - started < 10


def test_a_call_waits_no_longer_than_it_asked(client, headers) -> None:
    response = client.get(f"{ORDERS}?wait=1", headers=headers)
    assert response.json() == {"orders": [], "next": 0}
    assert "Retry-After" not in response


def test_no_more_calls_wait_than_there_is_room_for(client, headers) -> None:
    taken = [api._waiting.acquire(blocking=False) for _ in range(api.WAITING_AT_ONCE)]
    try:
        started = time.monotonic()
        response = client.get(f"{ORDERS}?wait=20", headers=headers)
        assert time.monotonic() - started < 5
        assert (response.status_code, response["Retry-After"]) == (200, "2")
    finally:
        for _ in taken:
            api._waiting.release()


def test_what_could_not_be_removed_comes_back_to_a_reviewer_with_the_answer(
    client, headers, removal: Order, reviewer_client
) -> None:
    answer(client, headers, removal, "failed", "no such <post>")
    task = Task.objects.get(state=Task.State.OPEN)
    assert (task.case, task.item) == (Case.objects.get(), Item.objects.get())
    assert (task.copies.get(), task.failed_order) == (removal.copy, removal.pk)
    assert b"no such" not in bytes(task.answer_box or b"")
    page = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    assert "The platform could not remove this." in page
    assert "no such &lt;post&gt;" in page
    assert task.number in reviewer_client.get(reverse("review:queue")).content.decode()


def test_a_removal_is_ordered_again_and_the_item_is_removed_only_when_it_is_done(
    client, headers, removal: Order, reviewer_client
) -> None:
    answer(client, headers, removal, "failed")
    where = reverse("actions:order_again", args=[removal.pk])
    page = reviewer_client.get(reverse("actions:order", args=[removal.pk])).content.decode()
    assert where in page
    assert reviewer_client.post(where).status_code == 302
    again = Order.objects.get(what="remove", number=2)
    assert (again.state, again.decision, again.copy) == ("waiting", removal.decision, removal.copy)
    assert again.seq > removal.seq
    assert not Task.objects.filter(state=Task.State.OPEN).exists()
    assert Item.objects.get().state == Item.State.IN_REVIEW
    assert Event.objects.filter(what="order_made", actor__startswith="user:").count() == 1
    assert reviewer_client.post(where).status_code == 409, "once is enough"
    answer(client, headers, again, "failed")
    assert Task.objects.get(state=Task.State.OPEN).failed_order == again.pk
    answer(client, headers, again, "done")
    assert Item.objects.get().state == Item.State.REMOVED
    assert not Task.objects.filter(state=Task.State.OPEN).exists()


def test_a_new_decision_on_it_says_nothing_is_removed_before_the_platform_does(
    client, headers, removal: Order, decided, now
) -> None:
    answer(client, headers, removal, "failed")
    decided(Task.objects.get(state=Task.State.OPEN), is_firm=True)
    make_orders(now)
    assert Item.objects.get().state == Item.State.IN_REVIEW
    answer(client, headers, Order.objects.get(what="remove", state="waiting"), "done")
    assert Item.objects.get().state == Item.State.REMOVED


def test_a_copy_that_waits_with_it_keeps_its_task(
    client, headers, removal: Order, copy_of, reviewer, now
) -> None:
    answer(client, headers, removal, "failed")
    task, other = Task.objects.get(state=Task.State.OPEN), copy_of(state="held")
    task.copies.add(other)
    assert order_again(order_id=removal.pk, actor="system", now=now) == 1
    task.refresh_from_db()
    assert (task.state, task.failed_order) == (Task.State.OPEN, None)
