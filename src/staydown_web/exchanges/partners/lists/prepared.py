"""A list that was read to its end, kept in memory page by page: all of it counts, or nothing."""

from __future__ import annotations

import hashlib
import os
import struct
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

from staydown.formats.entries import LeftOut, ListEntry
from staydown.formats.indicator_json import DISPUTED_TAG
from staydown.formats.lists import ListFormat, read_list
from staydown.types import ContentKind, SignalType
from staydown_web.exchanges.partners.wire import Record, RecordState

PAGE_ROWS: Final = 2_000
_HEAD: Final = struct.Struct("<BHI")
_STATES: Final = (RecordState.LISTED, RecordState.WITHDRAWN, RecordState.DISPUTED)
_LEFT_OUT: Final = len(_STATES)
_KEPT_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Prepared:
    """A whole list as records, in memory that no disk ever holds.

    Attributes:
        digest: of the list as it came.
        rows: how many records.
        spool: number of an open file with the records, one behind the other; it is closed when
            nobody has the list any more.
        pages: where each page begins in it, and where the last ends.
    """

    digest: str
    rows: int
    spool: int
    pages: tuple[int, ...]

    def page(self, number: int) -> tuple[Record, ...]:
        """The records of one page, counted from 0."""
        return tuple(self._read(number))

    @property
    def count(self) -> int:
        """How many pages; one for an empty list."""
        return len(self.pages) - 1

    def _read(self, number: int) -> Iterator[Record]:
        # By place and not by position, because two threads may read one list.
        start, end = self.pages[number], self.pages[number + 1]
        data = os.pread(self.spool, end - start, start)
        at = 0
        while at < len(data):
            state, key_size, raw_size = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            key = data[at : at + key_size].decode()
            raw = data[at + key_size : at + key_size + raw_size]
            at += key_size + raw_size
            if state == _LEFT_OUT:
                yield Record(key, RecordState.LISTED, left_out=(raw.decode(),))
            else:
                yield Record(key, _STATES[state], raws=(raw,) if raw else ())


def prepare(
    body: bytes, *, form: ListFormat | None, type_: SignalType | None, kind: ContentKind
) -> Prepared:
    """Read a list to its end.

    Raises:
        ListFormatError: a row cannot be read; then none counts.
    """
    left_out = LeftOut()
    entries = read_list(
        BytesIO(body), name="the list", form=form, type_=type_, kind=kind, left_out=left_out
    )
    spool = os.memfd_create("list", os.MFD_CLOEXEC)
    try:
        with os.fdopen(spool, "wb", closefd=False) as file:
            rows, pages = _write(file, _packed(entries, left_out))
        made = Prepared(digest_of(body), rows, spool, pages)
    except BaseException:
        os.close(spool)
        raise
    weakref.finalize(made, os.close, spool)
    return made


def digest_of(body: bytes) -> str:
    """By which a list is known again."""
    return hashlib.sha256(body).hexdigest()


def _write(spool: BinaryIO, rows: Iterable[bytes]) -> tuple[int, tuple[int, ...]]:
    count, at, pages = 0, 0, [0]
    for packed in rows:
        if count and count % PAGE_ROWS == 0:
            pages.append(at)
        spool.write(packed)
        at += len(packed)
        count += 1
    return count, (*pages, at)


def _packed(entries: Iterable[ListEntry], left_out: LeftOut) -> Iterator[bytes]:
    """Every row; last those that are of no use to us, so that they are counted as such."""
    for entry in entries:
        packed = _pack(entry)
        if packed is not None:
            yield packed
    for reason, count in left_out.counts.items():
        for number in range(count):
            key, name = f"left out, {reason}: {number}".encode(), reason.encode()
            yield _HEAD.pack(_LEFT_OUT, len(key), len(name)) + key + name


def _pack(entry: ListEntry) -> bytes | None:
    """One record; None for a withdrawn row that names nothing."""
    raw = entry.fingerprint.to_bytes() if entry.fingerprint.signals else b""
    if not raw and entry.entry_id is None:
        return None
    # Without an id of its own, a row is what it lists: the same line tomorrow is the same record.
    key = (entry.entry_id or hashlib.sha256(raw).hexdigest()).encode()
    if entry.withdrawn or not raw:
        return _HEAD.pack(1, len(key), 0) + key
    state = 2 if DISPUTED_TAG in entry.tags else 0
    return _HEAD.pack(state, len(key), len(raw)) + key + raw


class Shelf:
    """The lists that are being taken in, by where they came from; the last two at most.

    A long list is taken in over several turns. It would be fetched and read anew for each.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[str, Prepared] = OrderedDict()

    def put(self, place: str, prepared: Prepared) -> None:
        """Keep a list until its last page was given, or others push it out."""
        with self._lock:
            self._lists.pop(place, None)
            self._lists[place] = prepared
            while len(self._lists) > _KEPT_AT_ONCE:
                self._lists.popitem(last=False)

    def get(self, place: str, digest: object) -> Prepared | None:
        """The list of this place, where it still is the one that was begun."""
        with self._lock:
            found = self._lists.get(place)
            return found if found is not None and found.digest == digest else None

    def drop(self, place: str) -> None:
        """Forget a list."""
        with self._lock:
            self._lists.pop(place, None)
