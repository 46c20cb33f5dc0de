"""Several websites, each with its own laws: no time limit where the law does not bind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from staydown_web.accounts.models import Platform, User
from staydown_web.base.errors import FieldsError
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Clock, Item, Location
from staydown_web.cases.services import Filed, add_to_case, file_case, settle_item, settle_location
from staydown_web.cases.services.clocks import covered_items, covered_places
from staydown_web.regimes.selectors import regime, signing_text, text_digest
from staydown_web.review.models import Task
from staydown_web.review.selectors.limits import due_of, limits_of
from staydown_web.review.selectors.queue import row_of
from staydown_web.review.services.making import make_bare_task

pytestmark = pytest.mark.django_db
OURS, THEIRS = "http://127.0.0.1:8161/media/1.jpg", "https://eu.example/p/1"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def forum(platform: Platform, now: datetime) -> Platform:
    """A second website, which EU law alone binds; US law binds the default one alone."""
    return Platform.objects.create(
        name="EU Forum",
        slug="eu-forum",
        public_url="https://eu.example",
        media_origins=["https://eu.example"],
        regimes=["eu-dsa", "platform-terms"],
        created_at=now + HOUR,
    )


def test_a_law_of_another_website_is_refused_and_the_right_ones_are_named(
    filing: Callable[..., Filing], now: datetime
) -> None:
    with pytest.raises(FieldsError) as refused:
        file_case(filing=filing(urls=[THEIRS], platform=None), now=now)

    said = refused.value.fields["regimes"]
    assert said == (
        "These rules do not apply to the websites of your addresses: United States: TAKE IT DOWN "
        "Act. Choose from these: European Union: Digital Services Act; The platform's own rules."
    )
    assert not Case.objects.exists()


def test_a_notice_counts_to_the_website_of_its_address(
    filing: Callable[..., Filing], forum: Platform, platform: Platform, now: datetime
) -> None:
    theirs = filing(urls=[THEIRS], regimes=["eu-dsa"], platform=None)
    pictures = filing(urls=[], regimes=["eu-dsa"], platform=None)

    assert file_case(filing=theirs, now=now).case.platform == forum
    assert file_case(filing=pictures, now=now).case.platform == forum
    assert file_case(filing=filing(platform=None), now=now).case.platform == platform


def test_of_two_websites_a_limit_is_about_the_one_that_its_law_binds(
    filed: Callable[..., Filed], forum: Platform, platform: Platform, now: datetime
) -> None:
    case = filed(way="link", files=[], urls=[OURS, THEIRS]).case
    clock = Clock.objects.get()
    ours, theirs = case.items.order_by("position")

    assert [place.platform for place in covered_places(clock)] == [platform]
    assert list(covered_items(clock)) == [ours]
    for item, site in ((ours, platform), (theirs, forum)):
        make_bare_task(platform=site, case=case, item=item, now=now)
    at_ours, at_theirs = Task.objects.get(item=ours), Task.objects.get(item=theirs)
    assert (due_of(at_ours, [case]), due_of(at_theirs, [case])) == (clock.due_at, None)
    rows = [row_of(task, User(pk=1), now) for task in (at_ours, at_theirs)]
    assert [(row.time_laws, row.laws) for row in rows] == [("US", "US"), ("", "Site rules")]
    assert [len(limits_of([case], now, platform=site)) for site in (platform, forum)] == [1, 0]
    with transaction.atomic():
        settle_item(item=ours, state=Item.State.REMOVED, actor="system", now=now + HOUR)
        settle_location(
            location=case.locations.get(platform=platform),
            state=Location.State.REMOVED,
            now=now + HOUR,
        )
    clock.refresh_from_db()
    assert clock.outcome == Clock.Outcome.KEPT, "what stays elsewhere is not late under this law"


def test_an_address_added_elsewhere_begins_no_limit_and_completes_no_notice(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    running, waiting = filed().case, filed(urls=[], files=files(2)).case
    assert (Clock.objects.count(), waiting.valid_at) == (1, None)

    add_to_case(case=running, urls=[THEIRS], now=now + HOUR)
    waiting = add_to_case(case=waiting, urls=[THEIRS], now=now + HOUR)
    assert (Clock.objects.count(), waiting.valid_at) == (1, None)
    place = Answers(place="The third picture")
    waiting = add_to_case(case=waiting, answers=place, now=now + 2 * HOUR)
    waiting.refresh_from_db()
    assert (Clock.objects.count(), waiting.due_at) == (1, None)
    assert waiting.notices.get().due_at is None

    add_to_case(case=running, urls=[OURS + "?2"], now=now + 3 * HOUR)
    add_to_case(case=waiting, urls=[OURS], now=now + 3 * HOUR)
    assert Clock.objects.count() == 3


def test_a_threat_that_comes_true_comes_under_the_laws_of_its_website(
    threat: Callable[..., Filing], now: datetime
) -> None:
    case = file_case(filing=threat(platform=None), now=now).case
    text = text_digest(signing_text(regime("eu-dsa"), "en", "self"))
    signed = Answers(signature="Ada", is_good_faith=True, text_digests={"eu-dsa": text})

    case = add_to_case(case=case, urls=[THEIRS], answers=signed, now=now + HOUR)

    assert case.regimes == ["platform-terms", "eu-dsa"]
    assert not Clock.objects.exists()


def test_a_notice_without_an_address_is_for_the_website_that_is_chosen(
    filing: Callable[..., Filing], forum: Platform, platform: Platform, now: datetime
) -> None:
    for chosen, law in ((platform, "eu-dsa"), (forum, "us-tida")):
        with pytest.raises(FieldsError) as refused:
            file_case(filing=filing(urls=[], regimes=[law], platform=chosen), now=now)
        assert f"These rules do not apply to {chosen.name}: " in refused.value.fields["regimes"]
    assert not Case.objects.exists()

    shared = filing(urls=[], regimes=["platform-terms"], platform=forum)
    assert file_case(filing=shared, now=now).case.platform == forum


def test_without_an_address_laws_of_different_websites_are_not_taken_together(
    filing: Callable[..., Filing], now: datetime
) -> None:
    both = filing(urls=[], regimes=["eu-dsa", "us-tida"], platform=None)
    with pytest.raises(FieldsError) as refused:
        file_case(filing=both, now=now)

    assert refused.value.fields == {"website": "Choose the website that your notice is for."}
    assert not Case.objects.exists()


def test_without_an_address_a_law_that_does_not_bind_the_cases_website_sets_no_time(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], forum: Platform,
    now: datetime,
) -> None:  # fmt: skip
    case = filed(urls=[], files=files(2)).case
    Case.objects.filter(pk=case.pk).update(platform=forum)  # filed before this was looked at
    case.refresh_from_db()

    case = add_to_case(case=case, answers=Answers(place="The third picture"), now=now + HOUR)

    assert case.notices.get().valid_at == now + HOUR
    assert not Clock.objects.exists()
