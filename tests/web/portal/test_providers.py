"""On her own page: she lets us write to other sites, sees who was written to, ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from chain_scene import Scene, make_map, make_report, make_sender, send, watch, write_report
from staydown_web.cases.models import Case
from staydown_web.cases.services import agree_to_providers, end_providers
from staydown_web.escalation.models import Escalation, Sender
from staydown_web.escalation.services.sites import site_of_domain
from staydown_web.portal.selectors.providers import elsewhere_line, elsewhere_words

pytestmark = pytest.mark.django_db
Opened = Callable[..., tuple[Browser, Case]]
HEADING = "Your links on other sites"
LINKS = ["https://pics.example/v/8831", "https://pics.example/v/8832"]


@pytest.fixture
def moment() -> datetime:
    return timezone.now()


def page(browser: Browser) -> str:
    return browser.get("/case/page/").content.decode()


def answer(browser: Browser, word: str) -> str:
    return browser.post("/case/sites/", {"answer": word}, follow=True).content.decode()


def scene_of(case: Case, moment: datetime) -> Scene:
    """The chain of the site that her links are on."""
    site = site_of_domain(domain="pics.example", now=moment)
    mapping = make_map(site, moment)
    escalation = Escalation.objects.create(
        number=31,
        case=case,
        site=site,
        mapping=mapping,
        state="running",
        ladder="default",
        ladder_version="2026-11-26.1",
        served_at=moment - timedelta(days=4),
        deadline_at=moment - timedelta(days=2),
        opened_at=moment,
    )
    return Scene(case, site, mapping, escalation, [])


def test_where_this_service_writes_no_page_says_that_nothing_can_be_done(
    opened: Opened, moment: datetime
) -> None:
    browser, _ = opened(urls=LINKS)
    assert "cannot act there" in page(browser)
    assert "You can write to it yourself" in elsewhere_words()
    make_sender(moment)
    assert "cannot act there" not in page(browser)
    assert HEADING in elsewhere_words()
    assert "cannot act there" not in elsewhere_line()


def test_once_a_letter_is_written_no_page_says_that_it_waits(
    opened: Opened, moment: datetime
) -> None:
    browser, case = opened(urls=LINKS)
    make_sender(moment)
    waits = "We write once your notice is complete."
    assert waits in answer(browser, "yes")
    scene = scene_of(case, moment)
    write_report(case, scene.site, "-", moment, purpose="first_notice", format="mail")
    assert waits not in page(browser)


def test_nothing_is_asked_where_nobody_writes_or_no_link_is_elsewhere(
    opened: Opened, moment: datetime
) -> None:
    browser, case = opened(urls=LINKS)
    assert HEADING not in page(browser)
    answer(browser, "yes")
    make_sender(moment, is_on=False)
    answer(browser, "yes")
    case.refresh_from_db()
    assert case.providers_agreed_at is None


def test_where_all_her_links_are_served_here_nothing_is_asked(
    opened: Opened, moment: datetime
) -> None:
    make_sender(moment)
    browser, _case = opened(urls=[])
    assert HEADING not in page(browser)


def test_she_is_told_who_gets_what_says_yes_and_takes_it_back(
    opened: Opened, moment: datetime
) -> None:
    make_sender(moment)
    browser, case = opened(urls=LINKS)
    shown = page(browser)
    assert "Yes, write to them for me" in shown
    assert "They get the links and nothing about you." in shown
    assert "We write to these sites for you." in answer(browser, "yes")
    case.refresh_from_db()
    assert case.providers_agreed_at is not None
    shown = page(browser)
    assert "You let us write to other sites for you" in shown  # the section, and the story
    assert "Yes, write to them for me" not in shown
    assert "We write to it for you; see below." in shown
    assert "We cannot call back what was sent." in answer(browser, "no")
    case.refresh_from_db()
    assert case.providers_agreed_at is None


def test_pressing_twice_changes_nothing(opened: Opened, moment: datetime) -> None:
    make_sender(moment)
    browser, case = opened(urls=LINKS)
    answer(browser, "yes")
    case.refresh_from_db()
    before = case.providers_agreed_at
    answer(browser, "yes")
    case.refresh_from_db()
    assert case.providers_agreed_at == before


def test_letters_and_what_was_seen_stand_there_in_words(opened: Opened, moment: datetime) -> None:
    make_sender(moment)
    browser, case = opened(urls=LINKS)
    agree_to_providers(case=case, now=moment)
    scene = scene_of(case, moment)
    host, cdn = scene.mapping.services.filter(role__in=("host", "cdn")).order_by("position")
    first = write_report(
        case,
        scene.site,
        "Please remove",
        moment,
        purpose="first_notice",
        format="mail",
        channel="staff",
    )
    send(first, moment)
    make_report(scene.escalation, host, moment)
    acted = make_report(scene.escalation, cdn, moment)
    acted.outcome, acted.outcome_at = "actioned", moment
    acted.save()
    never = make_report(
        scene.escalation, scene.mapping.services.get(role="ads"), moment, state="sent_back"
    )
    watch(scene, ("there", "gone"), moment)
    shown = page(browser)
    letters = shown.split("Who was written to</caption>")[1].split("</table>")[0]
    assert "pics.example" in letters
    assert "Delivered" in letters
    assert "Northwind Hosting" in letters
    assert "a person here checks it before it leaves" in letters
    assert "They acted" in letters
    assert never.provider is not None
    assert never.provider.name not in letters
    looks = shown.split("What we saw at your links</caption>")[1].split("</table>")[0]
    assert "Still there" in looks
    assert "Gone when we looked" in looks
    # No link is written out where somebody may look over her shoulder.
    assert "v/8831" not in letters + looks


def test_what_was_sent_stays_to_be_seen_after_she_ended_it(
    opened: Opened, moment: datetime
) -> None:
    make_sender(moment)
    browser, case = opened(urls=LINKS)
    agree_to_providers(case=case, now=moment)
    scene = scene_of(case, moment)
    send(make_report(scene.escalation, scene.mapping.services.get(role="host"), moment), moment)
    end_providers(case=case, now=moment)
    Sender.objects.update(is_on=False)
    shown = page(browser)
    assert "Northwind Hosting" in shown
    assert "Yes, write to them for me" not in shown


def test_a_page_that_shows_an_end_changes_nothing(opened: Opened, moment: datetime) -> None:
    make_sender(moment)
    browser, case = opened(
        urls=LINKS, withdrawal_mode="cooling", safe_contact="friend@mail.example"
    )
    agree_to_providers(case=case, now=moment)
    browser.post("/case/withdraw/")
    assert HEADING not in page(browser)
    answer(browser, "no")
    case.refresh_from_db()
    assert case.providers_agreed_at == moment


def test_links_elsewhere_alone_lack_nothing_and_the_question_stands_first(
    opened: Opened, moment: datetime
) -> None:
    make_sender(moment)
    browser, case = opened(way="link", urls=LINKS, files=[])
    assert case.valid_at is None
    shown = page(browser)
    assert "Your notice is complete</h1>" in shown
    assert "say here whether we may write to them for you" in shown
    assert "What is missing" not in shown
    assert shown.index(HEADING) < shown.index("Time for each place")
    assert shown.count('id="providers"') == 1
    shown = answer(browser, "yes")
    assert "Here you see who was written to." in shown


def test_where_nobody_writes_it_says_what_is_missing(opened: Opened) -> None:
    browser, _case = opened(way="link", urls=LINKS, files=[])
    assert "What is missing" in page(browser)
