"""A page of shared memory that says how far the segments are, and the lock of their writers."""

from __future__ import annotations

import fcntl
import mmap
import os
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from staydown_web.base.errors import ConfigError

ALIVE = "alive"
"""File in the folder on which every process that uses it holds a shared lock while it lives."""

_MAGIC = b"SDSTATE1"
_PAGE = struct.Struct("<8sQQ32sQ")
_FILE = struct.Struct("<16sQ")
_FILE_AT = 256
_SIZE = 4096
_VERSION_AT = 8
_VERSION = struct.Struct("<Q")
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the segments are.

    Attributes:
        applied: number of the last change of the database that they hold.
        anchor: digest of that change, by which another database is noticed.
        removed: how many entries were removed whose bytes are still there.
    """

    applied: int = 0
    anchor: bytes = bytes(32)
    removed: int = 0


@dataclass(frozen=True, slots=True)
class BankMark:
    """Which file holds the segments, and from how many bytes on it is whole.

    Attributes:
        file_id: of the bank file.
        end: bytes that it has at least.
    """

    file_id: bytes
    end: int


class SharedState:
    """The page and the lock, in a folder in memory that belongs to its owner alone.

    Args:
        folder: where; made where it is missing.

    Raises:
        ConfigError: the folder cannot be made, or belongs to or is open to somebody else.
    """

    def __init__(self, folder: Path) -> None:
        self._alive = _hold(folder)
        self._fd = os.open(folder / "state", _FLAGS, 0o600)
        if os.fstat(self._fd).st_size < _SIZE:
            # Given its place now: writing to a page that a full memory cannot give ends a process.
            os.posix_fallocate(self._fd, 0, _SIZE)
        self._map = mmap.mmap(self._fd, _SIZE)
        self._lock = threading.RLock()
        self._held = 0

    @property
    def version(self) -> int:
        """Grows with every change of entries, banks or decisions; caches go by it. Very cheap."""
        return int(_VERSION.unpack_from(self._map, _VERSION_AT)[0])

    def progress(self) -> Progress | None:
        """How far the segments are; None before they were ever made."""
        magic, _, applied, anchor, removed = _PAGE.unpack_from(self._map, 0)
        return Progress(applied, anchor, removed) if magic == _MAGIC else None

    def mark(self) -> BankMark | None:
        """The file that the segments were last put in; None before an earlier version said so."""
        file_id, end = _FILE.unpack_from(self._map, _FILE_AT)
        return BankMark(file_id, end) if any(file_id) else None

    def move(self, progress: Progress, mark: BankMark | None = None) -> None:
        """Say how far the segments are now, and that something changed. Under the lock.

        Args:
            progress: how far.
            mark: the file that holds them; None leaves what was said before.
        """
        if mark is not None:
            _FILE.pack_into(self._map, _FILE_AT, mark.file_id, mark.end)
        _PAGE.pack_into(
            self._map,
            0,
            _MAGIC,
            self.version + 1,
            progress.applied,
            progress.anchor,
            progress.removed,
        )

    def touch(self) -> None:
        """Say that something changed."""
        with self.writing():
            _VERSION.pack_into(self._map, _VERSION_AT, self.version + 1)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of writers against other processes and threads; it may be held twice."""
        with self._lock:
            if self._held == 0:
                fcntl.lockf(self._fd, fcntl.LOCK_EX)
            self._held += 1
            try:
                yield
            finally:
                self._held -= 1
                if self._held == 0:
                    fcntl.lockf(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the page."""
        self._map.close()
        os.close(self._fd)
        os.close(self._alive)


def read_progress(folder: Path) -> Progress | None:
    """How far the segments in a folder are, for who only looks; None before they were made."""
    try:
        with (folder / "state").open("rb") as file:
            page = file.read(_PAGE.size)
    except OSError:
        return None
    if len(page) < _PAGE.size:
        return None
    magic, _, applied, anchor, removed = _PAGE.unpack(page)
    return Progress(applied, anchor, removed) if magic == _MAGIC else None


def is_still_at(held: int, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(held), there)


def _hold(folder: Path) -> int:
    """Say that we live, and wait where somebody is just removing what was left there.

    Returns:
        The open file; the system lets go of its lock however this process ends.
    """
    while True:
        _own_folder(folder)
        try:
            held = os.open(folder / ALIVE, _FLAGS, 0o600)
        except FileNotFoundError:
            continue
        fcntl.flock(held, fcntl.LOCK_SH)
        if is_still_at(held, folder / ALIVE):
            return held
        os.close(held)


def _own_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = os.lstat(folder)
    except OSError as error:
        raise ConfigError(
            f"the folder for segments in memory cannot be made: {error.strerror}; set "
            "STAYDOWN_SHARED_MEMORY to a folder that this user may write"
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ConfigError("STAYDOWN_SHARED_MEMORY is not a folder of this user")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
