"""The engine: whether a notice is valid, and when the platform must have acted. It stores nothing.

What it knows of a law comes from the regime's file alone; there is no law in this code.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import assert_never

from django.utils.translation import gettext

from staydown_web.base.errors import InputError, RecordNotFoundError
from staydown_web.regimes.schemas import Findings, NoticeFacts, Requirement, Unit
from staydown_web.regimes.selectors import regime as regime_of

__all__ = ["check_notice", "deadline_at", "due_at"]


def check_notice(*, regime: str, facts: NoticeFacts, now: datetime) -> Findings:
    """Say whether a notice is valid under a regime, and what is missing.

    Args:
        regime: id of the regime.
        facts: what the notice holds.
        now: the moment of the check, aware; a regime that has ended refuses new notices.

    Returns:
        The findings, in the language of the moment. Valid where every element that applies is met.

    Raises:
        RecordNotFoundError: no such regime.
        InputError: the regime no longer binds, or ``now`` has no time zone.
    """
    law = regime_of(regime)
    if law.effective_until is not None and _utc(now).date() > law.effective_until:
        raise InputError("regime: this law no longer binds; choose another")
    requirements = tuple(
        Requirement(
            id=element.id,
            is_met=element.is_met_by(facts),
            label=gettext(element.label),
            remedy=gettext(element.remedy),
            form_fields=element.form_fields,
        )
        for element in law.elements
        if element.applies_to(facts)
    )
    is_valid = all(requirement.is_met for requirement in requirements)
    return Findings(law.id, law.version, is_valid, requirements)


def due_at(*, regime: str, valid_at: datetime) -> datetime | None:
    """When the platform must have acted on a notice.

    Counted in UTC, so that a change to or from summer time neither gives nor takes an hour.

    Args:
        regime: id of the regime.
        valid_at: when the last required element was received, aware, in any zone.

    Returns:
        The moment in UTC, never before ``valid_at``; None where the regime names no time.

    Raises:
        RecordNotFoundError: no such regime.
        InputError: ``valid_at`` has no time zone.
    """
    length = regime_of(regime).clock.length
    return None if length is None else _utc(valid_at) + length


def deadline_at(*, regime: str, deadline: str, since: datetime) -> datetime | None:
    """When another deadline of a regime ends, such as the one for a complaint.

    Hours and days are counted in UTC; a month ends on the same day of a later month, or on its last
    day where that month is shorter.

    Args:
        regime: id of the regime.
        deadline: id of the deadline in it.
        since: when its event happened, aware, in any zone.

    Returns:
        The moment in UTC, after ``since``; None where the rule names no number.

    Raises:
        RecordNotFoundError: no such regime, or it has no such deadline.
        InputError: ``since`` has no time zone.
    """
    found, start = regime_of(regime).deadline(deadline), _utc(since)
    if found is None:
        raise RecordNotFoundError("this regime has no such deadline")
    match found.unit:
        case Unit.HOURS:
            return start + timedelta(hours=found.amount)
        case Unit.DAYS:
            return start + timedelta(days=found.amount)
        case Unit.MONTHS:
            return _months_later(start, found.amount)
        case Unit.PROMPT:
            return None
        case _:
            assert_never(found.unit)


def _months_later(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError("a moment without a time zone has no place on a clock")
    return moment.astimezone(UTC)
