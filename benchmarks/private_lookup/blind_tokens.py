"""Pieces as tokens under a key of the hub, which it evaluates without seeing them (an OPRF).

The caller blinds a point made of the piece, the hub multiplies it by its key, the caller takes the
blinding off and hashes. The hub sees a random point; the caller gets tokens of its own pieces and
of no others. Source: 2HashDH, RFC 9497, here over edwards25519 by libsodium; a prototype, without
that RFC's proofs and domain separation, and not for use.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

import nacl.bindings as sodium


def _point(piece: bytes) -> bytes:
    point: bytes = sodium.crypto_core_ed25519_from_uniform(hashlib.sha256(piece).digest())
    return point


def random_scalar() -> bytes:
    """A scalar; never 0."""
    scalar: bytes = sodium.crypto_core_ed25519_scalar_reduce(os.urandom(64))
    return scalar


@dataclass(frozen=True)
class Asked:
    """What a caller keeps of a blinded piece: the piece, and what takes the blinding off."""

    piece: bytes
    unblind: bytes


def blind(piece: bytes) -> tuple[Asked, bytes]:
    """A piece as a random point, and what the caller keeps."""
    scalar = random_scalar()
    sent: bytes = sodium.crypto_scalarmult_ed25519_noclamp(scalar, _point(piece))
    return Asked(piece, sodium.crypto_core_ed25519_scalar_invert(scalar)), sent


def evaluate(key: bytes, blinded: bytes) -> bytes:
    """The hub's part: it learns nothing of the piece."""
    out: bytes = sodium.crypto_scalarmult_ed25519_noclamp(key, blinded)
    return out


def finish(asked: Asked, evaluated: bytes) -> bytes:
    """The token of the caller's piece; 8 bytes."""
    point = sodium.crypto_scalarmult_ed25519_noclamp(asked.unblind, evaluated)
    return hashlib.sha256(asked.piece + point).digest()[:8]


def token(key: bytes, piece: bytes) -> bytes:
    """The same token, by whoever holds the key: for the hub's own bank."""
    point = sodium.crypto_scalarmult_ed25519_noclamp(key, _point(piece))
    return hashlib.sha256(piece + point).digest()[:8]
