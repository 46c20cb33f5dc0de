"""The one writer at a time: the lock, durable appends, and replacing a file as a whole."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from staydown.errors import SnapshotBusyError, SnapshotError, SnapshotExistsError
from staydown.index.arrays import Arrays, write_all, write_segment
from staydown.index.container import (
    PAGE,
    RECORD_HEAD,
    Header,
    header_page,
    padded,
    read_header,
    record_bytes,
)

_POLL_S = 0.01

_BESIDE_END, _LEFT_S = ".new", 60.0
"""Files being written end so; one that nobody has locked or changed for so long was left behind."""


def lock(fd: int, name: str, *, timeout_s: float) -> None:
    """Take the writer lock of an open file.

    Raises:
        SnapshotBusyError: another holds it for longer than ``timeout_s``.
    """
    until = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise SnapshotBusyError(
                    f"{name} is being written by another process; try again later"
                ) from None
            time.sleep(_POLL_S)
        else:
            return


def unlock(fd: int) -> None:
    """Give the writer lock back."""
    fcntl.flock(fd, fcntl.LOCK_UN)


def append_records(
    fd: int, header: Header, end: int, records: list[tuple[int, dict[str, Any], bytes]]
) -> int:
    """Append small records with one write and one fsync. The caller holds the lock.

    Returns:
        The offset after them. They are durable then.
    """
    parts: list[bytes] = []
    at = end
    for kind, directory, body in records:
        parts.append(record_bytes(header.file_id, kind, at, directory, body))
        at += len(parts[-1])
    os.ftruncate(fd, end)
    data = memoryview(b"".join(parts))
    # The first head comes last: where the disk is full or the writer killed, there is none of them.
    write_all(fd, data[RECORD_HEAD:], end + RECORD_HEAD)
    write_all(fd, data[:RECORD_HEAD], end)
    os.fsync(fd)
    return at


def append_segment(fd: int, header: Header, end: int, arrays: Arrays, meta: dict[str, Any]) -> int:
    """Append a segment on the next page; an empty record bridges the gap. Needs the lock.

    Returns:
        The offset after it. It is durable then.
    """
    os.ftruncate(fd, end)
    start = padded(end, PAGE)
    if start != end:
        # A record of no kind fills the gap, so that records follow each other without holes.
        gap = _filler(header, end, start - end)
        write_all(fd, gap, end)
        start = end + len(gap)
    return write_segment(fd, header.file_id, start, arrays, meta)


def _filler(header: Header, at: int, size: int) -> bytes:
    """An empty record of exactly ``size`` bytes; or two, where one does not fit."""
    empty = len(record_bytes(header.file_id, 0, at, {}, b""))
    if size < empty:
        size += PAGE
    return record_bytes(header.file_id, 0, at, {}, bytes(size - RECORD_HEAD - 2))


def replace_file(
    path: Path, kind: int, config: dict[str, Any], fill: Callable[[int, Header], None]
) -> None:
    """Write a new file beside ``path`` and put it in its place at once.

    Args:
        path: the file to replace or create.
        kind: what sort of file.
        config: settings for its header.
        fill: writes the records; gets the open file and its header.

    The new file has the rights of the old one, or is its owner's alone. Where ``path`` is a link,
    the file that it leads to is replaced.

    Raises:
        SnapshotError: it cannot be written; what was there stays.
    """
    with plain_errors(path):
        target = path.resolve()
        _sweep_beside(target)
        fd, beside = _open_beside(target)
        try:
            write_all(fd, header_page(kind, config), 0)
            fill(fd, read_header(fd, str(path)))
            os.fsync(fd)
            if target.exists():
                _keep_owner(fd, target.stat())
            # At its place, this lock would be the writers' lock.
            unlock(fd)
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)
        sync_folder(target.parent)


def create_file(path: Path, kind: int, config: dict[str, Any]) -> None:
    """Create a file with a header and no records.

    Raises:
        SnapshotExistsError: something is there already.
        SnapshotError: it cannot be written.
    """
    with plain_errors(path):
        fd, beside = _open_beside(path.absolute())
        try:
            write_all(fd, header_page(kind, config), 0)
            os.fsync(fd)
            unlock(fd)
            # A link, unlike a rename, refuses to replace what is there.
            os.link(beside, path)
        except FileExistsError:
            raise SnapshotExistsError(f"{path} is there already; choose another path") from None
        finally:
            os.close(fd)
            beside.unlink(missing_ok=True)
        sync_folder(path.absolute().parent)


def _open_beside(path: Path) -> tuple[int, Path]:
    """A new file in the same folder; no other thread, process or container has its name."""
    if not path.name:
        raise SnapshotError(f"{path} is a folder, want a file")
    beside = path.with_name(f"{_beside_start(path)}{os.urandom(8).hex()}{_BESIDE_END}")
    fd = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd, beside


def _beside_start(path: Path) -> str:
    return f".{path.name[:40]}."


def _sweep_beside(path: Path) -> None:
    """Delete what writers that were killed left beside a file; what is being written is locked."""
    start, latest = _beside_start(path), time.time() - _LEFT_S
    for found in os.scandir(path.parent):
        if not found.name.startswith(start) or not found.name.endswith(_BESIDE_END):
            continue
        # Gone meanwhile, or not ours to delete: no reason to stop writing.
        with suppress(OSError):
            is_left = found.is_file(follow_symlinks=False) and found.stat().st_mtime < latest
            if is_left and _is_unlocked(found.path):
                os.unlink(found.path)  # noqa: PTH108 - a DirEntry, not a Path


def _is_unlocked(path: str) -> bool:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def _keep_owner(fd: int, old: os.stat_result) -> None:
    """Let those who could read the old file read the new one."""
    try:
        os.fchown(fd, old.st_uid, old.st_gid)
    except PermissionError:
        # Not ours to give away: rights for a group would go to another group.
        if os.fstat(fd).st_gid != old.st_gid:
            return
    os.fchmod(fd, stat.S_IMODE(old.st_mode))


@contextmanager
def plain_errors(path: Path | str) -> Iterator[None]:
    """Turn what the system says about a file into an error of ours.

    Raises:
        SnapshotError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise SnapshotError(f"{path} cannot be written: {reason}") from None


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
