"""The folder in shared memory: the decrypted copy, and a page that says how it stands.

One process, the keeper, writes it; any number of processes of the same user map it and answer.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

from staydown.errors import ConfigError

_MAGIC = b"SDEDGES1"
_PAGE = struct.Struct("<8sQQQQQQQdddd")
_SIZE = 4096
_VERSION_AT = 8
_VERSION = struct.Struct("<Q")
_UNUSED_WITHIN_S = 3.0
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Standing(IntEnum):
    """How the copy stands."""

    EMPTY = 0
    """Nothing is there: the hub was not heard yet, or the keeper has stopped."""
    FETCHING = 1
    """The first copy is on its way."""
    READY = 2
    """It answers."""
    LOCKED = 3
    """The hub was not heard for too long; it opens again when the hub is."""
    ENDED = 4
    """The agreement has ended; the copy was destroyed."""


@dataclass(frozen=True, slots=True)
class Page:
    """How the copy stands, as the keeper says it.

    Attributes:
        version: grows with every change of entries or banks.
        standing: see ``Standing``.
        seq: number of the hub's last change that the copy holds.
        entries: how many entries it holds.
        waiting: reports that the hub has not taken yet.
        lost: reports that were given up because too many waited.
        heard_at: when the hub was last heard, Unix time; 0 for never.
        lease_until: until when the copy may answer without hearing the hub.
        expires_at: until when the agreement holds.
        beat_at: when the keeper was last at work.
    """

    version: int = 0
    standing: Standing = Standing.EMPTY
    seq: int = 0
    entries: int = 0
    waiting: int = 0
    lost: int = 0
    heard_at: float = 0.0
    lease_until: float = 0.0
    expires_at: float = 0.0
    beat_at: float = 0.0

    def may_answer(self, now: float) -> bool:
        """Whether the copy may answer at a moment; a clock that was set back does not help."""
        return self.standing is Standing.READY and max(now, self.beat_at) < self.lease_until


class Memory:
    """The folder, as one process sees it.

    Args:
        folder: in memory, of this user alone; made where it is missing.

    Raises:
        ConfigError: it cannot be made, or belongs to or is open to somebody else.
    """

    def __init__(self, folder: Path) -> None:
        _own_folder(folder)
        self.folder = folder
        self._fd = os.open(folder / "state", _FLAGS, 0o600)
        if os.fstat(self._fd).st_size < _SIZE:
            os.truncate(self._fd, _SIZE)
        self._map = mmap.mmap(self._fd, _SIZE)
        self._use = os.open(folder / "use", _FLAGS, 0o600)
        self._keeping = -1
        self._users = 0
        self._guard = threading.Lock()
        self._writer = threading.Lock()

    @property
    def bank(self) -> Path:
        """The bank file."""
        return self.folder / "bank"

    @property
    def facts(self) -> Path:
        """The database of what decides about each entry."""
        return self.folder / "facts"

    @property
    def lock_half(self) -> Path:
        """The hub's half of the key of the disk; it lies in memory alone."""
        return self.folder / "lock"

    @property
    def reports(self) -> Path:
        """Reports that the keeper has not yet sealed to the disk."""
        return self.folder / "reports"

    def page(self) -> Page:
        """How the copy stands now. Very cheap."""
        while True:
            raw = bytes(self._map[: _PAGE.size])
            if raw[_VERSION_AT : _VERSION_AT + 8] == self._map[_VERSION_AT : _VERSION_AT + 8]:
                break
        magic, version, standing, seq, entries, waiting, lost, _, *times = _PAGE.unpack(raw)
        if magic != _MAGIC:
            return Page()
        return Page(version, Standing(standing), seq, entries, waiting, lost, *times)

    def say(self, *, is_changed: bool = True, **news: float) -> Page:
        """Say how the copy stands; what is not named stays. For the keeper alone."""
        with self._writer:
            before = self.page()
            page = replace(before, version=before.version + is_changed, **news)  # type: ignore[arg-type]  # whole numbers and moments, by the field's name
            self._map[: _PAGE.size] = _PAGE.pack(
                _MAGIC,
                page.version,
                int(page.standing),
                int(page.seq),
                int(page.entries),
                int(page.waiting),
                int(page.lost),
                0,
                page.heard_at,
                page.lease_until,
                page.expires_at,
                page.beat_at,
            )
            return page

    def become_keeper(self) -> None:
        """Hold the folder as its one writer, until the process ends.

        Raises:
            ConfigError: another process does.
        """
        self._keeping = os.open(self.folder / "keeper", _FLAGS, 0o600)
        try:
            fcntl.flock(self._keeping, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._keeping)
            self._keeping = -1
            raise ConfigError(
                "another edge replica keeps this folder; give each its own STAYDOWN_EDGE_DATA"
            ) from None

    @contextmanager
    def using(self) -> Iterator[None]:
        """Match with the copy: as long as this lasts, no bytes are wiped under it."""
        with self._guard:
            if self._users == 0:
                fcntl.flock(self._use, fcntl.LOCK_SH)
            self._users += 1
        try:
            yield
        finally:
            with self._guard:
                self._users -= 1
                if self._users == 0:
                    fcntl.flock(self._use, fcntl.LOCK_UN)

    @contextmanager
    def unused(self) -> Iterator[None]:
        """Wait until nobody is matching, and keep everybody from it meanwhile: milliseconds.

        Raises:
            TimeoutError: somebody was matching all the time.
        """
        fd = os.open(self.folder / "use", _FLAGS, 0o600)
        try:
            _lock_within(fd, _UNUSED_WITHIN_S)
            yield
        finally:
            os.close(fd)

    def close(self) -> None:
        """Let go of the folder."""
        self._map.close()
        for fd in (self._fd, self._use, self._keeping):
            if fd >= 0:
                os.close(fd)


def _lock_within(fd: int, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise TimeoutError from None
            time.sleep(0.001)
        else:
            return


def write_private(path: Path, data: bytes) -> None:
    """Write a small file whole, for the owner alone."""
    made = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    made.replace(path)


def wipe(path: Path) -> None:
    """Overwrite a file with zeros and remove it; others who map it see zeros."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        wipe_open(fd)
    finally:
        os.close(fd)
    path.unlink(missing_ok=True)


def wipe_open(fd: int) -> None:
    """Overwrite an open file with zeros, whatever its name has become."""
    left, at, zeros = os.fstat(fd).st_size, 0, bytes(1 << 20)
    while left > 0:
        done = os.pwrite(fd, zeros[: min(left, len(zeros))], at)
        left, at = left - done, at + done


def _own_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = os.lstat(folder)
    except OSError as error:
        raise ConfigError(
            f"the folder for the copy in memory cannot be made: {error.strerror}; set "
            "STAYDOWN_EDGE_MEMORY to a folder that this user may write"
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ConfigError("STAYDOWN_EDGE_MEMORY is not a folder of this user")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    (folder / "reports").mkdir(exist_ok=True, mode=0o700)
