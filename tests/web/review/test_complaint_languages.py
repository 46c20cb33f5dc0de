"""A complaint and its answer are quoted in the language in which who wrote them said they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from staydown_web.cases.models import Case
from staydown_web.portal.selectors import complaints as portal
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.quoting import Quote
from staydown_web.review.services.reopening import reopen
from staydown_web.review.services.terms import Terms

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(seconds=60), timedelta(days=1)
SAID, ANSWER = "Das ist eine Statue.", "Es bleibt dabei."


@pytest.fixture
def removed(noticed: Any, lead: Any, today: Any) -> tuple[Case, Decision]:
    """What the lead decided yesterday."""
    case, task = noticed("same", "citrus.jpg")
    at = today - DAY
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Shown.", user=lead, now=at
    )
    services.make_decisions_firm(at + MINUTE)
    made.refresh_from_db()
    return case, made


@pytest.fixture
def complaint(removed: tuple[Case, Decision], today: Any) -> Complaint:
    """An uploader's about it, in German."""
    return services.file_complaint(
        decision=removed[1], side="uploader", text=SAID, now=today, key="a" * 64, written_in="de"
    )


def answer(client: Any, complaint: Complaint, **sent: str) -> Any:
    url = reverse("review:answer_complaint", args=[complaint.pk])
    return client.post(url, {"outcome": "stands", "facts": ANSWER, **sent})


def test_the_words_of_a_complaint_are_quoted_in_their_language(
    complaint: Complaint, reviewer_client: Any
) -> None:
    url = reverse("review:complaint", args=[complaint.pk]) + "?open=1"
    page = reviewer_client.get(url).text
    assert f'<blockquote class="said lines-kept" lang="de">{SAID}</blockquote>' in page
    assert "Written in: German." in page
    Complaint.objects.update(written_in="")
    page = reviewer_client.get(url).text
    assert f'<blockquote class="said lines-kept">{SAID}</blockquote>' in page, "an older one"
    assert "Written in:" not in page


def test_an_answer_keeps_the_language_that_the_reviewer_chose(
    complaint: Complaint, reviewer_client: Any, today: Any
) -> None:
    url = reverse("review:complaint", args=[complaint.pk])
    shown = reviewer_client.get(url, headers={"accept-language": "de"}).text
    assert '<option value="de" selected>Deutsch</option>' in shown
    assert answer(reviewer_client, complaint, facts_language="xx").status_code == 400
    answer(reviewer_client, complaint, facts_language="de")
    complaint.refresh_from_db()
    assert complaint.answer_language == "de"
    page = reviewer_client.get(url).text
    assert f'<blockquote class="said lines-kept" lang="de">{ANSWER}</blockquote>' in page
    assert reopen(complaint.pk, actor="system", why="undone", now=today)
    complaint.refresh_from_db()
    assert complaint.answer_language == "", "it goes with what it is of"


def test_a_reviewer_may_leave_the_language_of_an_answer_open(
    complaint: Complaint, reviewer_client: Any
) -> None:
    answer(reviewer_client, complaint)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.answer_language) == ("decided", "")


def test_what_is_removed_by_a_reversal_says_in_which_language_its_facts_are(
    noticed: Any, lead: Any, reviewer: Any, today: Any
) -> None:
    case, task = noticed("same", "citrus.jpg")
    at = today - 3 * DAY
    made = services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=lead, now=at,
        terms=Terms(unopened="on_site"),
    )  # fmt: skip
    Decision.objects.filter(pk=made.pk).update(made_firm_at=at + MINUTE)
    made.refresh_from_db()
    one = services.file_complaint(
        decision=made, side="notifier", text=SAID, now=today, case=case, written_in="fr"
    )
    services.decide_complaint(
        complaint=one, outcome="reversed", facts=ANSWER, user=reviewer, now=today,
        grounds=["us-tida"], terms=Terms(language="de"),
    )  # fmt: skip
    one.refresh_from_db()
    assert one.reversal is not None
    assert (one.answer_language, one.reversal.facts_language) == ("de", "de")


def test_whoever_complained_reads_the_answer_as_a_quotation(
    complaint: Complaint, reviewer_client: Any, removed: tuple[Case, Decision], today: Any
) -> None:
    answer(reviewer_client, complaint, facts_language="de")
    Complaint.objects.update(state="settled", settled_at=today)
    complaint.refresh_from_db()
    quote = portal.answer_to(complaint)
    assert quote == Quote(ANSWER, "de")
    assert quote.note == "Written in: German."
    with translation.override("de"):
        assert quote.note == ""
    with translation.override("fr"):
        assert quote.note.endswith("allemand.")
