"""A table row without telling which: private information retrieval by one server, from LWE.

The server multiplies its table by the query, a vector that is noise to it. Source: SimplePIR,
Henzinger et al., "One Server for the Price of Two" (USENIX Security 2023); its parameters for
tables of this size. A prototype in numpy, to measure what a hub would have to compute.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
SECRET, _NOISE = 1024, 6.4
"""Length of the secret, and the standard deviation of the noise."""
_PLAIN_BITS = 8
_STEP = np.uint32(1 << (32 - _PLAIN_BITS))


@dataclass(frozen=True)
class Table:
    """Bytes in a square, and what every caller downloads once.

    Attributes:
        cells: uint32, shape (rows, columns), each 0..255.
        public: uint32, shape (columns, SECRET): the same for all, from a public seed.
        hint: uint32, shape (rows, SECRET).
    """

    cells: Words
    public: Words
    hint: Words


def table_of(data: npt.NDArray[np.uint8], seed: int = 1) -> Table:
    """A table of bytes, as square as it goes."""
    side = int(np.ceil(np.sqrt(data.size)))
    cells = np.zeros(side * side, np.uint32)
    cells[: data.size] = data.ravel()
    cells = cells.reshape(side, side)
    public = np.random.default_rng(seed).integers(0, 1 << 32, (side, SECRET), np.uint32)
    return Table(cells, public, cells @ public)


def ask(table: Table, column: int, rng: np.random.Generator) -> tuple[Words, Words]:
    """The secret, and the query for a column."""
    side = len(table.cells)
    secret = rng.integers(0, 1 << 32, SECRET, np.uint32)
    noise = np.rint(rng.normal(0, _NOISE, side)).astype(np.int64).astype(np.uint32)
    query = table.public @ secret + noise
    query[column] += _STEP
    return secret, query


def answer(table: Table, query: Words) -> Words:
    """The server's part: it reads every cell."""
    return table.cells @ query


def read(table: Table, secret: Words, answered: Words) -> npt.NDArray[np.uint8]:
    """The column that was asked for."""
    plain = answered - table.hint @ secret
    return ((plain + (_STEP >> np.uint32(1))) >> np.uint32(32 - _PLAIN_BITS)).astype(np.uint8)
