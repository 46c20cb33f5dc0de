"""Of an address at which something may be, nobody says that nothing was found there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from case_page_states import HOUR, MINUTE, Stage, file
from her_page import Her, plain
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import settle_location
from staydown_web.reports.selectors.event_words import event_words
from staydown_web.reports.selectors.record_pages import record_pages
from staydown_web.reports.selectors.records import record_facts
from staydown_web.reports.services.records import document_of
from staydown_web.review import services, tasks
from staydown_web.review.models import Task

pytestmark = pytest.mark.django_db
UNSEEN, NOTHING = "It could not be looked at", "No picture or video there"
EVENT, NO_EVENT = "What is at %s could not be looked at", "Nothing was found at %s"


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Stage:
    url = f"{platform.media_origins[0]}/same.jpg"
    return Stage(platform, url, reviewer, user_named("sara"))


def looked_at(stage: Stage, reason: str) -> Case:
    """Her address was looked at, and a reviewer has it now."""
    case, now = file(stage, 3 * HOUR), utc_now() - 2 * HOUR
    settle_location(location=case.locations.get(), state="not_found", reason=reason, now=now)
    while tasks.take_in(now + MINUTE) + services.take_in_unseen(now + MINUTE):
        pass
    return case


def told_of(case: Case) -> tuple[str, str, str]:
    """What her page says, what is held of her address, and its line of the record."""
    her = Her(case)
    held = plain(her.client.get("/case/data/").text).split("Addresses that you gave")[1]
    fresh = Case.objects.get(pk=case.pk)
    view = person_view(case=fresh, is_unveiled=True, now=utc_now())
    facts = record_facts(case=fresh, view=view, with_details=False, for_staff=False, now=utc_now())
    (place,) = facts["places"]
    event = Event.objects.get(what="location_not_found")
    words = event_words(event.what, event.facts, place="X")
    document = document_of(kind="case_record", facts=facts, now=utc_now())
    printed = json.dumps(record_pages(document, digest="0" * 64, for_staff=False))
    assert (UNSEEN in printed) == (place["state"] == "unseen")
    return plain(her.page), held, f"{place['state']} {words}"


@pytest.mark.parametrize("reason", ["too_large", "refused", "unreadable"])
def test_what_could_not_be_looked_at_is_not_said_to_be_nothing(stage: Stage, reason: str) -> None:
    page, held, record = told_of(looked_at(stage, reason))

    assert UNSEEN in page
    assert EVENT % "Forum Example" in page
    assert f"State {UNSEEN} Since" in held
    assert record == f"unseen {EVENT % 'X'}"
    for text in (page, held):
        assert "Nothing found" not in text
        assert "Nothing was found" not in text
        assert NOTHING not in text


@pytest.mark.parametrize("reason", ["page", "gone"])
def test_where_nothing_is_that_is_said(stage: Stage, reason: str) -> None:
    page, held, record = told_of(looked_at(stage, reason))

    assert "Nothing found" in page
    assert NO_EVENT % "Forum Example" in page
    assert f"State {NOTHING} Since" in held
    assert record == f"not_found {NO_EVENT % 'X'}"
    assert UNSEEN not in page + held


def test_once_a_reviewer_saw_that_nothing_is_there_that_is_said(stage: Stage) -> None:
    case, now = looked_at(stage, "too_large"), utc_now() - HOUR
    services.decide(
        task=Task.objects.get(), outcome="restore", grounds=["not_here"], facts="",
        user=stage.first, now=now,
    )  # fmt: skip
    services.make_decisions_firm(now + 2 * MINUTE)
    services.make_decisions_firm(now + 72 * HOUR)

    page, held, record = told_of(case)

    assert Her(case).place.startswith("Nothing found ")
    assert "What is there is too large." not in page
    assert UNSEEN not in page + held
    assert record == f"not_found {EVENT % 'X'}"
