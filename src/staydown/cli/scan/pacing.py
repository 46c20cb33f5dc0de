"""How a long scan says how far it is where no progress bar is seen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from staydown.cli.console import Console

if TYPE_CHECKING:
    from staydown.scanning import Engine, Outcome

EVERY_S = 60.0


class PaceNotes:
    """Says, once a minute, how fast the scan is, how long it takes and what it costs.

    Args:
        console: where to.
        engine: who works.
        price: of an hour of one worker.
    """

    def __init__(self, console: Console, engine: Engine, *, price: float | None) -> None:
        self._console, self._engine, self._price = console, engine, price
        self._done = 0
        self._began = self._said = time.monotonic()

    def take(self, outcome: Outcome, *, left: int) -> None:
        """Count one file.

        Args:
            outcome: what became of it; known ones cost nothing and are not counted.
            left: files that have no outcome yet.
        """
        now = time.monotonic()
        if outcome.known:
            self._began = self._said = now
            return
        self._done += 1
        if now - self._said < EVERY_S or not left:
            return
        from staydown.scanning.pace import Pace  # noqa: PLC0415 - loads numba

        self._said = now
        pace = Pace(
            done=self._done,
            total=self._done + left,
            seconds=now - self._began,
            workers=self._engine.workers,
            worker_s=self._engine.worker_s,
            price=self._price,
        )
        self._console.note(pace.sentence())
