"""Several websites: what her page says of an address to which no rule of her notice applies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case, Clock, Item, Location, Notice
from staydown_web.cases.selectors import clocks_of
from staydown_web.cases.services import add_to_case, settle_item, settle_location
from staydown_web.regimes.selectors import regime, signing_text, start_note, text_digest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("forum")]
Opened = Callable[..., tuple[Client, Case]]
OURS, THEIRS = "http://127.0.0.1:8161/p/1", "https://eu.example/p/1"
LAWS = ["us-tida", "eu-dsa"]
NO_TIME = "The rules that your notice follows do not apply to this website"
ADDED = "What you added is there. The rules that your notice follows do not apply to"


def boxes(her: Client) -> dict[str, str]:
    """Website -> its box under "Time for each place"."""
    html = " ".join(her.get("/case/page/").text.split())
    part = html.split('<h2 id="places">')[1].split("</section>")[0]
    found = part.split('<h3 class="breaks">')[1:]
    return {one.split("</h3>")[0]: one for one in found}


def limit(her: Client) -> str:
    html = " ".join(her.get("/case/page/").text.split())
    return html.split('<h2 id="limits">')[1].split("</section>")[0]


def test_no_clock_is_shown_where_no_rule_of_the_notice_applies(opened: Opened) -> None:
    her, _case = opened(urls=[OURS, THEIRS])

    ours, theirs = boxes(her)["Forum Example"], boxes(her)["eu.example"]

    assert "<progress" in ours
    assert "The website must act by" in ours
    assert NO_TIME not in ours
    assert "<progress" not in theirs
    assert "must act" not in theirs
    assert NO_TIME in theirs


def test_a_clock_knows_the_addresses_that_it_is_about(opened: Opened) -> None:
    _her, case = opened(urls=[OURS, THEIRS])
    ours = case.locations.get(platform__slug="forum-example")
    (clock,) = clocks_of(case, now=timezone.now())
    assert clock.places == {ours.pk}

    add_to_case(case=case, urls=[OURS + "?2"], now=timezone.now())
    later = case.locations.get(position=3)
    assert [one.places for one in clocks_of(case, now=timezone.now())] == [{ours.pk}, {later.pk}]


def test_what_is_added_there_is_taken_and_it_is_said_that_no_time_runs(opened: Opened) -> None:
    her, case = opened(urls=[OURS])

    answer = her.post("/case/add/plain/", {"urls": THEIRS})
    assert Clock.objects.count() == 1
    assert ADDED in " ".join(her.get(answer.url).text.split())
    assert NO_TIME in boxes(her)["eu.example"]
    assert case.locations.count() == 2
    again = her.post("/case/add/plain/", {"urls": OURS + "?2"})
    assert ADDED not in her.get(again.url).text


def test_a_limit_that_was_kept_says_which_website_it_was_about(opened: Opened) -> None:
    her, case = opened(urls=[OURS, THEIRS])
    assert "For what you reported at Forum Example." in limit(her)
    place = case.locations.get(platform__slug="forum-example")
    now = timezone.now()
    with transaction.atomic():
        settle_item(item=case.items.get(), state=Item.State.REMOVED, actor="system", now=now)
        settle_location(location=place, state=Location.State.REMOVED, now=now)

    assert "In time" in limit(her)
    assert "For what you reported at Forum Example." in limit(her)
    assert NO_TIME in boxes(her)["eu.example"]


def test_beside_a_time_under_a_law_that_may_not_have_begun_it_is_said_how_it_is_meant(
    opened: Opened, platform: Platform, forum: Platform
) -> None:
    forum.delete()
    platform.regimes = ["us-tida", "uk-osa"]
    platform.save()
    note = start_note(regime("uk-osa"))
    her, case = opened(urls=[OURS])
    assert note not in her.get("/case/page/").text
    Notice.objects.update(regime="uk-osa")
    Case.objects.update(regimes=["uk-osa"])
    maybe = "If this duty is in force already, the website must act by"
    for said in (boxes(her)["Forum Example"], limit(her)):
        assert note in said
        assert maybe in said
        assert "The website must act by" not in said
    assert "Start not confirmed" in limit(her)
    assert "Running" not in limit(her)
    assert maybe in her.get("/case/data/").text

    case.locations.all().delete()
    html = her.get("/case/page/").text
    time = html.split('<h2 id="places">')[1].split("</section>")[0]
    assert note in time
    assert maybe in time


@pytest.mark.parametrize("days", [0, 10])
def test_what_was_settled_under_a_law_that_may_not_have_begun_is_not_in_time_or_late(
    opened: Opened, platform: Platform, forum: Platform, days: int
) -> None:
    forum.delete()
    her, case = opened(urls=[OURS])
    Notice.objects.update(regime="uk-osa")
    now = timezone.now() + timedelta(days=days)
    with transaction.atomic():
        settle_item(item=case.items.get(), state=Item.State.REMOVED, actor="system", now=now)
        settle_location(location=case.locations.get(), state=Location.State.REMOVED, now=now)
    said = limit(her)
    assert Clock.objects.get().outcome == ("late" if days else "kept")
    assert "Start not confirmed" in said
    assert "In time" not in said
    assert "Too late" not in said
    assert "time limit was not kept" not in said


@pytest.mark.parametrize(
    ("law", "title"),
    [("uk-osa", "A time limit may be over"), ("us-tida", "The time limit is over")],
)
def test_a_time_of_a_law_that_may_not_have_begun_is_not_called_over_in_the_first_line(
    opened: Opened, platform: Platform, forum: Platform, law: str, title: str
) -> None:
    forum.delete()
    platform.regimes = ["us-tida", "uk-osa"]
    platform.save()
    her, _case = opened(urls=[OURS])
    Notice.objects.update(regime=law)
    ago = timezone.now() - timedelta(hours=1)
    began = ago - timedelta(hours=48)
    Clock.objects.update(began_at=began, due_at=ago)
    Location.objects.update(added_at=began)
    html = her.get("/case/page/").text
    assert f"<h1>{title}</h1>" in html
    words = (
        "If this duty is in force already, the time ended on" if law == "uk-osa" else "It ended on"
    )
    assert words in boxes(her)["Forum Example"]


def test_with_one_website_nothing_of_this_is_said(opened: Opened, forum: Any) -> None:
    forum.delete()
    her, _case = opened(urls=[OURS])

    assert NO_TIME not in her.get("/case/page/").text
    assert "For what you reported at" not in her.get("/case/page/").text


def test_a_law_that_applies_there_and_names_no_hours_is_no_foreign_one(
    opened: Opened,
) -> None:
    texts = {law: text_digest(signing_text(regime(law), "en", "self")) for law in LAWS}
    her, _case = opened(
        urls=[OURS, THEIRS], regimes=LAWS, answers={"name": "Ana", "text_digests": texts}
    )

    ours, theirs = boxes(her)["Forum Example"], boxes(her)["eu.example"]
    assert "<progress" in ours
    assert "<progress" not in theirs
    assert NO_TIME not in theirs
    assert "No law sets a time here." in theirs


def test_the_page_where_she_adds_knows_under_which_law_an_address_is_missing(
    opened: Opened,
) -> None:
    her, _case = opened(urls=[THEIRS], regimes=["eu-dsa"], answers={"name": ""})
    page = her.get("/case/add/").context["page"]
    assert page["laws"]["eu-dsa"]["id"] == "eu-dsa"
    assert page["given"]["has_url@eu-dsa"] is True

    Notice.objects.update(regime="us-tida")  # as where the address is another website's
    Case.objects.update(regimes=["us-tida"])
    page = her.get("/case/add/").context["page"]
    assert (page["given"]["has_url"], page["given"]["has_url@us-tida"]) == (False, False)
