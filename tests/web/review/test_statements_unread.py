"""A statement that waits for a reviewer without end comes before staff after a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from staydown_web.accounts.models import Platform, User
from staydown_web.cases.models import Case, Message, StaffLetter
from staydown_web.cases.services import send_message
from staydown_web.config.watch.deep.checking import standing_checks
from staydown_web.config.watch.looking import look
from staydown_web.config.watch.waiting import waiting_work
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review import services
from staydown_web.review.models import Decision
from staydown_web.review.selectors.foretold import unread_statements

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTICE = "1 statement has waited for a reviewer for more than a day."


@pytest.fixture
def answered(noticed, reviewer, today, settings: Any, tmp_path: Path) -> Decision:
    """A removal of which the statement waits, because the person wrote."""
    settings.STAYDOWN_HOME = tmp_path
    return removed_and_answered(noticed, reviewer, today, law="us-tida")


def removed_and_answered(noticed: Any, reviewer: User, today: datetime, *, law: str) -> Decision:
    """Removed, she was told that a statement will go out, and she wrote."""
    case, task = noticed("same", "citrus.jpg")
    made = services.decide(
        task=task,
        outcome="remove",
        grounds=[law],
        facts="It shows a person.",
        user=reviewer,
        now=today - HOUR,
    )
    services.make_decisions_firm(today)
    make_statements(today)
    write(case, today)
    return made


def write(case: Case, now: datetime) -> None:
    send_message(case=case, sender=Message.Sender.PERSON, text="He will hurt me.", now=now)
    make_waiting_statements(now)


def status_of(now: datetime) -> list[str]:
    return [
        check.detail for check in standing_checks(look(now)) if "statements_unread" in check.detail
    ]


def test_after_a_day_it_stands_in_the_status_until_it_is_read(
    answered, reviewer, today: datetime
) -> None:
    assert unread_statements(today + DAY).count == 0
    assert status_of(today + DAY) == []
    later = today + DAY + MINUTE
    unread = unread_statements(later)
    assert (unread.count, unread.since) == (1, today)
    (line,) = status_of(later)
    assert "for more than a day: 1. Since" in line
    assert [
        (one.count, one.oldest_s) for one in waiting_work(later) if one.what == "statements"
    ] == [(1, DAY.total_seconds() + 60)]
    services.clear_statement(decision=answered, facts="", user=reviewer, shown_at=later, now=later)
    assert unread_statements(later).count == 0
    assert status_of(later) == []


def test_it_stands_above_the_queue_with_the_way_to_it(
    answered, reviewer_client, today: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staydown_web.review.views.queue.utc_now", lambda: today + DAY)
    assert NOTICE not in reviewer_client.get(reverse("review:queue")).text
    later = today + DAY + MINUTE
    monkeypatch.setattr("staydown_web.review.views.queue.utc_now", lambda: later)
    page = reviewer_client.get(reverse("review:queue")).text
    assert NOTICE in page
    before, _found, after = page.partition(NOTICE)
    assert reverse("review:statements") in after.partition("</div>")[0]
    assert 'class="tabs"' not in before


def test_leads_get_one_letter(answered, lead: User, today: datetime, settings: Any) -> None:
    settings.STAYDOWN_MAIL_READY = True
    User.objects.filter(pk=lead.pk).update(email="lead@example.org")
    assert services.warn_of_unread(today + DAY) == 0
    later = today + DAY + MINUTE
    assert services.warn_of_unread(later) == 1
    assert services.warn_of_unread(later + 3 * DAY) == 0
    assert StaffLetter.objects.filter(user=lead).count() == 1


def test_under_a_law_it_goes_out_and_nobody_is_written_to(
    noticed, reviewer, lead: User, today: datetime, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    User.objects.filter(pk=lead.pk).update(email="lead@example.org")
    Platform.objects.update(regimes=["eu-dsa"])
    removed_and_answered(noticed, reviewer, today, law="eu-dsa")
    assert services.warn_of_unread(today + DAY + MINUTE) == 0
    assert make_waiting_statements(today + DAY + MINUTE) == 1
