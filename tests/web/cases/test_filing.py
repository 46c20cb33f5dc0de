"""A filing becomes a case, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.services import Filed

pytestmark = pytest.mark.django_db


def test_a_complete_notice_is_valid_at_once_and_its_time_runs(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    case.refresh_from_db()
    assert case.state == Case.State.VALID
    assert case.valid_at == now
    assert case.due_at == now + timedelta(hours=48)
    notice = case.notices.get()
    assert (notice.valid_at, notice.due_at) == (case.valid_at, case.due_at)
    assert all(row["is_met"] for row in notice.findings)
    assert Item.objects.get().case == case
    assert Location.objects.get().state == Location.State.NEW
    entry = Entry.objects.get()
    assert (entry.state, entry.origin) == (Entry.State.SEED, Entry.Origin.NOTICE)
    assert Claim.objects.get(entry=entry, ended_at=None).item.case == case
    whats = list(
        Event.objects.filter(case_id=case.pk).order_by("seq").values_list("what", flat=True)
    )
    assert sorted(whats) == ["case_filed", "entry_added", "notice_valid"]
