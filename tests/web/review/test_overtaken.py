"""A colleague was quicker: a reviewer is told that their own decision was not carried out."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from staydown_web.review import services
from staydown_web.review.models import Decision, Task
from staydown_web.review.services.taking import take_task

pytestmark = pytest.mark.django_db

WORDS = "It shows a landscape, and nobody at all."
TYPED = {"outcome": "restore", "why": WORDS, "facts": "Of the other side.", "grounds": ["us-tida"]}
WHOLE = {"outcome": "remove", "facts": WORDS, "why": "Of the other side."}
UNDONE = "Your own decision was not carried out"


def send(client: Any, task: Task, **more: Any) -> Any:
    return client.post(reverse("review:decide", args=[task.number]), TYPED | more)


@pytest.mark.parametrize("more", [{}, WHOLE], ids=["not valid", "whole"])
def test_a_decision_after_a_colleague_s_is_said_not_to_be_carried_out(
    reviewer_client: Any, lead: Any, noticed: Any, today: Any, more: dict[str, Any]
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Found.", user=lead, now=today
    )

    answer = send(reviewer_client, task, **more)

    assert answer.status_code == 409
    assert "Somebody was quicker" in answer.text
    assert UNDONE in answer.text
    assert WORDS in answer.text, "to be copied"
    assert "Of the other side" not in answer.text
    assert Decision.objects.get().decided_by == lead


@pytest.mark.parametrize("more", [{}, WHOLE], ids=["not valid", "whole"])
def test_so_it_is_where_a_colleague_has_taken_it_meanwhile(
    reviewer_client: Any, lead: Any, noticed: Any, today: Any, more: dict[str, Any]
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    take_task(task=task, user=lead, now=today)

    answer = send(reviewer_client, task, **more)

    assert answer.status_code == 409
    assert UNDONE in answer.text
    assert "Not decided yet" not in answer.text
    assert not Decision.objects.exists()


def test_a_colleague_who_decides_between_the_look_and_the_writing_is_told_of_too(
    reviewer_client: Any, lead: Any, noticed: Any, today: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    real = services.decide

    def after_a_colleague(**given: Any) -> Decision:
        real(**given | {"user": lead, "outcome": "remove", "grounds": ["us-tida"]})
        return real(**given)

    monkeypatch.setattr(services, "decide", after_a_colleague)

    answer = send(reviewer_client, task, **WHOLE)

    assert answer.status_code == 409
    assert UNDONE in answer.text
    assert WORDS in answer.text


def test_what_was_wrong_with_a_decision_that_is_still_open_is_said_as_before(
    reviewer_client: Any, noticed: Any
) -> None:
    _case, task = noticed("part", "bridge.jpg")

    answer = send(reviewer_client, task)

    assert answer.status_code == 400
    assert "Not decided yet" in answer.text
    assert UNDONE not in answer.text
