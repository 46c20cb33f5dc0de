from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fingerprints
from staydown.errors import FingerprintFormatError
from staydown.types import Timeline, Windows


def timeline(times: list[int], frames: list[int] | None = None) -> Timeline:
    empty = Windows(
        4,
        3,
        np.zeros((0, 32), np.uint8),
        np.zeros(0, np.uint32),
        np.zeros((16, 16), np.uint8),
    )
    return Timeline(
        duration_ms=1000,
        times_ms=np.array(times, np.uint32),
        qualities=np.zeros(len(times), np.uint8),
        hashes=np.zeros((len(times), 32), np.uint8),
        windows=tuple((frame, empty) for frame in frames or []),
    )


@given(fingerprints.timelines())
def test_bytes_return_what_was_written(made: Timeline) -> None:
    back = Timeline.from_bytes(made.to_bytes())
    assert back == made
    assert hash(back) == hash(made)


@pytest.mark.parametrize("times", [[5, 5], [5, 4]])
def test_times_must_rise(times: list[int]) -> None:
    with pytest.raises(FingerprintFormatError, match="do not rise"):
        timeline(times)


@pytest.mark.parametrize("frames", [[2], [1, 0], [0, 0]])
def test_windows_belong_to_frames_in_order(frames: list[int]) -> None:
    with pytest.raises(FingerprintFormatError, match="windows of frames"):
        timeline([0, 5], frames)


def test_columns_must_have_one_length() -> None:
    with pytest.raises(FingerprintFormatError, match="different lengths"):
        Timeline(0, np.zeros(1, np.uint32), np.zeros(2, np.uint8), np.zeros((1, 32), np.uint8), ())


@given(fingerprints.timelines(), st.data())
def test_changed_bytes_are_refused_or_read_never_worse(made: Timeline, data: st.DataObject) -> None:
    raw = bytearray(made.to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for changed in (bytes(raw), bytes(raw[:cut])):
        with contextlib.suppress(FingerprintFormatError):
            assert Timeline.from_bytes(changed).to_bytes() == changed
