"""The pages about orders and endpoints."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from staydown_web.actions.models import Delivery, Endpoint, Order
from staydown_web.actions.selectors import copy_url, order_facts
from staydown_web.actions.services import answer_order, deliver_due, make_orders
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
