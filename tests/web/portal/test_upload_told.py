"""A held upload may be let through, and her own picture stays removed: what both sides read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import HOUR, MINUTE, Stage, removed
from helpline_scene import give_case, make_caseworker, make_client, make_team
from her_page import Her, plain
from review_scene import found, make_copy
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.reports.selectors.event_words import event_words
from staydown_web.review import services, tasks
from staydown_web.review.services import hearing

pytestmark = pytest.mark.django_db
AGAIN = "may be shown again"
OTHER = "an upload looked like this, and a reviewer thinks that it is another picture"
LET = "an upload looked like this, and a reviewer thinks that it may be shown"
STAYS = "What was removed stays removed."


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Stage:
    url = f"{platform.media_origins[0]}/same.jpg"
    return Stage(platform, url, reviewer, user_named("sara"))


def told_of_upload(stage: Stage, ground: str) -> Case:
    """Hers was removed; an upload that matched it was held, and is to be let through."""
    case, now = removed(stage), utc_now() - HOUR
    entry = case.items.get().claims.get().entry
    copy = make_copy(stage.platform, entry, now, match=found("citrus.jpg", "same"), group="other")
    tasks.take_in(now)
    services.decide(
        task=copy.tasks.get(), outcome="restore", grounds=[ground], facts="", user=stage.first,
        now=now,
    )  # fmt: skip
    services.make_decisions_firm(now + 2 * MINUTE)
    return case


@pytest.mark.parametrize(("ground", "words"), [("other_picture", OTHER), ("not_intimate", LET)])
def test_an_upload_that_may_be_let_through_is_not_said_to_be_hers(
    stage: Stage, ground: str, words: str
) -> None:
    her = Her(told_of_upload(stage, ground))

    page = plain(her.page)
    box = page.split("citrus.jpg: an upload")[1].split("Write to the reviewer")[0]
    assert AGAIN not in page
    assert f"citrus.jpg: {words}" in her.story
    assert f"citrus.jpg: {words}" in page.split("Write to the reviewer")[0]
    assert f"{STAYS} The upload stays hidden until" in box
    assert f"{STAYS} You are told first" in page
    assert her.item == "Removed"


@pytest.mark.parametrize(("ground", "words"), [("other_picture", OTHER), ("not_intimate", LET)])
def test_what_was_told_before_events_said_so_is_not_said_to_be_hers_either(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ground: str, words: str
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(hearing, "is_of_upload", lambda *_given: False)
        case = told_of_upload(stage, ground)
    assert "is_upload" not in Event.objects.get(what="restore_told").facts

    her = Her(case)

    assert f"citrus.jpg: {words}" in her.story
    assert AGAIN not in plain(her.page)
    assert "a reviewer thinks that it should not be removed" not in her.story


def test_the_record_says_it_of_the_upload_too(stage: Stage) -> None:
    told_of_upload(stage, "other_picture")
    facts = Event.objects.get(what="restore_told").facts

    assert event_words("restore_told", facts, item="Item 1") == f"Item 1: {OTHER}"


def test_a_helpline_reads_the_same(stage: Stage, client_of: Callable[[User], Client]) -> None:
    case = told_of_upload(stage, "other_picture")
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(case, make_client(worker, "File 7", utc_now()), worker, utc_now())

    address = reverse("portal:helpline_case", args=[case.number])
    page = plain(client_of(worker).get(address).text)

    assert f"citrus.jpg: {OTHER}" in page
    assert f"{STAYS} The upload stays hidden until" in page
    assert AGAIN not in page


def test_once_it_is_let_through_hers_is_not_said_to_be_not_removed(stage: Stage) -> None:
    case = told_of_upload(stage, "other_picture")
    services.make_decisions_firm(utc_now() + 50 * HOUR)

    her = Her(case)

    assert "citrus.jpg: not removed" not in plain(her.page)
    assert "citrus.jpg: an upload that looked like this may be shown" in plain(her.page)
    assert her.item == "Removed"
