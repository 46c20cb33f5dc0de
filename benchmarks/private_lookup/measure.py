"""Measure the ways of a private look-up: ``python benchmarks/private_lookup --research``.

Needs PyNaCl. Prints a table and writes JSON. Times are processor time of one core.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from private_lookup import blind_tokens, hidden_rows
from private_lookup.pieces import PIECE_BITS, PIECES, flipped, like_real, pieces_of, places

DISTANCES = (4, 8, 12, 16, 20, 24, 31)
COARSE_BITS, COARSE_REACH = 20, 3
"""The coarse hash of the bucket way, and how far from it entries are sent."""
_QUERIES = 1000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--research", action="store_true", help="this is no part of the service")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--media", type=Path, help="folder of photos whose bits are like real ones")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if not given.research:
        parser.error("these are prototypes, and none of them is safe to use: say --research")
    rng = np.random.default_rng(5)
    real = _real(given.media, rng)
    bank = like_real(real[::2], given.entries, rng)
    result = {
        "entries": given.entries,
        "pieces": PIECES,
        "piece_bits": PIECE_BITS,
        "recall": recall(bank, rng),
        "chance": chance(bank, real[1::2], rng),
        "chance_of_relatives": chance(bank, real[::2], rng),
        "bucket": bucket(bank, rng),
        "tokens": tokens(bank, rng),
        "hidden": hidden(given.entries, rng),
    }
    print(json.dumps(result, indent=1))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


def _real(folder: Path | None, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """``pdq`` of the photos in a folder; without one, random bits."""
    if folder is None:
        return rng.integers(0, 256, (4096, 32), np.uint8)
    import staydown

    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".jpg", ".png"}):
        print_ = staydown.fingerprint(path, signals=("pdq",), mode="screening")
        found += [s.raw for s in print_.signals if s.type == "pdq"]
    return np.frombuffer(b"".join(found), np.uint8).reshape(-1, 32)


def recall(bank: npt.NDArray[np.uint8], rng: np.random.Generator) -> dict[str, list[float]]:
    """Share of copies, by distance, that agree in at least one piece, and in two."""
    where = places()
    found: dict[str, list[float]] = {}
    for distance in DISTANCES:
        picked = bank[rng.integers(0, len(bank), _QUERIES)]
        same = pieces_of(picked, where) == pieces_of(flipped(picked, distance, rng), where)
        hits = same.sum(axis=1)
        found[str(distance)] = [float((hits >= least).mean()) for least in (1, 2)]
    return found


def chance(
    bank: npt.NDArray[np.uint8], real: npt.NDArray[np.uint8], rng: np.random.Generator
) -> dict[str, float]:
    """Queries that are no copies, and yet agree with some entry in a piece, or in two.

    Of the pictures that the bank was drawn from too, each has thousands of entries some 70 bits
    away: worse than any bank. Of others, it has what chance and the bits' own habits give.
    """
    where = places()
    queries = pieces_of(like_real(real, _QUERIES, rng), where)
    hits = np.zeros(_QUERIES, np.int64)
    for column in range(PIECES):
        own = np.sort(pieces_of(bank, where[column : column + 1])[:, 0])
        at = np.minimum(np.searchsorted(own, queries[:, column]), len(own) - 1)
        hits += own[at] == queries[:, column]
    return {"one": float((hits >= 1).mean()), "two": float((hits >= 2).mean())}


def bucket(bank: npt.NDArray[np.uint8], rng: np.random.Generator) -> dict[str, Any]:
    """The coarse way: the hub learns some bits of the query, the caller a bucket of the bank."""
    taken = rng.choice(256, COARSE_BITS, replace=False)
    coarse = np.unpackbits(bank, axis=1)[:, taken]
    picked = rng.integers(0, len(bank), 200)
    kept, sizes = [], []
    for entry, one in zip(picked, flipped(bank[picked], 16, rng), strict=True):
        query = np.unpackbits(one)[taken]
        near = (coarse != query).sum(axis=1) <= COARSE_REACH
        kept.append(bool(near[entry]))
        sizes.append(int(near.sum()))
    size = statistics.median(sizes)
    return {
        "bits_the_hub_learns": COARSE_BITS,
        "recall_at_16": sum(kept) / len(kept),
        "entries_the_caller_learns": size,
        "bytes": 32 * size,
        "queries_that_take_half_the_bank": int(np.ceil(np.log(2) * len(bank) / max(size, 1))),
    }


def tokens(bank: npt.NDArray[np.uint8], rng: np.random.Generator) -> dict[str, Any]:
    """The way of blind tokens: what it costs both sides, and how large the caller's set is."""
    key, where = blind_tokens.random_scalar(), places()
    mine = [
        number.to_bytes(1, "big") + int(piece).to_bytes(8, "big")
        for number, piece in enumerate(pieces_of(bank[:1], where)[0])
    ]
    asked = [blind_tokens.blind(piece) for piece in mine]
    back = [blind_tokens.evaluate(key, sent) for _, sent in asked]
    made = [blind_tokens.finish(kept, point) for (kept, _), point in zip(asked, back, strict=True)]
    assert made == [blind_tokens.token(key, piece) for piece in mine]
    caller_ms = _ms(lambda: [blind_tokens.blind(piece) for piece in mine]) + _ms(
        lambda: [blind_tokens.finish(k, p) for (k, _), p in zip(asked, back, strict=True)]
    )
    hub_ms = _ms(lambda: [blind_tokens.evaluate(key, sent) for _, sent in asked])
    entry_ms = _ms(lambda: [blind_tokens.token(key, piece) for piece in mine])
    held = np.sort(rng.integers(0, 1 << 32, (PIECES, len(bank)), np.uint32), axis=1)
    looked = rng.integers(0, 1 << 32, PIECES, np.uint32)
    return {
        "caller_ms_a_query": caller_ms,
        "hub_ms_a_query": hub_ms,
        "bytes_a_query": 2 * 32 * PIECES,
        "hub_ms_an_entry": entry_ms,
        "hub_hours_for_the_bank": entry_ms * len(bank) / 3.6e6,
        "set_mb": held.nbytes / 1e6,
        "search_ms": _ms(
            lambda: [np.searchsorted(row, one) for row, one in zip(held, looked, strict=True)]
        ),
        "bytes_a_new_entry": 4 * PIECES,
    }


def hidden(entries: int, rng: np.random.Generator) -> dict[str, Any]:
    """The way without a set at the caller: each piece by a retrieval that hides which."""
    table = hidden_rows.table_of(rng.integers(0, 256, 4 * entries, np.uint8))
    secret, query = hidden_rows.ask(table, 7, rng)
    answered = hidden_rows.answer(table, query)
    assert (hidden_rows.read(table, secret, answered) == table.cells[:, 7]).all()
    one_ms = _ms(lambda: hidden_rows.answer(table, query), times=5)
    return {
        "hub_ms_a_query": one_ms * PIECES,
        "bytes_a_query": PIECES * (query.nbytes + answered.nbytes),
        "hint_mb": PIECES * table.hint.nbytes / 1e6,
    }


def _ms(work: Callable[[], object], times: int = 9) -> float:
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return 1000 * statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
