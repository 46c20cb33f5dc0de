"""Fit the projection of ``windows/1`` on pictures and write kernel/src/projection.c.

    python kernel/fit/fit.py FOLDER_WITH_MANIFEST [--kind photo] [--dimensions 48] [--seed 20]

The folder holds pictures and MANIFEST.tsv with the columns file, package, version, licence, kind.

From each picture and edited copies of it come true pairs of descriptors (128 bins). The directions
kept are those in which descriptors differ most, compared with how much a true pair differs. All
statistics are made symmetric under the mirror's permutation of bins, so that each direction is
symmetric or antisymmetric; half of the dimensions are of either sort, all are whitened, and a tight
frame spreads them over 128 pairs of projections. A sign does not change when its row is scaled, so
rows are scaled to fit 8-bit integers. Media rule and evidence: ADR-0004. Never fit on the
development set.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pairs import LEAST_SIDE, open_small, pairs_of

BINS = 128
PAIRS = 128
NOISE_FLOOR = 0.3
"""Added to the noise of every bin, as a share of its mean: rare edits must not rule the choice."""

HERE = Path(__file__).parent
Array = npt.NDArray[np.float64]


def mirror_permutation() -> npt.NDArray[np.intp]:
    """Where each bin of the mirrored patch comes from."""
    bins = np.arange(BINS).reshape(4, 4, 8)
    return bins[::-1][:, :, (-np.arange(8)) % 8].reshape(BINS)


def second_moment(rows: Array) -> Array:
    """Mean outer product of the rows and of their mirror images."""
    both = np.concatenate([rows, rows[:, mirror_permutation()]])
    return both.T @ both / len(both)


def components(spread: Array, noise: Array, dimensions: int) -> list[Array]:
    """Whitened directions, symmetric then antisymmetric; each of shape (dimensions / 2, 128)."""
    swap = np.eye(BINS)[mirror_permutation()]
    found = []
    for sign in (1.0, -1.0):
        values, basis = np.linalg.eigh((np.eye(BINS) + sign * swap) / 2)
        basis = basis[:, values > 0.5]
        inner = basis.T @ noise @ basis
        lower = np.linalg.inv(np.linalg.cholesky(inner))
        gain, turned = np.linalg.eigh(lower @ (basis.T @ spread @ basis) @ lower.T)
        best = np.argsort(gain)[::-1][: dimensions // 2]
        directions = (basis @ lower.T @ turned[:, best]).T
        variance = np.einsum("ij,jk,ik->i", directions, spread, directions)
        found.append(directions / np.sqrt(variance)[:, None])
    return found


def tight_frame(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Unit rows whose columns are orthogonal and equally long."""
    frame = rng.standard_normal((rows, columns))
    for _ in range(200):
        frame /= np.linalg.norm(frame, axis=1, keepdims=True)
        u, _, v = np.linalg.svd(frame, full_matrices=False)
        frame = u @ v * np.sqrt(rows / columns)
    return frame


def projection(
    bins: Array, left: Array, right: Array, *, dimensions: int, seed: int
) -> tuple[Array, Array]:
    """The first row of each pair, shape (128, 128), whole numbers; and offsets, shape (128,)."""
    mean = bins.mean(axis=0)
    mean = (mean + mean[mirror_permutation()]) / 2
    noise = second_moment(left - right) / 2
    noise += NOISE_FLOOR * np.trace(noise) / BINS * np.eye(BINS)
    rng = np.random.default_rng(seed)
    rows = np.zeros((PAIRS, BINS))
    for part in components(second_moment(bins - mean), noise, dimensions):
        rows += tight_frame(rng, PAIRS, len(part)) @ part
    rows = np.rint(rows * (127 / np.abs(rows).max(axis=1, keepdims=True)))
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
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", default="photo")
    parser.add_argument("--points", type=int, default=160)
    parser.add_argument("--dimensions", type=int, default=48)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    with (options.folder / "MANIFEST.tsv").open() as stream:
        media = [
            row for row in csv.DictReader(stream, delimiter="\t") if row["kind"] == options.kind
        ]
    rng = np.random.default_rng(options.seed)
    parts = []
    for row in media:
        picture = open_small(options.folder / row["file"])
        if min(picture.size) >= LEAST_SIDE:
            parts.append(pairs_of(picture, options.points, rng))
    bins, left, right = (np.concatenate(p).astype(np.float64) for p in zip(*parts, strict=True))
    rows, offsets = projection(bins, left, right, dimensions=options.dimensions, seed=options.seed)
    write(HERE.parent / "src" / "projection.c", rows, offsets)
    packages = Counter(f"{row['package']} {row['version']} ({row['licence']})" for row in media)
    note = {
        "dimensions": options.dimensions,
        "pictures": len(parts),
        "points": len(bins),
        "pairs": len(left),
        "pictures_by_package": dict(sorted(packages.items())),
    }
    (HERE / "media.json").write_text(json.dumps(note, indent=1) + "\n")
    print(json.dumps(note))


if __name__ == "__main__":
    main()
