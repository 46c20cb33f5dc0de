"""``BankFile``: entries in one file that processes share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from staydown.errors import EntryIdError, HashShapeError, InputError
from staydown.index.arrays import Arrays, write_segment
from staydown.index.columns import ColumnBuilder, join_columns, keep_entries, pdq_columns
from staydown.index.container import ADD, KIND_BANK, PAGE, REMOVE, Header, write_committed
from staydown.index.exhaustive import Hashes, check_hashes
from staydown.index.filestore import FileStore
from staydown.index.names import check_id
from staydown.index.notes import Meta
from staydown.index.prepared import NO_QUALITY, Prepared
from staydown.index.segment import stored_arrays, stored_meta
from staydown.index.store import check_points, rows_of
from staydown.index.writing import (
    append_records,
    append_segment,
    create_file,
    plain_errors,
    replace_file,
)
from staydown.types import Fingerprint
from staydown.types.signals import MAX_QUALITY

_BUSY_S = 5.0
_LOG_RECORDS = 4096
_BULK = 256
_JOIN_RATIO, _LARGEST_JOIN = 2, 4_000_000


class BankFile(FileStore):
    """Entries in a file. A ``CandidateStore``.

    What ``add``, ``add_many``, ``remove`` and ``compact`` did is durable when they return. Several
    processes may have the file open; each change holds the writer lock for its time. Use
    ``create`` or ``open``.
    """

    busy_timeout_s = _BUSY_S

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        index_points: int | None = None,
        threads: int = 0,
    ) -> Self:
        """Create an empty bank file, readable by its owner alone, and open it.

        Args:
            path: where; nothing may be there.
            index_points: how many points of each picture ``search_windows`` finds, strongest
                first; None means all. Fixed for the life of the file.
            threads: how many cores building and batches may use; 0 means all.

        Raises:
            SnapshotExistsError: something is there already.
            SnapshotError: it cannot be written there.
            ThresholdError: ``index_points`` is no whole number from 0 on.
        """
        create_file(Path(path), KIND_BANK, {"index_points": check_points(index_points)})
        return cls.open(path, threads=threads)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        follow: bool = False,
        read_only: bool = False,
        threads: int = 0,
    ) -> Self:
        """Open a bank file. Segments are mapped, not read.

        Args:
            path: where it is.
            follow: each search looks, at most five times a second, whether others changed the file.
            read_only: open for reading alone; the file may lie where one cannot write.
            threads: how many cores building and batches may use; 0 means all.

        Raises:
            SnapshotMissingError, SnapshotForeignError, SnapshotDamagedError: it cannot be used.
        """
        return cls(Path(path), follow=follow, read_only=read_only, threads=threads)

    def add(self, entry_id: str, fingerprint: Fingerprint, *, meta: Meta | None = None) -> None:
        """Add an entry; durable when this returns, found by the next search.

        Raises:
            EntryIdError: the id is empty, too long, or taken.
            FingerprintFormatError: a signal cannot be parsed.
            SnapshotBusyError: another process writes for longer than a few seconds.

        Cost: one fsync.
        """
        entry = self._prepare(entry_id, fingerprint, meta)
        with self._writing():
            self._require_free(entry.entry_id)
            self._log([_record_of(entry, fingerprint)])

    def add_many(
        self,
        entries: Iterable[tuple[str, Fingerprint]],
        *,
        meta: Meta | None = None,
    ) -> int:
        """Add many entries: all of them, or none where one is refused.

        Args:
            entries: ids and fingerprints.
            meta: free notes of every one of them.

        Returns:
            How many were added. They are durable then.

        Cost: one fsync for a few; from 256 on a segment with its tables.
        """
        builder, taken = ColumnBuilder(), set()
        few: list[tuple[int, dict[str, Any], bytes]] = []
        for entry_id, fingerprint in entries:
            entry = self._prepare(entry_id, fingerprint, meta)
            if entry.entry_id in taken:
                raise EntryIdError("two of the new entries have one id")
            taken.add(entry.entry_id)
            builder.add(entry)
            if len(few) < _BULK:
                few.append(_record_of(entry, fingerprint))
        with self._writing():
            self._require_all_free([*taken])
            if len(builder) >= _BULK:
                self._write_run(builder.arrays())
            elif few:
                self._log(few)
        return len(builder)

    def add_pdq(self, ids: Sequence[str], hashes: Hashes, qualities: npt.NDArray[np.uint8]) -> int:
        """Add photos known by their ``pdq`` alone, as one segment: the quick way for long lists.

        Args:
            ids: one for each row, all different.
            hashes: uint8, shape (n, 32).
            qualities: uint8, shape (n,), 0..100, or 255 for a hash that comes without one.

        Returns:
            How many were added. They are durable then.
        """
        check_hashes(hashes)
        raws = [check_id(i) for i in ids]
        if len(set(raws)) != len(raws):
            raise EntryIdError("two of the new entries have one id")
        is_column = isinstance(qualities, np.ndarray) and qualities.dtype == np.uint8
        if not is_column or qualities.shape != (len(raws),) or len(hashes) != len(raws):
            raise HashShapeError("want one id, one hash and one uint8 quality for each entry")
        if bool(((qualities > MAX_QUALITY) & (qualities != NO_QUALITY)).any()):
            raise HashShapeError("a quality is above 100")
        with self._writing():
            self._require_all_free(raws)
            if raws:
                self._write_run(pdq_columns(raws, hashes, qualities))
        return len(raws)

    def remove(self, entry_id: str) -> None:
        """Remove an entry; durable when this returns. Its bytes leave the file at ``compact``.

        Raises:
            EntryNotFoundError: no entry has this id.
        """
        check_id(entry_id)
        with self._writing():
            self._log([(REMOVE, {"entry": self._require(entry_id)}, b"")])

    def compact(self) -> None:
        """Write the file anew as one segment without the removed entries, and replace it at once.

        Entries get new numbers. Others who follow the file notice within a second.
        """
        with self._writing():
            self._seal_tail(merge=False)
            # New checksums over damaged bytes would hide the damage for good.
            self._check_runs(0)
            parts = []
            for segment in self._segments:
                dead = segment.dead
                parts.append(
                    segment.arrays if dead is None else keep_entries(segment.arrays, ~dead)
                )
            made = self._built(join_columns(parts))
            arrays = stored_arrays(made)
            meta = {"first": 0, "covers_from": PAGE, "tables": stored_meta(made)}

            def fill(fd: int, header: Header) -> None:
                end = PAGE
                if len(made):
                    end = write_segment(fd, header.file_id, PAGE, arrays, meta)
                write_committed(fd, header.turn + 1, end)

            replace_file(self._log_file.path, KIND_BANK, self._log_file.header.config, fill)
            self._catch_up()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock, with everything others did taken in."""
        with self._lock, self._log_file.writing(self.busy_timeout_s):
            # Not only where the stamp differs: what stands after the known end is cut off.
            self._catch_up()
            try:
                with plain_errors(self._name):
                    yield
            except InputError:
                raise
            except BaseException:
                # Cut short somewhere: the file tells what was done.
                self._is_behind = True
                raise

    def _log(self, records: list[tuple[int, dict[str, Any], bytes]]) -> None:
        f = self._log_file
        end = append_records(f.fd, f.header, f.end, records)
        f.commit(end)
        self._catch_up()
        if self._log_length > _LOG_RECORDS:
            # What was asked for is done; a full disk may put off the tidying.
            with suppress(OSError):
                self._write_run(None)

    def _write_run(self, new: Arrays | None) -> None:
        """Write a segment of the log so far, of small segments before it, and of new entries."""
        self._seal_tail(merge=False)
        at = len(self._segments)
        total = 0 if new is None else len(new["pdq_hashes"]) + len(new["window_hashes"])
        while at and not self._segments[at - 1].is_mapped:
            at -= 1
            total += rows_of(self._segments[at])
        while at and self._may_join(rows_of(self._segments[at - 1]), total):
            at -= 1
            total += rows_of(self._segments[at])
        first = sum(len(s) for s in self._segments[:at])
        covers = self._covers_from(first)
        self._check_runs(first)
        parts = self._segments[at:]
        made = self._joined(parts, new)
        arrays = stored_arrays(made) | {"removed": self._removed_before(at)}
        f = self._log_file
        meta = {"first": first, "covers_from": covers, "tables": stored_meta(made)}
        end = append_segment(f.fd, f.header, f.end, arrays, meta)
        f.commit(end)
        self._catch_up()

    def _may_join(self, rows: int, total: int) -> bool:
        return rows < _JOIN_RATIO * total and rows + total <= _LARGEST_JOIN

    def _removed_before(self, at: int) -> npt.NDArray[np.uint32]:
        """Numbers of removed entries in the segments that stay."""
        found, base = [np.empty(0, np.uint32)], 0
        for segment in self._segments[:at]:
            if segment.dead is not None:
                found.append((np.flatnonzero(segment.dead) + base).astype(np.uint32))
            base += len(segment)
        return np.concatenate(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _record_of(entry: Prepared, fingerprint: Fingerprint) -> tuple[int, dict[str, Any], bytes]:
    directory = {"id": entry.entry_id.decode(), "meta": entry.meta.decode()}
    return ADD, directory, fingerprint.to_bytes()
