"""How often a query that has no copy in a very large bank matches falsely.

    python benchmarks/false_matches.py COPYBENCH MEDIA POOL BANK --others FOLDER --record FILE.jsonl
        [--minutes N] [--jobs N] [--json FILE]

BANK is what ``large_bank.py --live`` wrote from POOL. Only its synthetic entries count as false, so
every picture of MEDIA may ask, and so may every edit of it:

- ``copies``: copybench's edited copies, whose true entries are in the bank: recall, and false
  matches beside it;
- ``strangers``: pictures of MEDIA that are not in the bank, as they are and edited;
- ``others``: pictures of other sources (FOLDER), as they are and edited; what looks like a picture
  of the pool (``pdq`` within 31 bits) is left out;
- ``generated``: synthetic fingerprints with the statistics of the strangers. (Of the pool's own
  pictures none may ask: every window of theirs has thousands of near copies in the bank.)

All are asked in one shuffled order; each answer is one line of the record, so the run may stop at
any time and go on later. ``tails.py`` turns the lines into counts and rates.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from kinds import load_copybench
from large_bank import can_match, evidence_of
from prints import PrintCache
from synthetic_prints import pool_of, synthetic
from tails import Queries, picture_numbers, report

from staydown import DEFAULT_MIN_SCORE, Fingerprint, SignalType
from staydown.index import BankFile
from staydown.matching.photo import match_photo
from staydown.matching.scoring import sure_score
from staydown.matching.whole import PDQ_BITS

KEPT = 3
"""How many of a query's false candidates are written down, and how many that rest on two points."""
EDITS = {"strangers": 10, "others": 2}
GENERATED = 3000


@dataclass(frozen=True)
class Asked:
    """One query.

    Attributes:
        kind: one of the kinds above.
        picture: what it was made from.
        edit: the edit, or "untouched".
        truth: the entry it is a copy of, or None.
        print: its fingerprint in binary form.
    """

    kind: str
    picture: str
    edit: str
    truth: str | None
    print: bytes

    @property
    def key(self) -> str:
        """Its name in the record."""
        return f"{self.kind}/{self.picture}/{self.edit}"


def edited(
    copybench: ModuleType, kind: str, pictures: list[Path], donors: list[Path], work: Path
) -> Iterator[tuple[str, str, str, Path]]:
    """Kind, picture, edit and file: each picture as it is, and after some edits of both suites."""
    work.mkdir(parents=True, exist_ok=True)
    names = sorted(copybench.IMAGE_TRANSFORMS)
    for picture in pictures:
        yield kind, picture.stem, "untouched", picture
        rng = copybench.rng_for(kind, picture.name)
        for name in rng.permutation(names)[: EDITS[kind]]:
            out = work / f"{picture.stem}__{name}.bin"
            copybench.make_query(
                ("image", str(picture), str(name), [str(d) for d in donors], str(out), 1)
            )
            yield kind, picture.stem, str(name), out


def unlike_pool(paths: list[Path], pool_pdqs: np.ndarray, cache: PrintCache) -> list[Path]:
    """The pictures that no picture of the pool looks like."""
    kept = []
    for path in paths:
        signal = cache.get(path).get(SignalType.PDQ)
        if signal is None:
            continue
        pdq = np.frombuffer(signal.raw, np.uint8)
        if np.bitwise_count(pool_pdqs ^ pdq).sum(axis=1).min() > PDQ_BITS:
            kept.append(path)
    return kept


def queries_of(args: argparse.Namespace) -> list[Asked]:
    """All queries, shuffled; fingerprints are made where the cache has none."""
    copybench, cache = load_copybench(args.copybench), PrintCache(args.prints)
    refs, copies, _ = copybench.make_queries(
        args.media, "image", args.work, args.seed, 0, args.per_transform, 1, "standard"
    )
    copies = [q for q in copies if q["truth"]]
    kernel = Path(__file__).parent.parent / "kernel" / "src" / "projection.c"
    pool = pool_of(args.pool, kernel, most=400)
    banked = {Path(p) for _, p in refs}
    strangers = sorted(p for p in (args.media / "images").glob("*.jpg") if p not in banked)
    others = unlike_pool(sorted(args.others.glob("*.jpg")), pool.pdqs, cache)
    files = itertools.chain(
        (("copies", q["truth"], q["transform"], Path(q["path"])) for q in copies),
        edited(copybench, "strangers", strangers, strangers, args.work / "strangers"),
        edited(copybench, "others", others, others, args.work / "others"),
    )
    made = []
    for kind, picture, edit, path in files:
        truth = picture if kind == "copies" else None
        made.append(Asked(kind, picture, edit, truth, cache.get(path).to_bytes()))
    with tempfile.TemporaryDirectory() as folder:
        for path in strangers:
            (Path(folder) / path.name).symlink_to(path)
        away = synthetic(pool_of(Path(folder), kernel, most=400), GENERATED, seed=78)
        made += [Asked("generated", str(k), "", None, p.to_bytes()) for k, p in enumerate(away)]
    order = np.random.default_rng(args.seed).permutation(len(made))
    return [made[k] for k in order]


_bank: BankFile | None = None


def open_bank(path: Path) -> None:
    """Open the bank once in each process."""
    global _bank  # noqa: PLW0603
    _bank = BankFile.open(path, read_only=True, threads=1)


def answer(query: Asked) -> dict:
    """One line of the record: the best false candidates, the true one, the time."""
    assert _bank is not None
    fingerprint = Fingerprint.from_bytes(query.print)
    begin = time.perf_counter()
    found = match_photo(_bank, fingerprint)
    spent = time.perf_counter() - begin
    false = sorted(
        (m for m in found if m.entry_id.startswith("synthetic/")), key=lambda m: -m.score
    )
    kept = dict.fromkeys([*false[:KEPT], *[m for m in false if can_match(m)][:KEPT]])
    own = [m.score for m in found if m.entry_id == query.truth]
    return {
        "key": query.key,
        "kind": query.kind,
        "picture": query.picture,
        "edit": query.edit,
        "true_score": max(own, default=0.0) if query.truth else None,
        "false": [
            {
                "entry": m.entry_id,
                "evidence": round(evidence_of(m.score), 4),
                "points": m.evidence.points,
                "pdq": m.evidence.distance,
                "kind": str(m.kind),
                "can_match": can_match(m),
            }
            for m in kept
        ],
        "matches": sum(m.score >= DEFAULT_MIN_SCORE for m in false),
        "ms": round(1000 * spent, 1),
    }


def ask(args: argparse.Namespace, queries: list[Asked]) -> None:
    """Ask what the record does not hold yet, until the time is up."""
    known = set()
    if args.record.exists():
        known = {json.loads(line)["key"] for line in args.record.read_text().splitlines()}
    left = (q for q in queries if q.key not in known)
    until = time.monotonic() + 60 * args.minutes
    timely = itertools.takewhile(lambda _: time.monotonic() < until, left)
    with (
        multiprocessing.Pool(args.jobs, open_bank, (args.bank,)) as workers,
        args.record.open("a") as record,
    ):
        while batch := list(itertools.islice(timely, 8 * args.jobs)):
            for line in workers.imap_unordered(answer, batch):
                record.write(json.dumps(line) + "\n")
            record.flush()


def strongest(row: dict, *, can_match: bool) -> float:
    """The most evidence of a query's false candidates that can, or cannot, match."""
    return max((f["evidence"] for f in row["false"] if f["can_match"] == can_match), default=0.0)


def summary(rows: list[dict], *, entries: int) -> dict:
    """Counts, rates and recall of a record, at one half and at the default of so large a bank."""
    sure = sure_score(entries)
    limits = {f"score_{score:.2f}": score for score in (DEFAULT_MIN_SCORE, sure)}
    out: dict = {"queries": len(rows), "ms_median": float(np.median([r["ms"] for r in rows]))}
    chosen = {kind: [r for r in rows if r["kind"] == kind] for kind in {r["kind"] for r in rows}}
    for kind, some in [("all", rows), *sorted(chosen.items())]:
        best = np.array([strongest(r, can_match=True) for r in some])
        numbers = picture_numbers([f"{r['kind']}/{r['picture']}" for r in some])
        out[kind] = {
            name: report(Queries(best, numbers), at=evidence_of(score))
            for name, score in limits.items()
        }
    out["false_matches"] = sum(r["matches"] for r in rows)
    out["highest_of_one_point"] = max(strongest(r, can_match=False) for r in rows)
    true = np.array([r["true_score"] for r in rows if r["kind"] == "copies"])
    recall = {name: round(float((true >= score).mean()), 4) for name, score in limits.items()}
    out["standard_recall"] = {"copies": len(true), **recall}
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("copybench", "media", "pool", "bank"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--others", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=1e6, help="0: only sum the record up")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--per-transform", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "copybench")
    parser.add_argument("--prints", type=Path, default=Path(tempfile.gettempdir()) / "prints")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.minutes > 0:
        ask(args, queries_of(args))
    rows = [json.loads(line) for line in args.record.read_text().splitlines()]
    with BankFile.open(args.bank, read_only=True) as bank:
        size = args.bank.stat().st_size
        made = {
            "entries": len(bank),
            "bytes_a_photo": round(size / len(bank)),
            **summary(rows, entries=bank.picture_count()),
        }
    text = json.dumps(made, indent=1)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
