"""A file of records, each durable when it is added: a ring that one process at a time adds to.

A record has a number, which grows and never comes again: the place in an endless file at which the
record ends. Where that lies in the ring follows from it, so that a record of an earlier round can
never be taken for one of this. What is not needed any more is freed, filled with zeros, and used
again; behind the last record there are zeros alone. A record that is torn or damaged costs itself:
those behind it are found by their marks. Source: ADR-0110.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MAGIC: Final = b"SDJOURN1"
_MARK: Final = b"\xf1rec"
_TOP = struct.Struct("<8sQQ16s")
"""Magic, bytes in the ring, up to where it is freed, name; a CRC-32 of them follows."""
_SUM = struct.Struct("<I")
_HEAD = struct.Struct("<4sIQI4x")
"""Mark, length, number of the first byte, CRC-32 of the two and the record."""
_SUMMED = struct.Struct("<IQ")
_ALIGN = 8
_PAGE = 4096
_PIECE = 1 << 18
_MANY = 1_000
_TIMEOUT_S = 20.0
_EVERY_S = 0.0005
_PAUSE_S = 5.0
_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class JournalError(OSError):
    """The file is no journal, or nobody let go of it in time."""


class JournalFullError(JournalError):
    """So much waits in the file that nothing more has a place."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that lies in the file.

    Attributes:
        start: the number of its first byte.
        number: of the byte behind it, by which it is known.
        text: what it holds.
    """

    start: int
    number: int
    text: bytes


class Journal:
    """The file, and this process's line to it. One thread at a time.

    Args:
        path: of the file; it is made where it is not there.
        size: bytes in the ring of a file that is made, a multiple of 8.
        floor: up to which number a file of a name is surely done with, whatever lies in it.
    """

    def __init__(
        self, path: Path, *, size: int, floor: Callable[[str], int] = lambda _name: 0
    ) -> None:
        self._path, self._new_size, self._floor = path, size, floor
        self._fd = -1
        self._inode = 0
        self._size = 0
        self._name = ""
        self._freed = 0
        self._end = 0
        self._is_followed = False
        self._again_at = 0.0

    def open(self) -> str:
        """See that the file at the path is the one that is open; its name, 32 hex digits.

        Raises:
            OSError: it cannot be read or made.
            JournalError: it is none.
        """
        if self._fd >= 0 and not self._is_same():
            # Somebody put another in its place; what is written to this one nobody would find.
            self.close()
        if self._fd < 0:
            self._make()
            self._fd = os.open(self._path, _FLAGS)
            try:
                self._inode = os.fstat(self._fd).st_ino
                self._read_top()
                self._end, self._is_followed = self._freed, False
            except BaseException:
                self.close()
                raise
        return self._name

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def name(self) -> str:
        """Of the file as it was last opened."""
        return self._name

    @property
    def freed(self) -> int:
        """Up to which number nothing lies here any more, as of the last look."""
        return self._freed

    @property
    def fill(self) -> float:
        """How much of the ring is in use, of 1, as of the last look."""
        return (self._end - self._freed) / self._size if self._size else 0.0

    def is_kept(self) -> bool:
        """Whether this process looks after the file: the first that asks does, until it ends."""
        self.open()
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
        except (BlockingIOError, PermissionError):
            return False
        return True

    @contextmanager
    def turn(self) -> Iterator[list[Record]]:
        """Let nobody else add or free anything meanwhile.

        Yields:
            What others have added since the last turn or ``news``.

        Raises:
            JournalError: somebody held it for too long, or it is no journal.
        """
        self.open()
        _lock(self._fd)
        try:
            self._read_top()
            yield self._followed(is_mine=True)
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def news(self) -> list[Record]:
        """What was added since the last turn or look, without waiting for anybody."""
        self.open()
        self._read_top()
        return self._followed(is_mine=False)

    def append(self, texts: Sequence[bytes]) -> list[Record]:
        """Add records, in the caller's turn; they are durable when this returns.

        Raises:
            JournalFullError: there is no place for them; nothing is added.
            OSError: they cannot be written.
        """
        records, parts, at = [], [], self._end
        for text in texts:
            taken = -(-(_HEAD.size + len(text)) // _ALIGN) * _ALIGN
            parts.append(_HEAD.pack(_MARK, len(text), at, _sum_of(at, text)))
            parts.append(text.ljust(taken - _HEAD.size, b"\0"))
            records.append(Record(at, at + taken, text))
            at += taken
        if at - self._freed > self._size:
            raise JournalFullError("nothing more has a place")
        self._write(self._end, b"".join(parts))
        os.fdatasync(self._fd)
        self._end = at
        return records

    def read(self, *, after: int, most: int) -> list[Record]:
        """Records behind a number, in order, without waiting for anybody.

        Args:
            after: the number of the last one that is not wanted.
            most: so many at most.
        """
        self.open()
        self._read_top()
        return self._read(max(after, self._freed), most)[0]

    def at(self, start: int) -> Record | None:
        """The record that begins there; None where it is gone."""
        found = self._read(start, 1)[0] if start >= self._freed else []
        return found[0] if found and found[0].start == start else None

    def free(self, until: int) -> None:
        """Fill everything up to a number with zeros, in the caller's turn, and use it again."""
        until = min(until, self._end)
        if until > self._freed:
            self._fill(self._freed, until)
            self._freed = until
            os.pwrite(self._fd, _top(self._size, until, self._name), 0)

    def _make(self) -> None:
        if time.monotonic() < self._again_at:
            raise JournalError("it could not be made a moment ago")
        try:
            _make(self._path, self._new_size)
        except OSError:  # on a full disk each try would fill it again for a moment
            self._again_at = time.monotonic() + _PAUSE_S
            raise

    def _is_same(self) -> bool:
        try:
            return os.stat(self._path).st_ino == self._inode  # noqa: PTH116 - for each that is added
        except OSError:
            return False

    def _read_top(self) -> None:
        top = os.pread(self._fd, _TOP.size + _SUM.size, 0)
        if (
            len(top) < _TOP.size + _SUM.size
            or zlib.crc32(top[: _TOP.size]) != _SUM.unpack_from(top, _TOP.size)[0]
        ):
            top = self._read_slowly()
        magic, size, freed, name = _TOP.unpack_from(top)
        if magic != _MAGIC:
            raise JournalError("it is no journal of this version")
        self._size, self._freed, self._name = size, freed, name.hex()
        self._end = max(self._end, freed)

    def _read_slowly(self) -> bytes:
        """The first page once more: whoever changes it may be in the middle of it."""
        for _ in range(20):
            time.sleep(_EVERY_S)
            top = os.pread(self._fd, _TOP.size + _SUM.size, 0)
            if len(top) == _TOP.size + _SUM.size:
                (wanted,) = _SUM.unpack_from(top, _TOP.size)
                if zlib.crc32(top[: _TOP.size]) == wanted:
                    return top
        raise JournalError("its first page is damaged")

    def _followed(self, *, is_mine: bool) -> list[Record]:
        found: list[Record] = []
        while True:
            records, self._end, is_clean = self._read(self._end, _MANY)
            found += records
            if len(records) < _MANY:
                further = None if self._is_followed else self._next_whole(self._end)
                if further is None:
                    break
                self._end = further  # a page of zeros in between
        if not self._is_followed:
            # What a loss of power took away here may be known elsewhere: its number is used up.
            self._end = max(self._end, self._floor(self._name))
            self._is_followed = True
        if is_mine and not is_clean:
            # Of somebody who was killed in the middle of it, and nothing whole lies behind.
            self._fill(self._end, self._freed + self._size)
        return found

    def _fill(self, at: int, until: int) -> None:
        while at < until:
            count = min(_PIECE, until - at)
            self._write(at, bytes(count))
            at += count

    def _read(self, at: int, most: int) -> tuple[list[Record], int, bool]:
        """Records from a number on; the number behind the last, and whether zeros follow it."""
        found: list[Record] = []
        last = self._freed + self._size
        piece, begins, size = b"", at, 512
        while len(found) < most and at + _HEAD.size <= last:
            here = at - begins
            if here + _HEAD.size > len(piece):
                piece, begins, here = self._bytes(at, min(size, last - at)), at, 0
                size = _PIECE
            mark, length, start, wanted = _HEAD.unpack_from(piece, here)
            taken = -(-(_HEAD.size + length) // _ALIGN) * _ALIGN
            if mark == _MARK and start == at and at + taken <= last:
                if here + taken > len(piece):
                    piece, begins, here = self._bytes(at, min(max(taken, size), last - at)), at, 0
                text = piece[here + _HEAD.size : here + _HEAD.size + length]
                if _sum_of(at, text) == wanted:
                    at += taken
                    found.append(Record(start, at, text))
                    continue
            if piece[here : here + _HEAD.size] == bytes(_HEAD.size):
                return found, at, True
            further = self._next_whole(at)
            if further is None:
                return found, at, False
            piece, begins, at = b"", further, further
        return found, at, True

    def _next_whole(self, at: int) -> int | None:
        """Where the next whole record begins, behind what cannot be read; None where none does.

        Whoever reads without a turn may have read what was being written: the first is looked at
        once more.
        """
        last = self._freed + self._size
        while at < last:
            piece = self._bytes(at, min(_PIECE + _HEAD.size, last - at))
            here = piece.find(_MARK)
            while here >= 0:
                if self._is_whole(at + here, last):
                    return at + here
                here = piece.find(_MARK, here + 1)
            at += _PIECE
        return None

    def _is_whole(self, at: int, last: int) -> bool:
        if at + _HEAD.size > last:
            return False
        _, length, start, wanted = _HEAD.unpack(self._bytes(at, _HEAD.size))
        if start != at or at + _HEAD.size + length > last:
            return False
        return bool(_sum_of(at, self._bytes(at + _HEAD.size, length)) == wanted)

    def _bytes(self, at: int, count: int) -> bytes:
        place = at % self._size
        first = min(count, self._size - place)
        piece = os.pread(self._fd, first, _PAGE + place)
        return piece if first == count else piece + os.pread(self._fd, count - first, _PAGE)

    def _write(self, at: int, piece: bytes) -> None:
        place = at % self._size
        first = self._size - place
        _write_all(self._fd, piece[:first], _PAGE + place)
        if len(piece) > first:
            _write_all(self._fd, piece[first:], _PAGE)


def _write_all(fd: int, piece: bytes, place: int) -> None:
    while piece:
        done = os.pwrite(fd, piece, place)
        piece, place = piece[done:], place + done


def _sum_of(at: int, text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32(_SUMMED.pack(len(text), at)))


def _top(size: int, freed: int, name: str) -> bytes:
    top = _TOP.pack(_MAGIC, size, freed, bytes.fromhex(name))
    return top + _SUM.pack(zlib.crc32(top))


def _lock(fd: int) -> None:
    ends_at = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= ends_at:
                raise JournalError("nobody let go of it in time") from None
            time.sleep(_EVERY_S)
        else:
            return


def _make(path: Path, size: int) -> None:
    """Make the file where it is not there: nobody else on this machine may ever read it.

    Full of zeros, so that to add something moves no end and takes no place on the disk. Under
    another name first: what has the name is whole.
    """
    if path.exists():
        return
    handle, made = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    try:
        _write_all(handle, _top(size, 0, secrets.token_hex(16)).ljust(_PAGE, b"\0"), 0)
        for at in range(0, size, _PIECE):
            _write_all(handle, bytes(min(_PIECE, size - at)), _PAGE + at)
        os.fsync(handle)
        with suppress(FileExistsError):  # another process was quicker
            os.link(made, path)
    finally:
        os.close(handle)
        Path(made).unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
