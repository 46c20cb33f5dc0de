"""Complaints in the reviewers' console: the tab, one screen, opened words, the answer, the undo."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from staydown_web.audit.models import Event
from staydown_web.cases.models import Case
from staydown_web.cases.services import send_message
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.grounds import restore_grounds
from staydown_web.review.selectors.talking import unread_count
from staydown_web.review.services.hearing import take_back_answered

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(seconds=60), timedelta(days=1)
WORDS = "Everyone in it is a statue."


@pytest.fixture
def complaint(noticed, lead, today):
    """An uploader's, about a removal that the lead decided yesterday."""
    _case, task = noticed("same", "citrus.jpg")
    at = today - DAY
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Shown.", user=lead, now=at
    )
    services.make_decisions_firm(at + MINUTE)
    made.refresh_from_db()
    return services.file_complaint(
        decision=made, side="uploader", text=WORDS, now=today, key="a" * 64, basis="intimate"
    )


def screen(complaint: Complaint, query: str = "") -> str:
    return reverse("review:complaint", args=[complaint.pk]) + query


def test_it_stands_under_its_own_tab(complaint, reviewer_client) -> None:
    queue = reviewer_client.get(reverse("review:queue")).text
    assert reverse("review:complaints") in queue
    page = reviewer_client.get(reverse("review:complaints")).text
    assert "The person who uploaded it" in page
    assert screen(complaint) in page
    assert "Start with the oldest" in page


def test_who_decided_first_sees_that_another_answers(complaint, lead, client_of) -> None:
    client = client_of(lead)
    page = client.get(reverse("review:complaints")).text
    assert "For another person" in page
    assert "Start with the oldest" not in page
    assert "another person answers" in client.get(screen(complaint)).text
    sent = {"outcome": "stands", "facts": "It stays."}
    answered = client.post(reverse("review:answer_complaint", args=[complaint.pk]), sent)
    assert answered.status_code == 403
    assert "You decided about this before." in answered.text
    assert "administrator" not in answered.text, "no role would open this"
    complaint.refresh_from_db()
    assert complaint.state == "open"


def test_their_words_are_there_only_when_opened_and_that_is_kept(
    complaint, reviewer_client
) -> None:
    closed = reviewer_client.get(screen(complaint)).text
    assert WORDS not in closed
    assert "Whether it is intimate" in closed
    assert not Event.objects.filter(what="complaint_opened").exists()
    assert WORDS in reviewer_client.get(screen(complaint, "?open=1")).text
    assert Event.objects.get(what="complaint_opened").facts == {"side": "uploader"}


def test_the_case_screen_never_shows_the_uploaders_words(complaint, reviewer_client) -> None:
    number = complaint.decision.task.number
    assert WORDS not in reviewer_client.get(reverse("review:task", args=[number])).text


def test_both_decisions_are_shown(complaint, reviewer, reviewer_client, today) -> None:
    services.decide_complaint(
        complaint=complaint,
        outcome="reversed",
        grounds=["not_intimate"],
        facts="It shows no person.",
        user=reviewer,
        now=today,
    )
    page = reviewer_client.get(screen(complaint)).text
    for words in ("Remove and keep down", "lena", "Shown.", "It shows no person.", "Restore"):
        assert words in page, words


def test_an_answer_is_sent_and_undone(complaint, reviewer_client) -> None:
    sent = {"outcome": "stands", "facts": "It shows a person."}
    reviewer_client.post(reverse("review:answer_complaint", args=[complaint.pk]), sent)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.outcome) == ("decided", "stands")
    page = reviewer_client.get(reverse("review:complaints")).text
    assert "the decision stays" in page
    reviewer_client.post(reverse("review:undo_answer", args=[complaint.pk]))
    complaint.refresh_from_db()
    assert complaint.state == "open"


def test_a_reversal_is_undone_from_the_toast_of_every_page_too(complaint, reviewer_client) -> None:
    needs = [
        need.value for one in restore_grounds() if one.id == "other_picture" for need in one.needs
    ]
    sent = {
        "outcome": "reversed",
        "grounds": ["other_picture"],
        "needs": needs,
        "unopened": "on_site",
        "facts": "Another picture.",
    }
    reviewer_client.post(reverse("review:answer_complaint", args=[complaint.pk]), sent)
    reversal = Decision.objects.get(reverses=complaint.decision)
    assert reversal.facts_box is None, "nobody is restricted by it"
    reviewer_client.post(reverse("review:undo", args=[reversal.pk]))
    complaint.refresh_from_db()
    assert (complaint.state, complaint.reversal) == ("open", None)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"facts": "So."}, "Please choose whether the decision stays."),
        ({"outcome": "stands", "facts": " "}, "Please say why"),
        ({"outcome": "reversed", "facts": "So."}, "Please choose at least one ground."),
        (
            {"outcome": "reversed", "grounds": ["consented_commercial"], "facts": "So."},
            "Please tick what this ground needs",
        ),
        ({"outcome": "stands", "facts": "Ask Anna Beispiel."}, "Please take out"),
        ({"outcome": "stands", "facts": "See https://x.example/1"}, "Please take out"),
    ],
)
def test_wrong_input_comes_back_with_what_was_typed(complaint, reviewer_client, sent, said) -> None:
    answer = reviewer_client.post(reverse("review:answer_complaint", args=[complaint.pk]), sent)
    assert answer.status_code == 400
    assert said in answer.text
    assert sent["facts"].strip() in answer.text
    complaint.refresh_from_db()
    assert complaint.state == "open"


def test_the_form_says_who_is_told_of_either_answer(complaint, reviewer_client) -> None:
    page = reviewer_client.get(screen(complaint)).text
    assert "Nothing changes. The person who uploaded it is told." in page
    assert "The person who reported it is told first and can answer for two days." in page
    assert "Both sides" not in page, "who reported it hears of a reversal alone"


def test_where_nobody_who_reported_it_is_left_the_form_says_so(complaint, reviewer_client) -> None:
    Case.objects.update(state="withdrawn", closed_at=timezone.now())
    page = reviewer_client.get(screen(complaint)).text
    assert "The person who reported it is told first" not in page
    assert "Nobody is told first: who reported it has answered already" in page


def test_of_hers_the_form_says_that_she_is_told(noticed, lead, reviewer_client, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    at = today - DAY
    made = services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=lead, now=at
    )
    Decision.objects.filter(pk=made.pk).update(made_firm_at=at, firm_at=at)
    made.refresh_from_db()
    hers = services.file_complaint(
        decision=made, side="notifier", text=WORDS, now=today, case=case, basis="intimate"
    )
    page = reviewer_client.get(screen(hers)).text
    assert "Nothing changes. The person who reported it is told." in page
    assert "is told first" not in page


def test_a_settled_one_is_read_and_takes_no_answer(complaint, reviewer, reviewer_client, today):
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It stays.", user=reviewer, now=today - DAY
    )
    services.settle_complaints(today)
    assert "Settled last" in reviewer_client.get(reverse("review:complaints")).text
    assert "It stays." in reviewer_client.get(screen(complaint)).text
    sent = {"outcome": "stands", "facts": "Once more."}
    answer = reviewer_client.post(reverse("review:answer_complaint", args=[complaint.pk]), sent)
    assert answer.status_code == 409


def test_an_unknown_one_is_not_found(db, reviewer_client, uuid_of_nothing) -> None:
    address = reverse("review:complaint", args=[uuid_of_nothing])
    assert reviewer_client.get(address).status_code == 404


@pytest.fixture
def given_back(complaint, reviewer, today):
    """A colleague wanted to restore it; the person was told, and wrote: it waits again."""
    case = complaint.decision.task.case
    at = today - timedelta(hours=6)
    services.decide_complaint(
        complaint=complaint,
        outcome="reversed",
        grounds=["not_intimate"],
        facts="It shows no person.",
        user=reviewer,
        now=at,
    )
    services.make_decisions_firm(at + MINUTE)
    hours = timedelta(hours=1)
    send_message(case=case, sender="person", text="It does show me.", now=at + hours)
    assert take_back_answered(at + 2 * hours) == 1
    complaint.refresh_from_db()
    assert complaint.state == "open"
    return complaint


def test_what_she_answered_is_on_the_page_of_the_complaint(given_back, lead_client) -> None:
    assert unread_count() == 1
    page = lead_client.get(screen(given_back)).text
    assert "The person answered" in page
    assert "It does show me." in page
    assert "<details open><summary>Messages" in page, "what is noted as read is shown"
    assert unread_count() == 0
    again = lead_client.get(screen(given_back)).text
    assert "<details><summary>Messages" in again
    assert "It does show me." in again


def test_where_nobody_answered_no_messages_are_on_the_page_of_the_complaint(
    complaint, reviewer_client, today
) -> None:
    case = complaint.decision.task.case
    send_message(case=case, sender="person", text="Something else.", now=today)
    page = reviewer_client.get(screen(complaint)).text
    assert "Something else." not in page
    assert unread_count() == 1
