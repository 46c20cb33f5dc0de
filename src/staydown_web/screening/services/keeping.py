"""From a check to what is kept of it: a bounded buffer in memory, written once a second.

Nobody waits for it. A crash loses what came in during the last second, which is fine: it is a
sample. Where nobody keeps anything, a check pays for one look at an empty set. Source: ADR-0071.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID

from django.db import close_old_connections, connection

from staydown import Fingerprint, SignalType
from staydown.matching.whole import MIN_QUALITY, quality_of
from staydown_web.base.clock import utc_now
from staydown_web.base.endings import at_end
from staydown_web.screening.models import Keeping
from staydown_web.screening.services.kept import ALL_LOTS, DayTally, write_kept

_EVERY_S = 1.0
_LOOK_EVERY_S = 5.0
"""How long a process may take to see that somebody switched it on. Off holds at once: what is
written is asked for again in the same transaction."""
_MOST_BUFFERED = 10_000

log = logging.getLogger("staydown.keeper")


class Keeper:
    """Keeps what a list can be tried on. One a process.

    Args:
        seed: of the lots; None takes one from the system.
        most: how many uploads of a day may wait in memory; of more, half are let go.
    """

    def __init__(self, *, seed: int | None = None, most: int = _MOST_BUFFERED) -> None:
        self.platforms: frozenset[UUID] = frozenset()
        self._most = most
        self._lots = Random(secrets.randbits(64) if seed is None else seed)  # noqa: S311 - a sample
        self._lock = threading.Lock()
        self._tallies: dict[tuple[UUID, date], DayTally] = {}
        self._limits: dict[tuple[UUID, date], int] = {}
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def offer(self, platform_id: UUID, fingerprint: Fingerprint, now: datetime) -> None:
        """Take in hand a clear upload of a platform that keeps them."""
        signal = fingerprint.get(SignalType.PDQ)
        place = (platform_id, now.date())
        with self._lock:
            tally = self._tallies.get(place)
            if tally is None:
                limit = self._limits.get(place, ALL_LOTS)
                tally = self._tallies[place] = DayTally(limit)
            if signal is None or quality_of(signal) < MIN_QUALITY:
                tally.other += 1
                return
            tally.seen += 1
            lot = self._lots.randrange(ALL_LOTS)
            if lot >= tally.limit:
                return
            tally.uploads.append((lot, _hour(now), signal.raw))
            while len(tally.uploads) > self._most:
                tally.thin()

    def refresh(self, *, now: datetime) -> None:
        """Read which platforms keep uploads."""
        rows = Keeping.objects.filter(until__gt=now).values_list("platform_id", flat=True)
        self.platforms = frozenset(rows)

    def flush(self, *, now: datetime) -> None:
        """Write what waits in memory."""
        with self._lock:
            tallies, self._tallies = self._tallies, {}
        if not tallies:
            return
        limits = write_kept(tallies, now=now)
        today = now.date()
        with self._lock:
            kept = {place: n for place, n in self._limits.items() if place[1] >= today}
            self._limits = kept | limits

    def start(self) -> None:
        """Begin to write in the background."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._repeat, name="keeper", daemon=True)
                self._thread.start()
                at_end(self.stop)

    def stop(self) -> None:
        """End the background, and write what is left."""
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._stopped.set()
            thread.join()

    def _repeat(self) -> None:
        is_last, looked_at = False, -_LOOK_EVERY_S
        while not is_last:
            is_due = time.monotonic() - looked_at >= _LOOK_EVERY_S
            if is_due or self._tallies:
                close_old_connections()
                self._work_quietly(with_look=is_due)
                looked_at = time.monotonic() if is_due else looked_at
            is_last = self._stopped.wait(_EVERY_S)
        self._work_quietly(with_look=False)

    def _work_quietly(self, *, with_look: bool) -> None:
        try:
            if with_look:
                self.refresh(now=utc_now())
            self.flush(now=utc_now())
        except Exception as error:  # noqa: BLE001 - the one outermost handler of this thread
            connection.close()
            log.error("uploads were not kept (%s)", getattr(error, "code", type(error).__name__))  # noqa: TRY400 - a trace could hold what was uploaded


def _hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


_keeper = Keeper()


def offer_clear(platform_id: UUID, fingerprint: Fingerprint, now: datetime) -> None:
    """Let a platform that keeps them keep a clear upload; costs nothing where none does."""
    if platform_id in _keeper.platforms:
        _keeper.offer(platform_id, fingerprint, now)


def start_keeper() -> None:
    """Keep in the background what platforms asked for. Once a web process, at start."""
    _keeper.start()


def flush_keeper(*, now: datetime) -> None:
    """See at once who keeps uploads, and write what waits in memory."""
    _keeper.refresh(now=now)
    _keeper.flush(now=now)
