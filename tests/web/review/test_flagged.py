"""Trusted flaggers come first in the queue; without one the nearest deadline does."""

from __future__ import annotations

from typing import Any

import pytest

from staydown_web.accounts.services import add_flagger
from staydown_web.cases.models import Case
from staydown_web.review.selectors.queue import waiting_tasks

pytestmark = pytest.mark.django_db


def test_a_trusted_flagger_comes_before_what_is_due_sooner(
    noticed: Any, admin: Any, now: Any
) -> None:
    _sooner, first = noticed("altered", hours_ago=27)
    flagged, second = noticed("same", "citrus.jpg", hours_ago=2)
    assert list(waiting_tasks(now)) == [first, second]
    made = add_flagger(name="Watch", awarded_by="An authority", team=None, actor=admin, now=now)

    Case.objects.filter(pk=flagged.pk).update(flagger=made.flagger)

    assert list(waiting_tasks(now)) == [second, first]
