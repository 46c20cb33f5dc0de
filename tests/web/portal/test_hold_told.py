"""Held for a second reviewer: item, address and story say that it is hidden until then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import HOUR, Stage, file, task_of
from helpline_scene import give_case, make_caseworker, make_client, make_team
from her_page import Her, ago, decide_what_waits, plain
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.review import services
from staydown_web.review.models import Task

pytestmark = pytest.mark.django_db
HIDDEN = "citrus.jpg: hidden until a second reviewer has decided"
TO_HIDE = "citrus.jpg: to be hidden until a second reviewer has decided"


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Stage:
    url = f"{platform.media_origins[0]}/same.jpg"
    return Stage(platform, url, reviewer, user_named("sara"))


def decide(user: User, outcome: str, minutes: int) -> None:
    decide_what_waits(user, outcome, minutes)
    make_orders(ago(minutes - 3))


def held(stage: Stage, answer: str) -> Case:
    """It was in sight, and a reviewer held it; the website has answered, or not yet."""
    case = file(stage, 3 * HOUR)
    task_of(case, stage, 2 * HOUR)
    decide(stage.first, "hold", 90)
    if answer:
        order = Order.objects.get(what="hold")
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, note="", actor="system",
            state=answer, now=ago(80),
        )  # fmt: skip
    return case


def test_once_the_website_has_hidden_it_item_address_and_story_say_so(stage: Stage) -> None:
    her = Her(held(stage, "done"))

    assert her.item == "Hidden until a second reviewer has decided"
    assert her.address.endswith("It is hidden until a second reviewer has decided.")
    assert [one for one in her.story if "second" in one] == [
        TO_HIDE,
        HIDDEN,
        "A second reviewer looks at it",
    ]
    assert "A reviewer looks at it." not in plain(her.page)
    assert HIDDEN in {one["what"] for one in her.data()["story"]}


@pytest.mark.parametrize("answer", ["", "failed"])
def test_before_the_website_has_said_so_nothing_is_said_to_be_hidden(
    stage: Stage, answer: str
) -> None:
    her = Her(held(stage, answer))

    assert her.item == "A second reviewer decides"
    assert her.address.endswith(
        "A second reviewer decides. The website has not said that it is hidden."
    )
    assert TO_HIDE in her.story
    assert HIDDEN not in her.story


def test_what_a_reviewer_can_still_undo_she_is_not_told(stage: Stage) -> None:
    case = file(stage, 3 * HOUR)
    task_of(case, stage, 2 * HOUR)
    services.decide(
        task=Task.objects.get(), outcome="hold", grounds=[], facts="", user=stage.first,
        now=utc_now(),
    )  # fmt: skip

    assert "second reviewer" not in plain(Her(case).page)


def test_when_the_second_has_decided_the_story_keeps_it_and_nothing_waits(stage: Stage) -> None:
    case = held(stage, "done")
    decide(stage.second, "remove", 60)

    her = Her(case)

    assert HIDDEN in her.story
    assert her.item == "Ordered to be removed"
    assert "A second reviewer looks at it" not in her.story


def test_a_helpline_reads_the_same(stage: Stage, client_of: Callable[[User], Client]) -> None:
    case = held(stage, "done")
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(case, make_client(worker, "File 7", utc_now()), worker, utc_now())

    address = reverse("portal:helpline_case", args=[case.number])
    page = client_of(worker).get(address).text

    assert 'data-label="State">Hidden until a second reviewer has decided</td>' in page
