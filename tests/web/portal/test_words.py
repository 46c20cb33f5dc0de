"""Words of time, the story and the chart; and that the help lines are whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.portal.selectors import clocks, helplines
from staydown_web.portal.selectors.chart import chart_of, chart_words
from staydown_web.portal.selectors.helplines import COUNTRIES, DATA

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=1, hours=7, minutes=59), "1 day and 7 hours left"),
        (timedelta(days=2), "2 days left"),
        (timedelta(hours=23, minutes=5), "23 hours left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=59), "Less than an hour left"),
        (timedelta(0), "The time limit is over"),
        (timedelta(days=-3), "The time limit is over"),
    ],
)
def test_time_left_in_words(left: timedelta, words: str) -> None:
    clock = clocks.running(since=NOW - timedelta(days=2), until=NOW + left, now=NOW)

    assert clock.words == words


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (timedelta(hours=6, minutes=2), "After 6 hours"),
        (timedelta(minutes=10), "In less than an hour"),
        (timedelta(days=3, hours=1), "After 3 days and 1 hour"),
    ],
)
def test_what_it_took_in_words(took: timedelta, words: str) -> None:
    assert clocks.met(since=NOW, until=NOW + timedelta(days=2), at=NOW + took).words == words


@given(gone=st.integers(-10_000_000, 10_000_000), whole=st.integers(-10, 10_000_000))
def test_the_bar_stays_within_its_line(gone: int, whole: int) -> None:
    since = NOW - timedelta(seconds=gone)

    clock = clocks.running(since=since, until=since + timedelta(seconds=whole), now=NOW)

    assert 0 <= clock.percent <= 100


def test_weeks_without_any_stand_in_the_chart() -> None:
    bars = chart_of({date(2026, 10, 5): 9, date(2026, 10, 26): 3})

    assert [bar.count for bar in bars] == [9, 0, 0, 3]
    assert max(bar.height for bar in bars) == 99
    assert "9, 0, 0, 3" in chart_words(bars)


def test_a_chart_shows_eight_weeks_at_most_and_stays_in_its_drawing() -> None:
    weeks = {date(2026, 8, 3) + timedelta(weeks=n): n + 1 for n in range(12)}

    bars = chart_of(weeks)

    assert len(bars) == 8
    assert all(bar.x + 46 <= 560 and 0 <= bar.y <= 130 for bar in bars)


def test_nothing_blocked_gives_no_chart() -> None:
    assert chart_of({}) == []


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_country_has_a_line_and_a_way_for_the_young(code: str) -> None:
    assert helplines.help_lines(code).lines
    for now in ("young", "adult", ""):
        services = helplines.services_under_18(code, now=now)
        assert [line for line in services.lines if line.ways]


@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_lines_are_readable_in_every_language(language: str) -> None:
    with override(language):
        for code in COUNTRIES:
            for line in helplines.help_lines(code).lines:
                assert line.name
                assert all(way.words and "%(" not in way.words + way.note for way in line.ways)


def test_links_are_safe_and_numbers_can_be_called() -> None:
    for code in COUNTRIES:
        for line in (
            *helplines.help_lines(code).lines,
            *helplines.services_under_18(code, now="").lines,
        ):
            for way in line.ways:
                assert (
                    way.href.startswith(("https://", "tel:", "sms:", "mailto:"))
                    or way.kind == "whatsapp"
                )


def test_an_unknown_country_gets_the_lines_for_every_country() -> None:
    assert helplines.help_lines("XX").code == helplines.EVERYWHERE


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("en-GB,en;q=0.9", "GB"),
        ("de", "ZZ"),
        ("fr-CA, fr;q=0.8, en-US;q=0.5", "CA"),
        ("", "ZZ"),
        ("xx-ZZ;;;,,-", "ZZ"),
        ("zh-Hant-TW", "ZZ"),
    ],
)
def test_the_first_guess_of_a_country_is_the_browsers(header: str, code: str) -> None:
    assert helplines.country_of(header) == code


def test_the_lists_say_when_they_were_checked() -> None:
    assert helplines.checked_on() >= date(2026, 11, 26)
    for path in DATA.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\nname = ") == text.count("\nsource = ")
