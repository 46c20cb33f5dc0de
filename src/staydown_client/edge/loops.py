"""What a keeper does again and again, each in a thread of its own."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

from staydown_client.edge.errors import (
    AgreementEndedError,
    HubError,
    HubRefusedError,
    SealedFileError,
)
from staydown_client.edge.keeper import ENDED_S, LONGEST_PAUSE_S, Keeper

_SOON_S, _LATER_S = 0.5, 5.0
_COLLECT_EVERY_S = 0.25
LAST_SENDING_S = 5.0
"""How long the end waits for a hub that takes what matched last."""
_MEANWHILE = {
    True: "the copy answers on",
    False: "no copy answers here: uploads get what STAYDOWN_EDGE_WITHOUT_COPY says",
}

log = logging.getLogger("staydown.edge")


class Loops:
    """The threads of a keeper.

    Args:
        keeper: which has begun.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._stopped = threading.Event()
        self._told = ""
        self._threads = {
            name: threading.Thread(target=work, name=name, daemon=True)
            for name, work in (
                ("follow", self._follow),
                ("send", self._send),
                ("watch", self._watch),
            )
        }

    def start(self) -> None:
        """Start them."""
        for thread in self._threads.values():
            thread.start()

    def stop(self) -> None:
        """Let them end after what they are doing; one may wait for the hub, and is left there.

        What matched until now is sent first where the hub takes it within ``LAST_SENDING_S``;
        else it waits, sealed, for the next start.
        """
        self._stopped.set()
        self._threads["send"].join(LAST_SENDING_S)

    def _follow(self) -> None:
        """Follow the hub."""
        failures = 0
        while not self._stopped.is_set():
            try:
                pause_s, failures = self._keeper.step(), 0
                self._hear()
            except HubRefusedError as error:
                self._complain(error)
                pause_s = ENDED_S
            except HubError as error:
                failures += 1
                self._complain(error)
                pause_s = min(_SOON_S * 2 ** min(failures, 4), _LATER_S)
                pause_s = max(pause_s, min(error.pause_s, LONGEST_PAUSE_S))
            except OSError as error:
                log.warning("the disk refused (%s); again in a moment", error.strerror)
                pause_s = _LATER_S
            self._stopped.wait(pause_s)

    def _complain(self, error: HubError) -> None:
        """Say what keeps us from the hub, once for as long as it is the same."""
        told = str(error)
        if told != self._told:
            log.warning("%s; %s", told, _MEANWHILE[self._keeper.may_answer()])
        self._told = told

    def _hear(self) -> None:
        if self._told:
            log.info("the hub is heard again")
        self._told = ""

    def _send(self) -> None:
        """Seal reports to disk, and send them."""
        is_last = False
        while not is_last:
            is_last, done = self._stopped.is_set(), 0
            with suppress(HubError, AgreementEndedError, SealedFileError, OSError):
                done = self._keeper.send()
            # At the end, until none waits any more or the hub takes none.
            is_last = is_last and not done
            self._stopped.wait(0.0 if done else _COLLECT_EVERY_S)

    def _watch(self) -> None:
        """Mind the clock."""
        while not self._stopped.is_set():
            with suppress(OSError):
                self._keeper.beat()
            self._stopped.wait(_SOON_S)
