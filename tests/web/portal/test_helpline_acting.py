"""What a helpline does for its client: another look, an answer, the record, its own calendar."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chain_scene import make_sender
from helpline_scene import give_case, make_case, make_caseworker, make_client, make_crowd, make_team
from partner_scene import make_list
from review_scene import Site, edited, file_notice, found, make_copy, place_copy, serve_site
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import Access, Authority, CalendarFeed, Case, Item, Message
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.places import add_places
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.review import services, tasks
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.services.hearing import take_back_answered
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)
NAME = "citrus.jpg"


@dataclass(frozen=True, slots=True)
class Desk:
    """Mia has a case whose copy was reviewed; Noa is a colleague, Sam of another helpline."""

    mia: User
    noa: User
    sam: User
    access: Access
    task: Task

    @property
    def case(self) -> Case:
        """Mia's case."""
        return self.access.case


@pytest.fixture
def site(platform: Platform) -> Iterator[Site]:
    with serve_site() as served:
        platform.media_origins = [served.origin]
        platform.save()
        yield served


@pytest.fixture
def desk(platform: Platform, site: Site) -> Desk:
    now = utc_now() - 10 * DAY
    url = site.put("same.jpg", edited(NAME, "same"))
    case = file_notice(platform, [NAME], now, urls=[url])
    copy = make_copy(
        platform, case.items.get().claims.get().entry, now, match=found(NAME, "same"), url=url,
        group="g", source=Copy.Source.NOTICE, state=Copy.State.SEEN,
    )  # fmt: skip
    place_copy(case, copy, now)
    tasks.take_in(now)
    team = make_team("Helpline One", now)
    mia, noa = make_caseworker("mia", team), make_caseworker("noa", team)
    sam = make_caseworker("sam", make_team("Helpline Two", now))
    access = give_case(case, make_client(mia, "File 7", now), mia, now)
    return Desk(mia, noa, sam, access, copy.tasks.get())


def decide_to_keep(desk: Desk, reviewer: User, *, firm: bool = True) -> Decision:
    at = utc_now() - (9 * DAY if firm else HOUR)
    services.decide(
        task=desk.task, outcome="restore", grounds=["not_intimate"], facts="It shows fruit.",
        user=reviewer, now=at,
    )  # fmt: skip
    for later in (MINUTE, 49 * HOUR) if firm else (MINUTE,):
        services.make_decisions_firm(at + later)
    return Decision.objects.get(task=desk.task)


def address(name: str, desk: Desk, **more: Any) -> str:
    return reverse(f"portal:{name}", kwargs={"case_number": desk.case.number, **more})


def page_of(case: Case) -> str:
    browser = Browser()
    browser.cookies[COOKIE] = open_page(case=case, now=utc_now())
    return browser.get(reverse("portal:page")).text


def test_it_asks_for_another_look_and_both_read_what_came_of_it(
    desk: Desk, reviewer: User, client_of: Callable[..., Browser], user_named: Callable[..., User]
) -> None:
    made, browser = decide_to_keep(desk, reviewer), client_of(desk.mia)
    form = address("helpline_complain", desk, decision_id=made.pk)
    assert form in browser.get(address("helpline_case", desk)).text
    empty = browser.post(form, {"text": " "})
    assert empty.status_code == 400
    assert "Please say why, in a sentence or two." in empty.text
    sent = {"text": "It shows her.", "basis": "intimate", "written_in": "en"}
    said = browser.post(form, sent, follow=True)
    assert "Another reviewer will look at it." in said.text
    complaint = Complaint.objects.get()
    assert (complaint.side, complaint.basis, complaint.case) == ("notifier", "intimate", desk.case)
    assert complaint.written_in == "en"
    filed = Event.objects.get(what="complaint_filed")
    assert (filed.actor, filed.facts["by"]) == (f"user:{desk.mia.pk}", "helpline")
    assert Event.objects.get(what="appeal_begun").actor == f"user:{desk.mia.pk}"
    assert "Your helpline asked for another look" in page_of(desk.case)
    assert browser.get(form).status_code == 409, "once"
    at = utc_now()
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It shows no person.",
        user=user_named("sara"), now=at,
    )  # fmt: skip
    services.settle_complaints(at + MINUTE)
    shown = browser.get(address("helpline_case", desk)).text
    assert "The decision stays: it is not removed." in shown
    assert "It shows no person." in shown


def test_its_message_answers_a_decision_to_show_something_again(
    desk: Desk, reviewer: User, client_of: Callable[..., Browser]
) -> None:
    waits = decide_to_keep(desk, reviewer, firm=False)
    assert waits.told_at is not None
    browser = client_of(desk.mia)
    shown = browser.get(address("helpline_case", desk)).text
    assert "a reviewer thinks that it" in shown
    assert 'href="#write"' in shown
    browser.post(address("helpline_message", desk), {"text": "She never agreed."})
    assert take_back_answered(utc_now()) == 1
    waits.refresh_from_db()
    assert waits.undone_at is not None
    assert waits.tellings.get().answered_at is not None
    assert "a reviewer thinks that it" not in browser.get(address("helpline_case", desk)).text


def test_without_authority_it_reads_and_does_nothing(
    desk: Desk, reviewer: User, client_of: Callable[..., Browser]
) -> None:
    made, browser = decide_to_keep(desk, reviewer), client_of(desk.mia)
    form = address("helpline_complain", desk, decision_id=made.pk)
    Authority.objects.update(ended_at=utc_now())
    shown = browser.get(address("helpline_case", desk)).text
    for closed in (form, address("helpline_record", desk), address("helpline_keep", desk)):
        assert closed not in shown
        assert browser.post(closed, {"text": "It shows her.", "details": "1"}).status_code == 403
    assert browser.get(form).status_code == 403
    assert not Complaint.objects.exists()
    assert not Event.objects.filter(what__in=["export_made", "case_prolonged"]).exists()


def test_no_colleague_and_no_other_helpline_does_it(
    desk: Desk, reviewer: User, client_of: Callable[..., Browser]
) -> None:
    made = decide_to_keep(desk, reviewer)
    for user in (desk.noa, desk.sam):
        browser = client_of(user)
        for name, more in (
            ("helpline_complain", {"decision_id": made.pk}),
            ("helpline_record", {}),
            ("helpline_keep", {}),
        ):
            answer = browser.post(address(name, desk, **more), {"text": "It shows her."})
            assert answer.status_code == 404, name
    assert not Complaint.objects.exists()
    assert not Event.objects.filter(what="export_made").exists()


def test_a_decision_of_another_case_is_not_reached_over_ones_own(
    desk: Desk, reviewer: User, platform: Platform, client_of: Callable[..., Browser]
) -> None:
    made, now = decide_to_keep(desk, reviewer), utc_now()
    own = give_case(make_case(platform, now), make_client(desk.sam, "File 1", now), desk.sam, now)
    kwargs = {"case_number": own.case.number, "decision_id": made.pk}
    form = reverse("portal:helpline_complain", kwargs=kwargs)
    assert client_of(desk.sam).post(form, {"text": "Mine."}).status_code == 404
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("with_details", [False, True])
def test_it_takes_the_record_and_she_sees_that_it_did(
    desk: Desk, client_of: Callable[..., Browser], *, with_details: bool
) -> None:
    data = {"details": "1"} if with_details else {}
    answer = client_of(desk.mia).post(address("helpline_record", desk), data)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as record:
        assert {"record.pdf", "record.json"} <= set(record.namelist())
        facts = b"".join(record.read(n) for n in record.namelist() if n.endswith(".json"))
    assert desk.case.number.encode() in facts
    assert (b"@mail.example" in facts) is with_details
    event = Event.objects.get(what="export_made")
    assert event.actor == f"user:{desk.mia.pk}"
    assert event.facts["has_details"] is with_details
    assert Event.objects.filter(what="contact_viewed").exists() is with_details
    browser = Browser()
    browser.cookies[COOKIE] = open_page(case=desk.case, now=utc_now())
    held = browser.get(reverse("portal:held")).text
    assert "Your helpline saved a record of your case" in held
    assert ("Your helpline looked at how to reach you" in held) is with_details
    assert "A reviewer looked at how to reach you" not in held


def test_it_goes_on_watching_for_a_threat(
    desk: Desk, platform: Platform, client_of: Callable[..., Browser]
) -> None:
    now = utc_now()
    case = make_case(platform, now, due_in_h=None)
    ends = now + 3 * DAY
    Case.objects.filter(pk=case.pk).update(way=Case.Way.THREATENED, expires_at=ends)
    give_case(case, desk.access.client, desk.mia, now)  # type: ignore[arg-type]
    browser = client_of(desk.mia)
    keep = reverse("portal:helpline_keep", kwargs={"case_number": case.number})
    assert keep in browser.get(f"/staff/helpline/cases/{case.number}/").text
    assert "We go on watching." in browser.post(keep, follow=True).text
    case.refresh_from_db()
    assert case.expires_at is not None
    assert case.expires_at > now + 100 * DAY
    assert Event.objects.get(what="case_prolonged").actor == f"user:{desk.mia.pk}"
    assert browser.post(address("helpline_keep", desk)).status_code == 409, "nothing to keep"


@pytest.mark.parametrize("state", ["in_review", "removed", "kept"])
def test_it_shows_no_end_of_watching_once_something_came(
    desk: Desk, platform: Platform, client_of: Callable[..., Browser], state: str
) -> None:
    now = utc_now()
    case = make_case(platform, now, due_in_h=None)
    Case.objects.filter(pk=case.pk).update(way=Case.Way.THREATENED, expires_at=now - DAY)
    Item.objects.create(case=case, position=9, state=state, added_at=now, state_at=now)
    give_case(case, desk.access.client, desk.mia, now)  # type: ignore[arg-type]
    page = client_of(desk.mia).get(f"/staff/helpline/cases/{case.number}/").text
    assert "We stop watching" not in page
    assert "Watch for six months from today" not in page


def test_her_own_file_says_that_her_helpline_wrote(
    desk: Desk, client_of: Callable[..., Browser]
) -> None:
    client_of(desk.mia).post(address("helpline_message", desk), {"text": "Please look again."})
    assert Message.objects.get().sender == Message.Sender.HELPLINE
    browser = Browser()
    browser.cookies[COOKIE] = open_page(case=desk.case, now=utc_now())
    held = browser.get(reverse("portal:held")).text
    assert "Your helpline" in held
    assert "The reviewer" not in held


def test_a_calendar_to_subscribe_to_holds_numbers_and_neutral_words(
    desk: Desk, platform: Platform, client_of: Callable[..., Browser]
) -> None:
    now = utc_now()
    for _n in range(3):
        case = make_case(platform, now, elsewhere=["board.example"])
        access = give_case(case, desk.access.client, desk.mia, now)  # type: ignore[arg-type]
    theirs = give_case(
        make_case(platform, now), make_client(desk.noa, "File 8", now), desk.noa, now
    )
    browser, page = client_of(desk.mia), reverse("portal:change_helpline_feed")
    address = feed_in(browser.post(page, {"do": "make"}).text)
    assert address not in browser.get(page).text, "shown once"
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert CalendarFeed.objects.get().digest == digest_token(token)
    text = Browser().get(address).content.decode().replace("\r\n ", "")
    assert f"SUMMARY:Time limit {access.case.number}" in text
    assert text.count("BEGIN:VEVENT") == 3
    assert theirs.case.number not in text
    for personal in ("File 7", "Ana", "Forum", "board.example", "127.0.0.1:8161", "US", "TAKE"):
        assert personal not in text.replace(reverse("portal:caseload"), "")
    assert set(re.findall(r"SUMMARY:(.*?) C-", text)) == {"Time limit"}
    again = feed_in(browser.post(page, {"do": "make"}).text)
    assert Browser().get(address).status_code == 404, "the new one ends it"
    assert Browser().get(again).status_code == 200
    assert "does not work any more" in browser.post(page, {"do": "end"}, follow=True).text
    assert Browser().get(again).status_code == 404
    assert Event.objects.filter(what="calendar_made").count() == 2
    assert Event.objects.filter(what="calendar_ended").count() == 1


def feed_in(shown: str) -> str:
    found_at = re.search(r"/staff/dates/[\w-]+\.ics", shown)
    assert found_at, shown
    return found_at[0]


def test_the_calendar_ends_with_the_work_at_the_helpline(
    desk: Desk, client_of: Callable[..., Browser]
) -> None:
    page = reverse("portal:change_helpline_feed")
    address = feed_in(client_of(desk.mia).post(page, {"do": "make"}).text)
    User.objects.filter(pk=desk.mia.pk).update(is_active=False)
    assert Browser().get(address).status_code == 404


def test_an_address_of_one_kind_of_calendar_opens_no_other(
    desk: Desk, reviewer: User, client_of: Callable[..., Browser]
) -> None:
    ours = services.make_feed(user=desk.mia, now=utc_now())
    theirs = services.make_feed(user=reviewer, now=utc_now())
    assert Browser().get(reverse("review:feed", args=[ours])).status_code == 404
    assert Browser().get(reverse("portal:helpline_feed", args=[theirs])).status_code == 404


def test_the_calendar_of_300_cases_takes_as_many_queries_as_that_of_six(
    platform: Platform,
) -> None:
    now, counts = utc_now(), []
    for name, cases in (("few", 6), ("many", 300)):
        user = make_caseworker(name, make_team(f"Helpline {name}", now))
        make_crowd(user, platform, now, cases)
        address = reverse("portal:helpline_feed", args=[services.make_feed(user=user, now=now)])
        with CaptureQueriesContext(connection) as seen:
            assert Browser().get(address).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 11, counts


def test_it_lets_partners_look_because_the_person_said_so_and_ends_it(
    desk: Desk, client_of: Callable[..., Browser]
) -> None:
    browser, page = client_of(desk.mia), address("helpline_case", desk)
    asked = address("helpline_partners", desk)
    assert asked not in browser.get(page).text  # there is nobody to say yes to
    assert browser.post(asked, {"answer": "yes"}).status_code == 409
    make_list("List One", utc_now())
    assert "With a yes, List One get the fingerprints" in browser.get(page).text
    said = browser.post(asked, {"answer": "yes"}, follow=True)
    assert "The others may now look too." in said.text
    desk.case.refresh_from_db()
    assert desk.case.partners_agreed_at is not None
    assert "You let others look for copies of your pictures too" in page_of(desk.case)
    said = browser.post(asked, {"answer": "no"}, follow=True)
    assert "They are asked to delete the fingerprints." in said.text
    told = page_of(desk.case)
    assert "Your helpline said for you that other websites may look for your pictures too" in told
    assert "Your helpline took back that other websites may look" in told
    assert "You took back that other websites may look" not in told
    events = Event.objects.filter(case_id=desk.case.pk, what__startswith="partners_")
    assert list(events.order_by("seq").values_list("what", "actor")) == [
        ("partners_agreed", f"user:{desk.mia.pk}"),
        ("partners_ended", f"user:{desk.mia.pk}"),
    ]


def test_without_an_authority_or_from_another_helpline_partners_stay_as_they_are(
    desk: Desk, client_of: Callable[..., Browser]
) -> None:
    make_list("List One", utc_now())
    asked = address("helpline_partners", desk)
    assert client_of(desk.sam).post(asked, {"answer": "yes"}).status_code == 404
    Authority.objects.update(ended_at=utc_now())
    assert client_of(desk.mia).post(asked, {"answer": "yes"}).status_code == 403
    desk.case.refresh_from_db()
    assert desk.case.partners_agreed_at is None


def add_elsewhere(case: Case, url: str) -> None:
    """A link on a site that we do not serve."""
    now = utc_now()
    events = Events(case.pk, "person", now)
    add_places(case=case, urls=[url], items=[], now=now, events=events)
    events.record()


def test_it_lets_us_write_to_other_sites_because_the_person_said_so_and_ends_it(
    desk: Desk, client_of: Callable[..., Browser]
) -> None:
    browser, page = client_of(desk.mia), address("helpline_case", desk)
    asked = address("helpline_providers", desk)
    assert asked not in browser.get(page).text  # nobody here writes to sites
    assert browser.post(asked, {"answer": "yes"}).status_code == 409
    make_sender(utc_now())
    add_elsewhere(desk.case, "https://pics.example/v/8831")
    assert "With a yes, these sites and search engines are written to" in browser.get(page).text
    said = browser.post(asked, {"answer": "yes"}, follow=True)
    assert "These sites are written to." in said.text
    said = browser.post(asked, {"answer": "no"}, follow=True)
    assert "Nothing more is sent." in said.text
    told = page_of(desk.case)
    assert "Your helpline said for you that we may write to other sites" in told
    assert "Your helpline took back that we write to other sites" in told
    events = Event.objects.filter(case_id=desk.case.pk, what__startswith="providers_")
    assert list(events.order_by("seq").values_list("what", "actor")) == [
        ("providers_agreed", f"user:{desk.mia.pk}"),
        ("providers_ended", f"user:{desk.mia.pk}"),
    ]
