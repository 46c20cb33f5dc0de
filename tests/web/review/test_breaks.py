"""Limits and breaks are soft, counted, and one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from staydown_web.review import services
from staydown_web.review.models import Exposure, Pause
from staydown_web.review.selectors.care import care_of

pytestmark = pytest.mark.django_db


def see(user, task, now, level="clear") -> None:
    Exposure.objects.create(user=user, task=task, level=level, at=now)


def test_the_day_begins_at_midnight(reviewer, lead, upload, now) -> None:
    see(reviewer, upload, now - timedelta(days=1))
    see(reviewer, upload, now)
    see(reviewer, upload, now, level="shapes")
    see(lead, upload, now)
    assert care_of(reviewer, now).opened == 1


def test_cases_decided_without_opening_are_counted(held, reviewer, today) -> None:
    from staydown_web.review import tasks
    from staydown_web.review.models import Task

    for group in "ab":
        held(group=group)
    tasks.take_in(today)
    first, second = Task.objects.order_by("pk")
    see(reviewer, first, today)
    for task in (first, second):
        services.decide(task=task, outcome="remove", grounds=[], facts="", user=reviewer, now=today)
    assert care_of(reviewer, today).decided_unopened == 1


def test_a_break_is_due_after_the_chosen_time_since_the_last(reviewer, now) -> None:
    reviewer.last_login = now
    reviewer.break_every_minutes = 45
    assert care_of(reviewer, now + timedelta(minutes=27)).break_in_minutes == 18
    late = now + timedelta(minutes=46)
    assert care_of(reviewer, late).is_break_due
    services.begin_break(user=reviewer, now=late)
    assert not care_of(reviewer, late).is_break_due
    back = late + timedelta(minutes=10)
    services.end_break(user=reviewer, now=back)
    assert care_of(reviewer, back).break_in_minutes == 45


def test_a_break_that_is_due_can_be_put_off(reviewer, now) -> None:
    reviewer.last_login = now - timedelta(hours=2)
    assert care_of(reviewer, now).is_break_due
    assert not care_of(reviewer, now, now + timedelta(minutes=15)).is_break_due


def test_breaks_by_the_page(reviewer_client, reviewer) -> None:
    change = reverse("review:change_break")
    assert reviewer_client.post(change, {"do": "begin"}).url == reverse("review:break")
    assert b"You are on a break" in reviewer_client.get(reverse("review:break")).content
    reviewer_client.post(change, {"do": "begin"})
    assert Pause.objects.count() == 1
    assert reviewer_client.post(change, {"do": "end"}).url == reverse("review:queue")
    assert Pause.objects.get().ended_at is not None


def test_the_reminder_goes_when_it_is_put_off(reviewer_client, reviewer, today) -> None:
    reviewer.last_login = today - timedelta(hours=3)
    reviewer.save()
    assert b"It is time for a break" in reviewer_client.get(reverse("review:queue")).content
    reviewer_client.post(reverse("review:change_break"), {"do": "later"})
    assert b"It is time for a break" not in reviewer_client.get(reverse("review:queue")).content


def test_a_form_leads_to_no_other_site(reviewer_client) -> None:
    change = reverse("review:change_break")
    for wrong in ("https://elsewhere.example/", "//elsewhere.example/"):
        assert reviewer_client.post(change, {"do": "later", "next": wrong}).url == reverse(
            "review:queue"
        )
