"""Entries as columns: how rows are gathered, joined and thinned out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.arrays import Arrays
from staydown.index.exhaustive import HASH_BYTES, Hashes
from staydown.index.prepared import NO_QUALITY, WHOLE, PictureRows, Prepared, pdq_recipe
from staydown.types.signals import MAX_QUALITY
from staydown.types.windows import GRID_SIDE

SHAPES: dict[str, tuple[str, tuple[int, ...]]] = {
    "id_blob": ("|u1", ()),
    "id_ends": ("<u8", ()),
    "recipe_blob": ("|u1", ()),
    "recipe_ends": ("<u8", ()),
    "meta_blob": ("|u1", ()),
    "meta_ends": ("<u8", ()),
    "pdq_ends": ("<u8", ()),
    "picture_ends": ("<u8", ()),
    "pdq_hashes": ("|u1", (HASH_BYTES,)),
    "pdq_times": ("<u4", ()),
    "pdq_marks": ("|u1", ()),
    "picture_times": ("<u4", ()),
    "picture_shapes": ("<u2", (4,)),
    "grids": ("|u1", (GRID_SIDE, GRID_SIDE)),
    "window_ends": ("<u8", ()),
    "window_hashes": ("|u1", (HASH_BYTES,)),
    "geometry": ("<u4", ()),
}
"""Type and row shape of each column. ``picture_shapes`` holds width, height, marks, 0."""

PARENTS = {
    "id_ends": "id_blob",
    "recipe_ends": "recipe_blob",
    "meta_ends": "meta_blob",
    "pdq_ends": "pdq_hashes",
    "picture_ends": "window_ends",
    "window_ends": "window_hashes",
}
"""Columns of ends, and the column in which they count rows."""

PER_ENTRY = ("id_ends", "recipe_ends", "meta_ends", "pdq_ends", "picture_ends")
PER_PDQ = ("pdq_hashes", "pdq_times", "pdq_marks")
PER_PICTURE = ("picture_times", "picture_shapes", "grids", "window_ends")
PER_WINDOW = ("window_hashes", "geometry")

_FIRST_ROOM = 64


class GrowingColumn:
    """A numpy array that grows at its end. Views taken earlier keep their old memory."""

    def __init__(self, dtype: str, row: tuple[int, ...]) -> None:
        self._data = np.empty((_FIRST_ROOM, *row), dtype)
        self.count = 0

    def extend(self, rows: npt.NDArray[Any]) -> None:
        """Append rows; they are copied."""
        need = self.count + len(rows)
        if need > len(self._data):
            room = max(need, len(self._data) * 3 // 2)
            grown = np.empty((room, *self._data.shape[1:]), self._data.dtype)
            grown[: self.count] = self._data[: self.count]
            self._data = grown
        self._data[self.count : need] = rows
        self.count = need

    def append(self, row: object) -> None:
        """Append one row."""
        if self.count == len(self._data):
            self.extend(np.asarray(row, self._data.dtype)[None])
            return
        self._data[self.count] = row
        self.count += 1

    def cut(self, count: int) -> None:
        """Forget the rows from number ``count`` on."""
        self.count = count

    def view(self) -> npt.NDArray[Any]:
        """The rows so far, without a copy."""
        return self._data[: self.count]


class ColumnBuilder:
    """Gathers entries into columns."""

    def __init__(self) -> None:
        self._columns = {key: GrowingColumn(*shape) for key, shape in SHAPES.items()}

    def __len__(self) -> int:
        return self._columns["id_ends"].count

    @property
    def pdq_rows(self) -> int:
        """How many whole-picture hashes there are."""
        return self._columns["pdq_hashes"].count

    @property
    def window_rows(self) -> int:
        """How many window hashes there are."""
        return self._columns["window_hashes"].count

    def add(self, entry: Prepared) -> None:
        """Append one entry; the whole of it, or nothing where this is cut short."""
        before = [column.count for column in self._columns.values()]
        try:
            self._add_entry(entry)
        except BaseException:
            for column, count in zip(self._columns.values(), before, strict=True):
                column.cut(count)
            raise

    def _add_entry(self, entry: Prepared) -> None:
        c = self._columns
        for name, raw in (
            ("id", entry.entry_id),
            ("recipe", entry.recipe),
            ("meta", entry.meta),
        ):
            c[f"{name}_blob"].extend(np.frombuffer(raw, np.uint8))
            c[f"{name}_ends"].append(c[f"{name}_blob"].count)
        c["pdq_hashes"].extend(entry.hashes)
        c["pdq_times"].extend(entry.times_ms)
        c["pdq_marks"].extend(entry.marks)
        c["pdq_ends"].append(c["pdq_hashes"].count)
        for picture in entry.pictures:
            self._add_picture(picture)
        c["picture_ends"].append(c["picture_times"].count)

    def _add_picture(self, picture: PictureRows) -> None:
        c = self._columns
        c["picture_times"].append(picture.time_ms)
        c["picture_shapes"].append((picture.width, picture.height, picture.marks, 0))
        c["grids"].append(picture.grid)
        c["window_hashes"].extend(picture.hashes)
        c["geometry"].extend(picture.geometry)
        c["window_ends"].append(c["window_hashes"].count)

    def arrays(self) -> Arrays:
        """The columns so far, as views."""
        return {key: column.view() for key, column in self._columns.items()}


def pdq_columns(ids: Sequence[bytes], hashes: Hashes, qualities: npt.NDArray[np.uint8]) -> Arrays:
    """Columns of photos that have a ``pdq`` alone, made without a loop over the entries.

    Args:
        ids: UTF-8 of each id.
        hashes: uint8, shape (n, 32).
        qualities: uint8, shape (n,), 0..100, or ``NO_QUALITY``.
    """
    count = len(ids)
    arrays = ColumnBuilder().arrays()
    arrays["id_blob"] = np.frombuffer(b"".join(ids), np.uint8)
    arrays["id_ends"] = np.cumsum(
        np.fromiter((len(i) for i in ids), np.uint64, count), dtype=np.uint64
    )
    recipe = np.frombuffer(pdq_recipe(0), np.uint8)
    recipes = np.tile(recipe, (count, 1))
    recipes[:, 3] = qualities
    arrays["recipe_blob"] = recipes.reshape(-1)
    arrays["recipe_ends"] = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(len(recipe))
    arrays["meta_ends"] = np.zeros(count, np.uint64)
    arrays["pdq_ends"] = np.arange(1, count + 1, dtype=np.uint64)
    arrays["picture_ends"] = np.zeros(count, np.uint64)
    arrays["pdq_hashes"] = np.ascontiguousarray(hashes)
    arrays["pdq_times"] = np.zeros(count, np.uint32)
    # One that comes without a quality, as in plain lists, is trusted.
    trusted = np.where(qualities == NO_QUALITY, np.uint8(MAX_QUALITY), qualities)
    arrays["pdq_marks"] = trusted | np.uint8(WHOLE)
    return arrays


def starts_of(ends: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Where each row's part begins; int64, same length as ``ends``."""
    starts = np.zeros(len(ends), np.int64)
    starts[1:] = ends[:-1]
    return starts


def join_columns(parts: Iterable[Arrays]) -> Arrays:
    """Columns of several runs of entries as one. Cost: a copy."""
    held = [part for part in parts if len(part["id_ends"])]
    if len(held) == 1:
        return {key: held[0][key] for key in SHAPES}
    if not held:
        return ColumnBuilder().arrays()
    joined: Arrays = {}
    for key in SHAPES:
        if key in PARENTS:
            shift, moved = np.uint64(0), []
            for part in held:
                moved.append(part[key] + shift)
                shift += np.uint64(len(part[PARENTS[key]]))
            joined[key] = np.concatenate(moved)
        else:
            joined[key] = np.concatenate([part[key] for part in held])
    return joined


def keep_entries(arrays: Arrays, keep: npt.NDArray[np.bool_]) -> Arrays:
    """Columns of the entries where ``keep`` is True. Cost: a copy."""
    picked: Arrays = {}
    for ends, *rows in (
        ("id_ends", "id_blob"),
        ("recipe_ends", "recipe_blob"),
        ("meta_ends", "meta_blob"),
        ("pdq_ends", *PER_PDQ),
        ("picture_ends", *(key for key in PER_PICTURE if key != "window_ends")),
    ):
        picked[ends], chosen = _thin(arrays[ends], keep)
        for key in rows:
            picked[key] = arrays[key][chosen]
    pictures = _thin(arrays["picture_ends"], keep)[1]
    picked["window_ends"], chosen = _thin(arrays["window_ends"], pictures)
    for key in PER_WINDOW:
        picked[key] = arrays[key][chosen]
    return picked


def _thin(
    ends: npt.NDArray[np.uint64], keep: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """New ends, and which of the rows below stay."""
    sizes = ends.astype(np.int64) - starts_of(ends)
    return np.cumsum(sizes[keep], dtype=np.uint64), np.repeat(keep, sizes)
