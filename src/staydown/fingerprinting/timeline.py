"""``timeline/1``: frames go in, one by one; a video as timed hashes comes out (ADR-0013)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.fingerprinting.pdq import PDQ_BYTES, pdq
from staydown.fingerprinting.wasm import FullSize, Pixels
from staydown.fingerprinting.windows import windows
from staydown.types import Timeline, Windows

MOVED_BITS = 14
"""A frame whose pdq differs by fewer bits from the last one kept tells nothing new."""

SCENE_BITS = 80
"""From this many bits a frame belongs to another scene than the last one with windows."""

STILL_MS = 1000
"""While nothing moves, one frame a second is kept, so that stretches keep their length."""

WINDOWS_QUALITY = 10
"""Frames below this pdq quality are blank: their windows would be noise."""

LEAST_POINTS = 8
"""A frame with fewer points is not worth its place."""

FRAME_POINTS = 64
"""Points of a frame with windows; less than half of a photo's. Source: ADR-0013."""

BYTES_A_SECOND, LEAST_BYTES = 2000, 5500
"""What a timeline may weigh, and what even the shortest clip may."""

_STILL_WINDOWS_FACTOR = 5
_FRAME_BYTES, _WINDOWS_BYTES, _POINT_BYTES = 37, 272, 36


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRules:
    """How densely a timeline is kept.

    Attributes:
        windows_step_ms: time between frames with windows while the picture moves.
        scene_gap_ms: the same where the scene changes.
        points: most points of a frame with windows.
    """

    windows_step_ms: int = 2000
    scene_gap_ms: int = 1000
    points: int = FRAME_POINTS


class TimelineBuilder:
    """Takes the frames of a video in order of time and keeps those that tell something.

    Args:
        rules: how densely to keep.
        pdq_of, windows_of: the kernel's functions; tests pass their own.
    """

    def __init__(
        self,
        rules: TimelineRules | None = None,
        *,
        pdq_of: Callable[..., tuple[bytes, int]] = pdq,
        windows_of: Callable[..., Windows] = windows,
    ) -> None:
        self._rules = rules or TimelineRules()
        self._pdq_of, self._windows_of = pdq_of, windows_of
        self._times: list[int] = []
        self._hashes: list[bytes] = []
        self._qualities: list[int] = []
        self._windows: list[tuple[int, Windows]] = []
        self._last_windows_ms = 0
        self._last_windows_hash = b""
        self._size_bytes = 0

    def add(self, time_ms: int, pixels: Pixels, *, full: FullSize | None = None) -> bool:
        """Take a frame; True where it is kept.

        Args:
            time_ms: presentation time from the start, later than the frame before.
            pixels: as for ``pdq``.
            full: as for ``pdq``.

        Raises:
            InputError: pixels of another dtype or shape.
        """
        hash_bytes, quality = self._pdq_of(pixels, full=full)
        if self._times and not self._tells_something(time_ms, hash_bytes, quality):
            return False
        self._times.append(time_ms)
        self._hashes.append(hash_bytes)
        self._qualities.append(quality)
        self._size_bytes += _FRAME_BYTES
        if quality >= WINDOWS_QUALITY and self._wants_windows(time_ms, hash_bytes):
            self._add_windows(time_ms, pixels)
        return True

    def finish(self, duration_ms: int) -> Timeline:
        """The timeline of the frames taken so far.

        Args:
            duration_ms: length of the video; raised to the last frame's time where it is less.
        """
        last_ms = self._times[-1] if self._times else 0
        return Timeline(
            max(duration_ms, last_ms),
            np.array(self._times, np.uint32),
            np.array(self._qualities, np.uint8),
            as_rows(self._hashes),
            tuple(self._windows),
        )

    def _tells_something(self, time_ms: int, hash_bytes: bytes, quality: int) -> bool:
        if time_ms - self._times[-1] >= STILL_MS:
            return True
        if max(quality, self._qualities[-1]) < WINDOWS_QUALITY:
            return False
        return bits_between(hash_bytes, self._hashes[-1]) >= MOVED_BITS

    def _wants_windows(self, time_ms: int, hash_bytes: bytes) -> bool:
        """At the start of a scene, then at the rules' step; seldom while nothing moves."""
        size_bytes = self._size_bytes + _WINDOWS_BYTES + _POINT_BYTES * self._rules.points
        if size_bytes > max(LEAST_BYTES, BYTES_A_SECOND * time_ms // 1000):
            return False
        if not self._windows:
            return True
        waited_ms = time_ms - self._last_windows_ms
        step_ms = self._rules.windows_step_ms
        moved = bits_between(hash_bytes, self._last_windows_hash)
        if moved >= SCENE_BITS and waited_ms >= self._rules.scene_gap_ms:
            return True
        return waited_ms >= step_ms * (1 if moved >= MOVED_BITS else _STILL_WINDOWS_FACTOR)

    def _add_windows(self, time_ms: int, pixels: Pixels) -> None:
        found = self._windows_of(pixels, max_points=self._rules.points)
        if len(found) < LEAST_POINTS:
            return
        self._windows.append((len(self._times) - 1, found))
        self._last_windows_ms, self._last_windows_hash = time_ms, self._hashes[-1]
        self._size_bytes += _WINDOWS_BYTES + _POINT_BYTES * len(found)


def bits_between(a: bytes, b: bytes) -> int:
    """Hamming distance of two hashes of one length, in bits."""
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


def as_rows(hashes: list[bytes]) -> npt.NDArray[np.uint8]:
    """Hashes as uint8, shape (n, 32)."""
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, PDQ_BYTES)
