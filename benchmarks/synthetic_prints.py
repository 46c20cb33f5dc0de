"""Complete photo fingerprints with the statistics of real pictures, as many as wanted.

What is kept of real pictures (the pool, a folder of freely licensed photos):

- hashes: a synthetic window is the sign of a blend of the projected descriptors of two real
  windows, ``a * first + sqrt(1 - a * a) * second`` with a between 0.98 and 1. A blend stays in
  the space of real descriptors, so its bits keep their correlations, and many windows of many
  pictures lie near the same real one, which is what confuses a matcher.
- repeats: in every fourth picture a fifth of the windows are copies of others with a few bits
  flipped (a fence, a facade, a pattern); one window in fifty comes from a common stock of two
  hundred, as lettering and buttons do.
- geometry: the layout of a real picture, mirrored or not, moved by a few pixels, scales and angles
  kept.
- map and pdq: the map blends two real ones; the pdq is a real one with a sixth of its bits flipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from staydown import Fingerprint, Signal, SignalType
from staydown.fingerprinting.wasm import WANT_PDQ, WANT_WINDOWS, kernel
from staydown.types import ContentKind, Windows

POINTS = 160
_LEAST_BLEND, _MOST_BLEND = 0.98, 1.0
_REPEATING, _REPEATED = 0.25, 0.2
_COMMON_SHARE, _COMMON_STOCK = 0.02, 200
_SIDE = 512


@dataclass(frozen=True)
class Pool:
    """What is kept of the real pictures.

    Attributes:
        projected: int8, shape (n, 256): projected descriptors of all windows, scaled.
        windows: the pictures' windows.
        pdqs: uint8, shape (pictures, 32).
    """

    projected: npt.NDArray[np.int8]
    windows: list[Windows]
    pdqs: npt.NDArray[np.uint8]


def projection(source: Path) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Rows and offsets of the window projection, read from the kernel's source."""
    text = source.read_text()
    body, offsets = text.split("projection_offsets")
    rows = [
        [int(v) for v in line.strip().strip("{},;").split(",")]
        for line in body.splitlines()
        if line.strip().startswith("{") and line.count(",") > 100
    ]
    numbers = offsets.split("{", 1)[1].split("}", 1)[0]
    return np.array(rows, np.float32), np.array([int(v) for v in numbers.split(",") if v.strip()])


def _luma(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("L")
    picture.thumbnail((_SIDE * 2, _SIDE * 2))
    return np.ascontiguousarray(picture)


def mirrored_bins(bins: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Descriptors of the mirrored windows: rows of cells reversed, directions negated."""
    cells = bins.reshape(-1, 4, 4, 8)[:, ::-1]
    return np.roll(cells[..., ::-1], 1, axis=-1).reshape(bins.shape)


def pool_of(folder: Path, source: Path, *, most: int) -> Pool:
    """Fingerprint up to ``most`` pictures of a folder, keeping the projected descriptors."""
    weights, offsets = projection(source)
    rows, windows, pdqs = [], [], []
    for path in sorted(folder.glob("*.jpg"))[:most]:
        found = kernel().run(_luma(path), WANT_PDQ | WANT_WINDOWS, {"max_points": POINTS})
        if len(found.points) < POINTS // 2:
            continue
        bins = found.bins.astype(np.float32)
        both = np.stack(
            [bins @ weights.T + offsets, mirrored_bins(bins) @ weights.T + offsets], axis=-1
        ).reshape(len(bins), 256)
        check = np.unpackbits(found.points["bits"], axis=1)
        if (np.mean((both > 0) == check)) < 0.99:
            both = np.where(check.astype(bool), np.abs(both), -np.abs(both))
        rows.append(both)
        windows.append(
            Windows(
                found.width,
                found.height,
                found.points["bits"].copy(),
                found.points["geometry"].copy(),
                found.grid.copy(),
            )
        )
        pdqs.append(np.frombuffer(found.pdq, np.uint8))
    projected = np.concatenate(rows)
    scale = 40.0 / projected.std(axis=0, keepdims=True)
    return Pool(np.clip(projected * scale, -127, 127).astype(np.int8), windows, np.stack(pdqs))


@numba.njit(cache=True)
def _blend(
    projected: np.ndarray, first: np.ndarray, second: np.ndarray, share: np.ndarray, out: np.ndarray
) -> None:
    for k in range(len(first)):
        a = share[k]
        b = np.sqrt(np.float32(1.0) - a * a)
        one, two = projected[first[k]], projected[second[k]]
        for byte in range(32):
            value = 0
            for bit in range(8):
                at = 8 * byte + bit
                value = (value << 1) | (a * one[at] + b * two[at] > 0)
            out[k, byte] = value


def _hashes(pool: Pool, rng: np.random.Generator, common: np.ndarray, count: int) -> np.ndarray:
    """Hashes of ``count`` pictures: uint8, shape (count, POINTS, 32)."""
    n = count * POINTS
    first = rng.integers(0, len(pool.projected), n, dtype=np.int64)
    second = rng.integers(0, len(pool.projected), n, dtype=np.int64)
    share = rng.uniform(_LEAST_BLEND, _MOST_BLEND, n).astype(np.float32)
    out = np.empty((n, 32), np.uint8)
    _blend(pool.projected, first, second, share, out)
    shared = np.flatnonzero(rng.random(n) < _COMMON_SHARE)
    out[shared] = common[rng.integers(0, len(common), len(shared))]
    hashes = out.reshape(count, POINTS, 32)
    for k in np.flatnonzero(rng.random(count) < _REPEATING):
        copies = rng.integers(0, POINTS, int(POINTS * _REPEATED))
        flips = np.packbits(rng.random((len(copies), 256)) < 0.04, axis=1)
        hashes[k, copies] = hashes[k, rng.integers(0, POINTS)] ^ flips
    return hashes


def _geometry(windows: Windows, rng: np.random.Generator) -> np.ndarray:
    """The layout of a real picture, moved and perhaps mirrored; POINTS words."""
    words = windows.geometry[rng.integers(0, len(windows), POINTS)].astype(np.int64)
    x = np.clip((words & 0x3FF) + rng.integers(-8, 9, POINTS), 0, 1023)
    y = np.clip((words >> 10 & 0x3FF) + rng.integers(-8, 9, POINTS), 0, 1023)
    angle = words >> 25
    if rng.random() < 0.5:
        x, angle = 1023 - x, (64 - angle) % 128
    return (x | y << 10 | (words & (0x1F << 20)) | angle << 25).astype(np.uint32)


def _grid(pool: Pool, rng: np.random.Generator) -> np.ndarray:
    one, two = (pool.windows[int(k)].grid for k in rng.integers(0, len(pool.windows), 2))
    share = rng.uniform(0.5, 0.9)
    luma = np.rint(share * (one >> 3) + (1 - share) * np.roll(two >> 3, rng.integers(16), axis=1))
    return luma.astype(np.uint8) << 3 | (one & 7)


def synthetic(pool: Pool, count: int, *, seed: int, chunk: int = 2000) -> Iterator[Fingerprint]:
    """``count`` complete photo fingerprints. The same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    picked = rng.integers(0, len(pool.projected), _COMMON_STOCK)
    common = np.packbits(pool.projected[picked] > 0, axis=1)
    for start in range(0, count, chunk):
        size = min(chunk, count - start)
        hashes = _hashes(pool, rng, common, size)
        for k in range(size):
            base = pool.windows[int(rng.integers(0, len(pool.windows)))]
            windows = Windows(
                base.width, base.height, hashes[k], _geometry(base, rng), _grid(pool, rng)
            )
            noise = np.packbits(rng.random(256) < 1 / 6)
            pdq = pool.pdqs[int(rng.integers(0, len(pool.pdqs)))] ^ noise
            yield Fingerprint(
                ContentKind.PHOTO,
                (
                    Signal.of(SignalType.SHA256, rng.bytes(32)),
                    Signal.of(SignalType.PDQ, pdq.tobytes(), 100),
                    Signal.of(SignalType.WINDOWS, windows.to_bytes()),
                ),
            )
