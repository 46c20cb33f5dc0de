"""``windows/1``: keypoint hashes of a picture with their geometry, and a coarse map of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.errors import FingerprintFormatError

WINDOW_HASH_BYTES = 32
GRID_SIDE = 16
DRAWN_TEXTURE = 7
"""Texture code of a cell that looks drawn: mostly flat, yet with sharp edges."""
X_BITS, Y_BITS, SCALE_BITS, ANGLE_BITS = 10, 10, 5, 7
SCALE_STEPS_PER_OCTAVE = 4
BASE_SIGMA = 1.6
_HEADER = struct.Struct("<BBHHH")
_LAYOUT = 1

Hashes = npt.NDArray[np.uint8]
Geometry = npt.NDArray[np.uint32]
Grid = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The ``windows/1`` signal of one picture.

    Attributes:
        width, height: size of the working copy in pixels after orientation; its aspect ratio is
            the picture's. The longer side is 384.
        hashes: uint8, shape (n, 32), most significant bit first; strongest point first.
        geometry: uint32, shape (n,). From the lowest bit: 10 bits x (fraction of the width, cell
            centres at (x + .5) / 1024), 10 bits y (fraction of the height), 5 bits scale (sigma
            in working pixels is 1.6 * 2 ** (scale / 4)), 7 bits angle (turns of 1 / 128,
            clockwise on screen).
        grid: uint8, shape (16, 16), row by row: the high 5 bits are mean brightness of the cell,
            the low 3 bits its texture, 0..6, or 7 where the cell looks drawn (a sticker, a text
            plate): more than half of it flat, yet with sharp edges.
    """

    width: int
    height: int
    hashes: Hashes
    geometry: Geometry
    grid: Grid

    def __post_init__(self) -> None:
        n = len(self.hashes)
        if self.hashes.shape != (n, WINDOW_HASH_BYTES) or self.geometry.shape != (n,):
            raise FingerprintFormatError("windows/1 has hashes and geometry of different lengths")
        if self.grid.shape != (GRID_SIDE, GRID_SIDE):
            raise FingerprintFormatError("windows/1 has a grid of another size than 16 x 16")

    def __len__(self) -> int:
        return len(self.hashes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Windows) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def points(self) -> npt.NDArray[np.float32]:
        """The points: x and y as fractions 0..1, sigma in pixels, angle in radians.

        Returns:
            float32, shape (n, 4).
        """
        g = self.geometry
        out = np.empty((len(g), 4), np.float32)
        out[:, 0] = ((g & 0x3FF) + 0.5) / 1024
        out[:, 1] = ((g >> 10 & 0x3FF) + 0.5) / 1024
        out[:, 2] = BASE_SIGMA * 2.0 ** ((g >> 20 & 0x1F) / SCALE_STEPS_PER_OCTAVE)
        out[:, 3] = (g >> 25) * (2 * np.pi / 128)
        return out

    def to_bytes(self) -> bytes:
        """Canonical form: 8 bytes of header, 256 of grid, then all hashes, then all geometry."""
        head = _HEADER.pack(_LAYOUT, 0, self.width, self.height, len(self))
        return b"".join(
            (
                head,
                self.grid.tobytes(),
                np.ascontiguousarray(self.hashes).tobytes(),
                np.ascontiguousarray(self.geometry, dtype="<u4").tobytes(),
            )
        )

    @classmethod
    def from_bytes(cls, raw: bytes | memoryview) -> Windows:
        """Read the canonical form.

        Raises:
            FingerprintFormatError: another layout, or a length that the header does not imply.
        """
        if len(raw) < _HEADER.size + GRID_SIDE**2:
            raise FingerprintFormatError("windows/1 is shorter than its header")
        layout, flags, width, height, n = _HEADER.unpack_from(raw)
        want = _HEADER.size + GRID_SIDE**2 + n * (WINDOW_HASH_BYTES + 4)
        if layout != _LAYOUT or flags or not width or not height or len(raw) != want:
            raise FingerprintFormatError("windows/1 has a header that does not fit its bytes")
        a: npt.NDArray[Any] = np.frombuffer(raw, np.uint8)
        grid_end = _HEADER.size + GRID_SIDE**2
        hash_end = grid_end + n * WINDOW_HASH_BYTES
        return cls(
            width,
            height,
            a[grid_end:hash_end].reshape(n, WINDOW_HASH_BYTES),
            a[hash_end:].view("<u4").astype(np.uint32),
            a[_HEADER.size : grid_end].reshape(GRID_SIDE, GRID_SIDE),
        )


def pack_geometry(
    x: npt.NDArray[Any], y: npt.NDArray[Any], sigma: npt.NDArray[Any], angle: npt.NDArray[Any]
) -> Geometry:
    """Pack points into geometry words; x, y are fractions, sigma in pixels, angle in radians."""
    qx = np.clip(np.floor(x * 1024), 0, 1023).astype(np.uint32)
    qy = np.clip(np.floor(y * 1024), 0, 1023).astype(np.uint32)
    steps = np.log2(np.maximum(sigma, BASE_SIGMA) / BASE_SIGMA) * SCALE_STEPS_PER_OCTAVE
    qs = np.clip(np.rint(steps), 0, 31).astype(np.uint32)
    qa = np.rint(angle * (128 / (2 * np.pi))).astype(np.int64) % 128
    words: Geometry = qx | qy << 10 | qs << 20 | qa.astype(np.uint32) << 25
    return words
