"""Who says that they looked at a copy has opened it, or says why they did not."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import complained
from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.base.errors import FieldsError
from staydown_web.review import services
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.complaints import complaint_screen
from staydown_web.review.services.previews import address_of

pytestmark = pytest.mark.django_db
ASKED = "Open the copy with “Clear” first"
LOOKED = {
    "outcome": "restore",
    "grounds": ["not_intimate"],
    "needs": ["not_intimate:seen", "not_intimate:culture"],
    "why": "It shows a garden.",
}


def opened(task, user, level: str, at) -> None:
    services.note_exposure(task=task, copy=task.copies.get(), level=level, user=user, now=at)


def send(client: Client, task, **more: str):
    return client.post(reverse("review:decide", args=[task.number]), {**LOOKED, **more})


def refused(task: Task, user: User, now: datetime, terms: services.Terms) -> FieldsError:
    """Why it cannot be restored with these terms."""
    with pytest.raises(FieldsError) as raised:
        services.decide(
            task=task,
            outcome="restore",
            grounds=["not_intimate"],
            facts="",
            user=user,
            now=now,
            terms=terms,
        )
    return raised.value


def test_a_tick_without_a_counted_opening_is_refused_and_decides_nothing(
    reviewer_client, noticed
) -> None:
    _case, task = noticed()
    answer = send(reviewer_client, task)
    assert answer.status_code == 400
    assert ASKED in answer.text
    assert "It shows a garden." in answer.text, "what was typed is kept"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("level", ["shapes", "softer"])
def test_a_step_that_is_not_counted_is_no_opening(
    reviewer_client, reviewer, noticed, today, level
) -> None:
    _case, task = noticed()
    opened(task, reviewer, level, today)
    assert ASKED in send(reviewer_client, task).text
    assert not Decision.objects.exists()


def test_what_a_colleague_opened_counts_for_the_colleague_alone(
    reviewer_client, lead, noticed, today
) -> None:
    _case, task = noticed()
    opened(task, lead, "clear", today)
    assert ASKED in send(reviewer_client, task).text
    assert not Decision.objects.exists()


def test_the_picture_itself_opened_by_clear_is_enough(reviewer_client, noticed) -> None:
    _case, task = noticed()
    assert address_of(task.copies.get())
    shown = reviewer_client.get(reverse("review:preview", args=[task.number, "clear"]))
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.getvalue(), "it is counted where somebody takes it"
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert "data-unopened" not in page
    send(reviewer_client, task, unopened="gone")
    made = Decision.objects.get()
    assert made.grounds == ["not_intimate"]
    assert "unopened" not in Event.objects.get(what="decision_made").facts, "it was opened"


def test_nobody_looked_at_what_cannot_be_shown(reviewer_client, noticed, reviewer, today) -> None:
    _case, task = noticed()
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert 'value="not_shown"' not in page, "what is refused is not offered"
    answer = send(reviewer_client, task, unopened="not_shown")
    assert answer.status_code == 400
    assert "look at it on the site itself and choose that, or choose another ground" in answer.text
    terms = services.Terms(needs=tuple(LOOKED["needs"]), why="A garden.", unopened="not_shown")
    raised = refused(task, reviewer, today, terms)
    assert list(raised.fields) == ["unopened"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("reason", ["gone", "on_site"])
def test_a_reason_why_not_is_enough_and_stands_in_the_audit(
    reviewer_client, noticed, reason
) -> None:
    _case, task = noticed()
    send(reviewer_client, task, unopened=reason)
    assert Decision.objects.get().outcome == "restore"
    assert Event.objects.get(what="decision_made").facts["unopened"] == reason


def test_a_reason_that_is_none_of_ours_is_refused(reviewer_client, noticed) -> None:
    _case, task = noticed()
    assert send(reviewer_client, task, unopened="no time").status_code == 400
    assert not Decision.objects.exists()


def test_grounds_that_say_nothing_of_looking_ask_for_no_opening(reviewer_client, noticed) -> None:
    _case, task = noticed()
    satire = {"grounds": ["satire"], "needs": ["satire:plain", "satire:point"]}
    reviewer_client.post(reverse("review:decide", args=[task.number]), {**LOOKED, **satire})
    assert Decision.objects.get().grounds == ["satire"]


def test_the_rule_holds_where_no_form_was_filled_in(noticed, reviewer, today) -> None:
    _case, task = noticed()
    terms = services.Terms(needs=tuple(LOOKED["needs"]), why="It shows a garden.")
    raised = refused(task, reviewer, today, terms)
    assert raised.code == "fields_invalid"
    assert list(raised.fields) == ["unopened"]
    assert not Decision.objects.exists()


def test_an_answer_to_a_complaint_follows_the_same_rule(
    reviewer_client, reviewer, lead, noticed, today
) -> None:
    _case, task = noticed()
    complaint = complained(task, lead, today)
    address = reverse("review:answer_complaint", args=[complaint.pk])
    sent = {**LOOKED, "outcome": "reversed", "facts": "It shows a garden."}
    for not_enough in ({}, {"unopened": "not_shown"}):
        refused = reviewer_client.post(address, {**sent, **not_enough})
        assert refused.status_code == 400
        assert refused.text.count(ASKED) == 1
    complaint.refresh_from_db()
    assert complaint.state == "open"

    reviewer_client.post(address, {**sent, "unopened": "on_site"})
    complaint.refresh_from_db()
    assert complaint.outcome == "reversed"
    told = complaint_screen(complaint, reviewer, today, is_opened=False).reversal
    assert told is not None
    assert told.unopened == "I looked at it on the site itself"
