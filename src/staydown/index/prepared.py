"""One entry taken apart into rows, and put together again as the equal fingerprint."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.errors import FingerprintFormatError
from staydown.index.exhaustive import HASH_BYTES, Hashes
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline, Windows
from staydown.types.signals import MAX_QUALITY
from staydown.types.windows import Geometry, Grid

WHOLE = 0x80
"""Mark of rows that belong to the picture as a whole, not to a moment: their time is -1."""

_CODES = {
    SignalType.SHA256: 1,
    SignalType.MD5: 2,
    SignalType.PDQ: 3,
    SignalType.WINDOWS: 4,
    SignalType.TIMELINE: 5,
}
_TYPES = {code: type_ for type_, code in _CODES.items()}
NO_QUALITY = 255
_HEAD = struct.Struct("<BB")
_PART = struct.Struct("<BBB")
_DURATION = struct.Struct("<I")


@dataclass(frozen=True, slots=True, eq=False)
class PictureRows:
    """One picture with windows; ``marks`` is WHOLE for a photo."""

    time_ms: int
    marks: int
    width: int
    height: int
    hashes: Hashes
    geometry: Geometry
    grid: Grid


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An entry as rows.

    Attributes:
        entry_id: UTF-8 of the id.
        recipe: what is not in the other columns: kind, types, qualities, exact hashes, duration.
        meta: JSON of the entry's free notes; empty for none.
        exact: ``exact_key`` of each SHA-256 and MD5.
        times_ms: uint32, shape (n,): time of each pdq row.
        marks: uint8, shape (n,): quality 0..100, with WHOLE set where the time is -1.
        hashes: uint8, shape (n, 32).
        pictures: pictures with windows.
    """

    entry_id: bytes
    recipe: bytes
    meta: bytes
    exact: tuple[bytes, ...]
    times_ms: npt.NDArray[np.uint32]
    marks: npt.NDArray[np.uint8]
    hashes: Hashes
    pictures: tuple[PictureRows, ...]


def prepare(entry_id: bytes, fingerprint: Fingerprint, meta: bytes = b"") -> Prepared:
    """Take a fingerprint apart.

    Raises:
        FingerprintFormatError: a signal of it cannot be parsed.
    """
    recipe = [_HEAD.pack(fingerprint.kind is ContentKind.VIDEO, len(fingerprint.signals))]
    exact = []
    times = [np.empty(0, np.uint32)]
    marks = [np.empty(0, np.uint8)]
    hashes = [np.empty((0, HASH_BYTES), np.uint8)]
    pictures: list[PictureRows] = []
    # Whole-picture rows stand first, whatever the order of the signals.
    for s in sorted(fingerprint.signals, key=lambda s: s.type is SignalType.TIMELINE):
        match s.type:
            case SignalType.SHA256 | SignalType.MD5:
                exact.append(exact_key(s.type, s.raw))
            case SignalType.PDQ:
                times.append(np.zeros(1, np.uint32))
                # One that comes without a quality, as in plain lists, is trusted.
                quality = MAX_QUALITY if s.quality is None else s.quality
                marks.append(np.array([WHOLE | quality], np.uint8))
                hashes.append(np.frombuffer(s.raw, np.uint8)[None])
            case SignalType.WINDOWS:
                pictures.append(_rows_of(0, WHOLE, Windows.from_bytes(s.raw)))
            case SignalType.TIMELINE:
                line = Timeline.from_bytes(s.raw)
                if len(line) and int(line.qualities.max()) > MAX_QUALITY:
                    raise FingerprintFormatError("timeline/1 has a quality above 100")
                times.append(line.times_ms)
                marks.append(line.qualities)
                hashes.append(line.hashes)
                pictures += [_rows_of(int(line.times_ms[f]), 0, w) for f, w in line.windows]
    recipe += [_part(s) for s in fingerprint.signals]
    return Prepared(
        entry_id,
        b"".join(recipe),
        meta,
        tuple(exact),
        np.concatenate(times),
        np.concatenate(marks),
        np.concatenate(hashes),
        tuple(pictures),
    )


def _rows_of(time_ms: int, marks: int, w: Windows) -> PictureRows:
    return PictureRows(time_ms, marks, w.width, w.height, w.hashes, w.geometry, w.grid)


def _part(signal: Signal) -> bytes:
    match signal.type:
        case SignalType.PDQ | SignalType.WINDOWS:
            inline = b""
        case SignalType.TIMELINE:
            inline = _DURATION.pack(Timeline.from_bytes(signal.raw).duration_ms)
        case SignalType.SHA256 | SignalType.MD5:
            inline = signal.raw
    quality = NO_QUALITY if signal.quality is None else signal.quality
    return _PART.pack(_CODES[signal.type], quality, len(inline)) + inline


def pdq_recipe(quality: int | None) -> bytes:
    """The recipe of a photo with a ``pdq`` alone."""
    return _HEAD.pack(0, 1) + _PART.pack(3, NO_QUALITY if quality is None else quality, 0)


def exact_key(type_: SignalType, raw: bytes) -> bytes:
    """What an entry is looked up by: a SHA-256 or MD5, and which of them it is last."""
    return raw + bytes([_CODES[type_]])


def exact_keys(recipe: bytes) -> list[bytes]:
    """``exact_key`` of each SHA-256 and MD5 in a recipe."""
    exact = (SignalType.SHA256, SignalType.MD5)
    return [exact_key(type_, inline) for type_, _, inline in _parts(recipe) if type_ in exact]


def duration_of(recipe: bytes) -> int:
    """The length in ms that a recipe gives for a video; 0 where it has no timeline."""
    lengths = (
        _DURATION.unpack(inline)[0]
        for type_, _, inline in _parts(recipe)
        if type_ is SignalType.TIMELINE
    )
    return int(next(lengths, 0))


def _parts(recipe: bytes) -> list[tuple[SignalType, int | None, bytes]]:
    _, count = _HEAD.unpack_from(recipe)
    at, parts = _HEAD.size, []
    for _ in range(count):
        code, quality, size = _PART.unpack_from(recipe, at)
        at += _PART.size
        inline = recipe[at : at + size]
        at += size
        parts.append((_TYPES[code], None if quality == NO_QUALITY else quality, inline))
    return parts


def rebuild(entry: Prepared) -> Fingerprint:
    """Put the fingerprint together again, equal to the one that was taken apart.

    Raises:
        ValueError, KeyError, IndexError, struct.error, FingerprintFormatError: the rows do not fit.
    """
    video, _ = _HEAD.unpack_from(entry.recipe)
    signals = []
    for type_, quality, inline in _parts(entry.recipe):
        match type_:
            case SignalType.SHA256 | SignalType.MD5:
                raw = inline
            case SignalType.PDQ:
                raw = entry.hashes[0].tobytes()
            case SignalType.WINDOWS:
                raw = _windows(entry.pictures[0]).to_bytes()
            case SignalType.TIMELINE:
                raw = _timeline(entry, *_DURATION.unpack(inline)).to_bytes()
        signals.append(Signal.of(type_, raw, quality))
    return Fingerprint(ContentKind.VIDEO if video else ContentKind.PHOTO, tuple(signals))


def _windows(p: PictureRows) -> Windows:
    return Windows(p.width, p.height, p.hashes, p.geometry, p.grid)


def _timeline(entry: Prepared, duration_ms: int) -> Timeline:
    rows = np.flatnonzero((entry.marks & WHOLE) == 0)
    times = entry.times_ms[rows]
    windows = tuple(
        (int(np.searchsorted(times, p.time_ms)), _windows(p))
        for p in entry.pictures
        if not p.marks & WHOLE
    )
    return Timeline(duration_ms, times, entry.marks[rows], entry.hashes[rows], windows)
