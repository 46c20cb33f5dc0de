"""A second person has decided: what both sides read until the website did it, and are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import HOUR, Stage, answered, file, task_of
from her_page import Her, ago, decide_what_waits, plain
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.cases.models import Case
from staydown_web.cases.services import send_message
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review.models import StatementTelling

pytestmark = pytest.mark.django_db
HIDDEN = "The website has hidden it, and has not said yet that it is removed."
ONLINE = "may still be online"


def decided(stage: Stage, hold: str) -> Case:
    """Hidden, or only ordered to be; the uploader was told; then a second person removes it."""
    case = file(stage, 3 * HOUR)
    task_of(case, stage, 2 * HOUR)
    decide_what_waits(stage.first, "hold", 90)
    if hold == "done":
        answered(ago(85))
    else:
        make_orders(ago(85))
    make_statements(ago(84))
    StatementTelling.objects.update(until=ago(84))
    make_waiting_statements(ago(83))
    decide_what_waits(stage.second, "remove", 60)
    make_orders(ago(57))
    make_statements(ago(57))
    return case


def answer_removal(state: str) -> None:
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        is_hold = order.what == "hold"
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, note="", actor="system",
            state="done" if is_hold else state, now=ago(30),
        )  # fmt: skip


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Stage:
    url = f"{platform.media_origins[0]}/same.jpg"
    return Stage(platform, url, reviewer, user_named("sara"))


def test_who_reads_of_a_hold_is_not_told_that_somebody_has_still_to_decide(stage: Stage) -> None:
    case = decided(stage, "done")
    send_message(case=case, sender="person", text="No", now=ago(50))
    make_waiting_statements(ago(49))

    token = said_by(Statement.objects.get()).token
    page = plain(Client().get(reverse("reports:statement", args=[token])).text)

    assert "Your picture is hidden." in page
    for words in ("last word: a second person decides", "Until a second person has looked at it"):
        assert words not in page
    assert "you can complain once you are told what a second person decided" in page
    assert "Until what a second person decides is carried out." in page


def test_she_reads_that_it_is_hidden_while_the_website_has_said_so(stage: Stage) -> None:
    case = decided(stage, "done")

    her = Her(case)
    assert (her.title, her.item) == ("It is ordered to be removed", "Ordered to be removed")
    assert HIDDEN in her.place
    assert f"{HIDDEN} You do not need to do anything now." in plain(her.page)
    assert ONLINE not in plain(her.page)

    answer_removal("failed")
    after = Her(case)
    assert after.title == "It is not removed yet"
    assert ONLINE in after.place
    assert HIDDEN not in plain(after.page)


def test_she_does_not_read_that_it_is_hidden_before_the_website_has_said_so(stage: Stage) -> None:
    her = Her(decided(stage, "waiting"))

    assert ONLINE in her.place
    assert HIDDEN not in plain(her.page)
