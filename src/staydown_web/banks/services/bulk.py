"""Many entries into a bank file: those known by ``pdq`` alone go the quick way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from staydown.index import BankFile
from staydown_web.banks.selectors import Living
from staydown_web.banks.services.weighing import enforced_part

PDQ_AT_ONCE = 1_000_000
WHOLE_AT_ONCE = 20_000
_PDQ_ALONE = b"SDF1\x00\x01\x03"
_NO_QUALITY = 255
_PDQ_BYTES = 44
"""Binary form of a photo with nothing but a ``pdq``: magic, kind, count, head of 6, 32 bytes."""


def fill(bank: BankFile, entries: Iterable[Living]) -> int:
    """Add those of these entries that the bank does not hold.

    Returns:
        How many.

    Cost: at most a million hashes, or 20,000 complete fingerprints, are held at a time.
    """
    done = 0
    hashes: list[Living] = []
    whole: list[Living] = []
    for entry in entries:
        is_hash = is_pdq_alone(entry.raw) and not entry.is_exact_only
        (hashes if is_hash else whole).append(entry)
        if len(hashes) >= PDQ_AT_ONCE:
            done += _add_hashes_of(bank, hashes)
            hashes = []
        if len(whole) >= WHOLE_AT_ONCE:
            done += _add_whole(bank, whole)
            whole = []
    return done + _add_hashes_of(bank, hashes) + _add_whole(bank, whole)


def _add_hashes_of(bank: BankFile, entries: list[Living]) -> int:
    fresh = _missing(bank, entries)
    rows = b"".join([entry.raw[12:] for entry in fresh.values()])
    return add_hashes(bank, [*fresh], rows, bytes([entry.raw[7] for entry in fresh.values()]))


def _add_whole(bank: BankFile, entries: list[Living]) -> int:
    fresh = _missing(bank, entries)
    if not fresh:
        return 0
    return bank.add_many(
        (name, enforced_part(entry.fingerprint(), is_exact_only=entry.is_exact_only))
        for name, entry in fresh.items()
    )


def _missing(bank: BankFile, entries: list[Living]) -> dict[str, Living]:
    """Entries that the bank does not hold, by the name that they have in it."""
    named = {str(entry.entry_id): entry for entry in entries}
    for name in bank.held([*named]) if named and len(bank) else ():
        del named[name]
    return named


def is_pdq_alone(raw: bytes) -> bool:
    """Whether these bytes are a photo with a ``pdq``, of some quality or none, and nothing else."""
    is_alone = len(raw) == _PDQ_BYTES and raw.startswith(_PDQ_ALONE)
    return is_alone and (raw[7] <= 100 or raw[7] == _NO_QUALITY)


def add_hashes(bank: BankFile, ids: list[str], rows: bytes, qualities: bytes) -> int:
    """Add photos known by their ``pdq`` alone."""
    if not ids:
        return 0
    hashes = np.frombuffer(rows, np.uint8).reshape(len(ids), 32)
    return bank.add_pdq(ids, hashes, np.frombuffer(qualities, np.uint8))
