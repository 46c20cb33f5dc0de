"""What holds beside the tables: clocks, unknown regimes, moments without a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staydown_web.base.errors import InputError, RecordNotFoundError
from staydown_web.regimes.schemas import NoticeFacts
from staydown_web.regimes.selectors import admitting, grounds, regimes
from staydown_web.regimes.selectors import regime as regime_of
from staydown_web.regimes.services import check_notice, deadline_at, due_at

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


@pytest.mark.parametrize(
    ("regime", "deadline", "since", "until"),
    [
        ("eu-dsa", "complaint", datetime(2026, 11, 26, 9, tzinfo=UTC), (2027, 5, 26, 9)),
        ("eu-dsa", "complaint", datetime(2026, 8, 31, 9, tzinfo=UTC), (2027, 2, 28, 9)),
        ("eu-dsa", "complaint", datetime(2027, 8, 31, 9, tzinfo=UTC), (2028, 2, 29, 9)),
        ("in-it-rules", "confirm", datetime(2026, 11, 26, 9, tzinfo=UTC), (2026, 11, 27, 9)),
        ("in-it-rules", "tell_decision", datetime(2026, 12, 28, 9, tzinfo=UTC), (2027, 1, 4, 9)),
        ("in-it-rules", "appeal", datetime(2026, 12, 31, 9, tzinfo=UTC), (2027, 1, 30, 9)),
    ],
)
def test_other_deadlines_count_in_their_own_calendar(
    regime: str, deadline: str, since: datetime, until: tuple[int, ...]
) -> None:
    wanted = datetime(*until, tzinfo=UTC)  # type: ignore[arg-type,misc]
    assert deadline_at(regime=regime, deadline=deadline, since=since) == wanted


def test_a_deadline_without_a_number_gives_no_moment() -> None:
    assert deadline_at(regime="eu-dsa", deadline="confirm", since=NOW) is None


def test_a_deadline_that_a_regime_does_not_have_is_not_found() -> None:
    with pytest.raises(RecordNotFoundError):
        deadline_at(regime="us-tida", deadline="complaint", since=NOW)


@pytest.mark.parametrize("size", ["micro", "small", "medium", "large", "very_large", ""])
def test_small_platforms_are_spared_what_the_law_spares_them(size: str) -> None:
    law = regime_of("eu-dsa")
    is_small = size in {"micro", "small"}
    for duty in ("complaints", "trusted_flaggers", "misuse", "transparency_database"):
        assert law.has_duty(duty, size=size) is not is_small
    for duty in ("way_to_file", "confirm", "statement"):
        assert law.has_duty(duty, size=size)
    assert not law.has_duty("unknown", size=size)


def test_no_law_with_hours_lets_its_clock_be_paused() -> None:
    for law in regimes().values():
        if law.clock.hours:
            assert law.pauses == ()
            assert [w.id for w in law.warnings]
    assert regime_of("eu-dsa").may_pause("waiting_for_notifier")
    assert not regime_of("us-tida").may_pause("waiting_for_notifier")


def test_every_regime_answers_for_every_ground_and_kind_of_copy() -> None:
    ids = [ground.id for ground in grounds()]
    for id_, law in regimes().items():
        assert sorted(rule.id for rule in law.grounds) == sorted(ids)
        for ground in ids:
            (rule,) = admitting(ground, [id_, "unknown"]).values()
            assert rule in law.grounds
    assert admitting("not_the_person", ["eu-dsa"])["eu-dsa"].answer == "no"
