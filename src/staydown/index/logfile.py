"""An open file of records: following what others append, and appending under the lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from staydown.errors import SnapshotError, SnapshotForeignError, SnapshotMissingError
from staydown.index.container import (
    PAGE,
    Header,
    Record,
    read_header,
    read_records,
    write_committed,
)
from staydown.index.writing import lock, unlock

KIND_NAMES = {1: "bank", 2: "index"}


class LogFile:
    """One file of records.

    Args:
        path: where it is.
        kind: KIND_BANK or KIND_INDEX.
        read_only: open it for reading alone.

    Raises:
        SnapshotMissingError: there is no file.
        SnapshotForeignError: it is not ours, or of another kind or version.
        SnapshotDamagedError: its header is damaged.
        SnapshotError: it cannot be opened.
    """

    def __init__(self, path: Path, kind: int, *, read_only: bool) -> None:
        self.path = path
        self.name = str(path)
        self._kind = kind
        self._read_only = read_only
        self.fd = -1
        self.generation = 0
        self.reopen()

    def reopen(self) -> None:
        """Open what is at the path now, and forget what was read."""
        flags = os.O_RDONLY if self._read_only else os.O_RDWR
        try:
            fd = os.open(self.path, flags | os.O_CLOEXEC)
        except FileNotFoundError:
            raise SnapshotMissingError(f"there is no file at {self.name}") from None
        except OSError as error:
            reason = error.strerror or "no reason given"
            raise SnapshotError(f"{self.name} cannot be opened: {reason}") from None
        try:
            header = self._header_of(fd)
        except BaseException:
            os.close(fd)
            raise
        self.close()
        self.fd, self.header, self.end = fd, header, PAGE
        self.generation += 1
        self._seen: tuple[int, int, int] | None = None

    def _header_of(self, fd: int) -> Header:
        try:
            header = read_header(fd, self.name)
        except IsADirectoryError:
            raise SnapshotForeignError(f"{self.name} is a folder, want a file") from None
        if header.kind != self._kind:
            found, want = KIND_NAMES.get(header.kind, "another"), KIND_NAMES[self._kind]
            raise SnapshotForeignError(f"{self.name} is a file of kind {found}, want {want}")
        return header

    def close(self) -> None:
        """Close the file; maps of it stay."""
        if self.fd >= 0:
            # Maps hold a copy of the descriptor, and with it a lock that is not given back.
            unlock(self.fd)
            os.close(self.fd)
            self.fd = -1

    def stamp(self) -> tuple[int, int, int]:
        """What tells whether the file at the path has changed: inode, size, time. Cheap."""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - a third of the time of Path.stat
        except FileNotFoundError:
            # Between two renames of somebody else, or deleted: what is mapped stays usable.
            return self._seen or (0, 0, 0)
        return found.st_ino, found.st_size, found.st_mtime_ns

    def is_changed(self) -> bool:
        """Whether there may be something to read."""
        return self.stamp() != self._seen

    def is_replaced(self) -> bool:
        """Whether another file stands at the path."""
        return self.stamp()[0] not in (0, os.fstat(self.fd).st_ino)

    def read_new(self) -> list[Record]:
        """The whole records after those read so far.

        Raises:
            SnapshotDamagedError: an acknowledged record is not whole.
        """
        seen = self.stamp()
        self.header = self._header_of(self.fd)
        records, self.end = read_records(self.fd, self.header, self.end, self.name)
        # Bytes after the last whole record: a writer at work, whose end may leave no other stamp.
        self._seen = seen if seen[1] <= self.end else None
        return records

    def read_at(self, start: int, size: int) -> bytes:
        """Bytes of the file."""
        return os.pread(self.fd, size, start)

    @contextmanager
    def writing(self, timeout_s: float) -> Iterator[None]:
        """Hold the writer lock of the file that is at the path.

        The caller must read what is new first. ``is_replaced`` is False inside.

        Raises:
            SnapshotBusyError: another process holds it for too long.
            SnapshotError: the file was opened for reading alone.
        """
        if self._read_only:
            raise SnapshotError(f"{self.name} was opened for reading alone")
        while True:
            lock(self.fd, self.name, timeout_s=timeout_s)
            if not self.is_replaced():
                break
            unlock(self.fd)
            self.reopen()
        fd = self.fd
        try:
            yield
        finally:
            # Compaction closes the locked file, and gives the lock back with it.
            if self.fd == fd:
                unlock(fd)

    def commit(self, end: int) -> None:
        """Note that everything before ``end`` is acknowledged. It is durable already."""
        write_committed(self.fd, self.header.turn + 1, end)
