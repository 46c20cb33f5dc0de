"""Rows for tests of list formats: strategies and short ways to read and write."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import strategies as st

from staydown.formats import LeftOut, ListEntry, ListFormat, read_list, write_list
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline

qualities = st.none() | st.integers(0, 100)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12
)
tags = st.lists(words.filter(lambda w: ";" not in w), unique=True, max_size=3).map(tuple)
ids = st.none() | words
kinds = st.sampled_from(ContentKind)


def signal_of(type_: SignalType, size: int) -> st.SearchStrategy[Signal]:
    quality = qualities if type_ is SignalType.PDQ else st.none()
    return st.builds(Signal.of, st.just(type_), st.binary(min_size=size, max_size=size), quality)


pdq_signals = signal_of(SignalType.PDQ, 32)


def photos(*signals: st.SearchStrategy[Signal]) -> st.SearchStrategy[Fingerprint]:
    return st.tuples(*signals).map(lambda found: Fingerprint(ContentKind.PHOTO, found))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    times = sorted(draw(st.sets(st.integers(0, 10**7), min_size=1, max_size=5)))
    hashes = draw(st.binary(min_size=32 * len(times), max_size=32 * len(times)))
    quality = st.lists(st.integers(0, 100), min_size=len(times), max_size=len(times))
    return Timeline(
        duration_ms=times[-1],
        times_ms=np.array(times, np.uint32),
        qualities=np.array(draw(quality), np.uint8),
        hashes=np.frombuffer(hashes, np.uint8).reshape(-1, 32),
        windows=(),
    )


def video(timeline: Timeline) -> Fingerprint:
    signal = Signal.of(SignalType.TIMELINE, timeline.to_bytes())
    return Fingerprint(ContentKind.VIDEO, (signal,))


def read(
    text: str | bytes, form: ListFormat | None = None, **options: object
) -> tuple[list[ListEntry], LeftOut]:
    """What a list holds, and what was left out of it."""
    raw = text.encode() if isinstance(text, str) else text
    left_out = LeftOut()
    found = list(
        read_list(io.BytesIO(raw), name="list", form=form, left_out=left_out, **options)  # type: ignore[arg-type]
    )
    return found, left_out


def write(entries: list[ListEntry], form: ListFormat, **options: object) -> str:
    return "".join(line + "\n" for line in write_list(entries, form=form, **options))  # type: ignore[arg-type]


def bare(entry: ListEntry) -> tuple[object, ...]:
    """An entry without its line number, for comparing."""
    return entry.fingerprint, entry.entry_id, entry.tags, entry.withdrawn
