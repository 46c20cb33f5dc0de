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
    def open(cls, path: Path, key: bytes) -> tuple[Self, list[bytes]]:
        """Open a file, and read every record of it.

        Returns:
            The file, cut to its last whole record, and the records.

        Raises:
            SealedFileError: damaged, or of another key.
            FileNotFoundError: there is none.
        """
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            start = os.pread(fd, _START, 0)
            if len(start) < _START or start[: len(_MAGIC)] != _MAGIC:
                raise SealedFileError("a file of this replica is not one of its files")
            made = cls(path, fd, _cipher(key, start[len(_MAGIC) :]), {})
            records = list(made._read())
            if not records:
                raise SealedFileError("a file of this replica was never finished")
            made.header = json.loads(records[0])
            os.ftruncate(fd, made._end)
            made.count = len(records) - 1
        except BaseException:
            os.close(fd)
            raise
        return made, records[1:]

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
        _write_all(self._fd, written, self._end)
        if is_durable:
            os.fdatasync(self._fd)
        self._end += len(written)
        self.count = number

    def sync(self) -> None:
        """Make durable what was added without waiting."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def _read(self) -> Iterator[bytes]:
        size, number = os.fstat(self._fd).st_size, 0
        while self._end < size:
            head = os.pread(self._fd, _HEAD.size, self._end)
            if len(head) < _HEAD.size:
                return
            length, check = _HEAD.unpack(head)
            if check != _check(length, number):
                if self._is_blank(size):
                    return
                raise SealedFileError("a file of this replica is damaged")
            at = self._end + _HEAD.size
            box = os.pread(self._fd, _NONCE + length, at)
            if len(box) < _NONCE + length:
                return
            end = at + len(box)
            try:
                plain = self._cipher.decrypt(box[:_NONCE], box[_NONCE:], _NUMBER.pack(number))
            except InvalidTag:
                if end == size and number:
                    return
                raise SealedFileError(
                    "a file of this replica is damaged, or of another key"
                ) from None
            self._end = end
            number += 1
            yield plain

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
