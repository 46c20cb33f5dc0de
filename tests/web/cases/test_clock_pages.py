"""Time limits on the pages: the person's and the staff's, in a browser; and as calendar files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from icalendar import Calendar

from barriers import LOOKS, axe
from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Notice
from staydown_web.cases.services import Filed, file_case, pause_clock, send_message
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.regimes.schemas import Pause
from staydown_web.regimes.selectors import regimes
from staydown_web.review.models import Task

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.django_db(transaction=True)
WAITS = "waiting_for_notifier"


@pytest.fixture(autouse=True)
def _a_law_that_pauses() -> Iterator[None]:
    """The British duty as if it let its time stand still: no shipped law with hours does."""
    law = regimes()["uk-osa"]
    pause = Pause(
        WAITS, "The website asked you a question that it cannot decide without.", "a test"
    )
    regimes()["uk-osa"] = replace(law, pauses=(pause,))
    yield
    regimes()["uk-osa"] = law


@pytest.fixture
def today() -> datetime:
    return utc_now().replace(microsecond=0)


@pytest.fixture
def many_laws(platform, filing, today) -> Callable[[float], Filed]:
    """``many_laws(hours_ago)``: a notice under three laws and the site's rules."""
    platform.regimes = ["us-tida", "uk-osa", "eu-dsa"]
    platform.save()

    def make(hours_ago: float) -> Filed:
        laws = ["us-tida", "uk-osa", "eu-dsa", "platform-terms"]
        return file_case(filing=filing(regimes=laws), now=today - timedelta(hours=hours_ago))

    return make


def opened(filed: Filed) -> Client:
    client = Client()
    answer = client.post("/case/", {"number": filed.case.number, "phrase": filed.phrase})
    assert answer.status_code == 302
    return client


def notice_of(case: Case, law: str) -> Notice:
    return case.notices.get(regime=law)


def task_of(case: Case, now: datetime) -> Task:
    return Task.objects.create(
        number="R-2222-3333",
        source="notice",
        platform=case.platform,
        case=case,
        item=case.items.get(),
        due_at=case.due_at,
        made_at=now,
    )


def look(browser: Browser, client: Client, url: str, path: str, name: str) -> list[str]:
    """What axe finds on a page in all four variants."""
    wrong = []
    for width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            timezone_id="America/New_York",
        )
        for key, morsel in client.cookies.items():
            context.add_cookies([{"name": key, "value": morsel.value, "url": url}])
        page = context.new_page()
        page.goto(url + path)
        wrong += [f"{name} {width} {scheme}: {line}" for line in axe(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
    return wrong


def test_her_page_says_each_law_its_pause_and_what_to_do_after_a_breach(
    browser, live_server, many_laws, today
) -> None:
    filed = many_laws(49)
    pause_clock(
        notice=notice_of(filed.case, "uk-osa"),
        reason=WAITS,
        actor="system",
        now=today - timedelta(hours=20),
    )
    assert advance_clocks(today) == 1
    client = opened(filed)
    text = client.get("/case/page/").content.decode()
    for words in ("TakeItDown.ftc.gov", "What you can do next", "Please answer on this page"):
        assert words in text
    assert look(browser, client, live_server.url, "/case/page/", "person-over") == []


def test_a_running_limit_is_shown_in_her_zone_with_the_zone(
    browser, live_server, many_laws
) -> None:
    client = opened(many_laws(3))
    assert look(browser, client, live_server.url, "/case/page/", "person-running") == []
    assert " UTC</time>" in client.get("/case/page/").content.decode(), "without a script"
    context = browser.new_context(timezone_id="Asia/Kolkata")
    for key, morsel in client.cookies.items():
        context.add_cookies([{"name": key, "value": morsel.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + "/case/page/")
    assert "GMT+5:30" in page.locator(".limits time").first.inner_text()
    context.close()


def test_one_word_for_it_and_each_law_once(many_laws) -> None:
    text = opened(many_laws(3)).get("/case/page/").content.decode()
    assert text.count("The website must act by") >= 2, "at the place, and at each law"
    assert "must answer" not in text.lower()
    assert "must be answered" not in text.lower()
    story = text[text.index("What happened, and what comes next") :]
    assert story.count("Under: ") == 1, "one notice under four laws is one moment"
    for law in ("TAKE IT DOWN Act", "intimate image duty", "Digital Services Act"):
        assert law in story


def test_the_queue_names_only_laws_whose_time_runs_beside_the_time(
    many_laws, client_of, reviewer, today
) -> None:
    filed = many_laws(25)
    task = task_of(filed.case, today)
    queue = client_of(reviewer).get("/staff/queue/").content.decode()
    assert " UTC · UK (start not confirmed), US</span>" in queue, (
        "the European one sets no number of hours"
    )
    assert '<td data-label="Law">EU, UK (start not confirmed), US</td>' in queue
    page = client_of(reviewer).get(f"/staff/review/{task.number}/").content.decode()
    assert "The website must act by" in page
    assert " UTC · UK (start not confirmed), US</p>" in page
    pause_clock(notice=notice_of(filed.case, "uk-osa"), reason=WAITS, actor="system", now=today)
    assert " UTC · US</span>" in client_of(reviewer).get("/staff/queue/").content.decode()


def test_staff_pause_and_resume_and_see_why(
    browser, live_server, many_laws, client_of, reviewer, today
) -> None:
    filed = many_laws(25)
    advance_clocks(today)
    task = task_of(filed.case, today)
    client = client_of(reviewer)
    page = f"/staff/review/{task.number}/"
    notice = notice_of(filed.case, "uk-osa")
    where = f"{page}clock/"
    answer = client.post(where, {"notice": notice.pk, "reason": WAITS, "do": "pause"})
    assert answer.status_code == 302
    assert look(browser, client, live_server.url, page, "staff-task") == []
    assert look(browser, client, live_server.url, "/staff/queue/", "staff-queue") == []
    assert "Half of the time is gone" in client.get("/staff/queue/").content.decode()
    refused = client.post(where, {"notice": notice_of(filed.case, "us-tida").pk, "reason": WAITS})
    assert refused.status_code == 409, "the US law lets nothing pause it"
    assert client.post(where, {"notice": "x", "reason": WAITS}).status_code == 404
    assert client.post(where, {"notice": notice.pk, "reason": WAITS, "do": "resume"}).status_code
    assert notice.clocks.get().paused_at is None


def test_the_page_of_all_limits_and_its_private_address(
    browser, live_server, many_laws, client_of, reviewer, lead, today
) -> None:
    filed = many_laws(49)
    later = many_laws(10)
    pause_clock(notice=notice_of(later.case, "uk-osa"), reason=WAITS, actor="system", now=today)
    advance_clocks(today)
    client = client_of(reviewer)
    assert look(browser, client, live_server.url, "/staff/time-limits/", "staff-limits") == []
    made = client.post("/staff/time-limits/address/", {"do": "make"})
    address = made.context["address"]
    path = address[address.index("/staff/") :]
    answer = Client().get(path)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    due = {clock.due_at for clock in notice_of(later.case, "us-tida").clocks.all()}
    assert due <= {event.decoded("dtstart") for event in events}
    assert len(events) == 3, "what stands still is not in it"
    for told in (filed.case.number, "us-tida", "Ada", "TAKE", str(filed.case.pk)):
        assert told.encode() not in answer.content
    client.post("/staff/time-limits/address/", {"do": "end"})
    assert Client().get(path).status_code == 404
    User.objects.filter(pk=lead.pk).update(is_active=False)


def test_her_reminder_says_a_moment_and_one_neutral_word(many_laws) -> None:
    filed = many_laws(3)
    client = opened(filed)
    answer = client.get("/case/reminder/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reminder.ics"'
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    filed.case.refresh_from_db()
    assert [event.decoded("dtstart") for event in events] == [filed.case.due_at], "one for both"
    assert {str(event["summary"]) for event in events} == {"Reminder"}
    for told in (filed.case.number, "taydown.", "URL", "VALARM", "intimate"):
        assert told.encode() not in answer.content


def test_an_answer_lets_the_time_go_on(many_laws, today) -> None:
    filed = many_laws(10)
    notice = notice_of(filed.case, "uk-osa")
    pause_clock(notice=notice, reason=WAITS, actor="system", now=today - timedelta(hours=4))
    send_message(case=filed.case, sender="person", text="Here it is.", now=today)
    clock = notice.clocks.get()
    assert clock.paused_at is None
    assert clock.due_at == clock.began_at + timedelta(hours=52)


def test_a_page_that_says_it_has_ended_has_no_reminder(many_laws, filing, today) -> None:
    filed = many_laws(3)
    client = opened(filed)
    client.post("/case/withdraw/")
    assert client.get("/case/reminder/").status_code == 404
