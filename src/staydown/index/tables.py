"""The tables of a segment: one counting sort a piece."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.index.arrays import Arrays
from staydown.index.plan import PIECE_CHOICES, offset_starts, piece_bits, pieces_for

PDQ_BITS, WINDOW_BITS = 31, 24
"""The radius at which whole pictures and windows are mostly searched."""

_THREE_BYTE_ROWS = 1 << 24
NEAR_LANES = 32
"""A search reads so many words at once, so the tables are padded by as many."""

_PAD = 64


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Bucket tables over the rows of one hash column.

    Attributes:
        pieces: how many pieces the 256 bits are cut into.
        count: rows that stand in each table.
        offsets: uint32, joint: for each piece its bucket starts and one end.
        near: uint16, shape (pieces, count + padding): the 16 bits after the piece, in bucket order.
        rows: uint8, shape (pieces, row_bytes * count + padding): row numbers in bucket order.
        row_bytes: 3 or 4.
    """

    pieces: int
    count: int
    offsets: npt.NDArray[np.uint32]
    near: npt.NDArray[np.uint16]
    rows: npt.NDArray[np.uint8]
    row_bytes: int


def build_tables(
    hashes: npt.NDArray[np.uint64],
    *,
    usual_bits: int = PDQ_BITS,
    chosen: npt.NDArray[np.uint32] | None = None,
    pieces: int | None = None,
    threads: int = 1,
) -> Tables:
    """Sort the rows of a hash column into buckets, once for each piece.

    Args:
        hashes: uint64, shape (n, 4), C-contiguous, n < 2 ** 32.
        usual_bits: the radius at which searches are mostly made; decides how many pieces.
        chosen: uint32 row numbers to put in the tables; None means all.
        pieces: how many pieces; None chooses what is quickest.
        threads: how many pieces to build at once.

    Cost: about 4 ns a row and piece on one core; no memory beyond the tables.
    """
    from staydown.index import build_kernel  # noqa: PLC0415 - numba, when needed

    count = len(hashes) if chosen is None else len(chosen)
    pieces = pieces or pieces_for(count, usual_bits)
    row_bytes = 3 if len(hashes) <= _THREE_BYTE_ROWS else 4
    starts = offset_starts(pieces)
    stride = -(-(count + NEAR_LANES) // _PAD) * _PAD
    offsets = np.empty(starts[-1], np.uint32)
    near = np.empty((pieces, stride), np.uint16)
    rows = np.empty((pieces, row_bytes * stride), np.uint8)
    near[:, count:] = 0
    rows[:, row_bytes * count :] = 0
    picked = np.empty(0, np.uint32) if chosen is None else chosen
    if count == 0:
        offsets[:] = 0
        return Tables(pieces, count, offsets, near, rows, row_bytes)

    def one(i: int) -> None:
        first, bits = piece_bits(pieces)[i]
        part = offsets[starts[i] : starts[i + 1]]
        work = np.empty(build_kernel.WORK_WORDS, np.int64)
        build_kernel.build_piece(
            hashes, picked, first, bits, part, near[i], rows[i], row_bytes, work
        )

    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(one, range(pieces)))
    return Tables(pieces, count, offsets, near, rows, row_bytes)


def _check_tables(tables: Tables, rows: int) -> None:
    """Refuse tables whose sizes would let a search read outside them.

    Raises:
        ValueError: sizes or types that do not fit.
    """
    numbers = (tables.pieces, tables.count, tables.row_bytes)
    if any(not isinstance(n, int) for n in numbers) or tables.pieces not in PIECE_CHOICES:
        raise ValueError("tables")
    stride = tables.near.shape[-1]
    fits = (
        0 <= tables.count <= rows
        and tables.row_bytes in (3, 4)
        and tables.offsets.dtype == np.uint32
        and tables.offsets.shape == (offset_starts(tables.pieces)[-1],)
        and tables.near.dtype == np.uint16
        and tables.near.shape == (tables.pieces, stride)
        and stride >= tables.count + NEAR_LANES
        and tables.rows.dtype == np.uint8
        and tables.rows.shape == (tables.pieces, tables.row_bytes * stride)
    )
    if not fits:
        raise ValueError("tables")


def tables_meta(tables: Tables) -> list[int]:
    """The numbers a file keeps beside the arrays."""
    return [tables.pieces, tables.count, tables.row_bytes]


def tables_from(stored: Arrays, name: str, meta: list[int], rows: int) -> Tables:
    """Tables over mapped arrays.

    Args:
        stored: the arrays of a segment.
        name: what the names of the arrays begin with.
        meta: as ``tables_meta`` gave it.
        rows: length of the hash column.

    Raises:
        ValueError, KeyError: sizes or types that would let a search read outside them.
    """
    pieces, count, row_bytes = meta
    parts = (stored[f"{name}.{part}"] for part in ("offsets", "near", "rows"))
    offsets, near, row_numbers = parts
    tables = Tables(pieces, count, offsets, near, row_numbers, row_bytes)
    _check_tables(tables, rows)
    return tables
