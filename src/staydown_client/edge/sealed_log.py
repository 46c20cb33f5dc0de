"""A sealed file that grows record by record, and survives being cut off at any byte.

Layout: magic (8), salt (16), then records. A record is its length (4), a checksum of length and
number (4), a nonce (12), and AES-256-GCM under a key derived for this file, bound to the number of
the record. Record 0 is the header. A tail that was being written when the power went is cut off;
damage anywhere else is an error, so that no removal can be lost without a word.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from staydown_client.edge.errors import SealedFileError

_MAGIC = b"SDEDGE1\n"
_SALT = 16
_HEAD = struct.Struct("<II")
_NUMBER = struct.Struct("<Q")
_NONCE = 12
_START = len(_MAGIC) + _SALT


class SealedLog:
    """One sealed file, open for adding. Use ``create`` or ``open``."""

    def __init__(self, path: Path, fd: int, cipher: AESGCM, header: dict[str, Any]) -> None:
        self.path = path
        self.header = header
        self.count = 0
        self._fd = fd
        self._cipher = cipher
        self._end = _START

    @classmethod
    def create(cls, path: Path, key: bytes, header: dict[str, Any]) -> Self:
        """Make a file, readable by its owner alone; whatever was there is replaced."""
        path.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(path, flags, 0o600)
        salt = secrets.token_bytes(_SALT)
        os.write(fd, _MAGIC + salt)
        made = cls(path, fd, _cipher(key, salt), header)
        made.count = -1
        made.append(json.dumps(header).encode())
        sync_folder(path.parent)
        return made

    @classmethod
    def open(cls, path: Path, key: bytes) -> Self:
        """Open a file; before anything is added, ``records`` has to be read to its end.

        Raises:
            SealedFileError: no file of a replica, never finished, or of another key.
            FileNotFoundError: there is none.
        """
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            made = cls(path, fd, _cipher(key, _salt_of(os.pread(fd, _START, 0))), {})
            made.count = -1
            made.header = json.loads(_finished(made._next(os.fstat(fd).st_size)))
        except BaseException:
            os.close(fd)
            raise
        return made

    def records(self) -> Iterator[bytes]:
        """Every record that was not read yet; then the file is cut to its last whole one.

        Raises:
            SealedFileError: damaged.
        """
        size = os.fstat(self._fd).st_size
        while (record := self._next(size)) is not None:
            yield record
        os.ftruncate(self._fd, self._end)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._end

    def append(self, record: bytes, *, is_durable: bool = True) -> None:
        """Add a record; durable when this returns, unless told otherwise."""
        number = self.count + 1
        nonce = secrets.token_bytes(_NONCE)
        box = self._cipher.encrypt(nonce, record, _NUMBER.pack(number))
        written = _head(len(box), number) + nonce + box
        try:
            _write_all(self._fd, written, self._end)
            if is_durable:
                os.fdatasync(self._fd)
        except OSError:
            # A full disk: what was begun goes, or the next record would end in its rest.
            os.ftruncate(self._fd, self._end)
            raise
        self._end += len(written)
        self.count = number

    def sync(self) -> None:
        """Make durable what was added without waiting."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def _next(self, size: int) -> bytes | None:
        """The next record; None at the end, and where a tail was not written to its end."""
        number = self.count + 1
        head = os.pread(self._fd, _HEAD.size, self._end)
        if len(head) < _HEAD.size:
            return None
        length, check = _HEAD.unpack(head)
        if check != _check(length, number):
            if self._is_blank(size):
                return None
            raise SealedFileError("a file of this replica is damaged")
        box = os.pread(self._fd, _NONCE + length, self._end + _HEAD.size)
        if len(box) < _NONCE + length:
            return None
        end = self._end + _HEAD.size + len(box)
        try:
            plain = self._cipher.decrypt(box[:_NONCE], box[_NONCE:], _NUMBER.pack(number))
        except InvalidTag:
            if end == size and number:
                return None
            raise SealedFileError("a file of this replica is damaged, or of another key") from None
        self._end, self.count = end, number
        return plain

    def _is_blank(self, size: int) -> bool:
        """Whether nothing but zeros follows: a file that grew before its bytes were written."""
        return not os.pread(self._fd, size - self._end, self._end).strip(b"\x00")


def sync_folder(folder: Path) -> None:
    """Make what was added to a folder, or taken away, durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _salt_of(start: bytes) -> bytes:
    if len(start) < _START or start[: len(_MAGIC)] != _MAGIC:
        raise SealedFileError("a file of this replica is not one of its files")
    return start[len(_MAGIC) :]


def _finished(header: bytes | None) -> bytes:
    if header is None:
        raise SealedFileError("a file of this replica was never finished")
    return header


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"staydown edge file/1").derive(key))


def _head(length: int, number: int) -> bytes:
    return _HEAD.pack(length, _check(length, number))


def _check(length: int, number: int) -> int:
    return zlib.crc32(_HEAD.pack(length, number & 0xFFFF_FFFF))


def _write_all(fd: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(fd, view, at)
        view, at = view[done:], at + done
