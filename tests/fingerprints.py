"""Strategies for whole fingerprints."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import lists
from staydown.types import Fingerprint, Signal, SignalType, Timeline, Windows


def raw(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


@st.composite
def windows(draw: st.DrawFn, *, most: int = 4) -> Windows:
    count = draw(st.integers(0, most))
    return Windows(
        width=draw(st.integers(1, 65535)),
        height=draw(st.integers(1, 65535)),
        hashes=np.frombuffer(draw(raw(32 * count)), np.uint8).reshape(-1, 32),
        geometry=np.frombuffer(draw(raw(4 * count)), "<u4").astype(np.uint32),
        grid=np.frombuffer(draw(raw(256)), np.uint8).reshape(16, 16),
    )


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    plain = draw(lists.timelines())
    frames = sorted(draw(st.sets(st.integers(0, len(plain) - 1), max_size=2)))
    held = tuple((frame, draw(windows(most=2))) for frame in frames)
    return Timeline(plain.duration_ms, plain.times_ms, plain.qualities, plain.hashes, held)


def windows_signals() -> st.SearchStrategy[Signal]:
    return windows().map(lambda w: Signal.of(SignalType.WINDOWS, w.to_bytes()))


photos = lists.photos(
    lists.signal_of(SignalType.SHA256, 32),
    lists.signal_of(SignalType.MD5, 16),
    lists.pdq_signals,
    windows_signals(),
)
videos = timelines().map(lists.video)
every: st.SearchStrategy[Fingerprint] = photos | videos
