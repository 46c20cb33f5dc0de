"""Measure what each score threshold means; writes src/staydown/matching/calibration.json.

    python benchmarks/calibrate.py COPYBENCH MEDIA [--seeds 1,2] [--work DIR] [--prints DIR]

Every pair of a query and an entry that are not one picture is a distractor pair. For each threshold
the file holds how many of them match, the rate that the tail of their evidence implies where none
does, and the recall of both suites. It names the media, the seeds and the kernel it was made with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np
from kinds import load_copybench
from prints import PrintCache

from staydown import DEFAULT_MIN_SCORE, Matcher
from staydown.matching.scoring import EVEN_EVIDENCE

THRESHOLDS = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
OUTPUT = Path(__file__).parent.parent / "src" / "staydown" / "matching" / "calibration.json"
_TAIL = 200


def run_suite(
    copybench, cache: PrintCache, args: argparse.Namespace, seed: int, suite: str
) -> dict:
    """Scores of the true pairs and of all false candidates of one suite; how many pairs."""
    tag = hashlib.sha1(str(args.media.absolute()).encode()).hexdigest()[:8]
    refs, queries, _ = copybench.make_queries(
        args.media, "image", args.work / tag, seed, 6, 0, 1, suite
    )
    matcher = Matcher()
    for entry_id, path in refs:
        matcher.add(entry_id, cache.get(path))
    true, false = [], []
    for query in queries:
        scores = {
            m.entry_id: m.score for m in matcher.match(cache.get(query["path"]), min_score=0.0)
        }
        own = scores.pop(query["truth"], 0.0)
        if query["truth"] is not None:
            true.append(own)
        false += scores.values()
    pairs = len(queries) * len(refs) - len(true)
    return {
        "true": np.array(true),
        "false": np.array(false),
        "pairs": pairs,
        "queries": len(queries),
    }


def implied_share(false: np.ndarray, pairs: int, threshold: float) -> float:
    """Share of distractor pairs above a threshold, by an exponential through the tail."""
    evidence = np.sort(false / (1 - np.minimum(false, 0.999)))[::-1][:_TAIL]
    at = threshold / (1 - threshold)
    if at <= evidence[-1]:
        return float((false >= threshold).sum() / pairs)
    mean = float((evidence - evidence[-1]).mean())
    return len(evidence) / pairs * float(np.exp(-(at - evidence[-1]) / mean))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("copybench", type=Path)
    parser.add_argument("media", type=Path)
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "copybench")
    parser.add_argument("--prints", type=Path, default=Path(tempfile.gettempdir()) / "prints")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    args = parser.parse_args()

    copybench, cache = load_copybench(args.copybench), PrintCache(args.prints)
    seeds = [int(s) for s in args.seeds.split(",")]
    runs = {
        suite: [run_suite(copybench, cache, args, seed, suite) for seed in seeds]
        for suite in ("standard", "extreme")
    }
    every = [run for suite in runs.values() for run in suite]
    false = np.concatenate([run["false"] for run in every])
    pairs = sum(run["pairs"] for run in every)
    rows = [
        {
            "min_score": threshold,
            "evidence": round(EVEN_EVIDENCE * threshold / (1 - threshold), 2),
            "false_pairs": int((false >= threshold).sum()),
            "false_a_million_pairs": round(1e6 * float((false >= threshold).sum()) / pairs, 3),
            "implied_a_million_pairs": float(f"{1e6 * implied_share(false, pairs, threshold):.2g}"),
            "recall_standard": round(
                min(float((run["true"] >= threshold).mean()) for run in runs["standard"]), 4
            ),
            "recall_extreme": round(
                min(float((run["true"] >= threshold).mean()) for run in runs["extreme"]), 4
            ),
        }
        for threshold in THRESHOLDS
    ]
    names = sorted(p.name for p in (args.media / "images").iterdir())
    kernel = (files("staydown.fingerprinting") / "kernel.wasm").read_bytes()
    made = {
        "media": "copybench development images, named in SOURCES.md beside them",
        "pictures": len(names),
        "names_sha256": hashlib.sha256("\n".join(names).encode()).hexdigest(),
        "seeds": seeds,
        "kernel_sha256": hashlib.sha256(kernel).hexdigest(),
        "distractor_pairs": pairs,
        "queries": sum(run["queries"] for run in every),
        "even_evidence": EVEN_EVIDENCE,
        "default_min_score": DEFAULT_MIN_SCORE,
        "recall_is": "the worse of the seeds",
        "thresholds": rows,
    }
    args.output.write_text(json.dumps(made, indent=1) + "\n")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
