"""Nothing that the uploader reads leads to the person who asked."""

from __future__ import annotations

import pytest
from django.urls import reverse

from staydown_web.review.forms import names_somebody
from staydown_web.review.models import Decision

SECRETS = ["Anna Müller", "A. Müller-Lüdenscheidt"]


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
    assert names_somebody(text, SECRETS)


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
    assert names_somebody(text, SECRETS) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Please choose what happens to it."),
        ({"outcome": "remove", "facts": "Found."}, "Please choose at least one ground."),
        ({"outcome": "remove", "grounds": ["us-tida"]}, "Please say in a sentence"),
        (
            {"outcome": "remove", "grounds": ["us-tida"], "facts": "Anna asked."},
            "Please take out the name",
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
    assert reverse("review:undo", args=[made.pk]) not in back.content.decode()


@pytest.mark.django_db
def test_grounds_of_the_other_side_are_left_out(reviewer_client, noticed) -> None:
    _case, task = noticed()
    address = reverse("review:decide", args=[task.number])
    both = ["us-tida", "satire"]
    reviewer_client.post(address, {"outcome": "restore", "grounds": both, "facts": ""})
    assert Decision.objects.get().grounds == ["satire"]
