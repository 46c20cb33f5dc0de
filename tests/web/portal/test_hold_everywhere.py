"""What a hold leads to, told alike: page, story, data, record, and no word more in letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from case_page_states import HOUR, MINUTE, Stage, file, task_of
from her_page import Her, decide_what_waits, plain
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Letter
from staydown_web.cases.selectors import person_view
from staydown_web.reports.selectors.record_pages import record_pages
from staydown_web.reports.selectors.records import record_facts
from staydown_web.reports.services.records import document_of
from staydown_web.review import services

pytestmark = pytest.mark.django_db
SCHEMA = Path(__file__).parents[3] / "docs" / "document.schema.json"
HIDDEN = "Hidden until a second reviewer has decided"
SECOND = "A second reviewer decides"
TO_HIDE, IS_HIDDEN, IS_SHOWN = (
    "to be hidden until a second reviewer has decided",
    "hidden until a second reviewer has decided",
    "shown again",
)


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Stage:
    url = f"{platform.media_origins[0]}/same.jpg"
    return Stage(platform, url, reviewer, user_named("sara"))


def answered(at: datetime, state: str = "done") -> None:
    make_orders(at)
    for order in Order.objects.filter(state=Order.State.WAITING):
        answer_order(order_id=order.pk, platform_id=order.platform_id, note="", actor="system",
                     state=state, now=at)  # fmt: skip


def to_hide(stage: Stage, *more: str) -> Case:
    """Held four days ago for a second reviewer; the website has not answered."""
    now = utc_now() - 96 * HOUR
    case = file(stage, 100 * HOUR, more=more)
    task_of(case, stage, 98 * HOUR)
    decide_what_waits(stage.first, "hold", 96 * 60)
    make_orders(now + 3 * MINUTE)
    return case


def held(stage: Stage, *more: str) -> Case:
    case = to_hide(stage, *more)
    answered(utc_now() - 95 * HOUR)
    return case


def removed(stage: Stage) -> Case:
    case = held(stage)
    decide_what_waits(stage.second, "remove", 94 * 60)
    answered(utc_now() - 93 * HOUR)
    return case


def not_hidden(stage: Stage) -> Case:
    """The website could not hide it."""
    case = to_hide(stage)
    answered(utc_now() - 95 * HOUR, "failed")
    return case


def let_go(stage: Stage, before: Callable[..., Case] = held) -> Case:
    """The second reviewer decided that it may be shown again; the website has not answered."""
    case = before(stage)
    decide_what_waits(stage.second, "restore", 94 * 60)
    services.make_decisions_firm(utc_now() - 40 * HOUR)
    make_orders(utc_now() - 39 * HOUR)
    return case


def shown_again(stage: Stage) -> Case:
    case = let_go(stage)
    answered(utc_now() - 38 * HOUR)
    return case


def record_of(case: Case, *, for_staff: bool = False) -> tuple[dict[str, Any], str]:
    """What a record says, for programs and in the words of its document."""
    fresh = Case.objects.get(pk=case.pk)
    view = person_view(case=fresh, is_unveiled=True, now=utc_now())
    facts = record_facts(
        case=fresh, view=view, with_details=False, for_staff=for_staff, now=utc_now()
    )
    document = document_of(kind="case_record", facts=facts, now=utc_now())
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    pages = record_pages(document, digest="0" * 64, for_staff=for_staff)
    return facts, json.dumps(pages)


def lines_of(her: Her) -> list[str]:
    """Of her story, those about a hold."""
    lines = [one.removeprefix("citrus.jpg: ") for one in her.story]
    return [one for one in lines if one in {TO_HIDE, IS_HIDDEN, IS_SHOWN}]


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        (to_hide, [TO_HIDE]),
        (held, [TO_HIDE, IS_HIDDEN]),
        (removed, [TO_HIDE, IS_HIDDEN]),
        (let_go, [TO_HIDE, IS_HIDDEN]),
        (shown_again, [TO_HIDE, IS_HIDDEN, IS_SHOWN]),
    ],
)
@pytest.mark.parametrize("for_staff", [False, True])
def test_a_record_has_the_lines_about_a_hold_that_her_story_has(
    stage: Stage, state: Callable[..., Case], lines: list[str], *, for_staff: bool
) -> None:
    case = state(stage)
    facts, words = record_of(case, for_staff=for_staff)

    assert lines_of(Her(case)) == lines
    assert [one["what"] for one in facts["holds"]] == [
        {TO_HIDE: "item_to_hide", IS_HIDDEN: "item_hidden", IS_SHOWN: "item_shown"}[line]
        for line in lines
    ]
    assert {one["item"] for one in facts["holds"]} == {facts["items"][0]["id"]}
    for line in (TO_HIDE, IS_HIDDEN, IS_SHOWN):
        assert (f'"Item 1: {line}"' in words) == (line in lines)


def test_a_record_of_what_was_never_held_says_nothing_of_it(stage: Stage) -> None:
    facts, words = record_of(file(stage, 3 * HOUR))

    assert facts["holds"] == []
    assert "second reviewer" not in words


@pytest.mark.parametrize(("state", "says"), [(to_hide, SECOND), (held, HIDDEN)])
def test_while_a_second_reviewer_decides_all_say_so_in_the_same_words(
    stage: Stage, state: Callable[..., Case], says: str
) -> None:
    case = state(stage)
    her = Her(case)
    facts, words = record_of(case)

    assert her.item == says
    assert her.place.startswith(says), "the card of the website"
    assert "Reviewing" not in her.place
    assert plain(her.client.get("/case/data/").text).count(f"State {says}") == 2
    for part in ("items", "places"):
        assert facts[part][0]["hold"] == ("hidden" if says == HIDDEN else "not_hidden")
    assert f'"State", "{says}"' in words, "of the item"
    assert words.count(f'"{says}"') == 2, "of the item and of the address"


def test_another_address_that_still_waits_leaves_the_website_under_review(stage: Stage) -> None:
    case = held(stage, f"{stage.url}?another")

    assert case.locations.count() == 2
    assert Her(case).place.startswith("Reviewing")


def test_what_was_let_go_is_not_said_to_be_there_before_the_website_shows_it(
    stage: Stage,
) -> None:
    her = Her(let_go(stage))

    assert her.title == "It may be shown again"
    assert her.address.endswith(
        "The website has hidden it. It was decided that it may be shown again."
    )
    assert "shown again" not in [line.split(": ")[-1] for line in her.story]


@pytest.mark.parametrize("before", [to_hide, not_hidden])
def test_she_is_not_asked_whether_what_was_never_hidden_may_be_shown_again(
    stage: Stage, before: Callable[..., Case]
) -> None:
    case = before(stage)
    decide_what_waits(stage.second, "restore", 60)
    words = plain(Her(case).page)

    assert "citrus.jpg: a reviewer thinks that it should not be removed" in words
    assert "may be shown again" not in words
    assert "It stays hidden" not in words


@pytest.mark.parametrize("before", [to_hide, not_hidden])
def test_what_was_never_hidden_is_not_said_to_be_shown_again(
    stage: Stage, before: Callable[..., Case]
) -> None:
    her = Her(let_go(stage, before))

    assert her.title == "It was not removed"
    assert her.address == "A copy was found there. It was decided that it is not removed."
    assert her.item == "Not removed"


def test_what_the_website_shows_again_is_said_to_be_there(stage: Stage) -> None:
    her = Her(shown_again(stage))

    assert her.title == "It is shown again"
    assert her.address == "A copy was found there. It was decided that it is not removed."
    assert her.item == "Not removed"
    assert her.place.startswith("Not removed")


def test_what_was_removed_after_a_hold_stands_as_removed_everywhere(stage: Stage) -> None:
    case = removed(stage)
    her = Her(case)
    facts, _words = record_of(case)

    assert her.title == "It was removed"
    assert her.item == "Removed"
    assert her.place.startswith("Removed")
    assert "It was removed there." in her.address
    assert "Removed at Forum Example" in her.story
    for part in ("items", "places"):
        assert facts[part][0]["state"] == "removed"
        assert "hold" not in facts[part][0]


@pytest.mark.parametrize("state", [held, removed, let_go, shown_again])
def test_letters_about_it_name_no_state(stage: Stage, state: Callable[..., Case]) -> None:
    """They say that there is news: who else reads the mailbox learns nothing of what."""
    state(stage)

    assert set(Letter.objects.values_list("template", flat=True)) <= {"confirm_contact", "news"}
