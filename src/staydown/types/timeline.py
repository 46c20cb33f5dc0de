"""``timeline/1``: a video as timed frames, with ``windows/1`` on selected frames."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.errors import FingerprintFormatError
from staydown.types.signals import PDQ_BYTES
from staydown.types.windows import Windows

_HEADER = struct.Struct("<BBHIII")
_LAYOUT = 1
_FRAME = np.dtype([("time_ms", "<u4"), ("quality", "u1"), ("pdq", "u1", (PDQ_BYTES,))])
_WINDOW_HEAD = struct.Struct("<II")


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The ``timeline/1`` signal of one video.

    Attributes:
        duration_ms: length of the video in milliseconds.
        times_ms: uint32, shape (n,), rising: presentation time of each frame from the start.
        qualities: uint8, shape (n,), PDQ quality of each frame, 0..100.
        hashes: uint8, shape (n, 32), PDQ of each frame.
        windows: pairs (frame number, its Windows), frame numbers rising.
    """

    duration_ms: int
    times_ms: npt.NDArray[np.uint32]
    qualities: npt.NDArray[np.uint8]
    hashes: npt.NDArray[np.uint8]
    windows: tuple[tuple[int, Windows], ...]

    def __post_init__(self) -> None:
        n = len(self.times_ms)
        if self.qualities.shape != (n,) or self.hashes.shape != (n, PDQ_BYTES):
            raise FingerprintFormatError("timeline/1 has columns of different lengths")
        if n and np.any(np.diff(self.times_ms.astype(np.int64)) <= 0):
            raise FingerprintFormatError("timeline/1 has frame times that do not rise")
        frames = [frame for frame, _ in self.windows]
        if frames != sorted(set(frames)) or any(not 0 <= f < n for f in frames):
            raise FingerprintFormatError("timeline/1 has windows of frames it does not hold")

    def __len__(self) -> int:
        return len(self.times_ms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Canonical form: header, frame rows of 37 bytes, then each window with its length."""
        rows = np.zeros(len(self), _FRAME)
        rows["time_ms"], rows["quality"], rows["pdq"] = self.times_ms, self.qualities, self.hashes
        parts = [
            _HEADER.pack(_LAYOUT, 0, 0, self.duration_ms, len(self), len(self.windows)),
            rows.tobytes(),
        ]
        for frame, windows in self.windows:
            raw = windows.to_bytes()
            parts += [_WINDOW_HEAD.pack(frame, len(raw)), raw]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, raw: bytes | memoryview) -> Timeline:
        """Read the canonical form.

        Raises:
            FingerprintFormatError: another layout, or lengths that do not fit.
        """
        raw = memoryview(raw)
        if len(raw) < _HEADER.size:
            raise FingerprintFormatError("timeline/1 is shorter than its header")
        layout, flags, zero, duration_ms, n, n_windows = _HEADER.unpack_from(raw)
        at = _HEADER.size + n * _FRAME.itemsize
        if layout != _LAYOUT or flags or zero or len(raw) < at + n_windows * _WINDOW_HEAD.size:
            raise FingerprintFormatError("timeline/1 has a header that does not fit its bytes")
        rows = np.frombuffer(raw[_HEADER.size : at], _FRAME)
        windows = []
        for _ in range(n_windows):
            if len(raw) < at + _WINDOW_HEAD.size:
                raise FingerprintFormatError("timeline/1 ends inside a window")
            frame, size = _WINDOW_HEAD.unpack_from(raw, at)
            at += _WINDOW_HEAD.size
            windows.append((frame, Windows.from_bytes(raw[at : at + size])))
            at += size
        if at != len(raw):
            raise FingerprintFormatError("timeline/1 has bytes after its end")
        return cls(
            duration_ms,
            rows["time_ms"].astype(np.uint32),
            rows["quality"].copy(),
            rows["pdq"].copy(),
            tuple(windows),
        )
