"""Damage to files: each kind of corruption ends in an error of ours or in right answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from index_samples import any_fingerprint, photo, random_hashes
from staydown.errors import SnapshotError
from staydown.index import BankFile, HammingIndex
from staydown.types import SignalType


def bank_bytes(folder: Path) -> bytes:
    """A small bank file with a segment, a log, and removals."""
    path = folder / "sample.sdb"
    with BankFile.create(path) as bank:
        bank.add_many((f"m{seed}", any_fingerprint(seed)) for seed in range(260))
        for seed in range(4):
            bank.add(f"e{seed}", photo(seed), meta={"seed": str(seed)})
        bank.remove("m5")
        bank.remove("e1")
    return path.read_bytes()


def index_bytes(folder: Path, *, text: bool) -> bytes:
    """A small saved index."""
    path = folder / "sample.sdx"
    index = HammingIndex()
    ids = [f"é{i}" for i in range(500)] if text else range(500)
    index.add(ids, random_hashes(1, 500))
    index.save(path)
    return path.read_bytes()


def damage(rng: np.random.Generator, raw: bytes) -> bytes:
    """One corruption: flipped bits, zeros, noise, a cut, a repeated or moved stretch."""
    wrong = bytearray(raw)
    # Headers and directories are a small part of the file; aim at them half of the time.
    high = min(len(raw), 12_000) if rng.random() < 0.5 else len(raw)
    at, size = int(rng.integers(high)), int(rng.integers(1, 200))
    match int(rng.integers(6)):
        case 0:
            for _ in range(int(rng.integers(1, 4))):
                wrong[int(rng.integers(high))] ^= 1 << int(rng.integers(8))
        case 1:
            wrong[at : at + size] = bytes(len(wrong[at : at + size]))
        case 2:
            wrong[at : at + size] = rng.bytes(len(wrong[at : at + size]))
        case 3:
            del wrong[at:]
        case 4:
            wrong += wrong[at : at + size]
        case _:
            del wrong[at : at + size]
    return bytes(wrong)


def check_bank(path: Path) -> bool:
    """Use a bank in every way; True where it answered, False where it was refused."""
    try:
        with BankFile.open(path) as bank:
            for entry in bank.entries():
                found = bank.fingerprint(entry.entry_id)
                assert found == any_fingerprint(int(entry.entry_id[1:])) or found == photo(
                    int(entry.entry_id[1:])
                )
                bank.frames(entry.number)
                assert all(
                    bank.picture(p).entry == entry.number for p in bank.pictures(entry.number)
                )
            query = np.frombuffer(photo(0).get(SignalType.PDQ).raw, np.uint8)[None]
            hits = bank.search_pdq(query, max_bits=31)
            assert {bank.entry_id(e) for e in hits.entry.tolist()} <= {"m0", "e0"}
            bank.search_windows(random_hashes(0, 3), max_bits=60)
            bank.verify()
            bank.add("new", photo(77))
            bank.compact()
            assert bank.fingerprint("new") == photo(77)
    except SnapshotError:
        return False
    return True


def check_index(path: Path, *, text: bool) -> bool:
    """Use a saved index; True where it answered, False where it was refused."""
    try:
        index = HammingIndex.open(path)
        bank = random_hashes(1, 500)
        for max_bits in (0, 31, 100):
            rows, ids, _ = index.search(bank[:20], max_bits=max_bits)
            if max_bits < 100:
                assert rows.tolist() == list(range(20))
                assert ids.tolist() == [f"é{i}" if text else i for i in range(20)]
    except SnapshotError:
        return False
    return True
