"""Sealed snapshots of the bank on disk, so that a start need not read the whole database.

A snapshot is named by the last change that it holds. Its header says so too, with the digest of
that change and the number of removed entries whose bytes are still in it. Source: ADR-0023, 0087.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from staydown.index.container import PAGE, read_header
from staydown_web.banks.services import sealed_file
from staydown_web.banks.services.shared_state import Progress
from staydown_web.base.errors import SealError

_SUFFIX = ".sealed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One sealed file on disk, as its header says; the header is not proven by that.

    Attributes:
        path: where it is.
        progress: what it holds.
        key: number of the key that it is sealed under; later keys have higher ones.
    """

    path: Path
    progress: Progress
    key: int = 1


class Frozen:
    """The bank as it is at one moment, to be read while others append to it.

    What was acknowledged is never written over: a file only grows, and compaction puts another in
    its place. The first page alone changes, so it is copied. Make one under the writers' lock.

    Args:
        path: the bank file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            fd = self._file.fileno()
            self.size = read_header(fd, path.name).committed
            self._head = os.pread(fd, PAGE, 0)
        except BaseException:
            self._file.close()
            raise
        self._file.seek(PAGE)

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many."""
        head, self._head = self._head[:size], self._head[size:]
        return head + self._file.read(size - len(head))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class Snapshots:
    """The sealed snapshots of this machine.

    Args:
        folder: where; made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def sealing(self) -> Iterator[None]:
        """Hold the lock of those who seal, so that an older one never takes away a newer."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)

    def seal(self, frozen: Frozen, progress: Progress) -> Path:
        """Seal a snapshot, and delete every other one. Needs ``sealing``.

        Args:
            frozen: the bank.
            progress: what it holds.
        """
        target = self.path_of(progress.applied)
        header = {
            "applied": progress.applied,
            "anchor": progress.anchor.hex(),
            "removed": progress.removed,
        }
        sealed_file.seal_file(frozen, frozen.size, target, header)
        for path in self.newest_first():
            if path != target:
                path.unlink(missing_ok=True)
        return target

    def newest_first(self) -> list[Path]:
        """Every snapshot, the newest first."""
        found = self._folder.glob(f"*{_SUFFIX}")
        return sorted((p for p in found if p.stem.isdigit()), reverse=True)

    def newest(self) -> Snapshot | None:
        """The newest whose header can be read; None where there is none."""
        for path in self.newest_first():
            try:
                header = sealed_file.read_header(path)
                return Snapshot(path, progress_of(header), int(header.get("key", 1)))
            except (SealError, OSError, ValueError, TypeError):
                continue
        return None

    @contextmanager
    def arriving(self) -> Iterator[Path]:
        """A file of this process beside the snapshots, for one that is fetched; gone at the end."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f".arriving.{os.getpid()}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, arrived: Path, *, applied: int) -> None:
        """Take a fetched file in as the snapshot of changes up to a number."""
        arrived.replace(self.path_of(applied))

    def path_of(self, applied: int) -> Path:
        """Where the snapshot lies that holds changes up to a number."""
        return self._folder / f"{applied:016d}{_SUFFIX}"


def progress_of(header: dict[str, Any]) -> Progress:
    """What a snapshot holds, by its header.

    Raises:
        SealError: the header does not say so.
    """
    try:
        anchor = bytes.fromhex(header["anchor"])
        # Snapshots of earlier versions do not count what was removed.
        return Progress(int(header["applied"]), anchor, int(header.get("removed", 0)))
    except (KeyError, TypeError, ValueError):
        raise SealError("a sealed file has a damaged header") from None
