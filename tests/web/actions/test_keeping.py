"""What is kept long enough goes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from staydown_web.accounts.models import Invitation
from staydown_web.actions.models import Attempt, Delivery, Order
from staydown_web.actions.services import forget_old_rows, make_orders
from staydown_web.actions.services.keeping import PERIODS
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Location, StaffLetter
from staydown_web.reports.models import Statement
from staydown_web.review.models import Decision, Exposure, Pause, Task
from staydown_web.screening.models import BlockWeek, Copy, Hit
from staydown_web.screening.services import forget_addresses

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KEEPS = {period.name: period.keeps for period in PERIODS}


def session(at: datetime) -> object:
    return Session.objects.create(session_key="k", session_data="x", expire_date=at)


@pytest.fixture
def rows_of(reviewer, copy_of, task_of, decided, now, endpoint) -> dict[str, Callable]:
    """Kind of row -> makes one whose time began at a moment."""

    def delivery(at: datetime) -> Delivery:
        return Delivery.objects.create(
            endpoint=endpoint[0], state="sent", next_try_at=at, made_at=at, done_at=at
        )

    def attempt(at: datetime) -> Attempt:
        later = at + 80 * DAY  # its message stays for longer
        return Attempt.objects.create(delivery=delivery(later), at=at, duration_ms=1)

    def copy(at: datetime) -> Copy:
        made = copy_of(state="removed")
        Copy.objects.filter(pk=made.pk).update(state_at=at)
        return made

    return {
        "sessions": session,
        "invitations": lambda at: Invitation.objects.create(
            digest="d", purpose="join", role="reviewer", created_at=at, expires_at=at
        ),
        "attempts": attempt,
        "deliveries": delivery,
        "exposures": lambda at: Exposure.objects.create(user=reviewer, level="clear", at=at),
        "pauses": lambda at: Pause.objects.create(user=reviewer, began_at=at, ended_at=at),
        "copies": copy,
        "staff_letters": lambda at: StaffLetter.objects.create(
            user=reviewer, state="sent", next_try_at=at, made_at=at, sent_at=at
        ),
    }


@pytest.mark.parametrize("kind", KEEPS)
def test_each_kind_goes_when_its_time_is_over_and_not_before(rows_of, now, kind: str) -> None:
    row = rows_of[kind](now)
    rows = type(row)._default_manager.filter(pk=row.pk)
    end = now + KEEPS[kind]
    assert forget_old_rows(end) == 0
    assert rows.exists()
    assert forget_old_rows(end + timedelta(seconds=1)) > 0
    assert not rows.exists()
    assert Event.objects.get(what="rows_forgotten").facts == {"kind": kind, "rows": 1}


def test_a_copy_goes_with_its_hits_and_orders_while_counts_stay(
    copy_of, task_of, decided, now, bank
) -> None:
    entry = Entry.objects.create(
        bank=bank,
        content_kind="photo",
        origin="notice",
        box=b"x",
        blind="b",
        created_at=now,
        claimed_at=now,
    )
    BlockWeek.objects.create(entry=entry, week=now.date(), count=7)
    copy = copy_of()
    Hit.objects.create(copy=copy, entry=entry, kind="same", score=1, response="hold", at=now)
    decided(task_of(copy), is_firm=True)
    make_orders(now)
    Copy.objects.update(state="removed")
    forget_old_rows(now + KEEPS["copies"] + DAY)
    assert not Copy.objects.exists()
    assert not Hit.objects.exists()
    assert not Order.objects.exists()
    assert BlockWeek.objects.get().count == 7


def test_held_copies_and_open_tasks_wait_for_a_person(copy_of, task_of, now) -> None:
    copy_of(state="held", source="upload")
    task_of(copy_of())
    assert forget_old_rows(now + 1_000 * DAY) == 0
    assert Copy.objects.count() == 2


def test_a_copy_stays_while_its_uploader_can_complain(copy_of, task_of, decided, now) -> None:
    copy = copy_of(state="removed")
    decided(task_of(copy), is_firm=True)
    Task.objects.update(state="done", done_at=now)
    stated = now + 20 * DAY
    Statement.objects.create(
        decision=Decision.objects.get(), copy=copy, token_digest="1" * 64, box=b"x", made_at=stated
    )
    forget_old_rows(stated + 184 * DAY)
    assert Copy.objects.exists()
    forget_old_rows(stated + 184 * DAY + timedelta(seconds=1))
    assert not Copy.objects.exists()


def test_its_address_stays_while_a_complaint_of_its_uploader_can_bring_it_back(
    copy_of, task_of, decided, now
) -> None:
    copy = copy_of(state="removed")
    decided(task_of(copy), is_firm=True)
    told = now + 40 * DAY
    Statement.objects.create(
        decision=Decision.objects.get(), copy=copy, token_digest="1" * 64, box=b"x", made_at=told
    )
    late = told + 214 * DAY
    assert forget_addresses(copy_ids=[copy.pk], now=late - timedelta(seconds=1)) == 0
    assert forget_addresses(copy_ids=[copy.pk], now=late) == 1


def test_a_copy_stays_while_a_case_that_lives_points_at_it(copy_of, now, platform) -> None:
    case = Case.objects.create(
        number="C-7Q2M-4KXR",
        phrase_hash="x",
        way="published",
        acts_as="self",
        filed_at=now,
        touched_at=now,
    )
    copy = copy_of(state="removed")
    Location.objects.create(
        case=case, platform=platform, copy=copy, state="removed", added_at=now, state_at=now
    )
    assert forget_old_rows(now + 1_000 * DAY) == 0
    Case.objects.update(erased_at=now)
    assert forget_old_rows(now + 1_000 * DAY) > 0


def test_messages_that_still_wait_are_kept(endpoint, now) -> None:
    Delivery.objects.create(endpoint=endpoint[0], next_try_at=now, made_at=now)
    assert forget_old_rows(now + 1_000 * DAY) == 0


def test_much_goes_in_parts(reviewer, now, monkeypatch) -> None:
    monkeypatch.setattr("staydown_web.actions.services.keeping._AT_ONCE", 2)
    for _ in range(5):
        Exposure.objects.create(user=reviewer, level="clear", at=now)
    end = now + KEEPS["exposures"] + DAY
    assert [forget_old_rows(end) for _ in range(4)] == [2, 2, 1, 0]
