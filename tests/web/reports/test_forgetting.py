"""The words of old decisions go; their rows and counts stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.reports.models import Statement
from staydown_web.reports.services import forget_reasons
from staydown_web.reports.tasks import JOBS
from staydown_web.review.models import Complaint, Decision, Task

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture
def decision(platform: Platform, reviewer: User, now: datetime) -> Decision:
    task = Task.objects.create(
        number="R-2222-5555", source="upload", platform=platform, made_at=now
    )
    made = Decision.objects.create(
        task=task,
        outcome="remove",
        grounds=["us-tida"],
        facts_box=b"sealed facts",
        decided_by=reviewer,
        decided_at=now,
        firm_at=now,
        made_firm_at=now,
    )
    Statement.objects.create(decision=made, token_digest="1" * 64, box=b"sealed", made_at=now)
    return made


def complaint(decision: Decision, lead: User, **values: Any) -> Complaint:
    return Complaint.objects.create(
        decision=decision,
        side="uploader",
        key="k",
        box=b"sealed words",
        made_at=decision.decided_at,
        decided_first_by=decision.decided_by,
        **values,
    )


def test_after_a_year_the_words_go_and_the_row_stays(decision: Decision, now: datetime) -> None:
    assert forget_reasons(now + YEAR) == 0
    assert forget_reasons(now + YEAR + timedelta(seconds=1)) == 1
    assert forget_reasons(now + YEAR + timedelta(seconds=2)) == 0

    decision.refresh_from_db()
    assert decision.facts_box is None
    assert not Statement.objects.exists()
    assert decision.outcome == "remove"
    assert Event.objects.get(what="rows_forgotten").facts == {"kind": "reasons", "rows": 1}


@pytest.mark.parametrize("state", ["open", "decided"])
def test_while_a_complaint_is_open_they_stay(
    decision: Decision, lead: User, now: datetime, state: str
) -> None:
    by = {"decided_by": lead, "outcome": "stands"} if state == "decided" else {}
    complaint(decision, lead, state=state, **by)
    assert forget_reasons(now + 2 * YEAR) == 0
    assert Statement.objects.exists()


def test_while_an_uploader_who_was_told_late_can_complain_they_stay(
    decision: Decision, now: datetime
) -> None:
    stated = now + timedelta(days=300)
    Statement.objects.update(made_at=stated)
    assert forget_reasons(stated + timedelta(days=184)) == 0
    assert forget_reasons(stated + timedelta(days=184, seconds=1)) == 1
    assert not Statement.objects.exists()


def test_the_worker_does_it(now: datetime) -> None:
    job = next(job for job in JOBS if job.name == "forget_reasons")
    assert job.run(now) == 0
