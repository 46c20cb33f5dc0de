"""The keys of this installation: files beside the database, never in it.

``STAYDOWN_HOME/keys`` (or ``STAYDOWN_KEYS``) belongs to its owner alone. It holds the keys that
seal fields, those of blind indexes, the signing keys of the audit, Django's secrets, and one file
for each case: erasing a case deletes its file, so that every backup of the database forgets it too.
Each but a case's is a ring: newer ones come beside the first (``base.rings``, ADR-0095).
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from staydown_web.base.errors import ConfigError, SealError, StorageFailedError
from staydown_web.base.rings import KEY_BYTES, Ring, first_name, numbers_in, read_key, read_ring

__all__ = [
    "KEY_BYTES",
    "Keys",
    "case_key",
    "erase_case_key",
    "field_keys",
    "keys_changing",
    "keys_kept",
    "load_keys",
    "make_case_key",
    "make_keys",
    "missing_keys",
    "read_key",
    "sync_folder",
    "write_once",
]

RINGS = ("field", "blind", "audit", "django")
_LOCK = ".lock"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keys:
    """The keys of this installation, each of 32 bytes.

    Attributes:
        folder: where they lie.
        field: seals fields of the database; the newest.
        field_number: of it, from 1.
        fields: every key that opens fields, by its number.
        ciphers: the same, ready to use.
        blind: the first key of blind indexes.
        layers: the keys after it, oldest first: each is applied over what the ones before give.
        audit: signs checkpoints of the audit, ed25519; the newest.
        audits: every one whose private half is here, by its number.
        django: signs sessions and links.
        djangos: others whose signatures are taken.
    """

    folder: Path
    field: bytes
    field_number: int
    fields: Mapping[int, bytes]
    ciphers: Mapping[int, AESGCM] = dataclasses.field(compare=False)
    blind: bytes
    layers: tuple[bytes, ...]
    audit: bytes
    audits: Mapping[int, bytes]
    django: bytes
    djangos: tuple[bytes, ...]

    def signers(self) -> dict[int, Ed25519PrivateKey]:
        """The private keys that sign checkpoints of the audit, by their numbers."""
        made = Ed25519PrivateKey.from_private_bytes
        return {number: made(key) for number, key in self.audits.items()}


def make_keys(folder: Path) -> list[str]:
    """Make the keys that are not there yet.

    Returns:
        The names of the files that were made; empty where all were there.

    Raises:
        OSError: the folder cannot be written; it names the folder.
    """
    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in missing_keys(folder):
            # Several processes start at the same moment: the first one's key is everybody's.
            with suppress(FileExistsError):
                write_once(folder / name, secrets.token_bytes(KEY_BYTES))
                made.append(name)
        (folder / "cases").mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    return made


def missing_keys(folder: Path) -> list[str]:
    """Names of the keys of which there is none in the folder; looking makes none."""
    return [first_name(ring) for ring in RINGS if not numbers_in(folder, ring)]


def load_keys(folder: Path) -> Keys:
    """Read the keys from their files.

    Raises:
        ConfigError: a key is missing, has another length, or others may read it.
    """
    field, blind, audit, django = (read_ring(folder, name) for name in RINGS)
    return Keys(
        folder=folder,
        field=field.newest,
        field_number=field.number,
        fields=field.keys,
        ciphers={number: AESGCM(key) for number, key in _opening(field).items()},
        blind=_first_layer(blind, folder),
        layers=tuple(blind.keys[number] for number in sorted(blind.keys) if number > 1),
        audit=audit.newest,
        audits=audit.keys,
        django=django.newest,
        djangos=tuple(key for key in _opening(django).values() if key != django.newest),
    )


def field_keys(folder: Path) -> dict[int, bytes]:
    """The keys that open sealed fields, by their numbers.

    Raises:
        ConfigError: one cannot be read.
    """
    return dict(read_ring(folder, "field").keys)


def _opening(ring: Ring) -> dict[int, bytes]:
    """What is taken from others: also by the key that comes next, which nobody uses here yet."""
    coming = {} if ring.next_key is None else {ring.next_number: ring.next_key}
    return {**ring.keys, **coming}


def _first_layer(ring: Ring, folder: Path) -> bytes:
    if sorted(ring.keys) != list(range(1, ring.number + 1)):
        raise ConfigError(
            f"a layer of the blind indexes is missing in {folder}; restore it from your copy of "
            "the keys"
        )
    return ring.keys[1]


@contextmanager
def keys_kept(folder: Path) -> Iterator[None]:
    """While this lasts nobody takes a key away: for copies. Others may do so too."""
    with _locked(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def keys_changing(folder: Path) -> Iterator[None]:
    """While this lasts nobody else changes keys, and no copy of them is made."""
    with _locked(folder, fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                "the keys are being copied or changed by another command; wait until it ends"
            ) from None
        yield
    finally:
        os.close(handle)


def make_case_key(folder: Path, case_id: UUID) -> bytes:
    """Make the key of a new case; durable when this returns.

    Raises:
        SealError: the case has a key already.
        StorageFailedError: the folder takes nothing: its disk is full, read-only or broken.
    """
    key = secrets.token_bytes(KEY_BYTES)
    path = _case_path(folder, case_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(path, key)
    except FileExistsError:
        raise SealError("this case has a key already") from None
    except OSError:
        raise StorageFailedError from None
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
