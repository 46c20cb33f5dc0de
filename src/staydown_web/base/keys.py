"""The keys of this installation: files beside the database, never in it.

``STAYDOWN_HOME/keys`` (or ``STAYDOWN_KEYS``) belongs to its owner alone. It holds the master key
that seals fields, the key of blind indexes, the signing key of the audit, Django's secret, and one
file for each case: erasing a case deletes its file, so that every backup of the database forgets
it too.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from staydown_web.base.errors import ConfigError, SealError

KEY_BYTES = 32
_NAMES = ("field.key", "blind.key", "audit.key", "django.key")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of this installation, each of 32 bytes.

    Attributes:
        folder: where they lie.
        field: seals fields of the database.
        blind: makes blind indexes, so that equal values are found without being readable.
        audit: signs checkpoints of the audit, ed25519.
        django: signs sessions and links.
    """

    folder: Path
    field: bytes
    blind: bytes
    audit: bytes
    django: bytes

    def signer(self) -> Ed25519PrivateKey:
        """The private key that signs checkpoints of the audit."""
        return Ed25519PrivateKey.from_private_bytes(self.audit)


def make_keys(folder: Path) -> list[str]:
    """Make the keys that are not there yet.

    Returns:
        The names of the files that were made; empty where all were there.

    Raises:
        ConfigError: the folder cannot be written.
    """
    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _NAMES:
            # Several processes start at the same moment: the first one's key is everybody's.
            with suppress(FileExistsError):
                if not (folder / name).exists():
                    write_once(folder / name, secrets.token_bytes(KEY_BYTES))
                    made.append(name)
        (folder / "cases").mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"the keys cannot be made in {folder}: {error.strerror}; set STAYDOWN_KEYS to a folder "
            "that this user may write"
        ) from None
    return made


def missing_keys(folder: Path) -> list[str]:
    """Names of the keys that are not in the folder; looking makes none."""
    return [name for name in _NAMES if not (folder / name).exists()]


@cache
def load_keys(folder: Path) -> Keys:
    """Read the keys.

    Raises:
        ConfigError: a key is missing, has another length, or others may read it.
    """
    return Keys(folder, *(read_key(folder / name) for name in _NAMES))


def make_case_key(folder: Path, case_id: UUID) -> bytes:
    """Make the key of a new case; durable when this returns.

    Raises:
        SealError: the case has a key already, or the folder cannot be written.
    """
    key = secrets.token_bytes(KEY_BYTES)
    path = _case_path(folder, case_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(path, key)
    except OSError:
        raise SealError("the key of a new case cannot be stored; check the disk") from None
    return key


def case_key(folder: Path, case_id: UUID) -> bytes:
    """The key of a case.

    Raises:
        SealError: the case was erased, or its key is lost.
    """
    try:
        key = _case_path(folder, case_id).read_bytes()
    except OSError:
        raise SealError("this case was erased: what it held cannot be read any more") from None
    if len(key) != KEY_BYTES:
        raise SealError("the key of this case is damaged; restore the keys from a copy")
    return key


def erase_case_key(folder: Path, case_id: UUID) -> bool:
    """Delete the key of a case: nothing that it sealed can be read again, here or in a backup.

    Returns:
        True where there was one.
    """
    path = _case_path(folder, case_id)
    try:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(size))
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


def _case_path(folder: Path, case_id: UUID) -> Path:
    return folder / "cases" / case_id.hex[:2] / case_id.hex


def read_key(path: Path) -> bytes:
    """The bytes of a key file.

    Raises:
        ConfigError: it is missing, damaged, or others may read it.
    """
    try:
        key = path.read_bytes()
        mode = path.stat().st_mode
    except OSError:
        raise ConfigError(f"{path} is missing; restore it from your copy of the keys") from None
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{path} is damaged: {len(key)} bytes, want {KEY_BYTES}; restore it")
    if mode & 0o077:
        raise ConfigError(f"{path} can be read by others; run: chmod 600 {path}")
    return key


def write_once(path: Path, data: bytes) -> None:
    """Whole or not at all, for the owner alone; an existing file is never replaced."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was added to a folder, or taken away, durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
