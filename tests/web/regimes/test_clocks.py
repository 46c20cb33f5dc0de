"""What holds beside the tables: clocks, unknown regimes, moments without a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staydown_web.base.errors import InputError, RecordNotFoundError
from staydown_web.regimes.schemas import NoticeFacts
from staydown_web.regimes.services import check_notice, due_at

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
EVERYTHING = NoticeFacts(
    has_authority=True,
    has_signature=True,
    has_fingerprint=True,
    has_url=True,
    has_place=True,
    has_statement=True,
    has_good_faith=True,
    has_name=True,
    has_email=True,
    has_phone=True,
    has_on_service=True,
    has_role=True,
)


@pytest.mark.parametrize(
    ("regime", "length"),
    [
        ("uk-osa", timedelta(hours=48)),
        ("in-it-rules", timedelta(hours=2)),
        ("eu-dsa", None),
        ("platform-terms", None),
    ],
)
def test_only_a_law_that_names_hours_has_a_clock(regime: str, length: timedelta | None) -> None:
    assert due_at(regime=regime, valid_at=NOW) == (NOW + length if length else None)


def test_an_unknown_regime_is_not_found() -> None:
    with pytest.raises(RecordNotFoundError):
        check_notice(regime="xx", facts=EVERYTHING, now=NOW)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        due_at(regime="us-tida", valid_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
