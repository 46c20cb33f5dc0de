"""False matches and recall with a bank of very many complete photo fingerprints.

    python benchmarks/large_bank.py COPYBENCH MEDIA POOL [--entries 1000000] [--chunk 50000]

The entries come from ``synthetic_prints.py`` (POOL: a folder of freely licensed photos, none of
them in MEDIA). The bank is searched chunk by chunk, each with copybench's references beside it, so
that a machine of any size can run it: matching is exact, and a candidate of one chunk has the same
score whatever the other chunks hold. Two things depend on the whole bank and are put together from
the chunks: a query's candidate list is cut to the heaviest pictures of all chunks, and recurring
points are counted within a chunk (which mutes less, so more false matches, not fewer).

With ``--live FILE`` all entries go into one bank file instead, which is compacted, opened anew and
searched as a whole: what a service would hold. Memory is then the process's proportional set size
with every page of the file that was touched, and the whole file is read once before it is taken.

Printed: false matches a query at the default score; the rate that the tail of the scores implies
(an exponential in the evidence of each query's best false candidate on two points or more: rough,
as so few are asked; ``false_matches.py`` asks thousands); recall of the edited copies, with the
cut; bytes a photo; milliseconds a query (and chunk).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from kinds import load_copybench
from prints import PrintCache
from synthetic_prints import Pool, pool_of, synthetic
from tails import exponential_rate

from staydown import DEFAULT_MIN_SCORE, Fingerprint, Match
from staydown.index import BankFile, MemoryStore
from staydown.matching.candidates import MAX_PICTURES, window_candidates
from staydown.matching.photo import match_photo

TAIL_SHARE = 0.05
"""Share of the queries, those with the most false evidence, that the tail is fitted to."""


def evidence_of(score: float) -> float:
    """The evidence behind a score, in units of the evidence of one half."""
    return score / max(1e-9, 1.0 - score)


def can_match(match: Match) -> bool:
    """Two points agree, or the whole pictures do.

    One point alone, with all that the maps may add, stays below the default score, however many
    entries there are: 17 + 3 of 21.
    """
    return match.evidence.points >= 2 or match.evidence.distance is not None


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

    def add(self, store: MemoryStore | BankFile) -> None:
        """Match every query against one chunk, or the whole bank."""
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
                    if can_match(match):
                        self.best_false[k] = max(self.best_false[k], evidence_of(match.score))

    def recall(self) -> float:
        """Share of true pairs that match and stay within the candidate cut of the whole bank."""
        true = np.array([q["truth"] is not None for q in self.queries])
        heavier = np.array(
            [sum(w > t for w in ws) for ws, t in zip(self.rivals, self.true_weight, strict=True)]
        )
        found = (self.true_score >= DEFAULT_MIN_SCORE) & (heavier < MAX_PICTURES)
        return float(found[true].mean())


References = list[tuple[str, Fingerprint]]


def numbers_of(tally: Tally, entries: int) -> dict:
    """What was found so far."""
    n = len(tally.queries)
    return {
        "entries": entries,
        "queries": n,
        "false_matches": int(tally.false_matches),
        "false_a_query": tally.false_matches / n,
        "implied_false_a_query": exponential_rate(tally.best_false, TAIL_SHARE),
        "best_false_evidence": float(tally.best_false.max()),
        "standard_recall": tally.recall(),
        "ms_a_query": 1000 * tally.seconds / n,
    }


def show(result: dict, path: Path | None) -> None:
    """One line of JSON, and a file where one is asked for."""
    print(json.dumps(result), flush=True)
    if path:
        path.write_text(json.dumps(result, indent=1) + "\n")


def search_in_chunks(
    args: argparse.Namespace, tally: Tally, pool: Pool, references: References
) -> None:
    """Chunk after chunk in memory."""
    done = 0
    size = max(len(fingerprint.to_bytes()) for _, fingerprint in references)
    while done < args.entries:
        count = min(args.chunk, args.entries - done)
        store = MemoryStore()
        made = synthetic(pool, count, seed=1000 + done)
        store.add_many((f"synthetic/{done + k}", fp) for k, fp in enumerate(made))
        for entry_id, fingerprint in references:
            store.add(entry_id, fingerprint)
        tally.add(store)
        done += count
        show({**numbers_of(tally, done), "bytes_a_photo": size}, args.json)


def build_live(args: argparse.Namespace, pool: Pool, references: References) -> None:
    """Write the bank file, where it is missing, as one segment."""
    if args.live.exists():
        return
    begin = time.perf_counter()
    with BankFile.create(args.live, index_points=args.index_points) as bank:
        bank.add_many(references)
        for done in range(0, args.entries, args.chunk):
            count = min(args.chunk, args.entries - done)
            made = synthetic(pool, count, seed=1000 + done)
            bank.add_many((f"synthetic/{done + k}", fp) for k, fp in enumerate(made))
            spent = time.perf_counter() - begin
            print(f"{done + count} entries, {spent:.0f} s, {memory_gb():.1f} GB", file=sys.stderr)
        bank.compact()
    spent = time.perf_counter() - begin
    print(f"compacted, {spent:.0f} s, most memory {memory_gb('VmHWM'):.1f} GB", file=sys.stderr)


def report_live(args: argparse.Namespace, tally: Tally, references: int) -> None:
    """Search the file as a whole; memory once every page was read."""
    with BankFile.open(args.live, read_only=True) as bank:
        tally.add(bank)
        touched = memory_gb("Pss")
        bank.verify()
        size = args.live.stat().st_size
        show(
            {
                **numbers_of(tally, len(bank) - references),
                "index_points": args.index_points,
                "bytes_a_photo": size / len(bank),
                "file_gb": size / 1e9,
                "memory_gb_after_queries": touched,
                "memory_gb_every_page_read": memory_gb("Pss"),
            },
            args.json,
        )


def memory_gb(what: str = "Pss") -> float:
    """Memory of this process in GB: proportional, mapped pages included, or its most ever."""
    source = Path("/proc/self/smaps_rollup" if what == "Pss" else "/proc/self/status")
    for line in source.read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024 / 1e9
    raise LookupError(what)


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
    parser.add_argument("--live", type=Path, metavar="FILE", help="one bank file of all entries")
    parser.add_argument("--index-points", type=int, default=128)
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
    if args.live:
        build_live(args, pool, references)
        report_live(args, tally, len(references))
    else:
        search_in_chunks(args, tally, pool, references)


if __name__ == "__main__":
    main()
