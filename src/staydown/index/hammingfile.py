"""Save a ``HammingIndex`` to a file, and map it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from staydown.errors import SnapshotDamagedError
from staydown.index.arrays import Arrays, map_segment, write_segment
from staydown.index.container import KIND_INDEX, PAGE, REMEDY, Header, Record, write_committed
from staydown.index.exhaustive import HASH_BYTES
from staydown.index.ids import IdColumn, NumberIds, TextIds
from staydown.index.layers import Layer
from staydown.index.logfile import LogFile
from staydown.index.names import ByteColumn
from staydown.index.tables import Tables, tables_from, tables_meta
from staydown.index.writing import replace_file


def save_index(path: Path, layer: Layer | None, ids: IdColumn | None) -> None:
    """Write one segment, replacing what is at the path at once."""
    arrays: Arrays = {}
    meta: dict[str, object] = {}
    if layer is not None and layer.tables is not None and ids is not None:
        arrays = {"hashes": layer.hashes} | _stored_ids(ids) | _stored_tables(layer.tables)
        meta = {"tables": tables_meta(layer.tables)}

    def fill(fd: int, header: Header) -> None:
        end = write_segment(fd, header.file_id, PAGE, arrays, meta) if arrays else PAGE
        write_committed(fd, header.turn + 1, end)

    replace_file(path, KIND_INDEX, {}, fill)


def map_index(file: LogFile, record: Record) -> tuple[Layer, IdColumn]:
    """Map the segment of a saved index.

    Raises:
        SnapshotDamagedError: it does not fit together.
    """
    stored = map_segment(file.fd, record, file.name)
    try:
        return _fitted(stored, record.directory["meta"])
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        raise SnapshotDamagedError(f"{file.name} does not fit together; {REMEDY}") from None


def _fitted(stored: Arrays, meta: dict[str, list[int]]) -> tuple[Layer, IdColumn]:
    hashes = stored["hashes"]
    if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] != HASH_BYTES:
        raise ValueError("hashes")
    tables = tables_from(stored, "tables", meta["tables"], len(hashes))
    ids = _ids_from(stored)
    if len(ids) != len(hashes):
        raise ValueError("ids")
    return Layer(hashes, 0, tables), ids


def _stored_tables(tables: Tables) -> Arrays:
    return {
        "tables.offsets": tables.offsets,
        "tables.near": tables.near,
        "tables.rows": tables.rows,
    }


def _stored_ids(ids: IdColumn) -> Arrays:
    if isinstance(ids, NumberIds):
        return {"ids": ids.numbers}
    return {"id_blob": ids.text.blob, "id_ends": ids.text.ends, "id_keys": ids.keys}


def _ids_from(stored: Arrays) -> IdColumn:
    if "ids" in stored:
        if stored["ids"].dtype != np.int64 or stored["ids"].ndim != 1:
            raise ValueError("ids")
        return NumberIds(stored["ids"])
    blob, ends, keys = stored["id_blob"], stored["id_ends"], stored["id_keys"]
    if blob.dtype != np.uint8 or ends.dtype != np.uint64 or keys.dtype != np.uint64:
        raise ValueError("ids")
    if ends.shape != keys.shape or ends.ndim != 1 or blob.ndim != 1:
        raise ValueError("ids")
    return TextIds(ByteColumn(blob, ends), keys)
