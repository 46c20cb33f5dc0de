"""No key that decides on the screen of a task decides anything on that of a complaint."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import complained
from staydown_web.review.models import Task

pytestmark = pytest.mark.django_db
DECIDES = re.compile(r'name="outcome" value="\w+" data-key="(\w)"')


def test_the_keys_of_a_decision_are_none_of_an_answer(
    reviewer_client: Client, lead: Any, upload: Task, today: datetime
) -> None:
    task = reverse("review:task", args=[upload.number])
    decide = DECIDES.findall(reviewer_client.get(task).content.decode())
    complaint = complained(upload, lead, today)
    html = reviewer_client.get(
        reverse("review:complaint", args=[complaint.pk])
    ).content.decode()  # fmt: skip
    answer = DECIDES.findall(html)
    assert sorted(decide) == ["h", "r", "s"]
    assert len(answer) == 2
    assert not set(answer) & set(decide)
    legend = html.split('class="keys"', 1)[1]
    assert [key for key in answer if f"<kbd>{key.upper()}</kbd>" not in legend] == []
    keys = reviewer_client.get(reverse("review:keys")).content.decode()
    shown = " ".join(f"<kbd>{key.upper()}</kbd>" for key in answer)
    assert f"<dt>{shown}</dt>" in keys
