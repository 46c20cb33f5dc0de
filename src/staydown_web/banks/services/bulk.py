"""Many entries into a bank file: those known by ``pdq`` alone go the quick way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from staydown import Fingerprint
from staydown.index import BankFile
from staydown_web.banks.selectors import Living
from staydown_web.banks.services.weighing import enforced_part

PDQ_AT_ONCE = 1_000_000
WHOLE_AT_ONCE = 20_000
_PDQ_ALONE = b"SDF1\x00\x01\x03"
_PDQ_BYTES = 44
"""Binary form of a photo with nothing but a ``pdq``: magic, kind, count, head of 6, 32 bytes."""


def fill(bank: BankFile, entries: Iterable[Living]) -> int:
    """Add entries that the bank does not hold.

    Returns:
        How many.

    Cost: at most a million hashes, or 20,000 complete fingerprints, are held at a time.
    """
    done = 0
    ids: list[str] = []
    rows = bytearray()
    qualities = bytearray()
    whole: list[tuple[str, Fingerprint]] = []
    for entry in entries:
        raw = entry.raw
        if is_pdq_alone(raw) and not entry.is_exact_only:
            ids.append(str(entry.entry_id))
            qualities.append(raw[7])
            rows += raw[12:]
        else:
            part = enforced_part(entry.fingerprint(), is_exact_only=entry.is_exact_only)
            whole.append((str(entry.entry_id), part))
        if len(ids) >= PDQ_AT_ONCE:
            done += add_hashes(bank, ids, bytes(rows), bytes(qualities))
            ids, rows, qualities = [], bytearray(), bytearray()
        if len(whole) >= WHOLE_AT_ONCE:
            done += bank.add_many(whole)
            whole = []
    done += add_hashes(bank, ids, bytes(rows), bytes(qualities))
    return done + (bank.add_many(whole) if whole else 0)


def is_pdq_alone(raw: bytes) -> bool:
    """Whether these bytes are a photo with a ``pdq`` of some quality and nothing else."""
    return len(raw) == _PDQ_BYTES and raw.startswith(_PDQ_ALONE) and raw[7] <= 100


def add_hashes(bank: BankFile, ids: list[str], rows: bytes, qualities: bytes) -> int:
    """Add photos known by their ``pdq`` alone."""
    if not ids:
        return 0
    hashes = np.frombuffer(rows, np.uint8).reshape(len(ids), 32)
    return bank.add_pdq(ids, hashes, np.frombuffer(qualities, np.uint8))
