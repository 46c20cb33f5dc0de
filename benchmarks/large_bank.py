"""False matches and recall with a bank of very many complete photo fingerprints.

    python benchmarks/large_bank.py COPYBENCH MEDIA POOL [--entries 1000000] [--chunk 50000]

The entries come from ``synthetic_prints.py`` (POOL: a folder of freely licensed photos, none of
them in MEDIA). The bank is searched chunk by chunk, each with copybench's references beside it, so
that a machine of any size can run it: matching is exact, and a candidate of one chunk has the same
score whatever the other chunks hold. Two things depend on the whole bank and are put together from
the chunks: a query's candidate list is cut to the heaviest pictures of all chunks, and recurring
points are counted within a chunk (which mutes less, so more false matches, not fewer).

Printed: false matches a query at the default score; the rate that the tail of the scores implies
(an exponential in the evidence, fitted to the best false candidate of each query); recall of the
edited copies, with the cut; bytes a photo; milliseconds a query and chunk.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from kinds import load_copybench
from prints import PrintCache
from synthetic_prints import pool_of, synthetic

from staydown import DEFAULT_MIN_SCORE, Fingerprint
from staydown.index import MemoryStore
from staydown.matching.candidates import MAX_PICTURES, window_candidates
from staydown.matching.photo import match_photo


def evidence_of(score: float) -> float:
    """The evidence behind a score, in units of the evidence of one half."""
    return score / max(1e-9, 1.0 - score)


def implied_rate(best: np.ndarray, queries: int) -> float:
    """Expected false matches a query at evidence 1, from an exponential tail of the best ones."""
    tail = np.sort(best)[::-1][: max(20, len(best) // 20)]
    if len(tail) < 20 or tail[0] <= tail[-1]:
        return float("nan")
    mean = float((tail - tail[-1]).mean())
    return len(tail) / queries * float(np.exp(-(1.0 - tail[-1]) / mean))


def chosen_queries(queries: list[dict], per_transform: int, negatives: int) -> list[dict]:
    """The first few of each transform, and of the queries without a true entry."""
    taken: defaultdict[str, int] = defaultdict(int)
    out = []
    for query in queries:
        name = query["transform"] if query["truth"] else "negative"
        taken[name] += 1
        if taken[name] <= (per_transform if query["truth"] else negatives):
            out.append(query)
    return out


class Tally:
    """What all chunks say of each query."""

    def __init__(self, queries: list[dict], prints: list[Fingerprint]) -> None:
        self.queries, self.prints = queries, prints
        self.best_false = np.zeros(len(queries))
        self.false_matches = 0
        self.true_score = np.zeros(len(queries))
        self.true_weight = np.zeros(len(queries))
        self.rivals: list[list[float]] = [[] for _ in queries]
        self.seconds = 0.0

    def add(self, store: MemoryStore) -> None:
        """Match every query against one chunk."""
        for k, (query, fingerprint) in enumerate(zip(self.queries, self.prints, strict=True)):
            start = time.perf_counter()
            found = match_photo(store, fingerprint)
            self.seconds += time.perf_counter() - start
            windows = fingerprint.windows
            for candidate in window_candidates(store, windows.hashes) if windows else []:
                entry_id = store.entry_id(store.picture(candidate.picture).entry)
                if entry_id == query["truth"]:
                    self.true_weight[k] = max(self.true_weight[k], candidate.weight)
                elif entry_id.startswith("synthetic/"):
                    self.rivals[k].append(candidate.weight)
            for match in found:
                if match.entry_id == query["truth"]:
                    self.true_score[k] = max(self.true_score[k], match.score)
                elif match.entry_id.startswith("synthetic/"):
                    self.false_matches += match.score >= DEFAULT_MIN_SCORE
                    self.best_false[k] = max(self.best_false[k], evidence_of(match.score))

    def recall(self) -> float:
        """Share of true pairs that match and stay within the candidate cut of the whole bank."""
        true = np.array([q["truth"] is not None for q in self.queries])
        heavier = np.array(
            [sum(w > t for w in ws) for ws, t in zip(self.rivals, self.true_weight, strict=True)]
        )
        found = (self.true_score >= DEFAULT_MIN_SCORE) & (heavier < MAX_PICTURES)
        return float(found[true].mean())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("copybench", type=Path)
    parser.add_argument("media", type=Path)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=50_000)
    parser.add_argument("--per-transform", type=int, default=3)
    parser.add_argument("--negatives", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "copybench")
    parser.add_argument("--prints", type=Path, default=Path(tempfile.gettempdir()) / "prints")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()

    copybench = load_copybench(args.copybench)
    refs, queries, _ = copybench.make_queries(
        args.media, "image", args.work, args.seed, 2, args.per_transform, 1, "standard"
    )
    queries = chosen_queries(queries, args.per_transform, args.negatives)
    cache = PrintCache(args.prints)
    tally = Tally(queries, [cache.get(q["path"]) for q in queries])
    references = [(i, cache.get(p)) for i, p in refs]
    kernel = Path(__file__).parent.parent / "kernel" / "src" / "projection.c"
    pool = pool_of(args.pool, kernel, most=400)
    size, done = 0, 0
    while done < args.entries:
        count = min(args.chunk, args.entries - done)
        store = MemoryStore()
        made = synthetic(pool, count, seed=1000 + done)
        store.add_many((f"synthetic/{done + k}", fp) for k, fp in enumerate(made))
        for entry_id, fingerprint in references:
            store.add(entry_id, fingerprint)
            size = max(size, len(fingerprint.to_bytes()))
        tally.add(store)
        done += count
        n = len(queries)
        result = {
            "entries": done,
            "queries": n,
            "false_matches": int(tally.false_matches),
            "false_a_query": tally.false_matches / n,
            "implied_false_a_query": implied_rate(tally.best_false, n),
            "best_false_evidence": float(tally.best_false.max()),
            "standard_recall": tally.recall(),
            "bytes_a_photo": size,
            "ms_a_query": 1000 * tally.seconds / n,
        }
        print(json.dumps(result), flush=True)
        if args.json:
            args.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
