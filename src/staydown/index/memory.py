"""A store that lives in memory alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from staydown.errors import EntryIdError
from staydown.index.columns import ColumnBuilder
from staydown.index.notes import Meta
from staydown.index.store import LayeredStore
from staydown.types import Fingerprint


class MemoryStore(LayeredStore):
    """Entries in memory, searched exactly. A ``CandidateStore``.

    Args:
        index_points: how many points of each picture ``search_windows`` finds, strongest first;
            None means all.
        threads: how many cores building and batches may use; 0 means all.
    """

    def __init__(self, *, index_points: int | None = None, threads: int = 0) -> None:
        super().__init__(name="the store in memory", index_points=index_points, threads=threads)

    def add(self, entry_id: str, fingerprint: Fingerprint, *, meta: Meta | None = None) -> None:
        """Add an entry; the next search sees it.

        Raises:
            EntryIdError: the id is empty, too long, or taken.
            FingerprintFormatError: a signal cannot be parsed.
        """
        entry = self._prepare(entry_id, fingerprint, meta)
        with self._lock:
            self._require_free(entry.entry_id)
            self._append(entry)

    def add_many(self, entries: Iterable[tuple[str, Fingerprint]]) -> int:
        """Add many entries as one segment: all of them, or none where one is refused.

        Returns:
            How many were added.
        """
        builder, taken = ColumnBuilder(), set()
        with self._lock:
            for entry_id, fingerprint in entries:
                entry = self._prepare(entry_id, fingerprint, None)
                self._require_free(entry.entry_id)
                if entry.entry_id in taken:
                    raise EntryIdError("two of the new entries have one id")
                taken.add(entry.entry_id)
                builder.add(entry)
            if len(builder):
                self._append_segment(self._built(builder.arrays()))
        return len(builder)

    def remove(self, entry_id: str) -> None:
        """Remove an entry; the next search no longer sees it.

        Raises:
            EntryNotFoundError: no entry has this id.
        """
        with self._lock:
            self._remove_numbers(np.array([self._require(entry_id)]))

    def refresh(self) -> bool:
        """Nothing else can change it: False."""
        return False
