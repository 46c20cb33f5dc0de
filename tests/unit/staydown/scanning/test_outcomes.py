"""Outcomes keep everything on their way through the journal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scan_parts import a_match, matched, rich_match
from staydown import errors
from staydown.errors import DecodeError, FingerprintFormatError, StaydownError
from staydown.scanning.outcomes import Outcome, Verdict, failed
from staydown.types import MatchKind

OUTCOMES = (
    Outcome(Verdict.CLEAR, "photo"),
    Outcome(Verdict.PASSED_OVER),
    Outcome(Verdict.FAILED, code="decode_failed", message="damaged"),
    matched(a_match(), a_match("b", MatchKind.PART, 0.123456789)),
    matched(rich_match(), content="video"),
)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: o.verdict)
def test_an_outcome_survives_the_state(outcome: Outcome) -> None:
    assert Outcome.from_state(json.loads(json.dumps(outcome.to_state()))) == outcome


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
)


@given(
    st.dictionaries(
        st.sampled_from(["v", "content", "matches", "width", "code", "other"]), json_values
    )
)
def test_a_state_of_another_shape_is_refused_or_read(row: dict[str, object]) -> None:
    try:
        Outcome.from_state(row)
    except FingerprintFormatError:
        return
    assert row["v"] in set(Verdict)


def test_a_failure_does_not_repeat_the_name() -> None:
    outcome = failed(DecodeError("a/b.jpg: damaged"), name="a/b.jpg")
    assert (outcome.message, outcome.code) == ("damaged", "decode_failed")


@pytest.mark.parametrize(
    "code",
    ["source_unreadable", "decode_timeout", "decode_crashed", "config_error", "worker_lost"],
)
def test_what_may_pass_is_tried_again(code: str) -> None:
    assert not Outcome(Verdict.FAILED, code=code).lasts


def test_damage_lasts() -> None:
    assert Outcome(Verdict.FAILED, code="decode_failed").lasts


def test_every_retryable_error_is_tried_again_or_never_of_a_file() -> None:
    kinds = [v for v in vars(errors).values() if isinstance(v, type)]
    retried = {k.code for k in kinds if issubclass(k, StaydownError) and k.retryable}
    assert retried <= {"snapshot_busy"}  # of the bank file, never of a file that is scanned
