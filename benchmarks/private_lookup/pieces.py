"""Pieces of a hash: two hashes that are near agree in some piece, two that are not in hardly any.

A piece is what a hash holds at ``PIECE_BITS`` places that were drawn once and are public. With
``PIECES`` of them, near matching becomes a few exact look-ups, which is what private protocols do.
Source: bit sampling, Indyk and Motwani, "Approximate nearest neighbors" (STOC 1998).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PIECES, PIECE_BITS = 64, 40
_SEED = 78


def places(pieces: int = PIECES, bits: int = PIECE_BITS) -> npt.NDArray[np.int64]:
    """Which bits each piece takes; int64, shape (pieces, bits), 0..255, none twice in a piece."""
    rng = np.random.default_rng(_SEED)
    return np.stack([rng.choice(256, bits, replace=False) for _ in range(pieces)])


def pieces_of(
    hashes: npt.NDArray[np.uint8], where: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The pieces of hashes as numbers.

    Args:
        hashes: uint8, shape (n, 32).
        where: from ``places``; at most 64 bits a piece.

    Returns:
        uint64, shape (n, pieces).
    """
    bits = np.unpackbits(hashes, axis=1)
    out = np.zeros((len(hashes), len(where)), np.uint64)
    for column, taken in enumerate(where):
        for bit in taken:
            out[:, column] = out[:, column] << np.uint64(1) | bits[:, bit].astype(np.uint64)
    return out


def flipped(
    hashes: npt.NDArray[np.uint8], distance: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Hashes with so many bits flipped, each drawn for itself."""
    bits = np.unpackbits(hashes, axis=1)
    order = rng.random(bits.shape).argsort(axis=1)[:, :distance]
    np.put_along_axis(bits, order, 1 - np.take_along_axis(bits, order, axis=1), axis=1)
    return np.packbits(bits, axis=1)


def like_real(
    real: npt.NDArray[np.uint8], count: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """As many hashes as wanted: of real pictures, with a sixth of the bits flipped.

    Neighbours share what the bits of real pictures share, such as bright skies.
    """
    picked = real[rng.integers(0, len(real), count)]
    noise = np.packbits(rng.random((count, 256)) < 1 / 6, axis=1)
    return picked ^ noise
