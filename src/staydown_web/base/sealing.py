"""Sealed fields: AES-256-GCM under a key outside the database; and blind indexes.

A sealed value is bound to its context (table, field and record), so that a value moved to another
record does not open. Layout: version (1 byte), nonce (12), ciphertext and tag (16).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from staydown_web.base.errors import SealError
from staydown_web.base.keys import Keys, case_key, load_keys

_VERSION = b"\x01"
_NONCE_BYTES = 12
_LEAST_BYTES = 1 + _NONCE_BYTES + 16


def installation_keys() -> Keys:
    """The keys of this installation.

    Raises:
        ConfigError: they are missing or damaged.
    """
    folder = settings.STAYDOWN_KEYS
    # Called for every sealed field: making a path anew would cost more than the sealing.
    return load_keys(folder if isinstance(folder, Path) else Path(folder))


def seal(plain: bytes, *, context: str) -> bytes:
    """Seal a value under the installation's key.

    Args:
        plain: the value.
        context: what it is and whose, such as ``entry:fingerprint:<id>``.
    """
    return _seal(installation_keys().field, plain, context)


def unseal(box: bytes | memoryview, *, context: str) -> bytes:
    """Open what ``seal`` made in the same context.

    Raises:
        SealError: another key or context, or a changed value.
    """
    return _unseal(installation_keys().field, bytes(box), context)


def seal_for_case(case_id: UUID, value: Any, *, context: str) -> bytes:
    """Seal plain JSON values under the case's own key.

    Raises:
        SealError: the case was erased.
    """
    plain = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    key = case_key(installation_keys().folder, case_id)
    return _seal(key, plain, f"{case_id}:{context}")


def unseal_for_case(case_id: UUID, box: bytes | memoryview, *, context: str) -> Any:
    """Open what ``seal_for_case`` made.

    Raises:
        SealError: the case was erased, or the value was changed.
    """
    key = case_key(installation_keys().folder, case_id)
    return json.loads(_unseal(key, bytes(box), f"{case_id}:{context}"))


def blind(value: bytes, *, purpose: str) -> str:
    """A keyed digest by which equal values find each other; 64 hex digits.

    Args:
        value: what must not be readable from the index.
        purpose: keeps the indexes of different fields apart.
    """
    key = installation_keys().blind
    return hmac.digest(key, purpose.encode() + b"\x00" + value, "sha256").hex()


class Sealer:
    """``seal`` and ``blind`` for thousands of values at once: the keys are looked up once."""

    def __init__(self) -> None:
        keys = installation_keys()
        self._cipher, self._blind = AESGCM(keys.field), keys.blind

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """See ``seal``."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def blind(self, value: bytes, *, purpose: str) -> str:
        """See ``blind``."""
        return hmac.digest(self._blind, purpose.encode() + b"\x00" + value, "sha256").hex()


def digest_token(token: str) -> str:
    """SHA-256 of a random token, 64 hex digits: enough for tokens of 256 bits, and quick."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seal(key: bytes, plain: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def _unseal(key: bytes, box: bytes, context: str) -> bytes:
    if len(box) < _LEAST_BYTES or box[:1] != _VERSION:
        raise SealError("a sealed value is damaged")
    nonce, sealed = box[1 : 1 + _NONCE_BYTES], box[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, context.encode())
    except InvalidTag:
        raise SealError("a sealed value does not open: it was changed or moved") from None
