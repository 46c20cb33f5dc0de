"""The keeper: fetches the copy, keeps it a second behind the hub, and destroys it when it must.

It is a process of its own, beside those that answer, so that nothing it does holds up a check.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from staydown.errors import InputError
from staydown_client.edge.disk import Disk
from staydown_client.edge.errors import (
    AgreementEndedError,
    CursorUnknownError,
    HubError,
    SealedFileError,
)
from staydown_client.edge.hub import Hub
from staydown_client.edge.hub_half import HubHalf
from staydown_client.edge.keys import read_key
from staydown_client.edge.local_copy import LocalCopy
from staydown_client.edge.memory import Memory, Standing, wipe
from staydown_client.edge.reports import Outbox
from staydown_client.edge.settings import Settings

WAIT_S = 20.0
"""How long a call for changes stays open."""
TIDY_EVERY_S = 300.0
"""Bytes of entries that are gone leave memory and disk within so long."""
SAVE_AFTER_BYTES = 32 << 20
_CATCH_UP_S = 600.0
_KEEP_HEARD_EVERY_S = 60.0
ENDED_S = 15.0
"""How often a replica without an agreement asks."""
LONGEST_PAUSE_S = 60.0
"""However long a hub, or a proxy before it, asks to wait: it may be back sooner."""

log = logging.getLogger("staydown.edge")


class Keeper:
    """The one writer of a copy.

    Args:
        settings: how this replica is set up.
        clock: gives Unix time.
        wait_s: how long calls for changes stay open.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        wait_s: float = WAIT_S,
    ) -> None:
        self._settings = settings
        self._wall, self._wait_s = clock, wait_s
        self._key = read_key(settings.key_path)
        self.memory = Memory(settings.memory)
        self.memory.become_keeper()
        self._lock = threading.RLock()
        self.copy = LocalCopy(self.memory)
        self.disk = Disk(settings.data)
        self.hub = Hub(settings.hub, settings.api_key, self._key)
        self._half = HubHalf(settings, self.memory)
        self._outbox: Outbox | None = None
        self._agreement: dict[str, Any] | None = None
        self._is_heard = False
        self._kept_at = self._tidied_at = self._spoke_at = 0.0
        self._floor, self._floor_at = 0.0, time.monotonic()
        self._send_after = 0.0
        self._stopped = threading.Event()

    def now(self) -> float:
        """Unix time that never goes slower than this machine runs, whatever its clock is set to."""
        mono = time.monotonic()
        self._floor = max(self._wall(), self._floor + mono - self._floor_at)
        self._floor_at = mono
        return self._floor

    def begin(self) -> None:
        """Go on from what lies on disk, without the hub where that is possible."""
        lock = self._half.read()
        if lock is None:
            self.copy.destroy(Standing.EMPTY)
            return
        is_live = self.memory.page().standing is Standing.READY
        self.disk.unlock(self._key.disk_key(lock))
        try:
            self._agreement = self.disk.agreement()
            if self._agreement is None:
                return
            self._floor = max(self._floor, float(self._agreement["heard_at"]))
            if self._is_over():
                self._lock_up()
                return
            if self.disk.restore(self.copy, is_live=is_live):
                self._tell_agreement()
                self._say_ready()
        except (SealedFileError, InputError) as error:
            log.warning("what lies on disk cannot be used (%s); it is fetched anew", error.code)
            self.copy.destroy(Standing.EMPTY)
            self.disk.drop_fetch()
            self.disk.drop_copy()
        self._open_outbox()

    def step(self) -> float:
        """One exchange with the hub.

        Returns:
            Seconds to wait before the next.
        """
        try:
            if not self._is_heard:
                self._hear_agreement()
                return 0.0
            if not self.copy.is_there:
                self._fetch_all()
                return 0.0
            return self._follow()
        except AgreementEndedError:
            self.end()
            return ENDED_S
        except CursorUnknownError:
            log.warning("the hub has another database now; a new copy is fetched")
            self._fetch_all(is_anew=True)
            return 0.0

    def end(self) -> None:
        """Destroy everything that the agreement gave us."""
        with self._lock:
            if self.memory.page().standing is Standing.ENDED and not self.disk.is_unlocked:
                return
            log.warning("the agreement has ended; the copy is destroyed")
            self.copy.destroy(Standing.ENDED)
            self._close_outbox()
            self.disk.destroy()
            self._half.forget()
            for left in self.memory.reports.iterdir():
                wipe(left)
            self._agreement, self._is_heard = None, False
            self.memory.say(lease_until=0.0, expires_at=0.0, waiting=0, seq=0)

    def beat(self) -> None:
        """What is due by the clock: the lease, tidying, and a sign of life."""
        with self._lock:
            now = self.now()
            if self._agreement is not None and self._is_over():
                if now >= self._agreement["expires_at"]:
                    self.end()
                else:
                    self._lock_up()
            elif now - self._tidied_at >= TIDY_EVERY_S:
                self.tidy()
            waiting = len(self._outbox) if self._outbox is not None else 0
            lost = self._outbox.lost if self._outbox is not None else 0
            self.memory.say(is_changed=False, beat_at=now, waiting=waiting, lost=lost)

    def tidy(self) -> None:
        """Let the bytes of entries that are gone leave memory and disk."""
        with self._lock:
            self._tidied_at = self.now()
            if self.copy.is_there and self.copy.tidy():
                self.disk.save(self.copy)

    def send(self) -> int:
        """Seal reports to disk, and send some.

        Returns:
            How many the hub has settled.
        """
        with self._lock:
            outbox = self._outbox
        if outbox is None:
            return 0
        outbox.collect()
        if not self._is_heard or time.monotonic() < self._send_after:
            return 0
        try:
            return outbox.send(self.hub, self.copy.facts, now=self.now())
        except HubError as error:
            self._send_after = time.monotonic() + min(error.pause_s, LONGEST_PAUSE_S)
            raise

    def may_answer(self) -> bool:
        """Whether a check is answered from the copy at this moment."""
        return self.memory.page().may_answer(self.now())

    def stop(self) -> None:
        """End in order: nothing decrypted stays in memory but the hub's half of the key."""
        self._stopped.set()
        with self._lock:
            with suppress(HubError, SealedFileError):
                if self._outbox is not None:
                    self._outbox.collect()
            self._keep_heard(is_due=True)
            page = self.memory.page()
            self.copy.destroy(page.standing if page.standing != Standing.READY else Standing.EMPTY)
            self._close_outbox()

    def close(self) -> None:
        """Let go of everything."""
        self._stopped.set()
        self.hub.close()
        self.copy.close()
        self.disk.close()
        self.memory.close()

    def _hear_agreement(self) -> None:
        told = self.hub.agreement()
        with self._lock:
            self.disk.unlock(self._key.disk_key(bytes.fromhex(told["lock"])))
            self._half.keep(bytes.fromhex(told["lock"]))
            if self._agreement is None:
                # Locked for a while, or new here: what lies on disk may open with this half.
                heard = self._agreement_on_disk()
                self._agreement = {**told, "heard_at": heard}
            else:
                self._agreement = {**told, "heard_at": self._agreement["heard_at"]}
            self._keep_agreement()
            self._is_heard, self._spoke_at = True, self.now()
            if not self.copy.is_there:
                self._restore_late()
            self._tell_agreement()
            self._open_outbox()

    def _restore_late(self) -> None:
        """What was locked opens again; it answers when it has caught up."""
        try:
            self.disk.restore(self.copy, is_live=False)
        except (SealedFileError, InputError) as error:
            log.warning("what lies on disk cannot be used (%s); it is fetched anew", error.code)
            self.copy.destroy(Standing.EMPTY)
            self.disk.drop_copy()

    def _fetch_all(self, *, is_anew: bool = False) -> None:
        """Fetch every entry, page by page; what was fetched stays when this is cut short."""
        found = None if is_anew else self.disk.fetched()
        if found is None:
            cursor = str(self.hub.agreement()["cursor"])
            self.disk.begin_fetch(cursor)
            after, is_whole = "", False
        else:
            cursor, after, is_whole = found
        if not self.copy.is_there:
            self.memory.say(standing=Standing.FETCHING)
        while not is_whole:
            if self._stopped.is_set():
                raise HubError("the fetch was cut short")
            page, raw = self.hub.entries(after)
            self._spoke_at = self.now()
            self.disk.keep_fetched(raw)
            after, is_whole = page.next, not page.has_more
        try:
            with self._lock:
                self.copy.build(self.disk.fetched_pages(), cursor=cursor)
                self._tell_agreement()
                self.disk.save(self.copy)
        finally:
            self.disk.drop_fetch()

    def _follow(self) -> float:
        """Ask for changes since the place up to which the copy goes, and take them in."""
        cursor = self.copy.facts.note("cursor")
        is_ready = self.memory.page().standing is Standing.READY
        found = self.hub.changes(cursor, wait_s=self._wait_s if is_ready else 0.0)
        with self._lock:
            if self._agreement is None or not self.copy.is_there:
                return 0.0
            self._spoke_at = self.now()
            if found.page.next != cursor or _is_news(self.copy, found.page.banks):
                self.disk.note(found.raw)
                self.copy.apply(found.page)
            if not found.page.has_more:
                self._heard()
            if self.disk.changes_size > SAVE_AFTER_BYTES:
                self.disk.save(self.copy)
        return found.pause_s

    def _heard(self) -> None:
        """The hub says that there is nothing we do not have."""
        if self._agreement is None:
            return
        self._agreement["heard_at"] = self.now()
        self._keep_heard()
        self._say_ready()

    def _say_ready(self) -> None:
        agreement = self._agreement or {}
        page = self.memory.page()
        self.memory.say(
            is_changed=page.standing is not Standing.READY,
            standing=Standing.READY,
            entries=len(self.copy),
            heard_at=agreement["heard_at"],
            lease_until=self._lease_until(),
            expires_at=agreement["expires_at"],
            beat_at=self.now(),
        )

    def _lease_until(self) -> float:
        agreement = self._agreement or {}
        return float(min(agreement["heard_at"] + agreement["stale_s"], agreement["expires_at"]))

    def _is_over(self) -> bool:
        """Whether what is decrypted here has to go: too long without a word, or the last day."""
        if self._agreement is None:
            return False
        now, until = self.now(), self._lease_until()
        if self.memory.page().standing is not Standing.READY and self._is_heard:
            # Just opened, and catching up: it does not answer yet, and has some time to get there.
            until = min(max(until, self._spoke_at + _CATCH_UP_S), self._agreement["expires_at"])
        return now >= until

    def _lock_up(self) -> None:
        """The hub was silent for too long: nothing here opens until it is heard again."""
        if self.memory.page().standing is Standing.LOCKED and not self.copy.is_there:
            return
        log.warning("the hub was not heard for too long; the copy is locked")
        self._keep_heard(is_due=True)
        self.copy.destroy(Standing.LOCKED)
        self._half.forget()
        # The reports that wait stay; what opens them here is in the memory of this process alone.
        self._agreement, self._is_heard = None, False

    def _tell_agreement(self) -> None:
        agreement = self._agreement or {}
        self.copy.facts.keep(
            account_key=agreement["account_key"],
            sees_details="1" if agreement["sees_details"] else "0",
        )
        self.memory.say(expires_at=agreement["expires_at"])

    def _agreement_on_disk(self) -> float:
        try:
            kept = self.disk.agreement()
        except SealedFileError:
            # Of an agreement before this one, which nothing here opens any more.
            self.disk.drop_fetch()
            self.disk.drop_copy()
            kept = None
        return float(kept["heard_at"]) if kept else 0.0

    def _keep_heard(self, *, is_due: bool = False) -> None:
        mono = time.monotonic()
        if self._agreement is not None and (is_due or mono - self._kept_at > _KEEP_HEARD_EVERY_S):
            self._kept_at = mono
            self._keep_agreement()

    def _keep_agreement(self) -> None:
        if self._agreement is not None and self.disk.is_unlocked:
            kept = {k: v for k, v in self._agreement.items() if k != "lock"}
            self.disk.keep_agreement(kept)

    def _open_outbox(self) -> None:
        if self._outbox is None and self.disk.is_unlocked:
            path = self.disk.folder / "reports"
            self._outbox = Outbox(path, self.disk.key, self.memory.reports)

    def _close_outbox(self) -> None:
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None


def _is_news(copy: LocalCopy, banks: Any) -> bool:
    """Whether the banks of a page do something else than those that the copy knows."""
    return bool(json.dumps([dict(bank) for bank in banks]) != copy.facts.note("banks"))
