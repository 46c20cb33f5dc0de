"""What a scan has done so far: an append-only file of checksummed lines.

A line is written for each file as soon as its result is known, so a scan that is killed goes on
where it was. A line holds a keyed digest of the file's address, size, version and of everything the
result depends on (bank, options, program), and the outcome: never a hash of a picture, and no file
name. A file or bank that changed has another digest, so its old lines count for nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
import zlib
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from staydown.errors import (
    FingerprintFormatError,
    SnapshotBusyError,
    SnapshotForeignError,
    SourceError,
)
from staydown.scanning.outcomes import Outcome
from staydown.scanning.places import FileRef
from staydown.whole_file import where_it_lies

_FORMAT = "staydown-scan-state"
_VERSION = 1
_CRC_CHARS = 8
_DIGEST_BYTES = 16
_SYNC_EVERY_S = 1.0
_SPARE_ROWS = 1000


class Journal:
    """The state of a scan. One process at a time.

    Args:
        path: where it is; made if there is nothing. A link stays, and what it leads to is written.
        context: what results depend on besides the file. Under another context than the file's,
            it is begun anew.

    Raises:
        SnapshotForeignError: the file at this path is something else; it is left as it is.
        SnapshotBusyError: another scan uses it.
        SourceError: it cannot be read or written.
    """

    def __init__(self, path: Path, *, context: str) -> None:
        self.path = path
        self._context = context
        self._rows: dict[bytes, bytes] = {}
        self._seen: set[bytes] = set()
        self._synced_at = time.monotonic()
        try:
            self._fd = _open_locked(path)
            try:
                self._load()
            except BaseException:
                os.close(self._fd)
                raise
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}. Choose another --state file.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, file: FileRef) -> Outcome | None:
        """The outcome of a file that has not changed since, or None."""
        key = self._key(file)
        raw = self._rows.get(key)
        if raw is None:
            return None
        try:
            outcome = Outcome.from_state(json.loads(raw))
        except (FingerprintFormatError, ValueError):
            return None
        self._seen.add(key)
        return outcome.again()

    def put(self, file: FileRef, outcome: Outcome) -> None:
        """Note the outcome of a file. It survives a kill at once, a power cut after a second."""
        key = self._key(file)
        raw = json.dumps(outcome.to_state(), separators=(",", ":")).encode()
        self._rows[key] = raw
        self._seen.add(key)
        _write(self._fd, _line(key.hex().encode() + b" " + raw))
        if time.monotonic() - self._synced_at > _SYNC_EVERY_S:
            self.sync()

    def sync(self) -> None:
        """Make everything noted so far survive a power cut."""
        os.fdatasync(self._fd)
        self._synced_at = time.monotonic()

    def drop_unseen(self) -> None:
        """After a whole scan: forget files that were not met, once they are the larger part."""
        unseen = len(self._rows) - len(self._seen)
        if unseen <= max(len(self._seen), _SPARE_ROWS):
            return
        self._rows = {key: raw for key, raw in self._rows.items() if key in self._seen}
        self._replace()

    def close(self) -> None:
        """Sync and let go of the file."""
        if self._fd >= 0:
            self.sync()
            os.close(self._fd)
            self._fd = -1

    def _key(self, file: FileRef) -> bytes:
        # Of what nobody expects to be media it counts for nothing that it is none.
        parts = (file.address, file.size, file.version, int(file.is_expected))
        text = "\0".join(map(str, parts)).encode("utf-8", "surrogateescape")
        return blake2b(text, digest_size=_DIGEST_BYTES, key=self._salt).digest()

    def _load(self) -> None:
        with open(self._fd, "rb", closefd=False) as file:
            raw = file.read()
        if not raw:
            self._begin()
            return
        head = _header(raw)
        if head is None:
            raise SnapshotForeignError(
                f"{self.path}: not the state of a scan. Choose another --state file."
            )
        if head.get("context") != self._context or head.get("version") != _VERSION:
            self._begin()
            return
        self._salt = bytes.fromhex(head["salt"])
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):  # the last line was cut short by a kill
            os.ftruncate(self._fd, whole)
        for line in raw[:whole].splitlines()[1:]:
            body = _checked(line)
            if body is not None:  # a damaged line costs one file its result: it is checked again
                self._rows[bytes.fromhex(body[:32].decode())] = body[33:]

    def _begin(self) -> None:
        self._salt = secrets.token_bytes(_DIGEST_BYTES)
        self._replace()

    def _replace(self) -> None:
        """Write the file anew and put it in the place of the old one in one step."""
        head = {"format": _FORMAT, "version": _VERSION, "salt": self._salt.hex()}
        head["context"] = self._context
        place = where_it_lies(self.path)
        fresh = place.with_name(place.name + ".new")
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lines = [_line(json.dumps(head).encode())]
            lines += [_line(key.hex().encode() + b" " + raw) for key, raw in self._rows.items()]
            _write(fd, b"".join(lines))
            os.fsync(fd)
            os.replace(fresh, place)  # noqa: PTH105 - both are paths already
        except OSError:
            os.close(fd)
            fresh.unlink(missing_ok=True)
            raise
        os.close(self._fd)
        self._fd = fd


def _open_locked(path: Path) -> int:
    """Open and lock the file; again where another process replaced it in between."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise SnapshotBusyError(
                f"{path}: another scan uses this state. Wait for it, or give --state another file."
            ) from None
        here = os.fstat(fd)
        there = path.stat() if path.exists() else None
        if there is not None and (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
            return fd
        os.close(fd)


def _line(body: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _checked(line: bytes) -> bytes | None:
    """The body of a line whose checksum holds."""
    try:
        stated = int(line[:_CRC_CHARS], 16)
    except ValueError:
        return None
    body = line[_CRC_CHARS + 1 :]
    return body if zlib.crc32(body) == stated else None


def _header(raw: bytes) -> dict[str, Any] | None:
    body = _checked(raw.partition(b"\n")[0])
    try:
        head = json.loads(body) if body is not None else None
    except ValueError:
        return None
    return head if isinstance(head, dict) and head.get("format") == _FORMAT else None


def _write(fd: int, data: bytes) -> None:
    """All of it: a short write, as on a full disk, raises."""
    while data:
        data = data[os.write(fd, data) :]
