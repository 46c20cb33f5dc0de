"""The keys that sign receipts and records, one in use, and the public halves of all before it.

They are files in ``signing/`` beside the other keys: ``0001.key`` is the first one, of 32 bytes for
its owner alone. Changing the key writes ``0002.key``, keeps ``0001.pub`` and destroys ``0001.key``:
what it signed is still proven by its public half. The audit's key is another one, so that either
can be changed without the other (ADR-0056).
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from staydown.cli.verify.documents import fingerprint_of, keys_in
from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import KEY_BYTES, read_key, sync_folder, write_once

_FOLDER = "signing"
_KEY_FILE = re.compile(r"(\d{4})\.key")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs now.

    Attributes:
        number: from 1; a later key has a higher one.
        private: signs.
        public: the 32 bytes that prove it.
        fingerprint: of the public key, 64 hex digits.
    """

    number: int
    private: Ed25519PrivateKey
    public: bytes
    fingerprint: str

    def sign(self, text: bytes) -> str:
        """The signature of a text; 128 hex digits."""
        return self.private.sign(text).hex()


def signing_key(folder: Path) -> SigningKey:
    """The key that signs now; made where there is none yet.

    Args:
        folder: of the installation's keys.

    Raises:
        ConfigError: it cannot be read or made.
    """
    number = _newest(folder)
    if number is None:
        _make(folder, 1)
        number = _newest(folder) or 1
    return _read_signing(folder, number)


def change_signing_key(folder: Path) -> tuple[SigningKey, SigningKey]:
    """Make a new key, and destroy the private half of the one in use.

    A kill in between leaves two private keys: the newer one signs, and the next call, or this one
    again, finishes. What either signed is proven all the while.

    Returns:
        The key before, still able to sign that it ends, and the new one.

    Raises:
        ConfigError: a file cannot be written.
    """
    before = signing_key(folder)
    try:
        _keep_public(folder, before)
        _make(folder, before.number + 1)
    except OSError as error:
        raise ConfigError(f"the key cannot be changed: {error.strerror}; check the disk") from None
    return before, _read_signing(folder, before.number + 1)


def destroy_old_keys(folder: Path) -> int:
    """Destroy the private halves of keys that sign no more; their public halves stay.

    Returns:
        How many.
    """
    newest = _newest(folder)
    gone = 0
    for number in _numbers(folder):
        if number == newest:
            continue
        key = _read_signing(folder, number)
        _keep_public(folder, key)
        path = _path(folder, number)
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            os.fsync(file.fileno())
        path.unlink()
        gone += 1
    if gone:
        sync_folder(folder / _FOLDER)
    return gone


def private_keys(folder: Path) -> list[SigningKey]:
    """Every key whose private half is still there, oldest first; more than one while one changes.

    Raises:
        ConfigError: one cannot be read.
    """
    return [_read_signing(folder, number) for number in _numbers(folder)]


def public_keys(folder: Path) -> dict[str, bytes]:
    """Fingerprint -> public key of every key that ever signed here, the one in use first."""
    current = signing_key(folder)
    found = {current.fingerprint: current.public}
    for path in sorted((folder / _FOLDER).glob("*.pub"), reverse=True):
        found.update(keys_in(path.read_bytes()))
    return found


def public_pem(raw: bytes) -> str:
    """A public key of 32 bytes in PEM."""
    key = Ed25519PublicKey.from_public_bytes(raw)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _newest(folder: Path) -> int | None:
    return max(_numbers(folder), default=None)


def _numbers(folder: Path) -> list[int]:
    names = (_KEY_FILE.fullmatch(path.name) for path in (folder / _FOLDER).glob("*.key"))
    return sorted(int(name[1]) for name in names if name)


def _make(folder: Path, number: int) -> None:
    try:
        (folder / _FOLDER).mkdir(exist_ok=True, mode=0o700)
        # Two processes at the same moment: the first one's key is everybody's.
        with suppress(FileExistsError):
            write_once(_path(folder, number), secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise ConfigError(
            f"the signing key cannot be made in {folder}: {error.strerror}; set STAYDOWN_KEYS to a "
            "folder that this user may write"
        ) from None


def _keep_public(folder: Path, key: SigningKey) -> None:
    with suppress(FileExistsError):
        write_once(folder / _FOLDER / f"{key.number:04}.pub", public_pem(key.public).encode())


def _read_signing(folder: Path, number: int) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(read_key(_path(folder, number)))
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey(number, private, public, fingerprint_of(public))


def _path(folder: Path, number: int) -> Path:
    return folder / _FOLDER / f"{number:04}.key"
