"""Nothing that the uploader reads leads to the person who asked."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from staydown_web.base.sealing import unseal
from staydown_web.review.models import Decision
from staydown_web.review.selectors.leaks import Known, leaks_in

SECRETS = Known(names=("Anna Müller", "A. Müller-Lüdenscheidt"))
SATIRE = ["satire:plain", "satire:point"]
INTEREST = ["public_interest:named", "public_interest:needed", "public_interest:second"]
REMOVE = {"outcome": "remove", "grounds": ["us-tida"], "facts": "Found."}


@pytest.mark.parametrize(
    "text",
    [
        "The picture changes a real photo of Anna so that it appears intimate.",
        "Reported by ANNA.",
        "Seen by Muller.",
        "mueller? no: Ludenscheidt",
        "Write to someone@mail.example about it.",
        "See https://forum.example/post/1 for it.",
        "See forum.example/post/1",
        "www.forum.example",
        "It is case C-7Q2M-4KXR.",
        "It is case c-7q2m.",
        "Call +44 20 7946 0000.",
    ],
)
def test_what_leads_to_somebody_is_refused(text) -> None:
    assert leaks_in(text, SECRETS)


@pytest.mark.parametrize(
    "text",
    [
        "The picture changes a real photo so that it appears intimate. A person decided.",
        "It was found after a notice on 26 November 2026 at 10:15.",
        "A banana and an annal are no names.",
        "Art. 16 and 17; 12 of 256 cells differ.",
        "",
    ],
)
def test_plain_facts_pass(text) -> None:
    assert leaks_in(text, SECRETS) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Please choose what happens to it."),
        ({"outcome": "remove", "facts": "Found."}, "Please choose at least one ground."),
        ({"outcome": "remove", "grounds": ["us-tida"]}, "Please say in a sentence"),
        (
            {"outcome": "restore", "grounds": ["satire"], "needs": ["satire:plain"]},
            "Please tick what this ground needs",
        ),
        (
            {"outcome": "restore", "grounds": ["satire"], "needs": SATIRE},
            "Please say why in a sentence",
        ),
        (
            {"outcome": "restore", "grounds": ["public_interest"], "needs": INTEREST, "why": "Y."},
            "This ground takes two people",
        ),
        (
            {**REMOVE, "ends_on": "2020-01-01"},
            "Please choose a day that is still to come",
        ),
        ({**REMOVE, "ends_on": "soon"}, "Please write the day as"),
        (
            {"outcome": "remove", "grounds": ["us-tida"], "facts": "Anna asked."},
            "Please take out “Anna” (a name)",
        ),
        ({"outcome": "restore", "grounds": ["us-tida"]}, "Please choose at least one ground."),
        ({"outcome": "remove", "grounds": ["made-up"], "facts": "Found."}, "Not decided yet"),
    ],
)
def test_a_form_that_is_wrong_decides_nothing_and_keeps_what_was_typed(
    reviewer_client, noticed, data, words
) -> None:
    _case, task = noticed()
    answer = reviewer_client.post(reverse("review:decide", args=[task.number]), data)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert data.get("facts", "") in page
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_a_form_that_is_right_decides_and_offers_the_undo(reviewer_client, noticed) -> None:
    case, task = noticed()
    address = reverse("review:decide", args=[task.number])
    data = {"outcome": "remove", "grounds": ["us-tida"], "facts": "A region was replaced."}
    page = reviewer_client.post(address, data, follow=True).content.decode()
    made = Decision.objects.get()
    assert reverse("review:undo", args=[made.pk]) in page
    assert f"{case.number} is to be removed. 1 copy." in page
    back = reviewer_client.post(reverse("review:undo", args=[made.pk]), follow=True)
    assert b"Everything is as it was" in back.content
    assert b"another decision" not in back.content
    assert reverse("review:undo", args=[made.pk]) not in back.content.decode()


@pytest.mark.django_db
def test_after_an_undo_the_decision_before_it_is_called_another_one(
    reviewer_client, noticed
) -> None:
    data = {"outcome": "remove", "grounds": ["us-tida"], "facts": "A region was replaced."}
    tasks = [noticed()[1], noticed("part", "bridge.jpg")[1]]
    for task in tasks:
        reviewer_client.post(reverse("review:decide", args=[task.number]), data)
    first, last = (Decision.objects.get(task=task) for task in tasks)
    back = reviewer_client.post(reverse("review:undo", args=[last.pk]), follow=True).text
    assert (
        "is taken back. Everything is as it was. What can still be undone here is another" in back
    )
    assert reverse("review:undo", args=[first.pk]) in back


@pytest.mark.django_db
def test_grounds_of_the_other_side_are_left_out(reviewer_client, noticed) -> None:
    _case, task = noticed()
    address = reverse("review:decide", args=[task.number])
    both = ["us-tida", "satire"]
    kept = {"outcome": "restore", "grounds": both, "needs": SATIRE, "why": "It mocks a law."}
    reviewer_client.post(address, kept)
    made = Decision.objects.get()
    assert made.grounds == ["satire"]
    assert made.facts_box is None, "the draft is about a removal"
    told = json.loads(unseal(made.needs_box, context=f"decision-needs:{made.pk}"))
    assert told == {"needs": SATIRE, "why": "It mocks a law."}
    assert (made.restriction, made.ground_id) == ("", "satire")


@pytest.mark.django_db
def test_what_stands_in_the_hidden_facts_stops_no_restore(reviewer_client, noticed) -> None:
    _case, task = noticed()
    kept = {"outcome": "restore", "grounds": ["satire"], "needs": SATIRE, "why": "It mocks a law."}
    address = reverse("review:decide", args=[task.number])
    assert reviewer_client.post(address, {**kept, "facts": "Seen by Anna."}).status_code == 302
    assert Decision.objects.get().outcome == "restore"


def test_a_word_of_every_statement_is_no_name_also_where_she_bears_it() -> None:
    known = Known(names=("Sample Person",))
    assert leaks_in("It may show a person in an intimate way.", known) == []
    assert [leak.found for leak in leaks_in("Asked by Sample.", known)] == ["Sample"]


@pytest.mark.django_db
def test_the_public_interest_takes_a_second_person(reviewer_client, lead_client, noticed) -> None:
    _case, task = noticed()
    address = reverse("review:decide", args=[task.number])
    assert reviewer_client.post(address, {"outcome": "hold"}).status_code == 302
    kept = {"outcome": "restore", "grounds": ["public_interest"], "needs": INTEREST, "why": "Y."}
    assert lead_client.post(address, kept).status_code == 302
    held, made = Decision.objects.order_by("decided_at")
    assert (held.restriction, held.duration) == ("disabled", "until_review")
    assert made.grounds == ["public_interest"]


@pytest.mark.django_db
def test_the_facts_begin_with_a_draft_without_whoever_asked(reviewer_client, noticed) -> None:
    _case, task = noticed()
    page = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    assert "a changed copy of a reported one: a region was replaced" in page
    assert "It was found after a notice." in page
    assert "Anna" not in page


@pytest.mark.django_db
def test_a_restriction_is_kept_as_it_was_chosen(reviewer_client, noticed) -> None:
    _case, task = noticed()
    address = reverse("review:decide", args=[task.number])
    chosen = {"restriction": "disabled", "scope": "uk", "ends_on": "2099-12-31"}
    reviewer_client.post(address, {**REMOVE, **chosen})
    made = Decision.objects.get()
    assert (made.restriction, made.scope, made.duration) == ("disabled", "uk", "limited")
    assert (str(made.ends_on), made.automation) == ("2099-12-31", "none")
