"""The compiled loop behind ``names.digests``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staydown.index.native import compiled


@compiled
def fnv_rows(
    blob: npt.NDArray[np.uint8], ends: npt.NDArray[np.uint64], out: npt.NDArray[np.uint64]
) -> None:
    """FNV-1a of each row. The caller has checked that ``ends`` rise within the blob."""
    start = np.int64(0)
    for row in range(len(ends)):
        end = np.int64(ends[row])
        value = np.uint64(0xCBF29CE484222325)
        for at in range(start, end):
            value = (value ^ np.uint64(blob[at])) * np.uint64(0x100000001B3)
        out[row] = value
        start = end
