"""What kind of copy each copybench edit is called, and where replaced regions are shown.

    python benchmarks/kinds.py COPYBENCH MEDIA [--seed N] [--suite standard|extreme] [--work DIR]

COPYBENCH is the folder of ``copybench.py``. Expected kinds are in ``expected_kinds.json``. The
true replaced region is drawn again from the random numbers of copybench; the shown cells are
compared with the cells of the 16 x 16 grid of the entry that lie at least half inside it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image
from prints import PrintCache

from staydown import Match, Matcher

AREAS = {"replaced_5": 0.05, "replaced_10": 0.10, "replaced_20": 0.20, "x_replaced_45": 0.45}
KINDS = ("same", "part", "altered", "identical", "missed")
_FINE = 16
_CALLED_MOST = 0.02


def load_copybench(folder: Path) -> ModuleType:
    """The benchmark as a module."""
    sys.path.insert(0, str(folder))
    return importlib.import_module("copybench")


def true_cells(copybench: ModuleType, source: Path, transform: str, seed: int) -> np.ndarray:
    """Cells of the 16 x 16 grid that lie at least half in the replaced ellipse."""
    with Image.open(source) as opened:
        width, height = opened.size
    rng = copybench.rng_for(seed, "image", source.name, transform)
    mask = copybench.ellipse_mask(width, height, AREAS[transform], rng)[..., 0] > 0.5
    side = 16 * _FINE
    rows = (np.arange(side) + 0.5) * height / side
    columns = (np.arange(side) + 0.5) * width / side
    fine = mask[rows.astype(int)][:, columns.astype(int)]
    return fine.reshape(16, _FINE, 16, _FINE).mean((1, 3)) >= 0.5


def shown_cells(match: Match | None) -> np.ndarray:
    """The altered cells of a match: bool, shape (16, 16)."""
    rows = match.evidence.altered_cells if match else None
    if rows is None:
        return np.zeros((16, 16), bool)
    return np.array([[row >> (15 - c) & 1 for c in range(16)] for row in rows], bool)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two masks."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def expected_kind(expected: dict, query: dict) -> str:
    """The kind from the committed table: by transform, else by family."""
    row = expected["transforms"].get(query["transform"])
    return (row or expected["families"][query["family"]])[0]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("copybench", type=Path)
    parser.add_argument("media", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--suite", default="standard", choices=("standard", "extreme"))
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "copybench")
    parser.add_argument("--prints", type=Path, default=Path(tempfile.gettempdir()) / "prints")
    parser.add_argument("--per-transform", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()

    copybench = load_copybench(args.copybench)
    tag = hashlib.sha1(str(args.media.absolute()).encode()).hexdigest()[:8]
    refs, queries, _ = copybench.make_queries(
        args.media, "image", args.work / tag, args.seed, 0, args.per_transform, 1, args.suite
    )
    cache, sources = PrintCache(args.prints), {i: Path(p) for i, p in refs}
    matcher = Matcher()
    for entry_id, path in sources.items():
        matcher.add(entry_id, cache.get(path))
    expected = json.loads((Path(__file__).parent / "expected_kinds.json").read_text())

    confusion: defaultdict[str, Counter[str]] = defaultdict(Counter)
    families: defaultdict[str, Counter[str]] = defaultdict(Counter)
    overlaps: list[tuple[bool, float]] = []
    for query in queries:
        if query["truth"] is None:
            continue
        found = {m.entry_id: m for m in matcher.match(cache.get(query["path"]))}
        match = found.get(query["truth"])
        kind = str(match.kind) if match else "missed"
        confusion[expected_kind(expected, query)][kind] += 1
        families[query["family"]][kind] += 1
        if query["transform"] in AREAS:
            truth = true_cells(copybench, sources[query["truth"]], query["transform"], args.seed)
            overlaps.append((kind == "altered", overlap(shown_cells(match), truth)))

    print(f"{'expected':16s}" + "".join(f"{k:>10s}" for k in KINDS))
    for want, row in confusion.items():
        print(f"{want:16s}" + "".join(f"{row[k]:10d}" for k in KINDS))
    print(f"\n{'family':16s}" + "".join(f"{k:>10s}" for k in KINDS) + f"{'altered %':>11s}")
    for family, row in families.items():
        share = row["altered"] / row.total()
        flag = "" if "replaced" in family or share <= _CALLED_MOST else "  <- over 2 %"
        print(
            f"{family:16s}" + "".join(f"{row[k]:10d}" for k in KINDS) + f"{100 * share:11.1f}{flag}"
        )
    if overlaps:
        called = [o for is_called, o in overlaps if is_called]
        print(
            f"\nreplaced: called altered {len(called) / len(overlaps):.3f}; overlap of cells "
            f"{np.mean(called):.3f} where called, {np.mean([o for _, o in overlaps]):.3f} over all"
        )
    if args.json:
        args.json.write_text(json.dumps({k: dict(v) for k, v in families.items()}, indent=1))


if __name__ == "__main__":
    main()
