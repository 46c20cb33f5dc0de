"""An open file of records: following what others append, and appending under the lock."""

from __future__ import annotations

import os
import stat
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
        # A process may change its folder while the file is open.
        self.path = path.absolute()
        self.name = str(path)
        self._kind = kind
        self._read_only = read_only
        self._owner = os.getpid()
        self.fd = -1
        self.generation = 0
        self.reopen()

    def reopen(self) -> None:
        """Open what is at the path now, and forget what was read."""
        fd = self._opened()
        try:
            header = self._header_of(fd)
        except BaseException:
            os.close(fd)
            raise
        self.close()
        self.fd, self.header, self.end = fd, header, PAGE
        self._owner = os.getpid()
        self.generation += 1
        self._seen: tuple[int, int, int] | None = None

    def _opened(self) -> int:
        flags = os.O_RDONLY if self._read_only else os.O_RDWR
        try:
            # Without O_NONBLOCK, opening a pipe would wait for its other end.
            return os.open(self.path, flags | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            raise SnapshotMissingError(
                f"there is no file at {self.name}; check the name, or make a bank file: "
                "`staydown bank create`"
            ) from None
        except OSError as error:
            reason = error.strerror or "no reason given"
            raise SnapshotError(f"{self.name} cannot be opened: {reason}") from None

    def _header_of(self, fd: int) -> Header:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise SnapshotForeignError(f"{self.name} is a folder or a device, want a file")
        header = read_header(fd, self.name)
        if header.kind != self._kind:
            found, want = KIND_NAMES.get(header.kind, "another"), KIND_NAMES[self._kind]
            raise SnapshotForeignError(f"{self.name} is a file of kind {found}, want {want}")
        return header

    def close(self) -> None:
        """Close the file; maps of it stay."""
        if self.fd >= 0:
            # Maps hold a copy of the descriptor, and with it a lock that is not given back. After
            # a fork, the lock is the parent's.
            if self._owner == os.getpid():
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
        """Whether there may be something to read; never after ``close``."""
        return self.fd >= 0 and self.stamp() != self._seen

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
            SnapshotMissingError: the file was deleted.
            SnapshotError: the file was opened for reading alone, or closed.
        """
        if self.fd < 0:
            raise SnapshotError(f"{self.name} was closed")
        if self._read_only:
            raise SnapshotError(f"{self.name} was opened for reading alone")
        if self._owner != os.getpid():
            # A forked process shares descriptors with its parent, and a lock with them.
            self._reopen_own()
        while True:
            lock(self.fd, self.name, timeout_s=timeout_s)
            if not self.path.exists():
                unlock(self.fd)
                raise SnapshotMissingError(f"there is no file at {self.name} any more")
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

    def _reopen_own(self) -> None:
        fd = self._opened()
        if os.fstat(fd).st_ino != os.fstat(self.fd).st_ino:
            os.close(fd)
            self.reopen()
            return
        os.close(self.fd)
        self.fd, self._owner = fd, os.getpid()

    def commit(self, end: int) -> None:
        """Note that everything before ``end`` is acknowledged. It is durable already."""
        write_committed(self.fd, self.header.turn + 1, end)
