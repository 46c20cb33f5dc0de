"""The words of the report."""

from __future__ import annotations

import pytest

from scan_parts import a_match
from staydown.cli.statuses import STATUS_OF_CODE, ExitStatus
from staydown.scanning.report.words import (
    KIND_MEANINGS,
    KIND_NAMES,
    KIND_TONES,
    REMEDIES,
    changes,
    coverage,
    date,
    moment,
    remedy,
    sentence,
)
from staydown.types import Evidence, MatchKind, TimeSpan, Transform

LEFT_HALF = (0.0, 0.0, 0.5, 1.0)


def turned(mirrored: bool = False, deg: float = 0.0, scale: float = 1.0) -> Transform:
    return Transform((1, 0, 0, 0, 1, 0), mirrored, deg, scale)


def test_every_kind_has_its_words() -> None:
    assert set(KIND_NAMES) == set(KIND_MEANINGS) == set(KIND_TONES) == set(MatchKind)


def test_every_code_that_a_file_can_end_in_has_a_remedy() -> None:
    of_files = {
        code
        for code, status in STATUS_OF_CODE.items()
        if code.startswith(("decode", "format", "no_picture", "content", "source"))
        and status is ExitStatus.INPUT
    }
    assert of_files <= set(REMEDIES)
    assert set(REMEDIES) <= set(STATUS_OF_CODE)
    assert remedy("of_the_future")


@pytest.mark.parametrize(
    ("match", "said"),
    [
        (a_match(kind=MatchKind.IDENTICAL, reason="Same bytes."), "Same bytes."),
        (a_match(), "The same picture."),
        (a_match(transform=turned(mirrored=True)), "The same picture, mirrored."),
        (
            a_match(query_box=LEFT_HALF, transform=turned(deg=-7.2)),
            "The same picture, turned 7° anticlockwise, it fills 50% of this file.",
        ),
        (a_match(kind=MatchKind.PART, entry_box=LEFT_HALF), "50% of the reported picture."),
        (
            a_match(kind=MatchKind.PART, query_box=LEFT_HALF),
            "The reported picture, inside something larger, it fills 50% of this file.",
        ),
        (
            a_match(kind=MatchKind.ALTERED, altered_cells=(0xFFFF,) * 4 + (0,) * 12),
            "The same scene, but something else in 25% of it.",
        ),
    ],
)
def test_the_sentence_says_what_the_file_is(match, said) -> None:
    assert sentence(match, content="photo") == said


def test_a_part_of_a_video_is_told_by_its_time() -> None:
    match = a_match(kind=MatchKind.PART, time_span=TimeSpan(0, 1, 2, 3), entry_box=LEFT_HALF)
    assert sentence(match, content="video") == "Part of the reported video."


def test_changes_name_what_was_done() -> None:
    assert changes(Evidence("")) == ""
    assert changes(Evidence("", transform=turned())) == ""
    assert changes(Evidence("", transform=turned(True, 12.0, 0.5))) == (
        "mirrored, turned 12° clockwise, smaller in the frame (50%)"
    )


def test_coverage_names_both_sides() -> None:
    said = coverage(Evidence("", query_box=(0, 0, 1, 1), entry_box=LEFT_HALF))
    assert said == "All of this file shows 50% of the reported one"


def test_times_and_dates_are_words() -> None:
    assert [moment(s) for s in (0, 3.5, 65, 59.97)] == ["0:00", "0:03.5", "1:05", "1:00"]
    assert "1970" in date(43_200)
