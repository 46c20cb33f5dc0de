"""A scan in figures and words."""

from __future__ import annotations

import pytest

from scan_parts import a_match, a_ref, matched
from staydown.scanning.outcomes import Outcome, Verdict
from staydown.scanning.totals import Totals, duration_text
from staydown.types import MatchKind


def test_every_verdict_is_counted_once() -> None:
    totals = Totals()
    for outcome in (
        Outcome(Verdict.CLEAR, "photo"),
        Outcome(Verdict.CLEAR, "video", known=True),
        matched(a_match(kind=MatchKind.PART), a_match(kind=MatchKind.SAME)),
        Outcome(Verdict.PASSED_OVER),
        Outcome(Verdict.FAILED, code="decode_failed"),
    ):
        totals.take(a_ref("a"), outcome)
    assert totals.to_dict() == {
        "checked": 3,
        "photos": 2,
        "videos": 1,
        "matched": 1,
        "kinds": {"part": 1},
        "failed": 1,
        "passed_over": 1,
        "known": 1,
        "bytes": 50,
        "seconds": 0.0,
    }


def test_the_sentence_names_only_what_there_is() -> None:
    totals = Totals(photos=1, seconds=3.21)
    assert totals.sentence() == "1 file checked, 0 with a match; 3.2 seconds."
    totals.failed, totals.known, totals.passed_over = 2, 1, 3
    assert "1 result taken over" in totals.sentence()
    assert (
        "3 neither picture nor video by content and name, 2 could not be checked"
        in totals.sentence()
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 seconds"),
        (59.4, "59 seconds"),
        (61, "1 minute 1 second"),
        (3600, "1 hour 0 minutes"),
        (7325, "2 hours 2 minutes"),
    ],
)
def test_lengths_of_time_are_words(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
