"""A picture's windows, unpacked for comparing: points in pixels, hashes in machine words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.types.candidates import Picture
from staydown.types.windows import BASE_SIGMA, Windows

Points = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture, ready to be compared.

    Attributes:
        width, height: size of the working copy in pixels.
        points: float64, shape (n, 4): x and y in pixels, log2 of the scale above the smallest
            one, angle in radians.
        words: uint64, shape (n, 4): the hashes.
        grid: uint8, shape (16, 16), as in ``Windows.grid``.
    """

    width: int
    height: int
    points: Points
    words: Words
    grid: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)


def as_words(hashes: npt.NDArray[np.uint8]) -> Words:
    """Hashes, uint8 of shape (n, 32), as uint64 of shape (n, 4)."""
    return np.ascontiguousarray(hashes).view(np.uint64)


def view_of(picture: Windows | Picture) -> View:
    """Unpack the windows of a query or of a stored picture."""
    windows = Windows(picture.width, picture.height, picture.hashes, picture.geometry, picture.grid)
    points = windows.points().astype(np.float64)
    points[:, 0] *= windows.width
    points[:, 1] *= windows.height
    points[:, 2] = np.log2(points[:, 2] / BASE_SIGMA)
    return View(windows.width, windows.height, points, as_words(windows.hashes), windows.grid)


def mirror_hashes(hashes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The window hashes of the mirrored picture: each adjacent pair of bits swapped."""
    return (((hashes & 0xAA) >> 1) | ((hashes & 0x55) << 1)).astype(np.uint8, copy=False)


def mirrored(view: View) -> View:
    """The same picture seen in a mirror (left and right swapped)."""
    points = view.points.copy()
    points[:, 0] = view.width - points[:, 0]
    points[:, 3] = (np.pi - points[:, 3]) % (2 * np.pi)
    words = as_words(mirror_hashes(view.words.view(np.uint8)))
    grid = np.ascontiguousarray(view.grid[:, ::-1])
    return View(view.width, view.height, points, words, grid)
