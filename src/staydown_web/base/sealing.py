"""Sealed fields: AES-256-GCM under a key outside the database; and blind indexes.

A sealed value is bound to its context (table, field and record), so that a value moved to another
record does not open. Layout: version (1 byte), number of the key (2, from the second key on),
nonce (12), ciphertext and tag (16).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from staydown_web.base.errors import ConfigError, SealError
from staydown_web.base.keys import Keys, case_key, load_keys

LOOK_EVERY_S = 1.0
"""A key that came or went is known in every process after so long."""

_TICK_S = 2.0
_VERSION, _NUMBERED = b"\x01", b"\x02"
_NONCE_BYTES = 12
_NONCES_AT_ONCE = 256
_LEAST_BYTES = 1 + _NONCE_BYTES + 16
LAYERS = "ghijklmnopqrstuvwxyz"
"""First letters of marks by their layer, from the second on: no hex digit is among them."""

log = logging.getLogger("staydown.keys")


class _Held:
    """The keys as they were read last.

    Attributes:
        given: the setting that names their folder.
        keys: what was read.
        stamp: when the folder had changed last, in nanoseconds.
        read_at: the moment of reading, Unix time.
        until: when to look again, by the monotonic clock.
    """

    __slots__ = ("given", "keys", "read_at", "stamp", "until")

    def __init__(self, given: object, keys: Keys, stamp: int) -> None:
        self.given, self.keys, self.stamp = given, keys, stamp
        self.read_at, self.until = time.time(), time.monotonic() + LOOK_EVERY_S


_held: _Held | None = None
_by_folder: dict[Path, _Held] = {}


def installation_keys() -> Keys:
    """The keys of this installation, at most a second old.

    Raises:
        ConfigError: they are missing or damaged.
    """
    # Called for every sealed field: nothing but two comparisons, most of the time.
    held = _held
    if held is not None and held.given is settings.STAYDOWN_KEYS and time.monotonic() < held.until:
        return held.keys
    return _looked()


def keys_read_anew() -> Keys:
    """The keys as their files are in this moment.

    Raises:
        ConfigError: they are missing or damaged.
    """
    return _looked(is_new=True)


def _looked(*, is_new: bool = False) -> Keys:
    """Look whether a key came or went, and read them anew where that is so."""
    global _held  # noqa: PLW0603 - what the whole process shares
    given = settings.STAYDOWN_KEYS
    folder = given if isinstance(given, Path) else Path(given)
    before = _by_folder.get(folder)
    try:
        stamp = folder.stat().st_mtime_ns
        # A change in the same tick of the file system's clock as our reading would not show.
        is_settled = before is not None and stamp / 1e9 < before.read_at - _TICK_S
        if before is not None and before.stamp == stamp and is_settled and not is_new:
            found = before
            found.until = time.monotonic() + LOOK_EVERY_S
            found.given = given
        else:
            found = _Held(given, load_keys(folder), stamp)
    except (OSError, ConfigError) as error:
        if before is None:
            raise ConfigError(f"the keys cannot be read: {error}") from None
        # What is held still works; a share that is away for a moment must not stop the service.
        log.warning("the keys cannot be read anew (%s)", type(error).__name__)
        found = before
        found.until = time.monotonic() + LOOK_EVERY_S
    _by_folder[folder] = _held = found
    if before is not None:
        _follow_secret(before.keys, found.keys)
    return found.keys


def _follow_secret(before: Keys, keys: Keys) -> None:
    """Let Django sign with the newest secret, and take what the others signed."""
    if (before.django, before.djangos) != (keys.django, keys.djangos):
        settings.SECRET_KEY_FALLBACKS = [key.hex() for key in keys.djangos]
        settings.SECRET_KEY = keys.django.hex()


def seal(plain: bytes, *, context: str) -> bytes:
    """Seal a value under the installation's newest key.

    Args:
        plain: the value.
        context: what it is and whose, such as ``entry:fingerprint:<id>``.
    """
    keys = installation_keys()
    number = keys.field_number
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = keys.ciphers[number].encrypt(nonce, plain, context.encode())
    return _start(number) + nonce + sealed


def unseal(box: bytes | memoryview, *, context: str) -> bytes:
    """Open what ``seal`` made in the same context.

    Raises:
        SealError: another key or context, or a changed value.
    """
    data = bytes(box)
    number, begins = _number_of(data)
    cipher = installation_keys().ciphers.get(number) or _looked(is_new=True).ciphers.get(number)
    if cipher is None:
        raise SealError("a value was sealed by a key that is not here, or was retired")
    return _opened(cipher, data, begins, context)


def key_number(box: bytes | memoryview) -> int:
    """Which key of the installation a value is sealed under.

    Raises:
        SealError: it is no sealed value.
    """
    return _number_of(bytes(box[: _LEAST_BYTES + 2]))[0]


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


def blind(value: bytes, *, purpose: str, digits: int = 64) -> str:
    """A keyed digest by which equal values find each other; hex digits.

    Args:
        value: what must not be readable from the index.
        purpose: keeps the indexes of different fields apart.
        digits: how long it is to be.
    """
    keys = installation_keys()
    mark = hmac.digest(keys.blind, purpose.encode() + b"\x00" + value, "sha256").hex()[:digits]
    return _lifted(mark, keys.layers) if keys.layers else mark


def lasting_name(value: bytes, *, purpose: str, digits: int = 64) -> str:
    """A keyed digest that others were told, such as an id in their calendar: it never changes.

    Args:
        value: what it stands for.
        purpose: keeps names of different kinds apart.
        digits: how long it is to be.
    """
    key = installation_keys().blind
    return hmac.digest(key, purpose.encode() + b"\x00" + value, "sha256").hex()[:digits]


class Sealer:
    """``seal`` and ``blind`` for thousands of values at once: the keys are looked up rarely."""

    def __init__(self) -> None:
        self._take(installation_keys())
        self._nonces: Iterator[tuple[Any, ...]] = iter(())

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """See ``seal``."""
        nonce = self._next_nonce()
        return self._start + nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def blind(self, value: bytes, *, purpose: str, digits: int = 64) -> str:
        """See ``blind``."""
        mark = hmac.digest(self._blind, purpose.encode() + b"\x00" + value, "sha256").hex()
        return _lifted(mark[:digits], self._layers) if self._layers else mark[:digits]

    def _next_nonce(self) -> bytes:
        """Drawn from the system's randomness by the hundred: each draw is a call of the system."""
        found = next(self._nonces, None)
        if found is None:
            self._take(installation_keys())  # one that lives long follows a change of keys
            drawn = secrets.token_bytes(_NONCE_BYTES * _NONCES_AT_ONCE)
            self._nonces = struct.iter_unpack(f"{_NONCE_BYTES}s", drawn)
            found = next(self._nonces)
        return bytes(found[0])

    def _take(self, keys: Keys) -> None:
        self._start, self._cipher = _start(keys.field_number), keys.ciphers[keys.field_number]
        self._blind, self._layers = keys.blind, keys.layers


def digest_token(token: str) -> str:
    """SHA-256 of a random token, 64 hex digits: enough for tokens of 256 bits, and quick."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seal(key: bytes, plain: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def _unseal(key: bytes, box: bytes, context: str) -> bytes:
    if len(box) < _LEAST_BYTES or box[:1] != _VERSION:
        raise SealError("a sealed value is damaged")
    return _opened(AESGCM(key), box, 1, context)


def _start(number: int) -> bytes:
    """How a value begins: the first key needs no number, so that nothing is longer than before."""
    return _VERSION if number == 1 else _NUMBERED + number.to_bytes(2)


def _number_of(box: bytes) -> tuple[int, int]:
    """The number of a value's key, and where its nonce begins."""
    if len(box) >= _LEAST_BYTES:
        if box[0] == 1:
            return 1, 1
        if box[0] == 2 and len(box) >= _LEAST_BYTES + 2:
            return int.from_bytes(box[1:3]), 3
    raise SealError("a sealed value is damaged")


def _opened(cipher: AESGCM, box: bytes, begins: int, context: str) -> bytes:
    ends = begins + _NONCE_BYTES
    try:
        return cipher.decrypt(box[begins:ends], box[ends:], context.encode())
    except InvalidTag:
        raise SealError("a sealed value does not open: it was changed or moved") from None


def lifted(mark: str, key: bytes, number: int) -> str:
    """A mark with another layer over it; as long as before, its layer told by the first letter.

    Args:
        mark: of the layer before.
        key: of the new layer.
        number: of it, from 2.
    """
    digest = hmac.digest(key, mark.encode(), "sha256").hex()
    return LAYERS[number - 2] + digest[: len(mark) - 1]


def layer_of(mark: str) -> int:
    """How many layers a mark has, from 1."""
    return LAYERS.find(mark[:1]) + 2 if mark[:1] in LAYERS else 1


def _lifted(mark: str, layers: tuple[bytes, ...]) -> str:
    for number, key in enumerate(layers, start=2):
        mark = lifted(mark, key, number)
    return mark
