"""What matched here, on its way to the hub's reviewers: fingerprints, never media.

Whoever answers a check leaves the report in shared memory, in some ten microseconds. The keeper
seals it to disk within a quarter of a second, and sends it when the hub can be reached. The hub
stores the same report once, however often it comes.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from staydown_client.edge.errors import HubError, SealedFileError
from staydown_client.edge.facts import Facts
from staydown_client.edge.hub import Hub
from staydown_client.edge.sealed_log import SealedLog

MOST_WAITING = 50_000
"""Reports that wait at most: about an hour of fourteen matches a second."""
MOST_BYTES = 256 << 20
"""Bytes that they may take on disk."""
_MOST_SPOOLED = 20_000
_COUNT_EVERY = 256
_AT_ONCE = 50
_ADD, _DONE = b"+", b"-"


class Spool:
    """Where those who answer leave reports.

    Args:
        folder: in shared memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = 0
        self._is_full = False

    def put(self, report: dict[str, Any]) -> bool:
        """Leave a report; False where too many wait because no keeper fetches them."""
        if self._left % _COUNT_EVERY == 0:
            self._is_full = len(os.listdir(self._folder)) > _MOST_SPOOLED  # noqa: PTH208 - names alone, and quick
        self._left += 1
        if self._is_full:
            return False
        name = f"{time.time_ns():020d}-{uuid4().hex}"
        made = self._folder / f".{name}"
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, json.dumps(report, separators=(",", ":")).encode())
        finally:
            os.close(handle)
        made.rename(self._folder / name)
        return True


class Outbox:
    """Sealed reports that wait for the hub. For the keeper alone.

    Args:
        path: the sealed file.
        key: of the disk.
        spool: folder where those who answer leave reports.
    """

    def __init__(self, path: Path, key: bytes, spool: Path) -> None:
        self._path, self._key, self._spool = path, key, spool
        self._waiting: deque[dict[str, Any]] = deque()
        self._lock = threading.Lock()
        self.lost = 0
        self._log = self._open()

    def __len__(self) -> int:
        return len(self._waiting)

    def collect(self) -> int:
        """Seal to disk what was left in memory since; durable when this returns.

        Returns:
            How many.
        """
        names = sorted(n for n in os.listdir(self._spool) if not n.startswith("."))  # noqa: PTH208 - names alone
        with self._lock:
            taken = [self._take(self._spool / name) for name in names]
            if any(taken):
                self._log.sync()
        for name in names:
            (self._spool / name).unlink(missing_ok=True)
        return sum(taken)

    def send(self, hub: Hub, facts: Facts, *, now: float) -> int:
        """Send some, the oldest first.

        Returns:
            How many the hub has taken, or will never take; 0 where none waits.

        Raises:
            HubError, AgreementEndedError: as ``Hub.report``; then they wait on.
        """
        batch = [self._waiting[n] for n in range(min(_AT_ONCE, len(self._waiting)))]
        if not batch:
            return 0
        done = 0
        for part, answers in _answered(hub, batch):
            for report, answer in zip(part, answers, strict=True):
                self._settle(report, answer, facts, now)
            with self._lock:
                self._drop(len(part))
            done += len(part)
        return done

    def close(self) -> None:
        """Let go of the file."""
        self._log.close()

    def _take(self, path: Path) -> bool:
        with suppress(OSError, ValueError):
            raw = path.read_bytes()
            if len(self._waiting) >= MOST_WAITING or self._log.size + len(raw) > MOST_BYTES:
                self.lost += 1
                return False
            self._waiting.append(json.loads(raw))
            self._log.append(_ADD + raw, is_durable=False)
            return True
        return False

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._waiting.popleft()
        if self._waiting:
            self._log.append(_DONE + str(count).encode(), is_durable=False)
        else:
            self._log.close()
            self._log = SealedLog.create(self._path, self._key, {})

    def _settle(
        self, report: dict[str, Any], answer: dict[str, Any], facts: Facts, now: float
    ) -> None:
        if answer.get("code"):
            self.lost += 1
        verdict = answer.get("verdict")
        if verdict and verdict != report["verdict"]:
            facts.correct(
                check_id=report["check_id"],
                content_ref=report["content_ref"],
                was=report["verdict"],
                verdict=str(verdict),
                at=now,
            )

    def _open(self) -> SealedLog:
        try:
            log = SealedLog.open(self._path, self._key)
            for record in log.records():
                if record[:1] == _ADD:
                    self._waiting.append(json.loads(record[1:]))
                else:
                    for _ in range(int(record[1:])):
                        self._waiting.popleft()
        except FileNotFoundError:
            return SealedLog.create(self._path, self._key, {})
        except (SealedFileError, IndexError, ValueError):
            # What was in it cannot be read any more; what comes from now on must not wait for it.
            self._waiting.clear()
            self.lost += 1
            return SealedLog.create(self._path, self._key, {})
        return log


def _answered(
    hub: Hub, batch: Sequence[dict[str, Any]]
) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Reports with what the hub says of them; one that it never takes must not hold up the rest."""
    rows = [{k: v for k, v in report.items() if k != "at"} for report in batch]
    try:
        return [(list(batch), hub.report(rows))]
    except HubError as error:
        if error.retryable:
            raise
    found = []
    for report, row in zip(batch, rows, strict=True):
        try:
            answers = hub.report([row])
        except HubError as error:
            if error.retryable:
                raise
            answers = [{"code": error.code}]
        found.append(([report], answers))
    return found
