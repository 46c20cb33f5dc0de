"""Columns of short byte strings (ids, notes), and the 64-bit digests they are looked up by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.errors import EntryIdError, SnapshotDamagedError
from staydown.types.candidates import MAX_ENTRY_ID_BYTES

_FNV_START, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
_MASK = (1 << 64) - 1


def bytes_at(blob: npt.NDArray[np.uint8], ends: npt.NDArray[np.uint64], row: int) -> bytes:
    """The bytes of one row of a ``ByteColumn``, without making one."""
    start = int(ends[row - 1]) if row else 0
    return blob[start : int(ends[row])].tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class ByteColumn:
    """Byte strings one after another.

    Attributes:
        blob: uint8, all bytes.
        ends: uint64, shape (n,), rising: where each string ends.
    """

    blob: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.ends)

    def get(self, row: int) -> bytes:
        """The bytes of one row; empty where damaged ends point outside the blob."""
        return bytes_at(self.blob, self.ends, row)

    @classmethod
    def of(cls, strings: Iterable[bytes]) -> ByteColumn:
        """Pack byte strings."""
        held = list(strings)
        ends = np.cumsum([len(s) for s in held], dtype=np.uint64)
        return cls(np.frombuffer(b"".join(held), np.uint8), ends)


def check_id(entry_id: object) -> bytes:
    """The id as UTF-8.

    Raises:
        EntryIdError: not a string, empty, longer than 1024 bytes, or not encodable.
    """
    if not isinstance(entry_id, str) or not entry_id:
        raise EntryIdError("an entry id must be a string that is not empty")
    try:
        raw = entry_id.encode()
    except UnicodeEncodeError:
        raise EntryIdError("an entry id holds characters that UTF-8 cannot encode") from None
    if len(raw) > MAX_ENTRY_ID_BYTES:
        raise EntryIdError(
            f"an entry id is {len(raw)} bytes long, want at most {MAX_ENTRY_ID_BYTES}"
        )
    return raw


def digest_of(raw: bytes) -> int:
    """FNV-1a of 64 bits. Not secret and not safe against collisions: always compare the bytes."""
    value = _FNV_START
    for byte in raw:
        value = (value ^ byte) * _FNV_PRIME & _MASK
    return value


def digests(column: ByteColumn) -> npt.NDArray[np.uint64]:
    """``digest_of`` of every row; uint64, shape (n,).

    Raises:
        SnapshotDamagedError: the column of a damaged file points outside its bytes.
    """
    from staydown.index.digest_kernel import fnv_rows  # noqa: PLC0415 - numba, when needed

    ends = column.ends
    if len(ends) and (np.any(ends[1:] < ends[:-1]) or int(ends[-1]) > len(column.blob)):
        raise SnapshotDamagedError("ids lie outside their column; restore the file from a copy")
    out = np.empty(len(column), np.uint64)
    fnv_rows(column.blob, column.ends, out)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """Find rows by a 64-bit key: keys in order, and the row of each.

    Attributes:
        keys: uint64, shape (n,), ascending.
        rows: uint32, shape (n,).
    """

    keys: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.uint32]

    def find(self, key: int) -> list[int]:
        """All rows with this key, ascending."""
        first = int(np.searchsorted(self.keys, np.uint64(key), "left"))
        found = []
        while first < len(self.keys) and int(self.keys[first]) == key:
            found.append(int(self.rows[first]))
            first += 1
        return found

    def find_many(self, keys: npt.NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
        """Where each of many keys may be: places among ``keys``, and rows that have them."""
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        near = np.flatnonzero(self.keys[at] == keys) if len(self.keys) else ()
        for place in (int(n) for n in near):
            for row in self.find(int(keys[place])):
                yield place, row

    @classmethod
    def of(cls, keys: npt.NDArray[np.uint64], rows: npt.NDArray[np.uint32] | None = None) -> Lookup:
        """Sort keys. Cost: O(n log n)."""
        order = np.argsort(keys, kind="stable")
        named = order.astype(np.uint32) if rows is None else rows[order]
        return cls(keys[order], named)


def first_word(raw: bytes | Sequence[int]) -> int:
    """The first 8 bytes as a key; for values that are random already, such as a SHA-256."""
    return int.from_bytes(bytes(raw[:8]), "little")
