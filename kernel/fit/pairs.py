"""True pairs of descriptors: points of a picture and the same points of edited copies of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageFilter

from staydown.fingerprinting.wasm import WANT_WINDOWS, Outcome, kernel

LONGER_SIDE = 1024
LEAST_SIDE = 100
NEAR_SIGMAS, NEAR_OCTAVES, NEAR_TURN = 0.8, 0.4, 0.35
Bins = npt.NDArray[np.int16]
Map = npt.NDArray[np.float64]


def open_small(path: Path) -> Image.Image:
    """A picture as RGB, its longer side at most 1024."""
    picture = Image.open(path)
    picture.draft("RGB", (LONGER_SIDE, LONGER_SIDE))
    picture = picture.convert("RGB")
    picture.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    return picture


def copies(picture: Image.Image, rng: np.random.Generator) -> Iterator[tuple[Image.Image, Map]]:
    """Edited copies, each with the 3 x 3 map from the picture's pixels to its own."""
    w, h = picture.size
    same = np.eye(3)
    yield _jpeg(picture, 30), same
    small = picture.resize((w // 3, h // 3), Image.Resampling.LANCZOS)
    yield _jpeg(small, 70), np.diag([w // 3 / w, h // 3 / h, 1.0])
    x, y = w // 5, h // 5
    yield _jpeg(picture.crop((x, y, w - x, h - y)), 75), _shift(-x, -y)
    board = Image.new("RGB", (2 * w, 2 * h), (90, 120, 60))
    board.paste(picture, (w // 3, h // 2))
    half = board.resize((w, h), Image.Resampling.LANCZOS)
    yield _jpeg(half, 75), np.diag([0.5, 0.5, 1.0]) @ _shift(w // 3, h // 2)
    turn = np.deg2rad(rng.uniform(-12, 12))
    c, s = np.cos(turn), np.sin(turn)
    spin = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    yield _warp(picture, _shift(w / 2, h / 2) @ spin @ _shift(-w / 2, -h / 2), (w, h))
    blur = ImageFilter.GaussianBlur(max(w, h) / 384 * 1.2)
    yield _jpeg(picture.filter(blur), 75), same
    harsh = ImageEnhance.Contrast(picture).enhance(1.5)
    yield _jpeg(ImageEnhance.Brightness(harsh).enhance(1.25), 60), same
    slant = np.array([[1, 0.06, 0], [-0.04, 1.1, 0], [0, 0, 1.0]])
    yield _warp(picture, slant, (w, int(1.1 * h)))


def pairs_of(
    picture: Image.Image, points: int, rng: np.random.Generator
) -> tuple[Bins, Bins, Bins]:
    """Bins of all points, and the two sides of the pairs found in all copies; shapes (n, 128)."""
    first = _points(picture, points)
    left, right = [first.bins[:0]], [first.bins[:0]]
    for copy, mapping in copies(picture, rng):
        second = _points(copy, points)
        i, j = _matched(first, picture.size, second, copy.size, mapping)
        left.append(first.bins[i])
        right.append(second.bins[j])
    return first.bins, np.concatenate(left), np.concatenate(right)


def _points(picture: Image.Image, points: int) -> Outcome:
    return kernel().run(np.array(picture), WANT_WINDOWS, {"max_points": points})


def _places(found: Outcome, size: tuple[int, int]) -> npt.NDArray[Any]:
    """Homogeneous positions of points in the pixels of their picture, shape (3, n)."""
    x = (found.points["x"] + 0.5) * size[0] / max(found.width, 1)
    y = (found.points["y"] + 0.5) * size[1] / max(found.height, 1)
    return np.stack([x, y, np.ones_like(x)]).astype(np.float64)


def _matched(
    a: Outcome, a_size: tuple[int, int], b: Outcome, b_size: tuple[int, int], mapping: Map
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows of a and b whose place, size and turn agree under the map."""
    none = np.zeros(0, np.intp)
    if not len(a.points) or not len(b.points):
        return none, none
    there, here = mapping @ _places(a, a_size), _places(b, b_size)
    zoom = np.sqrt(abs(np.linalg.det(mapping[:2, :2])))
    turn = np.arctan2(mapping[1, 0], mapping[0, 0])
    sigma = (a.points["sigma"] * (a_size[0] / a.width * zoom))[:, None]
    other = b.points["sigma"] * (b_size[0] / b.width)
    far = np.hypot(there[0][:, None] - here[0], there[1][:, None] - here[1]) / sigma
    octaves = np.abs(np.log2(sigma / other))
    turns = a.points["angle"][:, None] + turn - b.points["angle"]
    turns = np.abs((turns + np.pi) % (2 * np.pi) - np.pi)
    fits = (far < NEAR_SIGMAS) & (octaves < NEAR_OCTAVES) & (turns < NEAR_TURN)
    cost = np.where(fits, far + octaves + turns, np.inf)
    rows = np.flatnonzero(np.isfinite(cost.min(axis=1)))
    return rows, cost.argmin(axis=1)[rows]


def _jpeg(picture: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    stream.seek(0)
    return Image.open(stream).convert("RGB")


def _shift(x: float, y: float) -> Map:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def _warp(picture: Image.Image, mapping: Map, size: tuple[int, int]) -> tuple[Image.Image, Map]:
    back = np.linalg.inv(mapping)[:2].ravel().tolist()
    how = Image.Resampling.BICUBIC
    return _jpeg(picture.transform(size, Image.Transform.AFFINE, back, how), 75), mapping
