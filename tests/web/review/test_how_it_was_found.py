"""What a statement says of how something was found follows from the copy that it is about."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from review_scene import Site, file_notice, make_copy, place_copy
from staydown_web.accounts.models import Platform, User
from staydown_web.cases.models import Case
from staydown_web.cases.services import send_message
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.payloads import payload_of
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statement
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.drafting import automation_of, facts_draft
from staydown_web.review.services.foretelling import note_statement_answers, tell_before_statement
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
SAME = ("same", 0.97, {})
BY_NOTICE, BY_SOFTWARE = "It was found after a notice.", "It was found when it was uploaded."
NAMED, DETECTED = "A notice named it; software did not find it.", "Software found it, by comparing"


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def caught(platform: Platform, site: Site, today: datetime) -> Task:
    """A picture that was filed without an address, of which an edited copy is uploaded, and held.

    It lands in the task in which somebody looks for that picture.
    """
    case = file_notice(platform, ["citrus.jpg"], today - timedelta(hours=2))
    case.locations.all().delete()
    services.take_in_unseen(today)
    task = Task.objects.get()
    entry = case.items.get().claims.get().entry
    upload(platform, entry, today)
    assert Task.objects.get() == task
    assert task.copies.count() == 1
    return Task.objects.get()


@pytest.fixture
def mixed(caught: Task, platform: Platform, today: datetime) -> Task:
    """The same, and another notice names an address that shows the very same bytes."""
    other = file_notice(platform, [], today, urls=["http://127.0.0.1:8161/p/9"], name="Berta B")
    copy = make_copy(platform, None, today, source="notice", state="seen")
    copy.group = caught.group
    copy.save()
    place_copy(other, copy, today)
    tasks.take_in(today)
    assert caught.copies.count() == 2
    return Task.objects.get()


def upload(platform: Platform, entry: Any, at: datetime, **more: Any) -> Copy:
    copy = make_copy(platform, entry, at, match=SAME, **more)
    tasks.take_in(at)
    return copy


def draft_on_screen(client: Client, task: Task) -> str:
    page = client.get(reverse("review:task", args=[task.number])).text
    field = page.split('<textarea id="facts"')[1].split(">", 1)[1].split("</textarea>")[0]
    return unescape(field).strip()


def stated(task: Task, facts: str, user: User, now: datetime) -> dict[str, Statement]:
    """The statements of a removal, by how their copies came."""
    decision = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts=facts, user=user, now=now
    )
    services.make_decisions_firm(now + timedelta(minutes=2))
    decision.refresh_from_db()
    copies = list(task.copies.all())
    return {copy.source: make_statement(decision=decision, copy=copy, now=now) for copy in copies}


def everything(statement: Statement) -> str:
    """The page of the uploader, the text for the platform, and the entry for the database."""
    said = said_by(statement)
    page = Client().get(reverse("reports:statement", args=[said.token])).text
    texts = message_of(statement, said)["texts"]["en"]
    return page + texts + json.dumps(payload_of(said, puid="a" * 32))


def test_the_statement_of_an_upload_that_software_caught_says_so(
    caught: Task, reviewer: User, reviewer_client: Client, today: datetime
) -> None:
    draft = draft_on_screen(reviewer_client, caught)
    assert BY_SOFTWARE in draft
    assert BY_NOTICE not in draft
    told = everything(stated(caught, draft, reviewer, today)["upload"])

    assert BY_NOTICE not in told
    assert NAMED not in told
    assert "Somebody gave us a notice" not in told
    assert BY_SOFTWARE in told
    assert told.count(DETECTED) == 2
    assert '"automated_detection": "Yes"' in told
    assert "SOURCE_VOLUNTARY" in told
    assert Decision.objects.get().automation == "detected"


def test_form_and_preview_say_it_before(caught: Task, reviewer_client: Client) -> None:
    page = reviewer_client.get(reverse("review:task", args=[caught.number])).text
    assert "software found it, a person decides" in page
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": "It shows a person."}
    shown = reviewer_client.post(reverse("reports:preview", args=[caught.number]), fields).text
    assert NAMED not in shown
    assert DETECTED in shown
    assert "SOURCE_VOLUNTARY" in shown


def test_each_statement_of_a_task_with_copies_of_both_kinds_says_its_own(
    mixed: Task, reviewer: User, reviewer_client: Client, today: datetime
) -> None:
    draft = draft_on_screen(reviewer_client, mixed)
    made = stated(mixed, draft, reviewer, today)
    upload_told, notice_told = everything(made["upload"]), everything(made["notice"])

    assert BY_SOFTWARE in upload_told
    assert DETECTED in upload_told
    assert "SOURCE_VOLUNTARY" in upload_told
    assert BY_NOTICE not in upload_told
    assert NAMED not in upload_told

    assert BY_NOTICE in notice_told
    assert NAMED in notice_told
    assert '"automated_detection": "No"' in notice_told
    assert BY_SOFTWARE not in notice_told
    assert DETECTED not in notice_told
    assert "blockquote" not in upload_told + notice_told, "each is still known to be the draft"


def test_what_is_the_drafts_is_said_in_each_readers_language_and_of_their_copy(
    mixed: Task, reviewer: User, today: datetime
) -> None:
    with translation.override("de"):
        draft = facts_draft(mixed, "same", is_video=False)
    made = stated(mixed, draft, reviewer, today)
    texts = message_of(made["notice"], said_by(made["notice"]))["texts"]
    assert set(texts) == {code for code, _name in settings.LANGUAGES}
    assert BY_NOTICE in texts["en"]
    assert BY_SOFTWARE in message_of(made["upload"], said_by(made["upload"]))["texts"]["en"]


def test_words_of_a_persons_own_go_to_both_as_they_were_written(
    mixed: Task, reviewer: User, today: datetime
) -> None:
    made = stated(mixed, "It shows a person.", reviewer, today)
    assert {said_by(one).facts for one in made.values()} == {"It shows a person."}


def test_the_preview_of_both_kinds_shows_both(mixed: Task, reviewer_client: Client) -> None:
    draft = draft_on_screen(reviewer_client, mixed)
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": draft}
    shown = reviewer_client.post(reverse("reports:preview", args=[mixed.number]), fields).text
    for words in (NAMED, DETECTED, BY_NOTICE, BY_SOFTWARE, "SOURCE_VOLUNTARY"):
        assert words in shown


def test_where_software_found_a_copy_it_had_a_part_in_the_decision(
    caught: Task, mixed: Task, platform: Platform, today: datetime
) -> None:
    assert automation_of(mixed) == "detected"
    mixed.copies.filter(source="upload").delete()
    assert automation_of(mixed) == "none"
    mixed.copies.all().delete()
    assert automation_of(mixed) == "none", "a notice alone"


def test_the_queue_says_that_an_upload_is_held_and_finds_it_there(
    caught: Task, reviewer_client: Client, held: Any, today: datetime
) -> None:
    page = reviewer_client.get(reverse("review:queue"), {"tab": "upload"}).text
    assert caught.number in page
    assert "Notice, 1 upload held" in page
    tabs = page.split('role="tablist"')[-1] if 'role="tablist"' in page else page
    assert "Held uploads" in tabs


def test_the_form_of_both_kinds_says_what_its_draft_is_for(
    mixed: Task, reviewer: User, reviewer_client: Client, today: datetime
) -> None:
    address = reverse("review:task", args=[mixed.number])
    page = reviewer_client.get(address).text
    assert "a notice named one copy and software found another, a person decides" in page
    assert "it tells each uploader how their own copy was found" in page
    assert "Notice, 1 link, 1 upload held" in page
    stated(mixed, "It shows a person.", reviewer, today)
    assert (
        "A notice named one copy and software found another, a person decided"
        in reviewer_client.get(address).text
    )


def test_reviewers_of_a_complaint_and_of_what_waits_read_the_text_that_goes_out(
    caught: Task, reviewer: User, lead: User, lead_client: Client, today: datetime
) -> None:
    case = Case.objects.get()
    draft = draft_on_screen(lead_client, caught)
    opened_at = today - timedelta(minutes=1)
    copy = caught.copies.get()
    services.note_exposure(task=caught, copy=copy, level="clear", user=reviewer, now=opened_at)
    made = stated(caught, draft, reviewer, today)["upload"]
    decision = made.decision
    looked = "Software compared the two; a person looked at it and decided."
    assert looked in everything(made)

    tell_before_statement(decision, today)
    send_message(case=case, sender="person", text="Please wait.", now=today, actor="person")
    assert note_statement_answers(today + timedelta(minutes=3)) == 1
    page = lead_client.get(reverse("review:statement", args=[decision.pk])).text
    assert looked in page
    complaint = services.file_complaint(
        decision=decision, side="uploader", text="No.", now=today, key="a" * 64, basis="other"
    )
    page = lead_client.get(reverse("review:complaint", args=[complaint.pk])).text
    assert looked in page
    assert "a person decided." not in page


def test_a_complaint_about_both_kinds_shows_both_texts(
    mixed: Task, reviewer: User, lead_client: Client, today: datetime
) -> None:
    made = stated(mixed, draft_on_screen(lead_client, mixed), reviewer, today)
    complaint = services.file_complaint(
        decision=made["upload"].decision,
        side="uploader",
        text="No.",
        now=today,
        key="a" * 64,
        basis="other",
    )
    page = lead_client.get(reverse("review:complaint", args=[complaint.pk])).text
    assert BY_NOTICE in page
    assert BY_SOFTWARE in page
    assert "found in two ways" not in page
