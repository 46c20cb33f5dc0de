"""A file sealed in chunks: what lies on disk tells nothing, and no chunk can be swapped.

Layout: magic (8 bytes), length of the header (4), header (JSON), then chunks. Each chunk is
AES-256-GCM of up to 4 MiB under a key derived for this purpose; its nonce is a random prefix and
its number, and it is bound to the whole header and to being the last one or not. Source: ADR-0023.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from staydown_web.base.errors import SealError
from staydown_web.base.sealing import installation_keys, keys_read_anew

_MAGIC = b"SDSEALS1"
_CHUNK = 4 << 20
_TAG = 16
_PREFIX = 8
_LENGTH = struct.Struct("<I")
_MOST_HEADER = 4096


class Source(Protocol):
    """What is sealed: read from its start to its end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many."""


def seal_file(source: Source, size: int, target: Path, header: dict[str, Any]) -> None:
    """Seal the next bytes of a source into a new file; whole and durable when this returns.

    Args:
        source: gives the bytes in their order.
        size: how many of them.
        target: replaced where it is there.
        header: plain JSON values that the file is bound to; they are not secret.
    """
    prefix = secrets.token_bytes(_PREFIX)
    keys = installation_keys()
    # The first key needs no number: what was sealed before there were others has none.
    number_of_key = {"key": keys.field_number} if keys.field_number > 1 else {}
    told = {**header, **number_of_key, "size": size, "nonce": prefix.hex()}
    head = json.dumps(told, sort_keys=True).encode()
    cipher = AESGCM(_derived(keys.field))
    made = target.with_name(f".{target.name}.{os.getpid()}")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + _LENGTH.pack(len(head)) + head)
            at = number = 0
            while at < size or number == 0:
                plain = source.read(min(_CHUNK, size - at))
                at += len(plain)
                if not plain and at < size:
                    raise SealError("the segments ended early while they were sealed")
                bound = _bound(head, number, is_last=at >= size)
                file.write(cipher.encrypt(prefix + _LENGTH.pack(number), plain, bound))
                number += 1
            file.flush()
            os.fsync(file.fileno())
        made.replace(target)
    finally:
        made.unlink(missing_ok=True)
    _sync(target.parent)


def read_header(path: Path) -> dict[str, Any]:
    """The header of a sealed file, not yet proven.

    Raises:
        SealError: not such a file.
    """
    with path.open("rb") as file:
        return _header(file)[1]


def unseal_file(path: Path, target: BinaryIO) -> dict[str, Any]:
    """Write what a sealed file holds, and give its header, both proven.

    Args:
        path: the sealed file.
        target: gets the bytes; of a damaged file, some of them.

    Raises:
        SealError: damaged, cut short, or sealed under another key.
    """
    with path.open("rb") as file:
        head, header = _header(file)
        cipher = AESGCM(_derived(_key_of(header)))
        try:
            left, prefix = int(header["size"]), bytes.fromhex(header["nonce"])
        except (KeyError, TypeError, ValueError):
            raise SealError("a sealed file has a damaged header") from None
        number = 0
        while left > 0 or number == 0:
            take = min(_CHUNK, left)
            left -= take
            bound = _bound(head, number, is_last=left <= 0)
            try:
                plain = cipher.decrypt(prefix + _LENGTH.pack(number), file.read(take + _TAG), bound)
            except (InvalidTag, ValueError):
                raise SealError("a sealed file is damaged, or of another installation") from None
            target.write(plain)
            number += 1
        if file.read(1):
            raise SealError("a sealed file goes on after its end")
    return header


def _header(file: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    start = file.read(len(_MAGIC) + _LENGTH.size)
    if len(start) < len(_MAGIC) + _LENGTH.size or start[: len(_MAGIC)] != _MAGIC:
        raise SealError("this is not a sealed file")
    (length,) = _LENGTH.unpack_from(start, len(_MAGIC))
    head = file.read(min(length, _MOST_HEADER))
    try:
        header = json.loads(head)
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise SealError("a sealed file has a damaged header")
    return head, header


def _bound(head: bytes, number: int, *, is_last: bool) -> bytes:
    return head + _LENGTH.pack(number) + bytes([is_last])


def _key_of(header: dict[str, Any]) -> bytes:
    """The installation's key that a file was sealed under."""
    number = header.get("key", 1)
    if not isinstance(number, int):
        raise SealError("a sealed file has a damaged header")
    key = installation_keys().fields.get(number) or keys_read_anew().fields.get(number)
    if key is None:
        raise SealError("a sealed file is under a key that is not here, or was retired")
    return key


def _derived(field: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"staydown segments/1").derive(field)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
