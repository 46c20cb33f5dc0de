"""The pages about orders and endpoints."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from staydown_web.actions import selectors
from staydown_web.actions.models import Delivery, Endpoint, Order
from staydown_web.actions.selectors import copy_url, order_facts
from staydown_web.actions.services import add_endpoint, answer_order, deliver_due, make_orders
from staydown_web.base.clock import utc_now
from staydown_web.review.services import Terms, decide, make_decisions_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(copy_of, task_of, decided, now, endpoint) -> Order:
    decided(task_of(copy_of()))
    make_orders(now)
    deliver_due(now=now, is_failing=False, clock=lambda: now)
    return Order.objects.get()


def test_orders_are_listed_with_their_delivery_and_answer(reviewer_client, order: Order) -> None:
    page = reviewer_client.get(reverse("actions:deliveries")).content.decode()
    assert order.copy.content_ref in page
    assert "Delivered" in page
    for tab in ("waiting", "undelivered", "failed", "nonsense"):
        assert reviewer_client.get(f"/staff/deliveries/?tab={tab}&page=x").status_code == 200


def test_without_orders_the_page_says_when_there_will_be_some(reviewer_client) -> None:
    assert "No order yet" in reviewer_client.get("/staff/deliveries/").content.decode()


def test_one_order_shows_its_tries_and_what_the_platform_wrote(
    reviewer_client, order: Order, platform, now
) -> None:
    answer_order(
        order_id=order.pk,
        platform_id=platform.pk,
        state="failed",
        note="<b>no such post</b>",
        actor="system",
        now=now,
    )
    page = reviewer_client.get(reverse("actions:order", args=[order.pk])).content.decode()
    assert "HTTP 204" in page
    assert "&lt;b&gt;no such post&lt;/b&gt;" in page
    assert "Send again" not in page, "that is a lead's"
    assert reviewer_client.get(reverse("actions:order", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize(
    ("known", "words"),
    [("address", "by its address"), ("check", "by its check alone"), ("", "no longer kept")],
)
def test_an_order_says_by_what_its_content_is_known(
    reviewer_client, order: Order, known: str, words: str
) -> None:
    copy, check = order.copy, uuid4()
    copy.content_ref = ""
    copy.check_id = check if known == "check" else None
    copy.url_box = copy.url_box if known == "address" else None
    for copy.content_kind in ("", "photo"):
        copy.save()
        one, listed = (
            reviewer_client.get(where).text
            for where in (reverse("actions:order", args=[order.pk]), reverse("actions:deliveries"))
        )
        assert words in one
        assert words in listed
        assert ("by its address" in one + listed) == (known == "address")
        assert (str(check) in one) == (known == "check")


def test_a_lead_sends_a_message_again_and_a_reviewer_does_not(
    lead_client, reviewer_client, order: Order
) -> None:
    delivery = Delivery.objects.get()
    where = reverse("actions:replay", args=[delivery.pk])
    assert reviewer_client.post(where).status_code == 403
    assert lead_client.get(where).status_code == 405
    assert lead_client.post(where).status_code == 302
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.DUE


def test_what_waits_can_be_sent_now_by_a_lead_and_all_of_it_by_an_administrator(
    lead_client, reviewer_client, admin_client, order: Order
) -> None:
    soon, later = utc_now() + timedelta(minutes=1), utc_now() + timedelta(hours=6)
    delivery = Delivery.objects.get()
    where = reverse("actions:order", args=[order.pk])
    hook = reverse("actions:endpoint", args=[delivery.endpoint_id])
    Delivery.objects.update(state=Delivery.State.DUE, tries=6, done_at=None, next_try_at=soon)
    assert "Send now" not in lead_client.get(where).text, "it comes by itself"
    assert "Send now" not in admin_client.get(hook).text
    Delivery.objects.update(next_try_at=later)
    assert "Send now" in lead_client.get(where).text
    assert "Send now" not in reviewer_client.get(where).text
    now = reverse("actions:send_now", args=[delivery.pk])
    assert reviewer_client.post(now).status_code == 403
    assert lead_client.get(now).status_code == 405
    assert "The message is sent now." in lead_client.post(now, follow=True).text
    assert Delivery.objects.get().next_try_at < soon
    assert lead_client.post(now).status_code == 409

    Delivery.objects.update(next_try_at=later)
    assert "Send now what waits" in admin_client.get(hook).text
    change = reverse("actions:change_endpoint", args=[delivery.endpoint_id])
    assert "1 message is sent now." in admin_client.post(change, {"do": "now"}, follow=True).text
    assert Delivery.objects.get().next_try_at < soon


def test_endpoints_are_an_administrator_s(lead_client, endpoint) -> None:
    made = endpoint[0]
    assert lead_client.get("/staff/endpoints/").status_code == 403
    assert lead_client.post("/staff/endpoints/add").status_code == 403
    for name in ("endpoint", "rotate", "change_endpoint"):
        where = reverse(f"actions:{name}", args=[made.pk])
        assert {lead_client.get(where).status_code, lead_client.post(where).status_code} <= {
            403,
            405,
        }


def test_a_secret_is_shown_once(admin_client, platform, hook) -> None:
    platform.media_origins = [hook.origin]
    platform.save()
    values = {"platform": str(platform.pk), "url": hook.origin + "/hook"}
    page = admin_client.post("/staff/endpoints/add", values).content.decode()
    assert "whsec_" in page
    made = Endpoint.objects.get()
    where = reverse("actions:endpoint", args=[made.pk])
    assert "whsec_" not in admin_client.get(where).content.decode()
    renewed = admin_client.post(reverse("actions:rotate", args=[made.pk])).content.decode()
    assert "whsec_" in renewed
    assert "signs too, until" in renewed


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://192.168.1.1/", "Use an address that starts with https://, or one on an origin"),
        ("https://forum.example:8443/", "Use an address without a port, or one on an origin"),
        ("ftp://forum.example/", "Write a whole address, such as https://platform.example/orders"),
        ("https://a:b@forum.example/", "Write a whole address, such as"),
        ("https://127.0.0.1/hook", "This address lies in a private or reserved network. Use one"),
        ("https://forum.example/hook#part", "Leave out the # and what follows it."),
    ],
)
def test_a_wrong_address_is_said_beside_the_field(admin_client, platform, url, said) -> None:
    values = {"platform": str(platform.pk), "url": url}
    response = admin_client.post("/staff/endpoints/add", values)
    assert response.status_code == 400
    assert said in response.content.decode()


def test_an_endpoint_is_tried_switched_off_and_on(admin_client, endpoint, order) -> None:
    where = reverse("actions:change_endpoint", args=[endpoint[0].pk])
    for do in ("test", "end", "resume", "replay"):
        assert admin_client.post(where, {"do": do}).status_code == 302
    assert Endpoint.objects.get().is_active
    assert admin_client.post(where, {"do": "dance"}).status_code == 400
    page = admin_client.get(reverse("actions:endpoint", args=[endpoint[0].pk])).content.decode()
    assert "Test message" in page


def test_the_command_sends_again_what_was_given_up(endpoint, order) -> None:
    Delivery.objects.update(state=Delivery.State.DEAD)
    said = StringIO()
    call_command("replay-deliveries", "--days", "36500", stdout=said)
    assert "1 message is sent again" in said.getvalue()
    with pytest.raises(CommandError):
        call_command("replay-deliveries", "--endpoint", str(uuid4()))


def test_an_order_shows_every_ground_by_its_name_and_how_it_is_restricted(
    reviewer_client, copy_of, task_of, reviewer, now
) -> None:
    copy = copy_of()
    copy.content_ref = ""
    copy.save()
    made = decide(
        task=task_of(copy),
        outcome="remove",
        grounds=["eu-dsa", "us-tida", "platform-terms"],
        facts="Found.",
        user=reviewer,
        now=now,
        terms=Terms(restriction="disabled", scope="eea", ends_on=date(2027, 5, 30)),
    )
    make_decisions_firm(now + timedelta(minutes=2))
    make_orders(now)
    removal = Order.objects.get(decision=made, what="remove")
    page = reviewer_client.get(reverse("actions:order", args=[removal.pk])).text
    for words in (
        "European Union: Digital Services Act",
        "United States: TAKE IT DOWN Act",
        "The platform&#x27;s own rules",
        "Kept, but nobody can open it",
        "in the European Economic Area",
        "until 30 May 2027",
        copy_url(removal.copy),
    ):
        assert words in page, words
    assert "eu-dsa" not in page
    assert order_facts(removal)["grounds"] == ["eu-dsa", "us-tida", "platform-terms"]


def test_an_order_whose_decision_is_gone_names_the_law_that_was_given(
    reviewer_client, order: Order
) -> None:
    for reason, words in (("us-tida", "TAKE IT DOWN Act"), ("site_rules", "own rules")):
        Order.objects.update(decision=None, reason=reason)
        page = reviewer_client.get(reverse("actions:order", args=[order.pk])).text
        assert words in page
        assert reason not in page


@pytest.fixture
def removal(copy_of, task_of, decided, now, endpoint) -> Order:
    """A hold that was given up, and the removal of the same copy that was made after it."""
    decided(task_of(copy_of()))
    make_orders(now)
    Delivery.objects.update(state=Delivery.State.DEAD, tries=9, done_at=now)
    make_decisions_firm(now + timedelta(minutes=2))
    make_orders(now + timedelta(minutes=2))
    return Order.objects.get(what="remove")


def test_a_hold_that_a_removal_replaced_says_so_calmly(
    lead_client, admin_client, removal: Order, endpoint
) -> None:
    hold = Order.objects.get(what="hold")
    page = lead_client.get(reverse("actions:order", args=[hold.pk])).text
    listed = lead_client.get(reverse("actions:deliveries")).text
    hook = admin_client.get(reverse("actions:endpoint", args=[endpoint[0].pk])).text

    assert "Something else was ordered for the same content since." in page
    assert "Removed from the site" not in page, "a hold restricts nothing for good"
    assert f'href="{reverse("actions:order", args=[removal.pk])}"' in page
    for shown in (page, listed, hook):
        assert "Replaced" in shown
        assert "Given up" not in shown
    assert "Send again" not in page
    assert "Send again what was given up" not in hook
    row = listed.split(reverse("actions:order", args=[hold.pk]))[1].split("</tr>")[0]
    assert "Waiting" not in row
    assert 'Waiting <span class="num">1</span>' in listed, "the removal alone"
    after = lead_client.get(reverse("actions:order", args=[removal.pk])).text
    assert "Replaced" not in after
    assert "Removed from the site" in after


def test_sending_now_says_what_still_waits_and_why(
    admin_client, copy_of, task_of, decided, platform, endpoint, now
) -> None:
    one, moment = endpoint[0], utc_now()
    other, _secret = add_endpoint(
        platform=platform, url=selectors.endpoint_url(one) + "/2", actor="system", now=now
    )
    for _n in range(3):
        decided(task_of(copy_of()))
    make_orders(now)
    late, soon, dead = Delivery.objects.filter(endpoint=one).order_by("order__seq")
    for row, changes in (
        (late, {"tries": 5, "next_try_at": moment + timedelta(hours=6)}),
        (soon, {"tries": 5, "next_try_at": moment + timedelta(minutes=1)}),
        (dead, {"tries": 9, "state": "dead", "done_at": moment}),
    ):
        Delivery.objects.filter(pk=row.pk).update(**changes)
    there = Delivery.objects.filter(endpoint=other).order_by("order__seq")
    there.filter(order=soon.order).delete()
    there.update(next_try_at=moment + timedelta(hours=6))
    where = reverse("actions:change_endpoint", args=[one.pk])

    said = admin_client.post(where, {"do": "now"}, follow=True).text

    assert "1 message is sent now." in said
    assert "1 more is on its way already, or goes by itself within two minutes." in said
    assert "1 was given up before; “Send again what was given up” sends it." in said
    assert "2 wait at other endpoints of this platform; see the pages of those." in said
    assert "order has no message yet" not in said
    Delivery.objects.filter(pk=soon.pk).delete()
    again = admin_client.post(where, {"do": "now"}, follow=True).text
    assert "Nothing was there to be sent now." in again
    assert "1 order has no message yet; it is sent once an endpoint works." in again
    Delivery.objects.update(state="sent")
    Order.objects.update(state="done", answered_at=now)
    nothing = admin_client.post(where, {"do": "now"}, follow=True).text
    assert "Nothing else waits for this platform." in nothing


def test_the_case_page_of_a_decision_says_what_the_platform_answered(
    reviewer_client, removal: Order, platform, now
) -> None:
    assert removal.decision is not None
    where = reverse("review:task", args=[removal.decision.task.number])
    waits = reviewer_client.get(where).text.split("What the platform answered")[1]
    assert "Waiting" in waits.split("</dd>")[0]
    answer_order(
        order_id=removal.pk, platform_id=platform.pk, state="failed", note="", actor="system",
        now=now,
    )  # fmt: skip
    failed = reviewer_client.get(where).text.split("What the platform answered")[1]
    assert "Could not be done" in failed.split("</dd>")[0]
    assert "Hold" not in failed.split("</dd>")[0], "the removal is what was decided"
