"""What holds for every notice and every moment."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.regimes.schemas import NoticeFacts, RequiredElement
from staydown_web.regimes.selectors import regimes
from staydown_web.regimes.services import check_notice, due_at

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
facts = st.builds(NoticeFacts, **{f.name: st.booleans() for f in fields(NoticeFacts)})
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
).map(ZoneInfo)
moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=zones,
)
ids = st.sampled_from(sorted(regimes()))


def gives(element: RequiredElement, notice: NoticeFacts) -> bool:
    """The rule once more, written another way."""
    given_ = {f.name for f in fields(NoticeFacts) if getattr(notice, f.name)}
    if element.only_if and element.only_if not in given_:
        return True
    return set(element.all_of) <= given_ and (
        not element.any_of or bool(set(element.any_of) & given_)
    )


@given(regime=ids, notice=facts)
def test_never_valid_with_a_required_field_missing(regime: str, notice: NoticeFacts) -> None:
    findings = check_notice(regime=regime, facts=notice, now=NOW)
    assert findings.is_valid == all(gives(e, notice) for e in regimes()[regime].elements)
    assert findings.is_valid == (not findings.missing)


@given(regime=ids, notice=facts, more=st.sampled_from([f.name for f in fields(NoticeFacts)]))
def test_giving_more_never_makes_a_valid_notice_invalid(
    regime: str, notice: NoticeFacts, more: str
) -> None:
    if more == "is_representative":
        return
    fuller = NoticeFacts(
        **{f.name: getattr(notice, f.name) or f.name == more for f in fields(notice)}
    )
    if check_notice(regime=regime, facts=notice, now=NOW).is_valid:
        assert check_notice(regime=regime, facts=fuller, now=NOW).is_valid


@given(regime=ids, one=moments, other=moments)
def test_the_clock_is_monotone_and_never_negative(
    regime: str, one: datetime, other: datetime
) -> None:
    first, second = (due_at(regime=regime, valid_at=m) for m in (one, other))
    if first is None or second is None:
        assert first is second
        return
    assert first > one.astimezone(UTC)
    assert (first <= second) == (one.astimezone(UTC) <= other.astimezone(UTC))


@given(moment=moments)
def test_48_hours_are_48_hours_in_every_zone_and_over_every_change_of_the_clock(
    moment: datetime,
) -> None:
    due = due_at(regime="us-tida", valid_at=moment)
    assert due is not None
    assert due.utcoffset() == timedelta(0)
    assert due - moment.astimezone(UTC) == timedelta(hours=48)


@pytest.mark.parametrize(("month", "day"), [(3, 28), (10, 24)])
def test_summer_time_neither_gives_nor_takes_an_hour(month: int, day: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")  # the clocks change in the night after
    start = datetime(2026, month, day, 12, 0, tzinfo=berlin)
    due = due_at(regime="us-tida", valid_at=start)
    assert due is not None
    assert due - start == timedelta(hours=48)
    assert due.astimezone(berlin).hour == (13 if month == 3 else 11)
