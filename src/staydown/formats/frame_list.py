"""vPDQ JSON: a video as frames, each with a PDQ hash, a quality and a time.

Two forms are in use. PyPI ``threatexchange`` writes a list of texts ``"hash,quality,seconds"``;
older tools write an object ``{"frame number": {"quality", "hash", "timestamp"}}``. Both are read,
the first is written. A video that comes in this way has no ``windows/1`` on its frames, so it is a
weaker signal than our own: crops and clips inside other pictures are not found. Its entries carry
the tag ``vpdq-import``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from staydown.errors import FingerprintFormatError
from staydown.formats.entries import LeftOut, ListEntry, hex_signal
from staydown.formats.json_rows import id_of, json_values, tags_of
from staydown.formats.lines import Lines
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline

IMPORT_TAG: Final = "vpdq-import"
REMEDY: Final = 'Want a list such as ["<64 hex digits>,100,0.000", ...] for each video.'
_LAST_MS: Final = 2**32 - 1


class Frame(NamedTuple):
    """One frame of a video.

    Attributes:
        time_ms: presentation time, milliseconds from the start.
        quality: 0..100.
        pdq: 32 bytes.
    """

    time_ms: int
    quality: int
    pdq: bytes


def read(lines: Lines, left_out: LeftOut) -> Iterator[ListEntry]:
    """Read videos: one in the whole file, or one a line.

    A line can also be an object with ``vpdq`` beside ``id`` and ``tags``.

    Raises:
        ListFormatError: the line, and what is wrong with it.
    """
    for number, data in json_values(lines, remedy=REMEDY):
        row = data if isinstance(data, dict) and "vpdq" in data else {"vpdq": data}
        try:
            made = fingerprint(row["vpdq"])
        except FingerprintFormatError as error:
            raise lines.fail(f"{error}. {REMEDY}") from None
        if not len(made.timeline or ()):
            left_out.add("videos without frames")
            continue
        tags = dict.fromkeys((*tags_of(lines, row.get("tags")), IMPORT_TAG))
        yield ListEntry(made, entry_id=id_of(lines, row), tags=tuple(tags), line=number)


def write(entry: ListEntry) -> str | None:
    """The frames of the entry's video in the newer form, or None where it is no video.

    The windows stay behind, and so do the id and the tags: the form has no place for them.
    """
    timeline = entry.fingerprint.timeline
    if timeline is None:
        return None
    frames = zip(timeline.times_ms, timeline.qualities, timeline.hashes, strict=True)
    rows = [f"{pdq.tobytes().hex()},{quality},{ms / 1000:.3f}" for ms, quality, pdq in frames]
    return json.dumps(rows)


def fingerprint(data: object) -> Fingerprint:
    """A video's fingerprint from the parsed JSON of either form.

    Frames are put in order of time; frames with one time are spread up to the next.

    Raises:
        FingerprintFormatError: neither form, or a frame that cannot be read.
    """
    if isinstance(data, list):
        frames = [_compact(item) for item in data]
    elif isinstance(data, Mapping):
        frames = [_spelled(item) for item in data.values()]
    else:
        raise FingerprintFormatError("this is no vPDQ hash")
    raw = _timeline(frames).to_bytes()
    return Fingerprint(ContentKind.VIDEO, (Signal.of(SignalType.TIMELINE, raw),))


def _compact(item: object) -> Frame:
    parts = item.split(",") if isinstance(item, str) else []
    if len(parts) != 3:
        raise FingerprintFormatError("a frame is not hash,quality,seconds")
    return _frame(parts[0], parts[1], parts[2])


def _spelled(item: object) -> Frame:
    if not isinstance(item, Mapping) or not {"hash", "quality", "timestamp"} <= item.keys():
        raise FingerprintFormatError("a frame lacks hash, quality or timestamp")
    return _frame(item["hash"], item["quality"], item["timestamp"])


def _frame(pdq: object, quality: object, seconds: object) -> Frame:
    """Check one frame's three values."""
    try:
        time_ms = round(float(str(seconds)) * 1000)
        signal = hex_signal(SignalType.PDQ, str(pdq), int(str(quality)))
    except (ValueError, OverflowError):
        raise FingerprintFormatError("a frame's quality or time is not a number") from None
    if not 0 <= time_ms <= _LAST_MS:
        raise FingerprintFormatError("a frame's time is negative or beyond 49 days")
    return Frame(time_ms, signal.quality or 0, signal.raw)


def _timeline(frames: Iterable[Frame]) -> Timeline:
    kept = sorted(frames, key=lambda frame: frame.time_ms)
    times = np.array(_spread([frame.time_ms for frame in kept]), np.uint32)
    # The form does not tell the length: the last frame is taken to stand as long as the others.
    step = math.ceil(float(times[-1]) / (len(kept) - 1)) if len(kept) > 1 else 0
    return Timeline(
        duration_ms=min(int(times[-1]) + step, _LAST_MS) if kept else 0,
        times_ms=times,
        qualities=np.array([f.quality for f in kept], np.uint8),
        hashes=np.frombuffer(b"".join(f.pdq for f in kept), np.uint8).reshape(-1, 32),
        windows=(),
    )


def _spread(times: list[int]) -> list[int]:
    """Times that rise, from sorted times with repeats, which are spread up to the next time.

    PyPI ``threatexchange`` 1.2 writes times with three significant digits, so that all frames of
    ten seconds have one time after a quarter of an hour.

    Raises:
        FingerprintFormatError: so many frames at the last moment that there is no room.
    """
    starts = [at for at, ms in enumerate(times) if at == 0 or times[at - 1] != ms]
    ends = [*starts[1:], len(times)] if starts else []
    spread: list[int] = []
    room = 0
    for start, end in zip(starts, ends, strict=True):
        count = end - start
        room = times[end] - times[start] if end < len(times) else room
        for number in range(count):
            earliest = spread[-1] + 1 if spread else 0
            spread.append(max(earliest, times[start] + number * room // count))
    if times and spread[-1] > _LAST_MS:
        raise FingerprintFormatError("a video has more frames than milliseconds")
    return spread
