"""Partners get the fingerprints of those who agreed, and of nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from staydown_web.audit.models import Event
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.selectors import entries_agreed
from staydown_web.cases.services import (
    Filed,
    agree_to_partners,
    ask_withdrawal,
    end_partners,
)

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def entries_of(case: Case) -> list[Any]:
    return list(Claim.objects.filter(item__case=case).values_list("entry_id", flat=True))


def test_nothing_leaves_before_she_agrees_and_after_she_ends_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    entries = entries_of(case)
    assert entries
    assert entries_agreed(entries) == set()
    agree_to_partners(case=case, now=now + LATER)
    assert entries_agreed(entries) == set(entries)
    end_partners(case=case, now=now + 2 * LATER)
    assert entries_agreed(entries) == set()
    told = Event.objects.filter(case_id=case.pk, what__startswith="partners_")
    assert list(told.order_by("seq").values_list("what", "actor")) == [
        ("partners_agreed", "person"),
        ("partners_ended", "person"),
    ]


def test_a_picture_that_two_claim_needs_the_word_of_both(
    filed: Callable[..., Filed], now: datetime
) -> None:
    first, second = filed().case, filed().case
    entries = entries_of(first)
    assert set(entries) == set(entries_of(second))
    agree_to_partners(case=first, now=now)
    assert entries_agreed(entries) == set()
    agree_to_partners(case=second, now=now)
    assert entries_agreed(entries) == set(entries)


def test_what_she_takes_back_leaves_no_more(filed: Callable[..., Filed], now: datetime) -> None:
    case = filed().case
    entries = entries_of(case)
    agree_to_partners(case=case, now=now)
    ask_withdrawal(case=case, now=now + LATER)
    assert entries_agreed(entries) == set()


def test_twice_is_refused_and_changes_nothing(filed: Callable[..., Filed], now: datetime) -> None:
    case = filed().case
    with pytest.raises(RecordConflictError):
        end_partners(case=case, now=now)
    agree_to_partners(case=case, now=now)
    with pytest.raises(RecordConflictError):
        agree_to_partners(case=case, now=now + LATER)
    case.refresh_from_db()
    assert case.partners_agreed_at == now


def test_a_case_that_ended_or_is_about_to_takes_no_yes(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(withdrawal_mode="cooling", safe_contact="friend@mail.example").case
    ask_withdrawal(case=case, now=now)
    with pytest.raises(RecordConflictError):
        agree_to_partners(case=case, now=now + LATER)
    assert not Case.objects.filter(partners_agreed_at__isnull=False).exists()
