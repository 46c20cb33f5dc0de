"""After an undo the form stands as it was: what was chosen, what was written, and whose it was."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import file_notice
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.services.taking import take_task

pytestmark = pytest.mark.django_db

WORDS = "It is a part of a picture that was reported, & nothing else."
REMOVE = {
    "outcome": "remove", "grounds": ["platform-terms"], "facts": WORDS, "facts_language": "fr",
    "restriction": "disabled", "scope": "eea", "ends_on": "2999-01-31",
}  # fmt: skip
HOLD = {"outcome": "hold", "grounds": ["platform-terms"], "facts": WORDS}
KEEP = {
    "outcome": "restore", "grounds": ["satire"], "needs": ["satire:plain", "satire:point"],
    "unopened": "on_site", "why": WORDS,
}  # fmt: skip


def decide_and_undo(client: Client, task: Task, given: dict[str, Any]) -> str:
    """What the form looks like afterwards."""
    sent = client.post(reverse("review:decide", args=[task.number]), given)
    assert sent.status_code == 302, sent.text
    made = Decision.objects.latest("decided_at")
    back = client.post(reverse("review:undo", args=[made.pk]), follow=True)
    assert "Everything is as it was." in back.text
    return str(back.text)


def text_in(page: str, name: str) -> str:
    (found,) = re.findall(rf'<textarea[^>]* name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return html.unescape(found)


def ticked(page: str, name: str) -> list[str]:
    inputs = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    return [re.findall(r'value="([^"]*)"', one)[0] for one in inputs if " checked" in one]


def selected(page: str, name: str) -> str:
    (field,) = re.findall(rf'<select [^>]*name="{name}".*?</select>', page, re.DOTALL)
    (value,) = re.findall(r'<option value="([^"]*)" selected', field)
    return str(value)


def test_what_was_written_and_chosen_to_remove_it_is_in_the_form_again(
    reviewer_client: Client, noticed: Any
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    page = decide_and_undo(reviewer_client, task, REMOVE)
    assert text_in(page, "facts") == WORDS
    assert ticked(page, "outcome") == ["remove"]
    assert ticked(page, "grounds") == ["platform-terms"]
    assert selected(page, "facts_language") == "fr"
    assert (selected(page, "restriction"), selected(page, "scope")) == ("disabled", "eea")
    assert 'value="2999-01-31"' in page
    assert '<details class="when-removed" open>' in page, "it says otherwise when closed"


def test_decided_again_it_is_the_same_decision(reviewer_client: Client, noticed: Any) -> None:
    _case, task = noticed("part", "bridge.jpg")
    page = decide_and_undo(reviewer_client, task, REMOVE)
    again = {**REMOVE, "facts": text_in(page, "facts"), "grounds": ticked(page, "grounds")}
    decide_and_undo(reviewer_client, task, again)
    first, second = Decision.objects.order_by("decided_at")
    assert first.grounds == second.grounds


def test_so_it_is_of_what_is_held_for_a_second_reviewer(
    reviewer_client: Client, noticed: Any
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    page = decide_and_undo(reviewer_client, task, HOLD)
    assert text_in(page, "facts") == WORDS
    assert (ticked(page, "outcome"), ticked(page, "grounds")) == (["hold"], ["platform-terms"])


def test_so_it_is_of_what_was_to_be_kept(reviewer_client: Client, noticed: Any) -> None:
    _case, task = noticed("part", "bridge.jpg")
    page = decide_and_undo(reviewer_client, task, KEEP)
    assert text_in(page, "why") == WORDS
    assert ticked(page, "outcome") == ["restore"]
    assert "satire" in ticked(page, "grounds")
    assert ticked(page, "needs") == KEEP["needs"]
    assert selected(page, "unopened") == "on_site"
    assert "reported" in text_in(page, "facts"), "the draft, as nothing else was written"


@pytest.mark.parametrize("is_ticked", [True, False])
def test_so_it_is_of_a_reported_original_that_was_confirmed_too(
    reviewer_client: Client, noticed: Any, *, is_ticked: bool
) -> None:
    _case, task = noticed("altered")
    given = {"outcome": "remove", "grounds": ["us-tida"], "facts": WORDS}
    more = {"confirms_altered": "1"} if is_ticked else {}
    page = decide_and_undo(reviewer_client, task, given | more)
    assert ticked(page, "confirms_altered") == (["1"] if is_ticked else [])


def test_a_colleague_sees_the_form_as_it_always_is(
    reviewer_client: Client, lead_client: Client, noticed: Any
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    decide_and_undo(reviewer_client, task, REMOVE)
    page = lead_client.get(reverse("review:task", args=[task.number])).text
    assert WORDS not in html.unescape(page)
    assert ticked(page, "outcome") == []


@pytest.mark.parametrize("change", ["long ago", "decided since"])
def test_what_is_past_is_not_filled_in(
    reviewer_client: Client, noticed: Any, lead: Any, today: datetime, change: str
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    decide_and_undo(reviewer_client, task, REMOVE)
    if change == "long ago":
        Decision.objects.update(undone_at=today - timedelta(hours=1))
    else:
        later = today + timedelta(seconds=30)
        made = services.decide(
            task=task, outcome="remove", grounds=["us-tida"], facts="", user=lead, now=later
        )
        services.undo_decision(decision=made, user=lead, now=later)
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert ticked(page, "outcome") == []
    assert text_in(page, "facts") != WORDS


def test_what_she_answered_to_is_decided_anew(
    reviewer_client: Client, noticed: Any, reviewer: Any, today: datetime
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    at = today - timedelta(minutes=3)
    made = services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=reviewer, now=at
    )
    services.make_decisions_firm(at + timedelta(minutes=2))
    reviewer_client.post(reverse("review:undo", args=[made.pk]))
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert ticked(page, "outcome") == []


@pytest.mark.parametrize("was_taken", [True, False])
def test_it_is_whose_it_was(
    reviewer_client: Client, noticed: Any, reviewer: Any, today: datetime, *, was_taken: bool
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    if was_taken:
        take_task(task=task, user=reviewer, now=today)
    page = decide_and_undo(reviewer_client, task, REMOVE)
    task.refresh_from_db()
    assert task.taken_by == (reviewer if was_taken else None)
    assert (task.taken_at is not None) == was_taken
    assert ("taken by you" in page) == was_taken


def test_a_decision_without_a_copy_too(
    platform: Any, site: Any, reviewer_client: Client, today: datetime
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.all().delete()
    services.take_in_unseen(today)
    task = Task.objects.get()
    shown = reviewer_client.get(reverse("review:task", args=[task.number])).text
    needs = re.findall(r'value="(not_here:[^"]*)"', shown)
    given = {"outcome": "restore", "grounds": ["not_here"], "needs": needs, "why": "Looked."}
    page = decide_and_undo(reviewer_client, task, given)
    assert ticked(page, "needs") == needs
    assert ticked(page, "outcome") == ["restore"]
    assert "not_here" in ticked(page, "grounds")
    assert text_in(page, "why") == "Looked."


@pytest.fixture
def complaint(noticed: Any, lead: Any, today: datetime) -> Complaint:
    """An uploader's, about a removal that the lead decided yesterday."""
    _case, task = noticed("same", "citrus.jpg")
    at = today - timedelta(days=1)
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Shown.", user=lead, now=at
    )
    services.make_decisions_firm(at + timedelta(seconds=60))
    made.refresh_from_db()
    return services.file_complaint(
        decision=made, side="uploader", text="A statue.", now=today, key="a" * 64, basis="intimate"
    )


STAYS = {"outcome": "stands", "facts": WORDS, "facts_language": "fr"}
REVERSE = {
    "outcome": "reversed", "facts": WORDS, "facts_language": "es", "grounds": ["satire"],
    "needs": ["satire:plain", "satire:point"], "unopened": "on_site",
}  # fmt: skip


def answer_and_undo(client: Client, complaint: Complaint, given: dict[str, Any]) -> str:
    sent = client.post(reverse("review:answer_complaint", args=[complaint.pk]), given)
    assert sent.status_code == 302, sent.text
    back = client.post(reverse("review:undo_answer", args=[complaint.pk]), follow=True)
    assert "Your answer is taken back." in back.text
    return str(back.text)


@pytest.mark.parametrize("given", [STAYS, REVERSE], ids=["stays", "reversed"])
def test_the_answer_to_a_complaint_is_in_its_form_again(
    reviewer_client: Client, complaint: Complaint, given: dict[str, Any]
) -> None:
    page = answer_and_undo(reviewer_client, complaint, given)
    assert text_in(page, "facts") == WORDS
    assert ticked(page, "outcome") == [given["outcome"]]
    assert selected(page, "facts_language") == given["facts_language"]
    assert ticked(page, "grounds") == given.get("grounds", [])
    assert ticked(page, "needs") == given.get("needs", [])
    if given is REVERSE:
        assert selected(page, "unopened") == "on_site"
    answered = reviewer_client.post(reverse("review:answer_complaint", args=[complaint.pk]), given)
    assert answered.status_code == 302
    complaint.refresh_from_db()
    assert (complaint.undone_box, complaint.undone_at) == (None, None), "it is the answer again"


def test_what_stood_in_it_is_sealed_shown_to_nobody_else_and_gone_soon(
    reviewer_client: Client,
    lead_client: Client,
    admin: Any,
    client_of: Any,
    complaint: Complaint,
    today: datetime,
) -> None:
    answer_and_undo(reviewer_client, complaint, STAYS)
    complaint.refresh_from_db()
    assert b"reported" not in bytes(complaint.undone_box or b"")
    address = reverse("review:complaint", args=[complaint.pk])
    for client in (lead_client, client_of(admin)):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "nothing else" not in shown.text
    assert "nothing else" in reviewer_client.get(address).text
    long_ago = today - timedelta(hours=1)
    Complaint.objects.update(undone_at=long_ago)
    assert "nothing else" not in reviewer_client.get(address).text
    services.forget_complaints(today)
    complaint.refresh_from_db()
    assert complaint.undone_box is None
