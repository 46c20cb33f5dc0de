"""Webhooks to a real server that takes them, refuses them, or is not there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from staydown_web.actions.models import Attempt, Delivery, Endpoint, Order
from staydown_web.actions.selectors import endpoint_url
from staydown_web.actions.services import (
    add_endpoint,
    alert_about_endpoints,
    deliver_due,
    end_endpoint,
    make_orders,
    replay_delivery,
    replay_given_up,
    resume_endpoint,
    rotate_secret,
    send_all_now,
    send_now,
    send_test,
)
from staydown_web.audit.models import Event
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.base.retrying import WEBHOOK
from web_servers import Served, answering, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(copy_of, task_of, decided, now, endpoint) -> Order:
    """An order to hold, with its message to the endpoint."""
    decided(task_of(copy_of()))
    make_orders(now)
    return Order.objects.get()


def deliver(at: datetime, *, is_failing: bool = False) -> int:
    return deliver_due(now=at, is_failing=is_failing, clock=lambda: at)


def parts(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}, body


def test_an_order_arrives_signed_by_standard_webhooks(order: Order, hook, endpoint) -> None:
    assert deliver(datetime.now(UTC)) == 1
    headers, body = parts(hook.requests[0])
    data = Webhook(endpoint[1]).verify(body, headers)
    assert data["type"] == "order.made"
    assert data["data"] == {
        "id": str(order.pk),
        "seq": 1,
        "what": "hold",
        "state": "waiting",
        "content_ref": order.copy.content_ref,
        "content_url": data["data"]["content_url"],
        "check_id": None,
        "made_at": "2026-11-26T09:00:00Z",
        "reason": "us-tida",
        "grounds": [],
        "restriction": "",
        "scope": "",
        "until": None,
    }
    assert data["data"]["content_url"].startswith("http://127.0.0.1:8161/media/")
    assert headers["webhook-id"] == str(Delivery.objects.get().pk)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint[1]).verify(body + b" ", headers)


def test_what_was_delivered_is_noted_and_not_sent_again(order: Order, hook, now) -> None:
    deliver(now)
    assert deliver(now + timedelta(days=1)) == 0
    assert Delivery.objects.get().state == Delivery.State.SENT
    attempt = Attempt.objects.get()
    assert (attempt.http_status, attempt.error_code) == (204, "")
    sent = Event.objects.get(what="order_sent")
    assert (sent.subject, sent.facts["status"]) == (f"order:{order.pk}", 204)
    order.refresh_from_db()
    assert order.seen_at == now


def refusing(platform, endpoint, served: Served) -> None:
    """Let the endpoint lead to another server."""
    from staydown_web.base.sealing import seal

    platform.media_origins = [*platform.media_origins, served.origin]
    platform.save()
    made = endpoint[0]
    made.url_box = seal((served.origin + "/hook").encode(), context=f"endpoint-url:{made.pk}")
    made.save()


def test_a_refused_message_is_tried_again_by_the_rule_and_given_up_at_its_end(
    order: Order, platform, endpoint, now
) -> None:
    ids = set()
    with serving(answering(status="500 No")) as served:
        refusing(platform, endpoint, served)
        at = now
        for wait_s in WEBHOOK.waits_s:
            assert deliver(at) + deliver(at, is_failing=True) == 1
            delivery = Delivery.objects.get()
            assert delivery.next_try_at == at + timedelta(seconds=wait_s)
            assert deliver(delivery.next_try_at - timedelta(seconds=1), is_failing=True) == 0
            at = delivery.next_try_at
            # Only the last try is far enough from the first for the endpoint to be given up too.
        deliver(at, is_failing=True)
        ids = {parts(r)[0]["webhook-id"] for r in served.requests}
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == (Delivery.State.DEAD, WEBHOOK.most_tries)
    assert len(ids) == 1, "the id stays the same, so that the platform can tell it is one message"
    assert Event.objects.filter(what="delivery_dead").count() == 1


def test_a_server_that_asks_for_time_gets_it(order: Order, platform, endpoint, now) -> None:
    with serving(answering(status="503 Busy", Retry_After="600")) as served:
        refusing(platform, endpoint, served)
        deliver(now)
    assert Delivery.objects.get().next_try_at == now + timedelta(seconds=600)


def test_a_dead_server_is_noted_by_its_code(order: Order, platform, endpoint, now) -> None:
    with serving(answering()) as served:
        refusing(platform, endpoint, served)
    deliver(now)
    assert Attempt.objects.get().error_code == "address_unreachable"
    assert Delivery.objects.get().state == Delivery.State.DUE


def test_a_platform_that_fails_is_sent_to_apart_from_the_others(
    order: Order, platform, endpoint, now
) -> None:
    with serving(answering(status="500 No")) as served:
        refusing(platform, endpoint, served)
        deliver(now)
    later = now + timedelta(minutes=1)
    assert deliver(later) == 0
    assert deliver(later, is_failing=True) == 1


def test_an_endpoint_that_failed_for_days_is_switched_off_and_people_hear_of_it(
    order: Order, platform, endpoint, now, admin, settings
) -> None:
    with serving(answering(status="500 No")) as served:
        refusing(platform, endpoint, served)
        deliver(now)
        deliver(now + timedelta(days=3), is_failing=True)
    ended = Endpoint.objects.get()
    assert (ended.is_active, ended.ended) == (False, "failing")
    assert Delivery.objects.get().state == Delivery.State.DEAD
    assert Event.objects.filter(what="endpoint_ended").count() == 1
    assert alert_about_endpoints(now) == 0, "no mail server is set"
    settings.STAYDOWN_MAIL_READY = True
    assert alert_about_endpoints(now) == 1
    assert [letter.to for letter in mail.outbox] == [[admin.email]]
    assert "/staff/endpoints/" in mail.outbox[0].body
    assert alert_about_endpoints(now) == 0


def test_an_endpoint_that_says_it_is_gone_is_switched_off_at_once(
    order: Order, platform, endpoint, now
) -> None:
    with serving(answering(status="410 Gone")) as served:
        refusing(platform, endpoint, served)
        deliver(now)
    assert Endpoint.objects.get().ended == "gone"


def test_what_was_given_up_is_sent_again(order: Order, endpoint, hook, now, lead) -> None:
    earlier = now - timedelta(hours=1)
    Delivery.objects.update(state=Delivery.State.DEAD, done_at=earlier)
    end_endpoint(endpoint=endpoint[0], why=Endpoint.Ended.STAFF, actor="system", now=now)
    delivery = Delivery.objects.get()
    with pytest.raises(RecordConflictError, match="switched off"):
        replay_delivery(delivery_id=delivery.pk, actor=f"user:{lead.pk}", now=now)
    assert resume_endpoint(endpoint=endpoint[0], actor="system", now=now)
    assert deliver(now) == 0
    replay_delivery(delivery_id=delivery.pk, actor=f"user:{lead.pk}", now=now)
    with pytest.raises(RecordConflictError):
        replay_delivery(delivery_id=delivery.pk, actor=f"user:{lead.pk}", now=now)
    assert deliver(now) == 1
    assert len(hook.requests) == 1
    assert Event.objects.filter(what="delivery_replayed").count() == 1


def test_all_that_was_given_up_is_sent_again_by_one_command(
    order: Order, endpoint, hook, now
) -> None:
    Delivery.objects.update(state=Delivery.State.DEAD)
    assert (
        replay_given_up(
            endpoint=endpoint[0], since=now + timedelta(days=1), actor="system", now=now
        )
        == 0
    )
    assert replay_given_up(endpoint=endpoint[0], since=now, actor="system", now=now) == 1
    assert deliver(now) == 1


@pytest.fixture
def waiting(order: Order, platform, endpoint, now) -> Delivery:
    """A message that failed five times, until its endpoint was mended, and is due in an hour."""
    url_box = endpoint[0].url_box
    with serving(answering(status="500 No")) as served:
        refusing(platform, endpoint, served)
        at = now
        for _try in range(5):
            deliver(at)
            deliver(at, is_failing=True)
            at = Delivery.objects.get().next_try_at
    Endpoint.objects.update(url_box=url_box)
    return Delivery.objects.get()


@pytest.mark.parametrize("is_all", [False, True])
def test_what_waits_for_its_next_try_is_sent_now(
    waiting: Delivery, endpoint, hook, lead, is_all
) -> None:
    at = waiting.next_try_at - timedelta(minutes=40)
    assert deliver(at, is_failing=True) == 0
    actor = f"user:{lead.pk}"
    if is_all:
        assert send_all_now(endpoint=endpoint[0], actor=actor, now=at) == 1
    else:
        assert send_now(delivery_id=waiting.pk, actor=actor, now=at).next_try_at == at
    assert deliver(at, is_failing=True) == 1
    assert len(hook.requests) == 1
    assert Delivery.objects.get().state == Delivery.State.SENT
    event = Event.objects.get(what="delivery_brought_forward")
    assert (event.actor, event.facts) == (actor, {"messages": 1})


def test_who_asks_often_uses_up_no_tries(waiting: Delivery, platform, endpoint, lead) -> None:
    at = waiting.next_try_at - timedelta(minutes=40)
    with serving(answering(status="500 No")) as served:
        refusing(platform, endpoint, served)
        for minute in range(12):
            moment = at + timedelta(minutes=minute)
            send_now(delivery_id=waiting.pk, actor=f"user:{lead.pk}", now=moment)
            assert deliver(moment) + deliver(moment, is_failing=True) == 1
    left = Delivery.objects.get()
    assert (left.state, left.tries) == (Delivery.State.DUE, waiting.tries)


def test_what_a_worker_may_have_in_hand_is_not_sent_twice_at_once(
    waiting: Delivery, endpoint, lead, now
) -> None:
    claimed_at = waiting.next_try_at
    Delivery.objects.update(next_try_at=claimed_at + timedelta(minutes=2))
    with pytest.raises(RecordConflictError):
        send_now(delivery_id=waiting.pk, actor=f"user:{lead.pk}", now=claimed_at)
    assert send_all_now(endpoint=endpoint[0], actor="system", now=claimed_at) == 0
    with pytest.raises(RecordNotFoundError):
        send_now(delivery_id=uuid4(), actor="system", now=now)
    assert not Event.objects.filter(what="delivery_brought_forward").exists()


def test_what_counts_no_more_or_has_no_endpoint_is_not_sent_now(
    waiting: Delivery, order: Order, endpoint, now
) -> None:
    newer = Order.objects.create(
        seq=99, platform=order.platform, copy=order.copy, what="restore", made_at=now
    )
    assert send_all_now(endpoint=endpoint[0], actor="system", now=now) == 0
    newer.delete()
    Endpoint.objects.update(is_active=False)
    assert send_all_now(endpoint=endpoint[0], actor="system", now=now) == 0


def test_an_order_that_was_taken_back_is_not_sent(order: Order, hook, now) -> None:
    Order.objects.update(state=Order.State.CANCELLED)
    deliver(now)
    assert hook.requests == []
    assert Delivery.objects.get().state == Delivery.State.DEAD


def test_a_worker_that_died_while_sending_leaves_the_message_to_the_next(
    order: Order, hook, now
) -> None:
    claimed = now + timedelta(minutes=2)
    Delivery.objects.update(tries=1, next_try_at=claimed)
    assert deliver(now) == 0
    assert deliver(claimed) == 1


def test_a_new_secret_and_the_old_one_sign_for_a_day(order: Order, endpoint, hook, now) -> None:
    made, old = endpoint
    real = datetime.now(UTC)
    new = rotate_secret(endpoint=made, actor="system", now=real)
    assert new != old
    deliver(real)
    headers, body = parts(hook.requests[0])
    assert Webhook(new).verify(body, headers) == Webhook(old).verify(body, headers)
    Delivery.objects.update(state=Delivery.State.DUE, next_try_at=real)
    Endpoint.objects.update(old_secret_until=real)
    deliver(real)
    headers, body = parts(hook.requests[1])
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_a_test_message_asks_for_nothing(endpoint, hook, now) -> None:
    sent = send_test(endpoint=endpoint[0], actor="system", now=now)
    assert send_test(endpoint=endpoint[0], actor="system", now=now) == sent, "one at a time"
    deliver(now)
    _, body = parts(hook.requests[0])
    assert json.loads(body) == {
        "type": "endpoint.test",
        "timestamp": "2026-11-26T09:00:00Z",
        "data": {},
    }
    assert Event.objects.filter(what="test_sent").count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://forum.example/hook",
        "https://forum.example:8443/hook",
        "http://127.0.0.1:9999/hook",
        "https://user:secret@forum.example/hook",
        "ftp://forum.example/",
        "hook",
        "https://forum.example/" + "a" * 600,
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://orders.localhost/hook",
        "https://hook.internal/x",
        "https://xn--/",
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest",
        "https://0.0.0.0/hook",
        "https://224.0.0.1/hook",
        "https://[::1]/hook",
        "https://[::]/hook",
        "https://[fe80::1]/hook",
        "https://[fd00::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://forum.example/hook#part",
        "https://forum.example/hook#",
    ],
)
def test_an_address_that_is_not_sent_to_is_refused_when_it_is_added(
    platform, now, url: str
) -> None:
    with pytest.raises(FieldsError):
        add_endpoint(platform=platform, url=url, actor="system", now=now)
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("https://hook.internal/x", "list its origin there first"),
        ("https://10.0.0.5/x", "list its origin there first"),
        ("https://xn--/", "Use another one."),
        ("https://169.254.169.254/x", "Use another one."),
    ],
)
def test_what_to_do_instead_is_what_helps(platform, now, url: str, remedy: str) -> None:
    with pytest.raises(FieldsError) as refused:
        add_endpoint(platform=platform, url=url, actor="system", now=now)
    assert remedy in str(refused.value.fields["url"])


@pytest.mark.parametrize(
    ("origin", "url", "is_taken"),
    [
        ("http://hook.internal:8161", "http://hook.internal:8161/hook", True),
        ("http://127.0.0.1:8161", "http://127.0.0.1:8161/hook", True),
        ("http://10.0.0.5", "http://10.0.0.5/hook", True),
        ("https://[fd00::1]", "https://[fd00::1]/hook", True),
        ("http://127.0.0.1:8161", "http://127.0.0.1:8161/hook#part", False),
        ("https://169.254.169.254", "https://169.254.169.254/latest", False),
        ("https://0.0.0.0", "https://0.0.0.0/hook", False),
    ],
)
def test_on_an_origin_of_the_platform_only_what_it_can_own_is_taken(
    platform, now, origin: str, url: str, is_taken: bool
) -> None:
    platform.media_origins = [origin]
    platform.public_url = "https://1.2"
    platform.save()
    if is_taken:
        made, _secret = add_endpoint(platform=platform, url=url, actor="system", now=now)
        assert endpoint_url(made) == url
    else:
        with pytest.raises(FieldsError):
            add_endpoint(platform=platform, url=url, actor="system", now=now)


def test_secret_and_address_are_sealed(endpoint, hook) -> None:
    made, secret = endpoint
    stored = Endpoint.objects.values().get()
    text = b"".join(bytes(v) for v in stored.values() if isinstance(v, bytes | memoryview))
    assert secret.encode() not in text
    assert b"hook" not in text
    assert endpoint_url(made) == hook.origin + "/hook"


def test_an_owned_origin_that_moved_into_the_open_internet_is_not_followed_inside(
    order: Order, platform, endpoint, now
) -> None:
    # The platform no longer lists the origin: its endpoint on this machine is out of reach.
    platform.media_origins = []
    platform.save()
    deliver(now)
    assert Attempt.objects.get().error_code == "address_refused"


def test_the_rule_of_retries_is_data() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert WEBHOOK.next_try(tries=1, now=at) == at + timedelta(seconds=5)
    assert WEBHOOK.next_try(tries=1, now=at, retry_after_s=60) == at + timedelta(seconds=60)
    assert WEBHOOK.next_try(tries=2, now=at, retry_after_s=1) == at + timedelta(seconds=30)
    assert WEBHOOK.next_try(tries=WEBHOOK.most_tries, now=at) is None
