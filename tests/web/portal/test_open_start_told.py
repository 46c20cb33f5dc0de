"""A law whose first day is not confirmed: what the helpline and the story say of its time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from case_page_states import DAY, HOUR, Stage, file
from helpline_scene import give_case, make_caseworker, make_client, make_team
from staydown_web.accounts.models import User
from staydown_web.actions.selectors import CaseRemovals
from staydown_web.base.clock import utc_now
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Notice
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.cases.services.notices import answers_of, make_notice
from staydown_web.portal.selectors.story import Chapter, story
from staydown_web.reports.selectors.event_words import event_words

pytestmark = pytest.mark.django_db
LATE = ("Told, no answer in time", "Told, no answer yet; its time may be over")
SENT = ("Notice sent, time is left", "Notice sent, no answer yet")


@pytest.fixture
def mia() -> User:
    """Who has the cases."""
    return make_caseworker("mia", make_team("Helpline One", utc_now()))


def given(stage: Stage, mia: User, ago: timedelta, law: str) -> Case:
    case = file(stage, ago, law=law)
    give_case(case, make_client(mia, f"File {case.number}", utc_now()), mia, utc_now())
    return case


def also_under_us_law(case: Case) -> None:
    """The same notice under another law, which sets the same time."""
    first = case.notices.get()
    notice = make_notice(
        case=case, regime_id="us-tida", answers=answers_of(first), now=case.filed_at
    )
    Notice.objects.filter(pk=notice.pk).update(valid_at=first.valid_at)
    clock = first.clocks.get()
    clock.pk, clock.notice = new_id(), notice
    clock.save(force_insert=True)


@pytest.mark.parametrize("law", ["us-tida", "uk-osa"])
def test_the_helpline_reads_of_a_time_that_runs_only_if_it_does(
    stage: Stage, mia: User, client_of: object, law: str
) -> None:
    stage.platform.regimes = ["us-tida", "uk-osa"]
    stage.platform.save()
    case = given(stage, mia, HOUR, law)
    browser: Browser = client_of(mia)  # type: ignore[operator]
    name, is_open = stage.platform.name, law == "uk-osa"
    said = f"If this duty is in force already, {name} must act" if is_open else f"{name} must act"
    pages = {
        url: browser.get(url).text
        for url in (reverse("portal:caseload"), reverse("portal:helpline_case", args=[case.number]))
    }
    for page in pages.values():
        assert f">{said}<" in page
    own = list(pages.values())[1]
    assert ("It is not confirmed on which day this duty begins." in own) == is_open
    assert ("the law does not bind the website to this time." in own) == is_open
    assert SENT[is_open] in list(pages.values())[1]
    assert SENT[not is_open] not in list(pages.values())[1]


@pytest.mark.parametrize("law", ["us-tida", "uk-osa"])
def test_what_a_notice_lacks_is_said_with_the_mark_of_its_law(
    stage: Stage, mia: User, client_of: object, law: str
) -> None:
    case = file(stage, HOUR, law=law, is_good_faith=False, declarations=frozenset())
    give_case(case, make_client(mia, "File 9", utc_now()), mia, utc_now())
    page = client_of(mia).get(  # type: ignore[operator]
        reverse("portal:helpline_case", args=[case.number])
    )
    title = page.text.partition('id="missing"')[2].partition("<h3>")[2].partition("</h3>")[0]
    assert title.endswith(" (start not confirmed)") == (law == "uk-osa")
    assert title


@pytest.mark.parametrize("law", ["us-tida", "uk-osa"])
def test_the_helpline_reads_of_a_time_that_is_over_only_that_it_may_be(
    stage: Stage, mia: User, client_of: object, law: str
) -> None:
    stage.platform.regimes = ["us-tida", "uk-osa"]
    stage.platform.save()
    case = given(stage, mia, 3 * DAY, law)
    browser: Browser = client_of(mia)  # type: ignore[operator]
    own = browser.get(reverse("portal:helpline_case", args=[case.number])).text
    untold = browser.get(reverse("portal:untold")).text
    late = browser.get(reverse("portal:caseload") + "?tab=late")
    table = browser.post(reverse("portal:export_caseload")).text
    is_open = law == "uk-osa"

    assert late.context["page"].total == 1, "the time of it is over, and somebody should look"
    words = f"If this duty is in force already, the time for {stage.platform.name} is over"
    for page in (own, late.text):
        assert (words in page) == is_open
        assert (" late</" in page) == (not is_open)
        assert (" ago</" in page) == is_open
    for page in (own, untold):
        assert LATE[is_open] in page
        assert LATE[not is_open] not in page
    assert "disabled" in untold.split('name="place"')[1].split(">")[0], "nothing to note by hand"
    assert (",unclear," if is_open else ",yes,") in table


def test_where_another_law_sets_the_same_time_it_is_sure(
    stage: Stage, mia: User, client_of: object
) -> None:
    case = given(stage, mia, 3 * DAY, "uk-osa")
    also_under_us_law(case)
    page = client_of(mia).get(reverse("portal:caseload")).text  # type: ignore[operator]

    assert f"{stage.platform.name} must act" in page
    assert "in force already" not in page


def chapters(case: Case) -> dict[str, Chapter]:
    now = utc_now()
    view = person_view(case=case, is_unveiled=True, now=now)
    told = story(case, view, names={}, removals=CaseRemovals(), now=now)
    return {one.what: one for one in told}


@pytest.mark.parametrize("law", ["us-tida", "uk-osa"])
def test_the_story_calls_a_time_over_only_where_it_is(stage: Stage, law: str) -> None:
    case = file(stage, 3 * DAY, law=law)
    advance_clocks(utc_now())
    told = chapters(case)
    is_open = law == "uk-osa"

    assert ("The time limit was over" in told) == (not is_open)
    perhaps = told.get("A time limit was over, if its duty was in force")
    assert (perhaps is not None) == is_open
    if perhaps:
        assert "(start not confirmed)" in perhaps.more
        assert "If the duty begins later, the law did not bind" in perhaps.more


def test_the_story_says_once_what_two_laws_set_and_marks_the_open_one(stage: Stage) -> None:
    case = file(stage, 3 * DAY, law="uk-osa")
    also_under_us_law(case)
    advance_clocks(utc_now())
    told = chapters(case)

    assert "(start not confirmed)" in told["The time limit was over"].more
    assert "A time limit was over, if its duty was in force" not in told


@pytest.mark.parametrize("law", ["us-tida", "uk-osa"])
def test_what_is_ahead_is_conditional_too(stage: Stage, law: str) -> None:
    case = file(stage, HOUR, law=law)
    add_to_case(case=case, urls=[stage.url + "?2"], now=utc_now())
    ahead = [what for what in chapters(case) if what.startswith("Last moment for the website")]
    perhaps = "Last moment for the website, if this duty is in force already"

    assert ahead == [perhaps if law == "uk-osa" else "Last moment for the website"]


def test_a_record_tells_the_events_of_such_a_time_as_the_story_does() -> None:
    for what, plain, perhaps in (
        ("clock_breached", "The time limit was over", "A time limit was over, if its duty"),
        ("clock_started", "The time limit started", "A time is counted as if its duty had begun"),
    ):
        sure, unsure = (event_words(what, {"regime": law}) or "" for law in ("us-tida", "uk-osa"))
        assert sure.startswith(plain)
        assert "not confirmed" not in sure
        assert unsure.startswith(perhaps)
        assert "(start not confirmed)" in unsure
        assert (event_words(what, {"regime": "gone"}) or "").startswith(plain)
        assert (event_words(what, {}) or "").startswith(plain)
    assert "not confirmed" not in (event_words("notice_valid", {"regime": "uk-osa"}) or "")
