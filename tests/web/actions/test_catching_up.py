"""What came up while an endpoint was off is sent when one works again: once, in order."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.urls import reverse

from staydown_web.actions import selectors
from staydown_web.actions.models import Delivery, Endpoint, Order
from staydown_web.actions.services import (
    add_endpoint,
    catch_up,
    catching_up,
    deliver_due,
    end_endpoint,
    make_orders,
    note_seen,
    replay_delivery,
    replay_given_up,
    resume_endpoint,
    send_parcel,
    send_test,
)
from staydown_web.audit.models import Event
from staydown_web.base.errors import RecordConflictError

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=3)


@pytest.fixture
def off(endpoint, now) -> Endpoint:
    """An endpoint that was switched off."""
    end_endpoint(endpoint=endpoint[0], why=Endpoint.Ended.FAILING, actor="system", now=now)
    return endpoint[0]


def sent(hook, now) -> list[str]:
    """What reached the server, in its order."""
    deliver_due(now=now, is_failing=False, clock=lambda: now)
    bodies = [orjson.loads(request.partition(b"\r\n\r\n")[2]) for request in hook.requests]
    return [body["data"].get("what", body["type"]) for body in bodies]


def test_what_was_ordered_while_it_was_off_is_sent_once_it_is_on(
    off, hook, copy_of, task_of, decided, now
) -> None:
    for copy in (copy_of(state="held", source="upload"), copy_of()):
        decided(task_of(copy), is_firm=True)
    make_orders(now)
    assert (catch_up(now), sent(hook, now)) == (0, [])
    assert selectors.order_counts().unsent == 2
    assert resume_endpoint(endpoint=off, actor="system", now=now)
    assert catch_up(now) == 2
    assert sorted(sent(hook, now)) == ["block", "remove"]
    assert (catch_up(now + LATER), len(sent(hook, now + LATER))) == (0, 2)
    assert Endpoint.objects.get().behind_since is None
    assert selectors.order_counts().unsent == 0
    event = Event.objects.get(what="endpoint_caught_up")
    assert (event.facts["orders"], event.facts["parcels"]) == (2, 0)


def test_a_new_endpoint_gets_what_was_made_before_there_was_any(
    platform, hook, copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    platform.media_origins = [*platform.media_origins, hook.origin]
    platform.save()
    add_endpoint(platform=platform, url=hook.origin + "/hook", actor="system", now=now)
    catch_up(now)
    assert sent(hook, now) == ["hold"]


@pytest.mark.parametrize("why", [Endpoint.Ended.STAFF, Endpoint.Ended.FAILING])
def test_what_waited_when_it_was_switched_off_is_sent_once_it_is_on(
    endpoint, hook, copy_of, task_of, decided, now, why
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    # One try has failed: the next is a while off.
    Delivery.objects.update(tries=1, next_try_at=now + LATER)
    end_endpoint(endpoint=endpoint[0], why=why, actor="system", now=now)
    assert sent(hook, now + LATER) == []
    assert resume_endpoint(endpoint=endpoint[0], actor="system", now=now + LATER)
    assert catch_up(now + LATER) == 0
    assert sent(hook, now + LATER) == ["hold"]
    assert Event.objects.get(what="endpoint_resumed").facts["sent_again"] == 1


def test_what_waits_at_an_endpoint_that_is_off_is_not_called_given_up(
    endpoint, copy_of, task_of, decided, admin_client, now
) -> None:
    for _ in range(2):
        decided(task_of(copy_of()))
    make_orders(now)
    send_test(endpoint=endpoint[0], actor="system", now=now)
    given_up, waits = Order.objects.order_by("seq")
    before = {"state": Delivery.State.DEAD, "done_at": now, "tries": 10}
    Delivery.objects.filter(order=given_up).update(**before)
    at = now + LATER
    end_endpoint(endpoint=endpoint[0], why=Endpoint.Ended.STAFF, actor="system", now=at)
    counts = selectors.order_counts()
    assert (counts.undelivered, counts.unsent) == (1, 1)
    shown = selectors.endpoints().get()
    assert (shown.due, shown.dead) == (2, 1)
    assert Event.objects.get(what="endpoint_ended").facts["waiting"] == 2
    page = admin_client.get(reverse("actions:endpoint", args=[endpoint[0].pk])).content.decode()
    assert "2 waiting until it is switched on, 1 given up" in page
    assert page.count("Waits until the endpoint is on") == 2
    page = admin_client.get(reverse("actions:order", args=[waits.pk])).content.decode()
    assert "Waits until the endpoint is on" in page
    assert "Send again" not in page, "there is nobody to send it to"
    page = admin_client.get(reverse("actions:deliveries") + "?tab=unsent").content.decode()
    assert page.count("Waits until the endpoint is on") == 1
    assert "1 order waits until an endpoint of its platform works again" in page
    page = admin_client.get(reverse("actions:order", args=[given_up.pk])).content.decode()
    assert "Given up" in page
    assert "Waits until" not in page
    resume_endpoint(endpoint=endpoint[0], actor="system", now=at)
    counts, shown = selectors.order_counts(), selectors.endpoints().get()
    assert (counts.undelivered, counts.unsent, shown.due, shown.dead) == (1, 0, 2, 1)


def test_what_waited_and_was_fetched_meanwhile_is_not_sent(
    endpoint, hook, copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    end_endpoint(endpoint=endpoint[0], why=Endpoint.Ended.STAFF, actor="system", now=now)
    note_seen(order_ids=[Order.objects.get().pk], now=now)
    resume_endpoint(endpoint=endpoint[0], actor="system", now=now)
    assert sent(hook, now) == []


def test_of_a_removal_that_was_undone_only_the_restoring_is_sent(
    off, hook, copy_of, task_of, decided, now
) -> None:
    copy = copy_of()
    decided(task_of(copy), is_firm=True)
    make_orders(now)
    decided(task_of(copy), "restore", is_firm=True)
    make_orders(now)
    assert [o.what for o in Order.objects.order_by("seq")] == ["hold", "remove", "restore"]
    resume_endpoint(endpoint=off, actor="system", now=now)
    catch_up(now)
    assert sent(hook, now) == ["restore"]


def test_what_its_program_fetched_or_another_endpoint_got_is_not_sent(
    off, hook, copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    note_seen(order_ids=[Order.objects.get().pk], now=now)
    resume_endpoint(endpoint=off, actor="system", now=now)
    catch_up(now)
    assert sent(hook, now) == []


def test_what_was_given_up_at_the_old_endpoint_goes_to_the_new_one(
    endpoint, platform, hook, copy_of, task_of, decided, now
) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    end_endpoint(endpoint=endpoint[0], why=Endpoint.Ended.GONE, actor="system", now=now)
    add_endpoint(platform=platform, url=hook.origin + "/new", actor="system", now=now)
    assert catch_up(now) == 1
    assert sent(hook, now) == ["hold"]


def test_many_come_in_bounded_parts_and_in_their_order(
    off, hook, copy_of, task_of, decided, now, monkeypatch
) -> None:
    monkeypatch.setattr(catching_up, "AT_ONCE", 2)
    for _ in range(3):
        decided(task_of(copy_of()))
    make_orders(now)
    resume_endpoint(endpoint=off, actor="system", now=now)
    assert [catch_up(now) for _ in range(3)] == [2, 1, 0]
    made = Delivery.objects.order_by("next_try_at", "order__seq").values_list("order__seq")
    assert list(made) == list(Order.objects.order_by("seq").values_list("seq"))
    assert Endpoint.objects.get().behind_since is not None, "one may just be in the making"


def test_a_statement_that_was_made_meanwhile_is_sent_too(off, hook, platform, now) -> None:
    send_parcel(
        platform=platform,
        what="statement.made",
        subject="statement:1",
        data={},
        case_id=None,
        now=now,
    )
    resume_endpoint(endpoint=off, actor="system", now=now)
    assert (catch_up(now), catch_up(now)) == (1, 0)
    assert sent(hook, now) == ["statement.made"]


def test_sending_again_leaves_out_what_counts_no_more_and_brings_what_was_missed(
    endpoint, hook, copy_of, task_of, decided, now
) -> None:
    copy = copy_of()
    decided(task_of(copy), is_firm=True)
    make_orders(now)
    end_endpoint(endpoint=endpoint[0], why=Endpoint.Ended.STAFF, actor="system", now=now)
    decided(task_of(copy), "restore", is_firm=True)
    make_orders(now)
    resume_endpoint(endpoint=endpoint[0], actor="system", now=now)
    assert selectors.order_counts().undelivered == 0
    assert replay_given_up(endpoint=endpoint[0], since=now, actor="system", now=now) == 0
    removal = Delivery.objects.get(order__what="remove")
    with pytest.raises(RecordConflictError, match="counts no more"):
        replay_delivery(delivery_id=removal.pk, actor="system", now=now)
    catch_up(now)
    assert sent(hook, now) == ["restore"]


def test_a_late_try_does_not_come_after_what_was_ordered_since(
    endpoint, hook, copy_of, task_of, decided, now
) -> None:
    copy = copy_of(state="held", source="library")
    decided(task_of(copy), is_firm=True)
    make_orders(now)
    Delivery.objects.update(tries=1, next_try_at=now + LATER)
    decided(task_of(copy), "restore", is_firm=True)
    make_orders(now)
    assert sent(hook, now + LATER) == ["restore"]


def test_the_pages_say_how_many_wait(off, copy_of, task_of, decided, now, admin_client) -> None:
    decided(task_of(copy_of()))
    make_orders(now)
    page = admin_client.get(reverse("actions:deliveries")).content.decode()
    assert "1 order waits until an endpoint of its platform works again." in page
    assert "Not sent yet" in page
    listed = admin_client.get(reverse("actions:deliveries") + "?tab=unsent").content.decode()
    assert Order.objects.get().copy.content_ref in listed
    order = admin_client.get(
        reverse("actions:order", args=[Order.objects.get().pk])
    ).content.decode()
    assert "It is sent as soon as an endpoint of this platform works again." in order
