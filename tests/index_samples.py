"""Fingerprints, hashes and child programs that tests of the index share. Drawn by code alone."""

from __future__ import annotations

import numpy as np

from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline, Windows


def random_hashes(seed: int, count: int) -> np.ndarray:
    """Random hashes, uint8, shape (count, 32)."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(rng: np.random.Generator, one: np.ndarray, bits: int) -> np.ndarray:
    """The hash with this many bits changed."""
    mask = np.zeros(256, np.uint8)
    mask[rng.choice(256, bits, replace=False)] = 1
    return one ^ np.packbits(mask)


def windows(seed: int, points: int) -> Windows:
    """Windows with random content."""
    rng = np.random.default_rng(seed)
    return Windows(
        384,
        int(rng.integers(1, 385)),
        rng.integers(0, 256, (points, 32), dtype=np.uint8),
        rng.integers(0, 2**32, points, dtype=np.uint32),
        rng.integers(0, 256, (16, 16), dtype=np.uint8),
    )


def photo(seed: int, points: int = 20) -> Fingerprint:
    """A photo with every signal a photo can have."""
    rng = np.random.default_rng(seed)
    return Fingerprint(
        ContentKind.PHOTO,
        (
            Signal.of(SignalType.SHA256, rng.bytes(32)),
            Signal.of(SignalType.MD5, rng.bytes(16)),
            Signal.of(SignalType.PDQ, rng.bytes(32), int(rng.integers(0, 101))),
            Signal.of(SignalType.WINDOWS, windows(seed, points).to_bytes()),
        ),
    )


def pdq_only(seed: int) -> Fingerprint:
    """A photo with a pdq without quality and nothing else."""
    rng = np.random.default_rng(seed)
    return Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, rng.bytes(32)),))


def video(seed: int, frames: int = 9) -> Fingerprint:
    """A video whose every fourth frame has windows."""
    rng = np.random.default_rng(seed)
    line = Timeline(
        frames * 1000,
        np.cumsum(rng.integers(1, 2000, frames)).astype(np.uint32),
        rng.integers(0, 101, frames, dtype=np.uint8),
        rng.integers(0, 256, (frames, 32), dtype=np.uint8),
        tuple((f, windows(1_000_000 + 100 * seed + f, 7)) for f in range(0, frames, 4)),
    )
    return Fingerprint(
        ContentKind.VIDEO,
        (
            Signal.of(SignalType.TIMELINE, line.to_bytes(), 77),
            Signal.of(SignalType.SHA256, rng.bytes(32)),
        ),
    )


def any_fingerprint(seed: int) -> Fingerprint:
    """Photos, videos and bare hashes in turn."""
    return (photo, video, pdq_only)[seed % 3](seed)
