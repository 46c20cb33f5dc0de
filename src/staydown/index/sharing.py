"""Changes of a ``HammingIndex`` as records, for processes that share one saved index."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from staydown.errors import EntryIdError, SnapshotDamagedError
from staydown.index.container import ADD, KIND_INDEX, REMEDY, Record
from staydown.index.exhaustive import HASH_BYTES, Hashes
from staydown.index.ids import IdColumn, NumberIds, TextIds
from staydown.index.logfile import LogFile
from staydown.index.names import ByteColumn, digests
from staydown.index.writing import append_records, plain_errors

_LOOK_EVERY_S = 0.2
_BUSY_S = 5.0


class SharedChanges:
    """The records behind the segment of a saved index.

    Args:
        path: the saved index.
        read_only: take changes in, but make none.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.file = LogFile(path, KIND_INDEX, read_only=read_only)
        self._looked = time.monotonic()

    def is_due(self) -> bool:
        """Whether a search should look for changes; at most five times a second."""
        now = time.monotonic()
        if now - self._looked <= _LOOK_EVERY_S:
            return False
        self._looked = now
        return self.file.is_changed()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer lock. The caller reads what is new first."""
        with self.file.writing(_BUSY_S), plain_errors(self.file.name):
            yield

    def append(self, kind: int, ids: IdColumn, hashes: Hashes | None = None) -> None:
        """Append one change; durable when this returns."""
        directory, body = _packed(ids, hashes)
        f = self.file
        f.commit(append_records(f.fd, f.header, f.end, [(kind, directory, body)]))

    def unpacked(self, record: Record) -> tuple[IdColumn, Hashes]:
        """The ids and, of an addition, the hashes of a change.

        Raises:
            SnapshotDamagedError: the record does not fit together.
        """
        raw = self.file.read_at(record.body, record.size)
        try:
            return _unpacked(record, raw)
        except (LookupError, OverflowError, TypeError, ValueError, EntryIdError):
            raise SnapshotDamagedError(
                f"{self.file.name} holds a change that does not fit; {REMEDY}"
            ) from None


def _packed(ids: IdColumn, hashes: Hashes | None) -> tuple[dict[str, Any], bytes]:
    directory = {"count": len(ids), "text": not isinstance(ids, NumberIds)}
    parts = [] if hashes is None else [np.ascontiguousarray(hashes).tobytes()]
    if isinstance(ids, NumberIds):
        parts.append(ids.numbers.tobytes())
    else:
        parts += [ids.text.ends.tobytes(), ids.text.blob.tobytes()]
    return directory, b"".join(parts)


def _unpacked(record: Record, raw: bytes) -> tuple[IdColumn, Hashes]:
    count, is_text = int(record.directory["count"]), bool(record.directory["text"])
    rows = count if record.kind == ADD else 0
    hashes = np.frombuffer(raw, np.uint8, rows * HASH_BYTES).reshape(rows, HASH_BYTES)
    at = rows * HASH_BYTES
    if not is_text:
        return NumberIds(np.frombuffer(raw, np.int64, count, at).copy()), hashes
    ends = np.frombuffer(raw, np.uint64, count, at)
    blob = np.frombuffer(raw, np.uint8, offset=at + 8 * count)
    if count and (np.any(ends[1:] < ends[:-1]) or int(ends[-1]) != len(blob)):
        raise ValueError("ends")
    text = ByteColumn(blob.copy(), ends.copy())
    return TextIds(text, digests(text)), hashes
