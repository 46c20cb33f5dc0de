"""What was only threatened, and did not come, ends by itself and says so before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.cases.forms import Filing
from staydown_web.cases.models import Case, Contact, Item, Letter
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import Filed, file_case, keep_threatened, settle_item
from staydown_web.cases.services.expiring import WARN_BEFORE
from staydown_web.cases.services.filing import THREAT_LASTS
from staydown_web.cases.tasks import end_threatened

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(threat: Callable[..., Filing], now: datetime) -> Case:
    return file_case(filing=threat(), now=now).case


def test_it_ends_and_its_entry_leaves_the_bank(case: Case, now: datetime) -> None:
    end = now + THREAT_LASTS
    assert end_threatened(end - timedelta(seconds=1)) == 0
    assert end_threatened(end) == 1
    assert end_threatened(end) == 0
    case.refresh_from_db()
    assert (case.state, case.closed_at, case.erased_at) == (Case.State.CLOSED, end, end)
    assert not case.notices.filter(box__isnull=False).exists()
    assert Entry.objects.get().state == Entry.State.WITHDRAWN
    assert not person_view(case=case, is_unveiled=True, now=end).can_be_taken_back
    event = Event.objects.get(what="case_closed")
    assert event.facts == {"reason": "expired", "entries": 1}


def test_it_does_not_end_where_she_waits_longer(case: Case, now: datetime) -> None:
    keep_threatened(case=case, now=now + timedelta(days=100))
    assert end_threatened(now + THREAT_LASTS) == 0


def test_it_does_not_end_while_something_was_found(case: Case, now: datetime) -> None:
    settle_item(item=case.items.get(), state=Item.State.IN_REVIEW, actor="system", now=now)
    assert end_threatened(now + THREAT_LASTS) == 0
    assert Entry.objects.get().state == Entry.State.SEED


def test_it_does_not_end_on_its_day_where_what_came_was_kept(case: Case, now: datetime) -> None:
    settle_item(item=case.items.get(), state=Item.State.KEPT, actor="system", now=now)
    assert person_view(case=case, is_unveiled=True, now=now).expires_at is None
    assert end_threatened(now + THREAT_LASTS) == 0


def test_it_ends_on_its_day_where_one_was_kept_and_another_did_not_come(
    case: Case, now: datetime
) -> None:
    settle_item(item=case.items.get(), state=Item.State.KEPT, actor="system", now=now)
    Item.objects.create(case=case, position=2, state="received", added_at=now, state_at=now)
    assert person_view(case=case, is_unveiled=True, now=now).expires_at == now + THREAT_LASTS
    assert end_threatened(now + THREAT_LASTS) == 1
    case.refresh_from_db()
    assert case.erased_at is None  # she may ask for another look at what was kept


def test_an_entry_that_somebody_else_claims_stays(
    case: Case, filed: Callable[..., Filed], now: datetime
) -> None:
    filed(email="eve@mail.example")
    end_threatened(now + THREAT_LASTS)
    assert Entry.objects.get().state == Entry.State.SEED


def test_she_is_told_once_before_it_ends(case: Case, now: datetime) -> None:
    Contact.objects.update(state="confirmed", confirmed_at=now)
    for days in range(20):
        end_threatened(now + THREAT_LASTS - WARN_BEFORE - timedelta(days=6 - days))
    assert Letter.objects.filter(template="news").count() == 1
