"""The reading half of a bank file: replaying records, following other writers."""

from __future__ import annotations

import os
import time
from itertools import islice
from pathlib import Path

import numpy as np

from staydown.errors import InputError
from staydown.index.arrays import check_segment, map_segment
from staydown.index.container import ADD, KIND_BANK, PAGE, REMOVE, SEGMENT, Record
from staydown.index.exhaustive import Hashes
from staydown.index.logfile import LogFile
from staydown.index.names import check_id
from staydown.index.prepared import prepare
from staydown.index.segment import segment_from
from staydown.index.store import LayeredStore
from staydown.index.verify import is_sound
from staydown.types import Fingerprint, SignalType
from staydown.types.candidates import PdqHits, WindowHits

_LOOK_EVERY_S = 0.2
_REBUILT = 10_000


class FileStore(LayeredStore):
    """A store that mirrors a file of records.

    Args:
        path: the file.
        follow: searches look whether others changed it.
        read_only: open for reading alone.
        threads: how many cores to use; 0 means all.
    """

    def __init__(self, path: Path, *, follow: bool, read_only: bool, threads: int) -> None:
        self._log_file = LogFile(path, KIND_BANK, read_only=read_only)
        super().__init__(name=str(path), index_points=self._config_points(), threads=threads)
        self._follow = follow
        self._looked = time.monotonic()
        self._generation = self._log_file.generation
        self._is_behind = self._is_loaded = False
        self._forget()
        try:
            self._catch_up()
        except BaseException:
            self._log_file.close()
            raise

    def _config_points(self) -> int | None:
        points = self._log_file.header.config.get("index_points")
        return points if isinstance(points, int) and points >= 0 else None

    def _forget(self) -> None:
        self._runs: list[tuple[Record, int]] = []
        self._log_start = PAGE
        self._log_length = 0

    def close(self) -> None:
        """Close the file. What was opened stays searchable."""
        with self._lock:
            self._follow = False
            self._log_file.close()

    def refresh(self) -> bool:
        """Take in what other processes changed; True if there was anything. Cost: one stat if not.

        Raises:
            SnapshotDamagedError, SnapshotForeignError: the file cannot be used any more.
        """
        self._looked = time.monotonic()
        if not self._is_behind and not self._log_file.is_changed():
            return False
        return self._catch_up()

    @property
    def file_id(self) -> bytes:
        """16 bytes that tell this file from every other; compaction makes another one."""
        return self._log_file.header.file_id

    @property
    def end(self) -> int:
        """How many bytes of the file were read; it only grows."""
        return self._log_file.end

    def is_at_its_path(self) -> bool:
        """Whether the file that is open is the one that stands at the path now."""
        f = self._log_file
        return f.fd >= 0 and f.path.exists() and not f.is_replaced()

    def _catch_up(self) -> bool:
        """Read what is new, whatever the file's time and size say."""
        f = self._log_file
        with self._lock:
            if f.fd < 0:
                return False
            if self._is_behind or f.is_replaced():
                f.reopen()
            # Stays set where this is cut short: entry numbers of a half-read log would be wrong.
            self._is_behind = True
            records = f.read_new()
            is_anew = f.generation != self._generation
            if is_anew:
                # Compacted: entries get new numbers; those handed out before keep their meaning.
                self._generation = f.generation
                self._renumber()
                self._forget()
            self._is_loaded = self._is_loaded and not is_anew
            self._take_in(records)
            self._is_loaded = True
            self._is_behind = False
            return is_anew or bool(records)

    def search_pdq(
        self, hashes: Hashes, *, max_bits: int, sure_bits: tuple[int, ...] | None = None
    ) -> PdqHits:
        """Stored whole-picture hashes (photos, all video frames) near each query row."""
        self._look()
        return super().search_pdq(hashes, max_bits=max_bits, sure_bits=sure_bits)

    def search_windows(self, hashes: Hashes, *, max_bits: int) -> WindowHits:
        """Stored window hashes near each query row."""
        self._look()
        return super().search_windows(hashes, max_bits=max_bits)

    def exact(self, type_: SignalType, raw: bytes) -> list[int]:
        """Entry numbers whose SHA-256 or MD5 this is, in order of adding."""
        self._look()
        return super().exact(type_, raw)

    def _look(self) -> None:
        if self._follow and time.monotonic() - self._looked > _LOOK_EVERY_S:
            self.refresh()

    def verify(self) -> int:
        """Read the whole file and check everything in it.

        Returns:
            How many entries live.

        Raises:
            SnapshotDamagedError: something does not hold.

        Cost: reads every byte once.
        """
        fresh = type(self)(self._log_file.path, follow=False, read_only=True, threads=self._threads)
        try:
            return fresh._check()  # noqa: SLF001 - of the same class
        finally:
            fresh.close()

    def _check(self) -> int:
        self._check_runs(0)
        if not all(is_sound(s) for s in self._segments):
            raise self._damaged()
        # The checksums cover every byte; putting entries together as well finds a wrong writer.
        step = max(1, len(self) // _REBUILT)
        for entry in islice(self.entries(), 0, None, step):
            self.fingerprint(entry.entry_id)
        return len(self)

    def _check_runs(self, first: int) -> None:
        """Compare segments with entries from number ``first`` on with their checksums."""
        for record, begins in self._runs:
            if begins >= first:
                mapped = map_segment(self._log_file.fd, record, self._name)
                check_segment(record, mapped, self._name)

    def _take_in(self, records: list[Record]) -> None:
        """Apply records in order, without the ones that a later segment replaces."""
        gone: list[int] = []
        try:
            for record in _not_replaced(records):
                if record.kind == ADD:
                    if gone and max(gone) >= sum(len(s) for s in self._segments):
                        self._take_removals(gone)
                    self._take_add(record)
                elif record.kind == REMOVE:
                    gone.append(record.directory["entry"])
                    self._log_length += 1
                elif record.kind == SEGMENT:
                    self._take_removals(gone)
                    self._take_segment(record)
            self._take_removals(gone)
        except (InputError, AttributeError, LookupError, OverflowError, TypeError, ValueError):
            raise self._damaged() from None

    def _take_removals(self, gone: list[int]) -> None:
        """Remove many at once: each change of a segment costs a copy of its bit maps."""
        if gone:
            self._remove_numbers(np.array(gone, np.int64))
            gone.clear()

    def _take_add(self, record: Record) -> None:
        raw = os.pread(self._log_file.fd, record.size, record.body)
        directory = record.directory
        fingerprint = Fingerprint.from_bytes(raw)
        meta = directory["meta"].encode()
        self._read_meta(meta)
        self._append(prepare(check_id(directory["id"]), fingerprint, meta))
        self._log_length += 1

    def _take_segment(self, record: Record) -> None:
        meta = record.directory["meta"]
        first = int(meta["first"])
        stored = map_segment(self._log_file.fd, record, self._name, is_news=self._is_loaded)
        segment = segment_from(stored, meta["tables"], self._name)
        self._drop_from(first)
        while self._runs and self._runs[-1][1] >= first:
            self._runs.pop()
        self._append_segment(segment)
        if "removed" in stored:
            self._remove_numbers(stored["removed"].astype(np.int64))
        self._runs.append((record, first))
        self._log_start = record.end
        self._log_length = 0

    def _covers_from(self, first: int) -> int:
        """The offset from which on records speak of entries from number ``first`` on."""
        for record, begins in self._runs:
            if begins == first:
                return record.start
        return self._log_start


def _not_replaced(records: list[Record]) -> list[Record]:
    kept: list[Record] = []
    covered_from: int | None = None
    for record in reversed(records):
        if covered_from is not None and record.start >= covered_from:
            continue
        kept.append(record)
        if record.kind == SEGMENT:
            covered_from = int(record.directory["meta"]["covers_from"])
    return kept[::-1]
