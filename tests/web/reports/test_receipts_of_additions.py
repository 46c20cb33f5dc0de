"""A receipt says what was received at its moment; what she adds later has one of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from staydown_web.accounts.models import Platform
from staydown_web.actions.selectors import removals_of
from staydown_web.banks.services import close_segments
from staydown_web.cases.forms import Answers
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case
from staydown_web.portal.selectors.files import files_of
from staydown_web.reports.selectors.receipts import receipts_offered
from staydown_web.reports.services import file_of, keep_offered, make_receipts
from web.reports.evidence_scene import URL, file_one, settle_first
from web.reports.evidence_scene import file_of as picture

pytestmark = pytest.mark.django_db
OTHER = "http://127.0.0.1:8161/media/2.jpg"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    close_segments()


def receipts(case: Case, at: datetime) -> list[dict[str, Any]]:
    """All that her page offers, as they are handed out."""
    case.refresh_from_db()
    view = person_view(case=case, is_unveiled=True, now=at)
    offered = receipts_offered(case=case, view=view)
    kept = [keep_offered(case=case, offered=one, now=at) for one in offered]
    return [json.loads(file_of(one).data) for one in kept]


def what(document: dict[str, Any]) -> tuple[str, int, int]:
    facts = document["facts"]
    return document["kind"], facts["addresses"], len(facts["files"])


@pytest.mark.parametrize("is_read", [True, False])
def test_what_is_added_later_is_not_in_the_receipt_of_the_notice(
    platform: Platform, bank: Any, now: datetime, is_read: bool
) -> None:
    case = file_one(platform, now, urls=[], files=[picture(1)]).case
    before = receipts(case, now) if is_read else []
    later = now + timedelta(minutes=2)
    add_to_case(case=case, urls=[OTHER], now=later)
    add_to_case(case=case, files=[picture(2)], now=later + timedelta(minutes=1))
    after = receipts(case, later + timedelta(days=1))
    assert [what(one) for one in after] == [
        ("notice_received", 0, 1),
        ("addition_received", 1, 0),
        ("addition_received", 0, 1),
    ]
    first, link, more = (one["facts"] for one in after)
    assert first["filed_at"] == "2026-11-26T09:00:00Z"
    assert (link["added_at"], more["added_at"]) == ("2026-11-26T09:02:00Z", "2026-11-26T09:03:00Z")
    assert [one["notices"][0]["due_at"] for one in (first, link, more)] == [
        None,  # without an address it was not complete
        "2026-11-28T09:02:00Z",
        "2026-11-28T09:03:00Z",
    ]
    assert not before or before[0] == after[0]


def test_a_receipt_that_was_made_is_handed_out_as_it_was_made(
    platform: Platform, bank: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = file_one(platform, now).case
    before = receipts(case, now)
    monkeypatch.setattr("staydown_web.reports.selectors.received.law_title", lambda _id: "Renamed")
    assert receipts(case, now + timedelta(days=9)) == before
    assert case.documents.count() == 1


def test_the_reader_of_the_audit_makes_the_same_ones(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, urls=[]).case
    add_to_case(case=case, urls=[OTHER], now=now + timedelta(minutes=2))
    settle_first(case, now)
    add_to_case(case=case, files=[picture(3)], now=now + timedelta(hours=2))
    late = now + timedelta(hours=3)
    while make_receipts(late):
        pass
    kinds = sorted(case.documents.values_list("kind", flat=True))
    assert kinds == ["addition_received", "addition_received", "item_decided", "notice_received"]
    offered = receipts(case, late + timedelta(hours=1))
    assert [one["made_at"] for one in offered] == ["2026-11-26T12:00:00Z"] * 4
    assert case.documents.count() == 4


def test_a_notice_that_was_completed_later_was_not_complete_when_it_came(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, signature="").case
    add_to_case(case=case, answers=Answers(signature="Ada Example"), now=now + timedelta(hours=5))
    came, completed = (one["facts"]["notices"][0] for one in receipts(case, now))
    assert (came["valid_at"], came["due_at"], came["signed_text_sha256"]) == (None, None, "")
    assert completed["valid_at"] == "2026-11-26T14:00:00Z"
    assert completed["due_at"] == "2026-11-28T14:00:00Z"
    assert len(completed["signed_text_sha256"]) == 64


def test_a_threat_that_came_true_was_a_threat_when_it_came(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, way="threatened", urls=[], regimes=["platform-terms"]).case
    add_to_case(case=case, urls=[URL], now=now + timedelta(days=1))
    first, second = (one["facts"] for one in receipts(case, now))
    assert first["way"] == "threatened"
    assert [one["regime"] for one in first["notices"]] == ["platform-terms"]
    assert len(second["notices"]) > 1


def test_a_file_that_joined_an_item_is_of_its_own_receipt(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, way="link", urls=[URL], files=[]).case
    add_to_case(case=case, urls=[URL], files=[picture(5)], now=now + timedelta(hours=1))
    assert case.items.count() == 1
    assert [what(one) for one in receipts(case, now)] == [
        ("notice_received", 1, 0),
        ("addition_received", 0, 1),
    ]


def test_her_page_names_each(platform: Platform, bank: Any, now: datetime) -> None:
    case = file_one(platform, now).case
    later = now + timedelta(hours=1)
    add_to_case(case=case, urls=[OTHER], now=later)
    case.refresh_from_db()
    view = person_view(case=case, is_unveiled=True, now=later)
    removals = removals_of(case=case, moments=view.moments)
    files = files_of(case=case, view=view, removals=removals)
    assert [(one.title, one.at) for one in files] == [
        ("Your notice was received", now),
        ("What you added was received", later),
    ]
