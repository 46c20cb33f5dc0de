"""Fit the projection of ``windows/1`` on pictures and write kernel/src/projection.c.

    python kernel/fit/fit.py DIRECTORY... [--points 400] [--per-side 32] [--seed 20]

Reads every picture below the directories, takes many points of each, and fits mean and covariance of
their 128 bins. Both are made symmetric under the mirror's permutation of bins, so that the principal
components are symmetric or antisymmetric; the strongest of each sort are whitened and spread over 128
pairs of projections by a tight frame. Sign bits do not change when a row is scaled, so each row is
scaled to fit 8-bit integers. The rule for media is in ADR-0004: never the development set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from staydown.fingerprinting.wasm import BINS, WANT_WINDOWS, kernel

PAIRS = 128
HERE = Path(__file__).parent
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}
Array = npt.NDArray[np.float64]


def pictures(folders: list[Path]) -> Iterator[Path]:
    """All pictures below the folders, in a stable order."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def bins_of(path: Path, points: int) -> npt.NDArray[np.int16]:
    """Descriptors of a picture's strongest points, shape (n, 128)."""
    with Image.open(path) as picture:
        picture.draft("L", (800, 800))
        luma = np.array(picture.convert("L"))
    return kernel().run(luma, WANT_WINDOWS, {"max_points": points}).bins


def mirror_permutation() -> npt.NDArray[np.intp]:
    """Where each bin of the mirrored patch comes from."""
    bins = np.arange(BINS).reshape(4, 4, 8)
    return bins[::-1][:, :, (-np.arange(8)) % 8].reshape(BINS)


def split_components(covariance: Array, per_side: int) -> tuple[Array, Array]:
    """Whitened components, shape (2 * per_side, 128): symmetric ones first; and their variances."""
    swap = np.eye(BINS)[mirror_permutation()]
    rows, variances = [], []
    for sign in (1.0, -1.0):
        half = (np.eye(BINS) + sign * swap) / 2
        values, vectors = np.linalg.eigh(half @ covariance @ half)
        best = np.argsort(values)[::-1][:per_side]
        rows.append((vectors[:, best] / np.sqrt(values[best])).T)
        variances.append(values[best])
    return np.concatenate(rows), np.concatenate(variances)


def tight_frame(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Unit rows whose columns are orthogonal and equally long."""
    frame = rng.standard_normal((rows, columns))
    for _ in range(200):
        frame /= np.linalg.norm(frame, axis=1, keepdims=True)
        u, _, v = np.linalg.svd(frame, full_matrices=False)
        frame = u @ v * np.sqrt(rows / columns)
    return frame


def projection(bins: Array, per_side: int, seed: int) -> tuple[Array, Array]:
    """Rows (128, 128) and their offsets; the second of each pair is the first, permuted."""
    order = mirror_permutation()
    mean = bins.mean(axis=0)
    mean = (mean + mean[order]) / 2
    both = np.concatenate([bins - mean, (bins - mean)[:, order]])
    components, _ = split_components(both.T @ both / len(both), per_side)
    rng = np.random.default_rng(seed)
    frame = np.concatenate(
        [tight_frame(rng, PAIRS, per_side), tight_frame(rng, PAIRS, per_side)], axis=1
    )
    rows = frame @ components
    rows *= 127 / np.abs(rows).max(axis=1, keepdims=True)
    rows = np.rint(rows)
    return rows, rows @ mean


def write(path: Path, rows: Array, offsets: Array) -> None:
    """Write the C table."""
    lines = ["/* Made by kernel/fit/fit.py; the media are named in kernel/fit/media.json. */"]
    lines += [
        '#include "projection.h"',
        "",
        "const i8 projection_weights[PROJECTION_PAIRS][128] = {",
    ]
    lines += ["    {" + ", ".join(str(int(v)) for v in row) + "}," for row in rows]
    lines += ["};", "", "const i32 projection_offsets[PROJECTION_PAIRS] = {"]
    numbers = [str(int(v)) for v in np.rint(offsets)]
    lines += ["    " + ", ".join(numbers[i : i + 8]) + "," for i in range(0, PAIRS, 8)]
    path.write_text("\n".join([*lines, "};", ""]))


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--per-side", type=int, default=32)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    names, parts = [], []
    for path in pictures(options.folders):
        names.append(path.name)
        parts.append(bins_of(path, options.points))
    bins = np.concatenate(parts).astype(np.float64)
    rows, offsets = projection(bins, options.per_side, options.seed)
    write(HERE.parent / "src" / "projection.c", rows, offsets)
    note = {"pictures": len(names), "points": len(bins), "names": names}
    (HERE / "media.json").write_text(json.dumps(note, indent=1) + "\n")
    print(f"{len(bins)} points of {len(names)} pictures")


if __name__ == "__main__":
    main()
