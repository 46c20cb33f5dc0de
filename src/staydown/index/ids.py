"""Ids of hashes: columns of 64-bit integers, or of strings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.errors import EntryIdError
from staydown.index.exhaustive import Rows
from staydown.index.names import ByteColumn, check_id, digests


@dataclass(frozen=True, slots=True, eq=False)
class NumberIds:
    """Integer ids.

    Attributes:
        numbers: int64, shape (n,).
    """

    numbers: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self) -> list[int]:
        """As Python integers."""
        numbers: list[int] = self.numbers.tolist()
        return numbers

    def at(self, rows: Rows) -> npt.NDArray[Any]:
        """The ids of these rows, int64."""
        return self.numbers[rows]

    def take(self, rows: Rows) -> NumberIds:
        """A column of these rows alone."""
        return NumberIds(self.numbers[rows])

    def joined(self, others: list[Any]) -> NumberIds:
        """This column and others of its kind as one."""
        return NumberIds(np.concatenate([self.numbers, *(o.numbers for o in others)]))

    def rows_of(self, wanted: IdColumn) -> Rows:
        """Every row whose id is among ``wanted``, ascending."""
        if not isinstance(wanted, NumberIds):
            return np.empty(0, np.int64)
        if len(wanted) == 1:
            return np.flatnonzero(self.numbers == wanted.numbers[0])
        return np.flatnonzero(np.isin(self.numbers, wanted.numbers))


@dataclass(frozen=True, slots=True, eq=False)
class TextIds:
    """String ids.

    Attributes:
        text: their UTF-8.
        keys: uint64, shape (n,): their digests.
    """

    text: ByteColumn
    keys: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.keys)

    def values(self) -> list[str]:
        """As Python strings."""
        return [self.text.get(row).decode("utf-8", "replace") for row in range(len(self))]

    def at(self, rows: Rows) -> npt.NDArray[Any]:
        """The ids of these rows, as an array of objects."""
        out = np.empty(len(rows), object)
        for k, row in enumerate(rows.tolist()):
            out[k] = self.text.get(row).decode("utf-8", "replace")
        return out

    def take(self, rows: Rows) -> TextIds:
        """A column of these rows alone."""
        picked = ByteColumn.of(self.text.get(row) for row in rows.tolist())
        return TextIds(picked, self.keys[rows])

    def joined(self, others: list[Any]) -> TextIds:
        """This column and others of its kind as one."""
        columns = [self, *others]
        shift, ends = np.uint64(0), []
        for column in columns:
            ends.append(column.text.ends + shift)
            shift += np.uint64(len(column.text.blob))
        blob = np.concatenate([c.text.blob for c in columns])
        keys = np.concatenate([c.keys for c in columns])
        return TextIds(ByteColumn(blob, np.concatenate(ends)), keys)

    def rows_of(self, wanted: IdColumn) -> Rows:
        """Every row whose id is among ``wanted``, ascending."""
        if not isinstance(wanted, TextIds):
            return np.empty(0, np.int64)
        names = {wanted.text.get(row) for row in range(len(wanted))}
        rows = np.flatnonzero(np.isin(self.keys, wanted.keys))
        return np.array([r for r in rows.tolist() if self.text.get(r) in names], np.int64)


IdColumn = NumberIds | TextIds


def columns_of(ids: Iterable[int] | Iterable[str]) -> IdColumn:
    """Sort out which kind of ids these are.

    Raises:
        EntryIdError: neither integers of 64 bits nor strings, or both.
    """
    if isinstance(ids, (str, bytes)):
        raise EntryIdError("ids must be a sequence of ids, not one string")
    if isinstance(ids, np.ndarray) and np.issubdtype(ids.dtype, np.integer) and ids.ndim == 1:
        if ids.dtype == np.uint64 and ids.size and int(ids.max()) > np.iinfo(np.int64).max:
            raise EntryIdError("integer ids must fit into 64 bits with a sign")
        return NumberIds(ids.astype(np.int64))
    held = [i.item() if isinstance(i, np.generic) else i for i in ids]
    if all(isinstance(i, int) and not isinstance(i, bool) for i in held):
        try:
            return NumberIds(np.array(held, np.int64))
        except OverflowError:
            raise EntryIdError("integer ids must fit into 64 bits with a sign") from None
    if all(isinstance(i, str) for i in held):
        text = ByteColumn.of(check_id(i) for i in held)
        return TextIds(text, digests(text))
    raise EntryIdError("ids must be all integers or all strings")


def join_ids(columns: list[IdColumn], found: Rows, *, text: bool) -> npt.NDArray[Any]:
    """The ids of rows that are numbered through all columns."""
    if len(columns) == 1:
        return columns[0].at(found)
    out: npt.NDArray[Any] = np.empty(len(found), object if text else np.int64)
    if not len(found):
        return out
    base = 0
    for column in columns:
        mine = (found >= base) & (found < base + len(column))
        if mine.any():
            out[mine] = column.at(found[mine] - base)
        base += len(column)
    return out
