"""What a fingerprint can stand for: the quality floor, and the collision test at intake.

A blank wall, a gradient or a page of text is "like" a great many harmless pictures. An entry made
of one would hold them all, by accident or by design. Such an entry stands for the same bytes alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from staydown import Fingerprint, HammingIndex, Matcher, Signal, SignalType
from staydown.index import MemoryStore
from staydown_web.base.errors import FingerprintPlainError

LEAST_QUALITY = 50
"""Quality of ``pdq`` below which a picture is too plain. Source: the PDQ paper; ADR-0026."""
LEAST_WINDOWS = 24
"""Windows below which they alone do not tell a picture. Source: ADR-0026."""
PLAIN_BITS = 34
"""Bits within which a ``pdq`` alone is like a harmless picture: the matcher's own reach."""
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Weight:
    """What a fingerprint can stand for.

    Attributes:
        is_exact_only: True where it stands for the same bytes alone.
        collisions: how many harmless pictures it matches.
    """

    is_exact_only: bool
    collisions: int


def weigh(fingerprint: Fingerprint) -> Weight:
    """Judge a fingerprint before it enters a bank.

    Raises:
        FingerprintPlainError: too plain to stand for anything like it, and no digest of its bytes.

    Cost: one match against the corpus, a few milliseconds.
    """
    collisions = 0
    is_exact_only = not _is_telling(fingerprint)
    if not is_exact_only:
        collisions = len(benign_matcher().match(fingerprint))
        is_exact_only = collisions > 0
    has_digest = any(fingerprint.get(t) for t in (SignalType.SHA256, SignalType.MD5))
    if is_exact_only and not has_digest:
        raise FingerprintPlainError(
            "this picture is too plain, or too like harmless ones, to find copies by; send its "
            "sha256 as well, which finds the same file"
        )
    return Weight(is_exact_only, collisions)


def weigh_hashes(raws: Sequence[bytes]) -> list[bool]:
    """Which of many photos known by their ``pdq`` alone are too plain.

    Args:
        raws: binary forms, as ``bulk.is_pdq_alone`` knows them.
    """
    if not raws:
        return []
    hashes = np.frombuffer(b"".join(raw[12:] for raw in raws), np.uint8).reshape(-1, 32)
    near = benign_hashes().search(hashes, max_bits=PLAIN_BITS)[0]
    is_plain = np.array([raw[7] < LEAST_QUALITY for raw in raws])
    is_plain[near] = True
    return [bool(v) for v in is_plain]


def enforced_part(fingerprint: Fingerprint, *, is_exact_only: bool) -> Fingerprint:
    """The signals that go into the segments."""
    if not is_exact_only:
        return fingerprint
    kept = tuple(s for s in fingerprint.signals if s.type in (SignalType.SHA256, SignalType.MD5))
    return Fingerprint(fingerprint.kind, kept, fingerprint.version)


@cache
def benign_hashes() -> HammingIndex:
    """The ``pdq`` of the harmless pictures, those of a telling quality."""
    index = HammingIndex(bits=256)
    signals = [s for f in _benign() if (s := f.get(SignalType.PDQ)) and _is_good(s)]
    rows = np.frombuffer(b"".join(s.raw for s in signals), np.uint8).reshape(-1, 32)
    index.add(list(range(len(rows))), rows)
    return index


@cache
def benign_matcher() -> Matcher:
    """Harmless pictures to match against: drawn ones that many people's files are like."""
    # On the asking thread alone, like the bank: how many work at once is for the lanes to say.
    matcher = Matcher(MemoryStore(threads=1))
    for number, fingerprint in enumerate(_benign()):
        matcher.add(f"benign/{number}", fingerprint)
    return matcher


def _benign() -> Iterator[Fingerprint]:
    raw = (files("staydown_web.banks") / "data" / "benign.bin").read_bytes()
    at = 0
    while at < len(raw):
        (size,) = _LENGTH.unpack_from(raw, at)
        at += _LENGTH.size
        yield Fingerprint.from_bytes(raw[at : at + size])
        at += size


def _is_telling(fingerprint: Fingerprint) -> bool:
    """Whether some signal tells this picture from others."""
    pdq = fingerprint.get(SignalType.PDQ)
    if pdq is not None and _is_good(pdq):
        return True
    windows = fingerprint.windows
    if windows is not None and len(windows) >= LEAST_WINDOWS:
        return True
    timeline = fingerprint.timeline
    return timeline is not None and bool((timeline.qualities >= LEAST_QUALITY).any())


def _is_good(signal: Signal) -> bool:
    return signal.quality is None or signal.quality >= LEAST_QUALITY
