"""Notices under the other regimes: each single part missing, and what another law does not mind."""

from __future__ import annotations

from dataclasses import replace
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
AGENT = replace(EVERYTHING, is_representative=True)

CASES: list[tuple[str, NoticeFacts, set[str]]] = [
    ("eu-dsa", EVERYTHING, set()),
    ("eu-dsa", replace(EVERYTHING, has_statement=False), {"explanation"}),
    ("eu-dsa", replace(EVERYTHING, has_url=False), {"location"}),
    ("eu-dsa", replace(EVERYTHING, has_name=False), {"name"}),
    ("eu-dsa", replace(EVERYTHING, has_email=False), {"email"}),
    ("eu-dsa", replace(EVERYTHING, has_good_faith=False), {"good_faith"}),
    ("eu-dsa", replace(EVERYTHING, has_signature=False), set()),
    ("eu-dsa", replace(EVERYTHING, has_fingerprint=False, has_place=False), set()),
    ("eu-dsa", replace(AGENT, has_authority=False), set()),
    ("uk-osa", EVERYTHING, set()),
    ("uk-osa", replace(EVERYTHING, has_on_service=False), {"on_service"}),
    ("uk-osa", replace(EVERYTHING, has_role=False), {"role"}),
    ("uk-osa", replace(EVERYTHING, has_email=False), set()),
    ("uk-osa", replace(EVERYTHING, has_email=False, has_phone=False), {"contact"}),
    ("uk-osa", replace(EVERYTHING, has_url=False, has_fingerprint=False), set()),
    (
        "uk-osa",
        replace(EVERYTHING, has_url=False, has_fingerprint=False, has_place=False),
        {"identification"},
    ),
    ("uk-osa", replace(AGENT, has_authority=False), {"authority"}),
    ("uk-osa", replace(EVERYTHING, has_signature=False), set()),
    ("uk-osa", replace(EVERYTHING, has_good_faith=False), {"good_faith"}),
    ("platform-terms", EVERYTHING, set()),
    ("platform-terms", replace(EVERYTHING, has_signature=False), {"signature"}),
    ("platform-terms", replace(EVERYTHING, has_good_faith=False), {"good_faith"}),
    ("platform-terms", replace(EVERYTHING, has_url=False, has_place=False), set()),
    (
        "platform-terms",
        replace(EVERYTHING, has_url=False, has_fingerprint=False),
        {"identification"},
    ),
    ("platform-terms", replace(AGENT, has_authority=False), {"authority"}),
    ("platform-terms", replace(EVERYTHING, has_email=False, has_phone=False), set()),
]


@pytest.mark.parametrize(("regime", "facts", "missing"), CASES)
def test_a_notice_lacks_exactly_what_its_law_asks(
    regime: str, facts: NoticeFacts, missing: set[str]
) -> None:
    findings = check_notice(regime=regime, facts=facts, now=NOW)
    assert {r.id for r in findings.missing} == missing
    assert findings.is_valid == (not missing)


@pytest.mark.parametrize(
    ("regime", "length"),
    [("uk-osa", timedelta(hours=48)), ("eu-dsa", None), ("platform-terms", None)],
)
def test_only_a_law_that_names_hours_has_a_clock(regime: str, length: timedelta | None) -> None:
    assert due_at(regime=regime, valid_at=NOW) == (NOW + length if length else None)


def test_an_unknown_regime_is_not_found() -> None:
    with pytest.raises(RecordNotFoundError):
        check_notice(regime="xx", facts=EVERYTHING, now=NOW)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        due_at(regime="us-tida", valid_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
