"""What goes to a replica opens with its private key alone, whoever carries it or stole its API key.

Layout: a fresh public key (X25519, 32 bytes), then AES-256-GCM under a key of HKDF-SHA256 of the
two; used once, so that its nonce may be zero. It is bound to what it answers. Source: ADR-0076.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from staydown_web.base.errors import FieldsError

_INFO = b"staydown replica/1"


def seal_to(public_key: str, plain: bytes, *, context: str) -> bytes:
    """Seal something for the owner of a key.

    Args:
        public_key: X25519, 64 hex digits.
        plain: the value.
        context: what it is, for whom, and what it answers.

    Raises:
        FieldsError: a key with which nothing can be sealed.
    """
    fresh = X25519PrivateKey.generate()
    sent = fresh.public_key().public_bytes_raw()
    try:
        owner = bytes.fromhex(public_key)
        shared = fresh.exchange(X25519PublicKey.from_public_bytes(owner))
    except ValueError:
        raise FieldsError({"public_key": "a key of `staydown edge key`"}) from None
    key = HKDF(SHA256(), 32, salt=sent + owner, info=_INFO).derive(shared)
    return sent + AESGCM(key).encrypt(bytes(12), plain, context.encode())
