"""False matches between different pictures that carry the same overlay.

    python benchmarks/overlays.py MEDIA [--work DIR] [--designs tuning|test|all] [--json OUT]

Sixty pictures and fourteen designs (``overlay_designs.py``). The bank holds twenty pictures under
each design, all at once. Queries, for each design:

  shared     the other forty pictures under the same design; every pair with one of the twenty
             banked entries of that design is a false pair, since the pictures differ
  reposted   the twenty banked ones again, cut a little and saved anew: must be found
  clean      the twenty banked pictures without the overlay: that entry, or (``any``) some entry of
             the same picture, should be found
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from overlay_designs import DESIGNS, TUNING
from PIL import Image, ImageOps
from prints import PrintCache

from staydown import DEFAULT_MIN_SCORE, Fingerprint, Matcher

PICTURES, BANKED = 60, 20
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Query:
    """One query: its file, its design, its picture, and what it is for."""

    path: Path
    design: str
    picture: int
    purpose: str


def chosen_pictures(media: Path, seed: int) -> list[Path]:
    """Sixty pictures of a folder, drawn by a seed."""
    paths = sorted(p for p in media.iterdir() if p.suffix.lower() in SUFFIXES)
    order = np.random.default_rng(seed).permutation(len(paths))[:PICTURES]
    return [paths[k] for k in order]


def banked(number: int) -> list[int]:
    """Which pictures are banked under design ``number``."""
    return [(number * 7 + k) % PICTURES for k in range(BANKED)]


def recut(picture: Image.Image) -> Image.Image:
    """Cut six percent off the sides."""
    w, h = picture.size
    return picture.crop((int(w * 0.04), int(h * 0.03), int(w * 0.98), int(h * 0.97)))


def prepare(pictures: list[Path], work: Path) -> tuple[dict[str, Path], list[Query]]:
    """Draw all files; returns the bank as id to path, and the queries."""
    work.mkdir(parents=True, exist_ok=True)
    bank, queries = {}, []
    for number, (name, design) in enumerate(DESIGNS.items()):
        inside = set(banked(number))
        for k, source in enumerate(pictures):
            base = work / f"{name}-{k:02d}.jpg"
            again, clean = work / f"{name}-{k:02d}-again.jpg", work / f"clean-{k:02d}.jpg"
            if not base.exists():
                with Image.open(source) as opened:
                    picture = ImageOps.exif_transpose(opened).convert("RGB")
                covered = design(picture)
                recut(covered).save(again, quality=60)
                picture.save(clean, quality=75)
                covered.save(base, quality=88)
            if k in inside:
                bank[f"{name}/{k}"] = base
                queries.append(Query(again, name, k, "reposted"))
                queries.append(Query(clean, name, k, "clean"))
            else:
                queries.append(Query(base, name, k, "shared"))
    return bank, queries


def measure(
    bank: dict[str, Path], queries: list[Query], prints: dict[str, Fingerprint], *, own: float
) -> dict[str, dict[str, float]]:
    """Rates for each design: false matches of shared pairs, recall of the two true kinds."""
    matcher = Matcher()
    for entry_id, path in bank.items():
        matcher.add(entry_id, prints[str(path)])
    counts: dict[str, defaultdict[str, int]] = {n: defaultdict(int) for n in DESIGNS}
    for query in queries:
        found = {m.entry_id for m in matcher.match(prints[str(query.path)], min_score=own)}
        row = counts[query.design]
        row[query.purpose] += 1
        if query.purpose == "shared":
            same = {i for i in found if i.split("/")[0] == query.design}
            row["false"] += len(same)
            row["other_false"] += sum(i.split("/")[1] != str(query.picture) for i in found - same)
        else:
            row[f"{query.purpose}_found"] += f"{query.design}/{query.picture}" in found
            row[f"{query.purpose}_any"] += any(i.split("/")[1] == str(query.picture) for i in found)
    return {
        name: {
            "false_rate": row["false"] / (row["shared"] * BANKED),
            "false": row["false"],
            "other_false": row["other_false"],
            "reposted": row["reposted_found"] / row["reposted"],
            "clean": row["clean_found"] / row["clean"],
            "clean_any": row["clean_any"] / row["clean"],
        }
        for name, row in counts.items()
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("media", type=Path)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "overlays")
    parser.add_argument("--designs", choices=("tuning", "test", "all"), default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--min-score", type=float, default=DEFAULT_MIN_SCORE)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()

    work = args.work / f"{args.media.name}-{args.seed}"
    bank, queries = prepare(chosen_pictures(args.media, args.seed), work)
    cache = PrintCache(args.work / "prints")
    prints = cache.many([*bank.values(), *(q.path for q in queries)])
    rates = measure(bank, queries, prints, own=args.min_score)
    groups = {"tuning": TUNING, "test": tuple(n for n in DESIGNS if n not in TUNING)}
    for group, names in groups.items():
        if args.designs not in (group, "all"):
            continue
        print(f"{group:18s}{'false %':>10s}{'reposted':>10s}{'clean':>8s}{'any':>7s}{'other':>7s}")
        for name in (*names, "ALL"):
            rows = [rates[n] for n in (names if name == "ALL" else (name,))]
            false, again, clean, anyone = (
                float(np.mean([r[key] for r in rows]))
                for key in ("false_rate", "reposted", "clean", "clean_any")
            )
            other = sum(r["other_false"] for r in rows)
            print(f"{name:18s}{100 * false:10.3f}{again:10.3f}{clean:8.3f}{anyone:7.3f}{other:7d}")
    if args.json:
        args.json.write_text(json.dumps(rates, indent=1))


if __name__ == "__main__":
    main()
