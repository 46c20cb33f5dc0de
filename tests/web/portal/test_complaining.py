"""Asking for another look: from her page, from a statement, after software stopped an upload."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from helpline_scene import give_case, make_caseworker, make_client, make_team
from review_scene import Site, edited, file_notice, found, make_copy, place_copy, serve_site
from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.audit.models import Event
from staydown_web.audit.services import move_cursor, record_event
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case, Contact, Message, Suspension
from staydown_web.portal.services import open_page
from staydown_web.portal.services.complaining import complain_about_statement
from staydown_web.portal.views.session import COOKIE
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services.stating import READER, make_statement, state_blocked
from staydown_web.review import services, tasks
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.selectors.notifiers import Notifier, notifier_of
from staydown_web.review.services.terms import Terms
from staydown_web.screening.models import Copy, Verdict

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)
NAME = "citrus.jpg"


@pytest.fixture
def site(platform):
    with serve_site() as served:
        platform.media_origins = [served.origin]
        platform.save()
        yield served


@pytest.fixture
def task(platform, site: Site) -> Task:
    """A case whose place shows a copy, ten days ago."""
    now = utc_now() - 10 * DAY
    url = site.put("same.jpg", edited(NAME, "same"))
    case = file_notice(platform, [NAME], now, urls=[url])
    copy = make_copy(
        platform, case.items.get().claims.get().entry, now, match=found(NAME, "same"), url=url,
        group="g", source=Copy.Source.NOTICE, state=Copy.State.SEEN,
    )  # fmt: skip
    place_copy(case, copy, now)
    tasks.take_in(now)
    return copy.tasks.get()


def decided(task: Task, user, outcome: str, *grounds: str) -> Decision:
    at = utc_now() - 9 * DAY
    services.decide(
        task=task, outcome=outcome, grounds=list(grounds), facts="It is intimate.", user=user,
        now=at,
    )  # fmt: skip
    for later in (MINUTE, 49 * HOUR):
        services.make_decisions_firm(at + later)
    made = Decision.objects.get(task=task)
    assert made.made_firm_at is not None
    return made


def page_of(case: Case) -> Client:
    client = Client()
    client.cookies[COOKIE] = open_page(case=case, now=utc_now())
    return client


def test_she_asks_from_her_page_and_reads_the_answer_there(task, reviewer, user_named) -> None:
    made = decided(task, reviewer, "restore", "not_intimate")
    case = task.case
    client = page_of(case)
    page = client.get(reverse("portal:page")).text
    address = reverse("portal:complain_case", args=[made.pk])
    assert address in page
    assert client.post(address, {"text": ""}).status_code == 400
    answer = client.post(address, {"text": "It is of me.", "basis": "intimate"})
    assert answer.headers["Location"].endswith("?s=8#said")
    page = client.get(reverse("portal:page") + "?s=8").text
    assert "Another reviewer will look at it." in page
    assert "You asked for another look" in page
    assert client.get(address).status_code == 302, "once"
    complaint = Complaint.objects.get()
    assert (complaint.side, complaint.basis, complaint.case) == ("notifier", "intimate", case)
    at = utc_now()
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It shows no person.",
        user=user_named("sara"), now=at,
    )  # fmt: skip
    services.settle_complaints(at + MINUTE)
    page = client.get(reverse("portal:page")).text
    assert "The decision stays: it is not removed." in page
    assert "It shows no person." in page
    assert "Another reviewer agreed: the decision stays" in page


def test_what_both_wrote_is_quoted_in_its_language(task, reviewer, user_named) -> None:
    made = decided(task, reviewer, "restore", "not_intimate")
    client = page_of(task.case)
    address = reverse("portal:complain_case", args=[made.pk])
    asked = client.get(address, headers={"accept-language": "de"}).text
    assert '<option value="de" selected>Deutsch</option>' in asked
    again = client.post(address, {"text": "", "written_in": "es"}).text
    assert '<option value="es" selected>' in again, "as it was sent"
    client.post(address, {"text": "Es de mí.", "written_in": "es"})
    complaint = Complaint.objects.get()
    assert complaint.written_in == "es"
    at = utc_now()
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="Kein Mensch ist zu sehen.",
        user=user_named("sara"), now=at, terms=Terms(language="de"),
    )  # fmt: skip
    services.settle_complaints(at + MINUTE)
    page = client.get(reverse("portal:page")).text
    assert '<blockquote class="said lines-kept" lang="es">Es de mí.</blockquote>' in page
    assert '<blockquote class="said lines-kept" lang="de">Kein Mensch ist zu sehen.<' in page
    assert "Written in: German." in page
    Complaint.objects.update(answer_language="", written_in="")
    page = client.get(reverse("portal:page")).text
    assert '<blockquote class="said lines-kept">Kein Mensch ist zu sehen.<' in page
    assert "Written in:" not in page


def test_a_language_that_is_none_of_the_list_is_left_open(task, reviewer) -> None:
    made = decided(task, reviewer, "restore", "not_intimate")
    address = reverse("portal:complain_case", args=[made.pk])
    page_of(task.case).post(address, {"text": "Mine.", "written_in": "<xx>"})
    assert Complaint.objects.get().written_in == ""


def test_settling_it_out_of_court_is_named_where_a_law_of_her_notice_asks_for_it(
    task, reviewer, platform
) -> None:
    made = decided(task, reviewer, "restore", "not_intimate")
    client = page_of(task.case)
    address = reverse("portal:complain_case", args=[made.pk])
    assert "certified body" not in client.get(address).text, "a notice under another law"
    notice = task.case.notices.first()
    notice.regime = "eu-dsa"
    notice.save()
    assert "certified body" in client.get(address).text
    platform.size = Platform.Size.MICRO
    platform.save()
    assert "certified body" not in client.get(address).text


def test_another_case_knows_nothing_of_it(task, reviewer, platform, site) -> None:
    made = decided(task, reviewer, "restore", "not_intimate")
    url = site.put("other.jpg", edited("pagoda.jpg", "same"))
    other = file_notice(platform, ["pagoda.jpg"], utc_now(), urls=[url], name="Berta Beispiel")
    client = page_of(other)
    address = reverse("portal:complain_case", args=[made.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, {"text": "Mine."}).status_code == 404
    assert not Complaint.objects.exists()


def plain(page: str) -> str:
    """The words of a page, without what each drawing of it has of its own."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(text.split())


def test_an_uploaders_complaint_after_which_the_decision_stays_is_not_told_to_her(
    task, reviewer, user_named
) -> None:
    made = decided(task, reviewer, "remove", "us-tida")
    client = page_of(task.case)
    complaint = services.file_complaint(
        decision=made, side="uploader", text="It is art.", now=utc_now(), key="k"
    )
    before = plain(client.get(reverse("portal:page")).text)
    at = utc_now()
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="x", user=user_named("sara"), now=at
    )
    services.settle_complaints(at + MINUTE)
    assert plain(client.get(reverse("portal:page")).text) == before
    assert "asked for another look" not in before
    # One that an earlier release told of is not told any more.
    record_event(
        what="complaint_told", actor="system", at=at + MINUTE, case_id=task.case_id,
        subject=f"complaint:{complaint.pk}",
        facts={"side": "uploader", "outcome": "stands", "was": "remove"},
    )  # fmt: skip
    assert plain(client.get(reverse("portal:page")).text) == before


def test_a_reversal_is_told_to_her_without_who_asked_for_it(task, reviewer, user_named) -> None:
    made = decided(task, reviewer, "remove", "us-tida")
    client = page_of(task.case)
    at = utc_now()
    complaint = services.file_complaint(
        decision=made, side="uploader", text="It is art.", now=at, key="k"
    )
    services.decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["not_intimate"], facts="x",
        user=user_named("sara"), now=at,
    )  # fmt: skip
    services.make_decisions_firm(at + MINUTE)
    waits = plain(client.get(reverse("portal:page")).text)
    assert "a reviewer thinks that it may be shown again" in waits
    services.make_decisions_firm(at + MINUTE + 2 * DAY)
    page = plain(client.get(reverse("portal:page")).text)
    assert "Another reviewer reversed the removal" in page
    for said in (waits, page):
        assert "The person who uploaded it did not agree" not in said
        assert "who uploaded it complained" not in said


def test_a_page_that_shows_the_case_as_ended_offers_nothing(task, reviewer) -> None:
    made = decided(task, reviewer, "restore", "not_intimate")
    now = utc_now()
    Case.objects.filter(pk=task.case_id).update(
        withdrawal_asked_at=now, withdrawal_due_at=now + 7 * DAY
    )
    client = page_of(Case.objects.get(pk=task.case_id))
    assert "another look" not in client.get(reverse("portal:page")).text
    answer = client.post(reverse("portal:complain_case", args=[made.pk]), {"text": "Mine."})
    assert answer.status_code == 302
    assert not Complaint.objects.exists()


@pytest.fixture
def statement(task, reviewer) -> Statement:
    made = decided(task, reviewer, "remove", "us-tida")
    return make_statement(decision=made, now=utc_now() - 8 * DAY, copy=task.copies.get())


def test_an_uploader_asks_from_the_statement_once(statement, reviewer, user_named) -> None:
    client, token = Client(), said_by(statement).token
    address = reverse("portal:complain", args=[token])
    assert address in client.get(reverse("reports:statement", args=[token])).text
    assert "Why do you not agree?" in client.get(address).text
    assert client.post(address, {"text": "  "}).status_code == 400
    assert client.post(address, {"text": "It is art.", "basis": "interest"}).status_code == 302
    assert "It waits." in client.get(address).text
    said = client.get(reverse("reports:statement", args=[token])).text
    assert "See your complaint and its answer" in said
    assert "Ask for another look" not in said
    again = client.post(address, {"text": "Once more."})
    assert again.status_code == 400
    complaint = Complaint.objects.get()
    assert (complaint.side, complaint.basis) == ("uploader", "interest")
    at = utc_now()
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It shows a person.",
        user=user_named("sara"), now=at,
    )  # fmt: skip
    services.settle_complaints(at + MINUTE)
    page = client.get(address).text
    assert "The decision stays: it is not shown." in page
    assert "It shows a person." in page
    Statement.objects.update(state=Statement.State.ENDED, ended_at=at)
    later = client.get(reverse("reports:statement", args=[token])).text
    assert address in later, "the way to the answer stays"


def test_of_what_was_closed_for_a_minor_nobody_is_offered_a_complaint(
    statement, platform, task, reviewer
) -> None:
    """Of the copy that was removed, and of an upload that software stopped because of it."""
    stopped = make_copy(
        platform, task.case.items.get().claims.get().entry, utc_now(), match=("same", 0.93, {}),
        group="h", state=Copy.State.BLOCKED,
    )  # fmt: skip
    Copy.objects.filter(pk=stopped.pk).update(verdict=Verdict.BLOCK)
    move_cursor(reader=READER, seq=Event.objects.latest("seq").seq)
    state_blocked(utc_now())
    Decision.objects.create(
        task=task, outcome="remove", grounds=["minor"], decided_by=reviewer,
        decided_at=utc_now(), firm_at=utc_now(), made_firm_at=utc_now(),
    )  # fmt: skip
    for one in (statement, Statement.objects.get(copy=stopped)):
        token = said_by(one).token
        page = Client().get(reverse("reports:statement", args=[token])).text
        assert "This cannot be decided here any more." in page
        assert "Ask for another look" not in page
        form = Client().get(reverse("portal:complain", args=[token])).text
        assert "You cannot ask for another look at this decision, or not any more." in form
        assert "<textarea" not in form


def test_a_complaint_that_is_dropped_promises_no_answer(statement) -> None:
    token, browser = said_by(statement).token, Client()
    browser.post(
        reverse("portal:complain", args=[token]), {"basis": "consent", "text": "We agreed to it."}
    )
    page = reverse("reports:statement", args=[token])
    assert "You find the answer on the page of your complaint." in browser.get(page).text
    Complaint.objects.update(state=Complaint.State.DROPPED)
    said = browser.get(page).text
    assert "It cannot be decided here any more." in said
    assert "its answer" not in said


def test_an_empty_complaint_has_one_message_and_nothing_chosen(statement) -> None:
    address = reverse("portal:complain", args=[said_by(statement).token])
    empty = Client().post(address, {"text": " "}).text
    assert empty.count('class="error"') == 1
    assert "Please say why, in a sentence or two." in empty
    assert " checked" not in empty, "no answer is chosen for anybody"
    chosen = Client().post(address, {"text": "", "basis": "consent"}).text
    assert 'value="consent" checked' in chosen
    long = Client().post(address, {"text": "x" * 20_000}).text
    assert "Not sent: this text has 20000 letters, and at most 4000 fit." in long
    assert "x" * 20_000 in long, "all of it is kept"
    assert not Complaint.objects.exists()


def test_who_chooses_nothing_is_counted_as_something_else(statement) -> None:
    address = reverse("portal:complain", args=[said_by(statement).token])
    assert Client().post(address, {"text": "It is art."}).status_code == 302
    assert Complaint.objects.get().basis == "other"


def test_an_unknown_link_says_so_and_stores_nothing(db) -> None:
    address = reverse("portal:complain", args=["unknown"])
    assert Client().get(address).status_code == 404
    assert Client().post(address, {"text": "x"}).status_code == 404
    assert not Complaint.objects.exists()


def test_the_pages_hold_nothing_of_the_other_side(statement, task) -> None:
    page = Client().get(reverse("portal:complain", args=[said_by(statement).token])).text
    for secret in ("Anna", "anna@mail.example", task.case.number, NAME):
        assert secret not in page


def test_a_stopped_upload_is_complained_about_alone(
    statement, platform, task, reviewer, user_named
) -> None:
    """Software stopped it months later; that this match is wrong changes nothing for the rest."""
    entry = task.case.items.get().claims.get().entry
    now = utc_now()
    stopped = make_copy(
        platform, entry, now, match=("same", 0.93, {}), group="h", state=Copy.State.BLOCKED,
    )  # fmt: skip
    Copy.objects.filter(pk=stopped.pk).update(verdict=Verdict.BLOCK)
    move_cursor(reader=READER, seq=Event.objects.latest("seq").seq)  # its statement is made
    assert state_blocked(now) == 1
    own = Statement.objects.get(copy=stopped)
    Decision.objects.update(made_firm_at=now - 200 * DAY)
    address = reverse("portal:complain", args=[said_by(own).token])
    assert Client().post(address, {"text": "It is a garden."}).status_code == 302
    complaint = Complaint.objects.get()
    assert complaint.decision.automation == "full"
    assert list(complaint.decision.task.copies.all()) == [stopped]
    own.refresh_from_db()
    assert own.decision == complaint.decision
    services.decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["other_picture"], facts="A garden.",
        user=user_named("sara"), now=now,
    )  # fmt: skip
    services.make_decisions_firm(now + MINUTE)
    services.make_decisions_firm(now + MINUTE + 48 * HOUR)
    make_orders(now + 3 * DAY)
    assert [o.copy_id for o in Order.objects.filter(what="restore")] == [stopped.pk]
    entry.refresh_from_db()
    assert entry.state == Entry.State.CONFIRMED
    assert "It is to be shown again." in Client().get(address).text
    order = Order.objects.get(what="restore")
    answer_order(
        order_id=order.pk, platform_id=platform.pk, state="done", note="", actor="system", now=now
    )
    assert "It is shown again." in Client().get(address).text


def test_a_suspended_notifier_reads_it_and_complains_once(task, lead, user_named) -> None:
    case, now = task.case, utc_now()
    contact = case.contacts.get()
    one = Suspension.objects.create(
        blind=contact.blind, case=case, filed=4, refused=3, warned_by=lead,
        warned_at=now - 5 * DAY, asked_by=lead, granted_by=user_named("leo"),
        suspended_at=now - DAY, until=now + 30 * DAY, state="suspended",
    )  # fmt: skip
    client, address = page_of(case), reverse("portal:complain_limit")
    assert "limit on your notices" not in client.get(reverse("portal:page")).text, "not confirmed"
    assert client.post(address, {"text": "x"}).status_code == 302
    Contact.objects.update(state=Contact.State.CONFIRMED)
    assert "There is a limit on your notices" in client.get(reverse("portal:page")).text
    assert client.post(address, {"text": " "}).status_code == 400
    assert client.post(address, {"text": "They were of me."}).status_code == 302
    one.refresh_from_db()
    assert one.appeal == "open"
    assert "You complained." in client.get(reverse("portal:page")).text
    assert client.get(address).status_code == 302


def test_a_helpline_is_suspended_as_one_account_and_complains_in_its_console(
    task, platform, lead, user_named, client_of
) -> None:
    now = utc_now()
    mia = make_caseworker("mia", make_team("Helpline One", now))
    case = task.case
    give_case(case, make_client(mia, "File 7", now), mia, now)
    one = Suspension.objects.create(
        team=mia.team, case=case, filed=4, refused=3, warned_by=lead,
        warned_at=now - 5 * DAY, asked_by=lead, granted_by=user_named("leo"),
        suspended_at=now - DAY, until=now + 30 * DAY, state="suspended",
    )  # fmt: skip
    assert notifier_of(case) == Notifier("", mia.team)
    assert "limit on your notices" not in page_of(case).get(reverse("portal:page")).text
    console = client_of(mia)
    assert "There is a limit on the notices" in console.get(reverse("portal:caseload")).text
    address = reverse("portal:complain_team_limit")
    console.post(address, {"text": "  "})
    one.refresh_from_db()
    assert one.appeal == ""
    console.post(address, {"text": "They were of our clients."})
    one.refresh_from_db()
    assert one.appeal == "open"
    services.answer_suspension_appeal(
        suspension=one, is_lifted=False, text="It stays.", user=user_named("nora"), now=now
    )
    assert not Message.objects.filter(case=case).exists(), "the client would read it"
    assert "It stays." in console.get(reverse("portal:caseload")).text


@pytest.fixture(params=["removed", "stopped"])
def late_statement(request, task, reviewer) -> Statement:
    """Its uploader is told weeks after the decision was firm: a person removed, or software."""
    made = decided(task, reviewer, "remove", "us-tida")
    copy, is_stopped = task.copies.get(), request.param == "stopped"
    if is_stopped:
        copy = make_copy(
            task.platform, task.case.items.get().claims.get().entry, utc_now(),
            match=found(NAME, "same"), source=Copy.Source.UPLOAD, state=Copy.State.BLOCKED,
            verdict=Verdict.BLOCK,
        )  # fmt: skip
    Decision.objects.filter(pk=made.pk).update(made_firm_at=utc_now() - 210 * DAY)
    made.refresh_from_db()
    return make_statement(
        decision=made, now=utc_now(), copy=copy, is_stopped_by_software=is_stopped
    )


@pytest.mark.parametrize(("left", "is_open"), [(MINUTE, True), (timedelta(0), False)])
def test_the_uploaders_last_day_is_the_same_on_both_pages_and_for_the_sending(
    late_statement, left, is_open
) -> None:
    until = utc_now() + left
    Statement.objects.update(made_at=until - 184 * DAY)
    token = said_by(late_statement).token
    address, client = reverse("portal:complain", args=[token]), Client()
    shown = client.get(reverse("reports:statement", args=[token])).text
    assert (f'href="{address}"' in shown) is is_open
    assert ("That time is over." in shown) is not is_open
    assert ("<textarea" in client.get(address).text) is is_open
    sent = client.post(address, {"text": "It is art."})
    assert sent.status_code == (302 if is_open else 400)
    assert Complaint.objects.exists() is is_open


def test_an_uploader_complains_until_the_last_second_after_they_were_told(late_statement) -> None:
    until = late_statement.made_at + 184 * DAY
    with pytest.raises(RecordConflictError):
        complain(late_statement, until + timedelta(microseconds=1))
    assert complain(late_statement, until).state == "open"


def complain(statement: Statement, now: datetime) -> Complaint:
    return complain_about_statement(
        statement=statement, text="It is art.", basis=Complaint.Basis.OTHER, now=now
    )
