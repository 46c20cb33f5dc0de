"""What was found is written in groups: all that comes in while one transaction is under way.

Whoever comes first writes for everybody who waits (the leader); the others wait for their result.
So a thousand hits a second cost some hundred transactions, none waits longer than for the one
before it, and each is durable before its caller is answered. Source: ADR-0025.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import close_old_connections, connection

from staydown.isolate.priority import give_way_here
from staydown_web.banks.services import segments_version
from staydown_web.base.admission import resting
from staydown_web.base.endings import at_end
from staydown_web.base.lending import OwnLine
from staydown_web.screening.services.findings import Finding, Pending, Recorded, Repeat
from staydown_web.screening.services.recent import Recent, Recents
from staydown_web.screening.services.sheets import is_stored
from staydown_web.screening.services.storing import not_stored, store_repeats, write_group
from staydown_web.screening.services.taking_in import (
    Tending,
    bring_alike,
    tend,
)
from staydown_web.screening.services.tray import Tray, is_useful, tray_path

_AT_ONCE = 64
_MOST_TRIES = 5
_LATER_S = 0.1
"""How long what nobody waits for may stay in memory."""
_REPEATS_S = 5.0
"""How often repeats are written down; a crash loses the counts of so long."""
_MOST_WAITING = 5_000
_MOST_RECENT = 20_000
_GIVES_WAY = 10
"""How far what takes in gives way to checks that somebody waits for, as of nice(1)."""

log = logging.getLogger("staydown.recorder")


class Recorder:
    """Stores findings in groups. One a process.

    Args:
        tray: where findings go first; None stores them in the database at once.
    """

    def __init__(self, tray: Tray | None = None) -> None:
        self._tray, self._may_lie = tray, tray is not None
        self._tending: Tending | None = None
        self._takes_in = False
        self._puts = 0
        self._tray_fails = False
        self._line = OwnLine()
        self._mutex = threading.RLock()
        self._flushing = threading.Lock()
        self._queue: list[Pending] = []
        self._is_writing = False
        self._recent = Recents(_MOST_RECENT)
        self._repeats: dict[UUID, Repeat] = {}
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def record(self, finding: Finding, *, wait: bool) -> Recorded:
        """Store a finding.

        Args:
            finding: what was found.
            wait: True returns when it is durable; False as soon as it is taken in hand.
        """
        known = self._seen_just_now(finding)
        if known is not None:
            return known
        pending = Pending(finding, is_awaited=wait or self._thread is None)
        with self._mutex:
            if not pending.is_awaited and len(self._queue) < _MOST_WAITING:
                self._queue.append(pending)
                return Recorded(pending.check_id, None)
            pending.is_awaited = True
            self._queue.append(pending)
        with resting():
            self._lead(pending)
        if pending.error is not None:
            raise pending.error
        if pending.result is None:
            raise RuntimeError("a finding was neither stored nor refused")
        if self._thread is None:
            self._store_repeats()
        return pending.result

    def flush(self, *, with_repeats: bool = True, with_tray: bool = True) -> None:
        """Store everything that nobody waits for, and what lies in the tray.

        Args:
            with_repeats: repeats too.
            with_tray: take in what lies in the tray, and clear it away.
        """
        with self._flushing:  # two must not wait for the same finding
            while self._queue:
                with self._mutex:
                    last = next((one for one in reversed(self._queue) if not one.is_awaited), None)
                if last is None:
                    break
                self._lead(last)
        if self._tray is not None and with_tray:
            tend(self._tray, lain_s=0.0)
        if with_repeats:
            self._store_repeats()

    def start(self, tray: Tray | None = None, *, takes_in: bool = False) -> None:
        """Begin to store in the background what nobody waits for.

        Args:
            tray: where findings go first from now on.
            takes_in: bring what lies there into the database; else another process does.
        """
        with self._mutex:
            if tray is not None:
                # What the process before this one left there comes first.
                self._tray, self._may_lie = tray, True
                self._takes_in, self._tending = takes_in, Tending(tray, takes_in=takes_in)
            if self._thread is None:
                self._thread = threading.Thread(target=self._repeat, name="recorder", daemon=True)
                self._thread.start()
                at_end(self.stop)

    def stop(self) -> None:
        """End the background, and store what is left."""
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._stopped.set()
            thread.join()
            self._line.close()

    def _seen_just_now(self, finding: Finding) -> Recorded | None:
        """The same content with the same matches, stored already: count it, and write nothing."""
        if finding.token:
            return None
        recent = self._recent.get(finding)
        if recent is None or not self._still_holds(recent, finding):
            return None
        copy_id = recent.recorded.copy_id
        if copy_id is None:
            return None
        self._count_again(copy_id, finding)
        if self._thread is None:
            self._store_repeats()
        return recent.recorded

    def _count_again(self, copy_id: UUID, finding: Finding, count: int = 1) -> None:
        with self._mutex:
            self._repeats.setdefault(copy_id, Repeat(copy_id, finding)).count += count

    def _still_holds(self, recent: Recent, finding: Finding) -> bool:
        """Whether nothing has changed since; where something has, one look, which waits for nobody.

        In a busy bank something changes every few seconds, and what is asked about most would wait
        for a turn to write each time, only to find that it is written.
        """
        # Read before the database: what changes after this makes the next call look again.
        version = segments_version()
        if recent.version == version:
            return True
        if not is_stored(finding, recent.recorded.copy_id):
            return False
        self._keep(finding, version, recent.recorded)
        return True

    def _lead(self, mine: Pending) -> None:
        """Write for all who wait, or wait until somebody has done so for this one."""
        bell = None
        with self._mutex:
            if mine.is_done:
                return
            if self._is_writing:
                bell = mine.bell = threading.Lock()
                bell.acquire()
            self._is_writing = True
        if bell is not None:
            bell.acquire()  # rung by whoever writes, who is done with it or hands over to it
            if mine.is_done:
                return
        os.sched_yield()  # whoever is nearly there comes along
        with self._mutex:
            # The oldest first, and one's own with them: every leader is done after its turn.
            batch = self._queue[:_AT_ONCE]
            del self._queue[:_AT_ONCE]
            if mine not in batch:
                self._queue.remove(mine)
                batch.append(mine)
            version = segments_version()
        try:
            # One connection for all who write: another's would read anew what this one wrote.
            with self._line.in_place():
                self._store(batch)
        except BaseException as error:
            for one in batch:
                one.error = error
            raise
        finally:
            self._hand_over(batch, version)

    def _hand_over(self, batch: list[Pending], version: int) -> None:
        """Tell those whose turn it was, and the next of those who still wait."""
        with self._mutex:
            for one in batch:
                self._settle(one, version)
            heirs = [one for one in self._queue if one.bell is not None][:1]
            self._is_writing = bool(heirs)
            for one in (*(one for one in batch if one.is_done), *heirs):
                bell, one.bell = one.bell, None
                if bell is not None:
                    bell.release()

    def _store(self, batch: list[Pending]) -> None:
        """Into the tray where there is one; into the database where that cannot take them.

        A process without one brings in first what a server of checks has put there of the same
        content, or with the same idempotency keys: it is known then.
        """
        if self._tray is not None and not connection.in_atomic_block:
            try:
                self._tray.put(batch)
            except OSError as error:
                if not self._tray_fails:
                    log.error("findings go past the tray (%s)", type(error).__name__)  # noqa: TRY400 - a trace could hold them
                self._tray_fails = True
            else:
                self._tray_fails, self._may_lie = False, True
                self._puts += 1
                return
        elif not connection.in_atomic_block:  # what is told to the tray must be durable
            bring_alike([one.finding for one in batch])
        write_group(batch)

    def _settle(self, one: Pending, version: int) -> None:
        """Done; or again, where nobody waits and the database only refused for now."""
        one.tries += 1
        if one.error is not None and not one.is_awaited and one.tries < _MOST_TRIES:
            one.error = None
            self._queue.append(one)
            return
        one.is_done = True
        if one.result is None or one.error is not None:
            return
        self._keep(one.finding, version, one.result)
        if one.result.copy_id not in {None, one.copy_id}:  # stored before, by whatever process
            self._count_again(one.result.copy_id, one.finding)

    def _keep(self, finding: Finding, version: int, recorded: Recorded) -> None:
        with self._mutex:
            self._recent.keep(finding, version, recorded)

    def _store_repeats(self) -> None:
        with self._mutex:
            repeats, self._repeats = [*self._repeats.values()], {}
        if not repeats:
            return
        try:
            if self._tray is not None:  # whoever takes in may not have come to the first of them
                bring_alike([one.finding for one in not_stored(repeats)], self._tray)
            store_repeats(repeats)
        except BaseException:
            for one in repeats:
                self._count_again(one.copy_id, one.finding, one.count)
            raise

    def _repeat(self) -> None:
        if self._takes_in:
            give_way_here(_GIVES_WAY)
        is_last, stored_at, puts = False, time.monotonic(), 0
        while not is_last:
            is_last = self._stopped.wait(_LATER_S)
            is_due = is_last or time.monotonic() - stored_at >= _REPEATS_S
            close_old_connections()
            if is_last:
                self._quietly(self.flush)
            elif self._queue or (is_due and self._repeats):
                self._quietly(partial(self.flush, with_repeats=is_due, with_tray=False))
            if self._tending is not None and (self._may_lie or is_due):
                # Zeros in the tray's file are written with the next finding, which waits for them.
                is_quiet, puts = puts == self._puts, self._puts
                self._may_lie = False  # what is put there meanwhile is looked after next time
                is_empty = self._tending.look(sweeps=is_due or is_quiet)
                self._may_lie = self._may_lie or not is_empty
            if is_due:
                stored_at = time.monotonic()
        connection.close()  # this thread's own: the next one begins another

    def _quietly(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the one outermost handler of this thread
            connection.close()
            log.error("findings were not stored (%s)", getattr(error, "code", type(error).__name__))  # noqa: TRY400 - a trace could hold what was uploaded


_recorder = Recorder()


def record(finding: Finding, *, wait: bool) -> Recorded:
    """Store what a check found; with ``wait``, durable when this returns."""
    return _recorder.record(finding, wait=wait)


def start_recorder(*, takes_in: bool = True) -> None:
    """Store in the background what nobody waits for. Once a web process, at start.

    Where the database lets one write at a time, findings are answered as soon as they are durable
    in the tray.

    Args:
        takes_in: False for a process that leaves the tray to another one.
    """
    _recorder.start(Tray(tray_path()) if is_useful() else None, takes_in=takes_in)


def flush_recorder() -> None:
    """Store everything that is still in memory."""
    _recorder.flush()
