"""Counts of this machine's processes, in memory that they share with whoever reads them.

Every series that can ever be counted is declared in ``FAMILIES``: a label with an id, an address or
a hash cannot come about. Each process writes a file of its own, so nothing waits for another
process; what a process leaves behind is folded into one file by the next who reads, so a count
never falls when a process ends. The files lie in memory, their pages taken at once: neither a full
disk nor a full memory can break a process that counts. Source: ADR-0100.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import mmap
import os
import struct
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings

OTHER: Final = "other"
"""What a value counts as that is not declared."""

LANES: Final = ("check", "call", "media", "poll", "read", "send", "file", "watch", OTHER)
STATUSES: Final = (
    *("200", "201", "204", "302", "304", "400", "401", "403", "404", "405", "409", "413", "415"),
    *("422", "429", "500", "502", "503", OTHER),
)
VERDICTS: Final = ("clear", "hold", "block", OTHER)


@dataclass(frozen=True, slots=True)
class Family:
    """One thing that is counted.

    Attributes:
        name: as Prometheus knows it, without ``staydown_``.
        help: one sentence.
        labels: each with every value that it can have.
        bounds: upper bounds in seconds where it is a histogram; empty for a counter.
    """

    name: str
    help: str
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bounds: tuple[float, ...] = ()

    @property
    def cells(self) -> int:
        """Numbers that one series takes: of a histogram a count for each bound, all, and a sum."""
        return len(self.bounds) + 2 if self.bounds else 1

    def series(self) -> Iterator[tuple[str, ...]]:
        """The values of the labels of each series, in order."""
        return itertools.product(*(values for _name, values in self.labels))


FAMILIES: Final = (
    Family(
        "requests_total",
        "Requests that were answered, by lane and status.",
        (("lane", LANES), ("status", STATUSES)),
    ),
    Family(
        "request_seconds",
        "Time until an answer began, with the wait for a place.",
        (("lane", LANES),),
        (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    ),
    Family("checks_total", "Checks of content, by verdict.", (("verdict", VERDICTS),)),
)

_FOLDER = "counts"
_FOLDED = "folded"
_MAGIC = b"SDCOUNT1"
_HEAD = struct.Struct("<8s8sQ16s24x")
_NUMBER = struct.Struct("<d")


def _offsets() -> dict[str, dict[tuple[str, ...], int]]:
    """Where in the numbers each series of each family begins."""
    found: dict[str, dict[tuple[str, ...], int]] = {}
    at = 0
    for family in FAMILIES:
        found[family.name] = {}
        for values in family.series():
            found[family.name][values] = at
            at += family.cells
    return found


_AT: Final = _offsets()
_NUMBERS: Final = sum(f.cells * sum(1 for _ in f.series()) for f in FAMILIES)
_SIZE: Final = _HEAD.size + _NUMBERS * _NUMBER.size
_SHAPE: Final = hashlib.sha256(repr(FAMILIES).encode()).digest()[:8]
"""Files of another version count other things, and are left out."""
_BOUNDS: Final = {family.name: family.bounds for family in FAMILIES}


@dataclass(slots=True)
class _Page:
    """The numbers of this process."""

    pid: int
    file: int | None
    numbers: memoryview[float]
    lock: threading.Lock = field(default_factory=threading.Lock)


_page: _Page | None = None
_making = threading.Lock()


def count(name: str, *values: str) -> None:
    """Count one.

    Args:
        name: of a counter in ``FAMILIES``.
        values: of its labels, in order; one that is not declared counts as ``other``.

    Cost: about half a microsecond.
    """
    page = _page if _page is not None and _page.pid == os.getpid() else _own_page()
    at = _AT[name].get(values)
    if at is None:
        at = _place_of(name, values)
    with page.lock:
        page.numbers[at] += 1.0


def observe(name: str, seconds: float, *values: str) -> None:
    """Count how long something took, in a histogram of ``FAMILIES``."""
    page = _page if _page is not None and _page.pid == os.getpid() else _own_page()
    at = _AT[name].get(values)
    if at is None:
        at = _place_of(name, values)
    bounds = _BOUNDS[name]
    step = bisect_left(bounds, seconds)
    with page.lock:
        page.numbers[at + step] += 1.0
        page.numbers[at + len(bounds) + 1] += seconds


def _place_of(name: str, values: Sequence[str]) -> int:
    family = next(one for one in FAMILIES if one.name == name)
    known = tuple(
        value if value in declared else OTHER
        for value, (_label, declared) in zip(values, family.labels, strict=True)
    )
    return _AT[name][known]


def counted() -> list[float]:
    """All numbers of this machine, in the order of ``FAMILIES``; those of ended processes too."""
    folder = _folder()
    total = [0.0] * _NUMBERS
    try:
        handle = os.open(folder / _FOLDED, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return total
    with os.fdopen(handle, "r+b") as folded:
        # One reader at a time: what ended must be folded once, and not be seen in both places.
        fcntl.flock(folded, fcntl.LOCK_EX)
        total = _read(folded.read()) or total
        ended = []
        for path in sorted(folder.glob("*.process")):
            numbers, has_ended = _look_at(path)
            if numbers is not None:
                total = [a + b for a, b in zip(total, numbers, strict=True)]
            if has_ended:
                ended.append((path, numbers))
        if ended:
            _fold(folded.fileno(), ended)
    return total


def _fold(folded: int, ended: list[tuple[Path, list[float] | None]]) -> None:
    """Add what ended processes counted to the one file, and remove theirs."""
    before = _read(os.pread(folded, _SIZE, 0)) or [0.0] * _NUMBERS
    for _path, numbers in ended:
        if numbers is not None:
            before = [a + b for a, b in zip(before, numbers, strict=True)]
    data = _HEAD.pack(_MAGIC, _SHAPE, 0, b"folded") + struct.pack(f"<{_NUMBERS}d", *before)
    with suppress(OSError):  # memory is full: they stay, and are folded another time
        os.posix_fallocate(folded, 0, len(data))
        os.pwrite(folded, data, 0)
        for path, _numbers in ended:
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Counter:
    """A process that counts: its id, and what it is."""

    pid: int
    role: str


def counting_processes() -> list[Counter]:
    """The processes of this machine that count, as far as they live."""
    found = []
    for path in sorted(_folder().glob("*.process")):
        with suppress(OSError, ValueError, struct.error):
            with path.open("rb") as file:
                _magic, _shape, pid, role = _HEAD.unpack(file.read(_HEAD.size))
            if Path(f"/proc/{pid}").exists():
                found.append(Counter(int(pid), role.rstrip(b"\0").decode("ascii")))
    return found


def start_counting(role: str) -> None:
    """Make the page of this process.

    Args:
        role: what the process is, such as ``web``; at most 16 letters.
    """
    _own_page(role)


def _own_page(role: str = "") -> _Page:
    global _page  # noqa: PLW0603 - one for each process
    with _making:
        if _page is None or _page.pid != os.getpid():
            _page = _make_page(role)
        return _page


def _make_page(role: str) -> _Page:
    """A file in memory; where none can be made, numbers that nobody reads."""
    head = _HEAD.pack(_MAGIC, _SHAPE, os.getpid(), role.encode("ascii"))
    try:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{os.getpid()}-{os.urandom(4).hex()}.process"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(path, flags, 0o600)
        # Held as long as we live, however we end: so that others know when to fold it.
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.posix_fallocate(handle, 0, _SIZE)
        os.pwrite(handle, head, 0)
        memory: mmap.mmap = mmap.mmap(handle, _SIZE)
    except OSError:
        return _Page(os.getpid(), None, memoryview(bytearray(_NUMBERS * _NUMBER.size)).cast("d"))
    return _Page(os.getpid(), handle, memoryview(memory)[_HEAD.size :].cast("d"))


def _look_at(path: Path) -> tuple[list[float] | None, bool]:
    """The numbers in the file of a process, and whether that process has ended."""
    try:
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                has_ended = True
            except BlockingIOError:
                has_ended = False
            return _read(file.read()), has_ended
    except OSError:
        return None, False


def _read(data: bytes) -> list[float] | None:
    if len(data) < _SIZE:
        return None
    magic, shape, _pid, _role = _HEAD.unpack_from(data)
    if (magic, shape) != (_MAGIC, _SHAPE):
        return None
    return list(struct.unpack_from(f"<{_NUMBERS}d", data, _HEAD.size))


def _folder() -> Path:
    return Path(settings.STAYDOWN_SHARED_MEMORY) / _FOLDER
