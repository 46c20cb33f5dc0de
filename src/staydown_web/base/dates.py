"""Whether the date of this machine can be acted on where nothing can be taken back.

A date that somebody mistyped, or that a broken clock gives, must erase nobody's case. What is
erased or ended for good by its age waits for a day after each jump of the date: in that time a
person or a time server puts it right. The last date is kept in a file, so that a process that is
started again after the jump knows of it too. Source: ADR-0090.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, wraps
from pathlib import Path
from typing import Any

from staydown_web.base.clock import STEP, running_s

FINAL_DOUBT = timedelta(days=1)
"""What is kept a day too long harms nobody; what is erased too soon is gone."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
log = logging.getLogger("staydown.dates")
Run = Callable[[datetime], int]


class DateWatch:
    """Remembers the date and the seconds since the start of the machine, and compares.

    Args:
        path: file that keeps both.
        boot: says which start of the machine this is.
    """

    def __init__(self, path: Path, *, boot: Callable[[], str] | None = None) -> None:
        self._path, self._boot = path, boot or _this_boot
        self._lock = threading.Lock()

    def is_sure(self, now: datetime, *, at_s: float) -> bool:
        """Whether the date has not jumped for a day, as far as can be known.

        Args:
            now: the date, aware.
            at_s: of ``running_s``, at the same moment.

        Returns:
            False from a jump of more than two minutes, either way, until a day later; and for a
            day after a start of the machine with a date before the last one.
        """
        with self._lock:
            last, boot = self._read(), self._boot()
            doubted_s = _doubted_s(last, boot, now, at_s)
            if doubted_s is not None and at_s - doubted_s >= FINAL_DOUBT.total_seconds():
                doubted_s = None
            self._write({"at": now.timestamp(), "at_s": at_s, "boot": boot, "doubted": doubted_s})
        return doubted_s is None

    def _read(self) -> dict[str, Any] | None:
        try:
            held = json.loads(self._path.read_text(encoding="ascii"))
            return {**held, "at": float(held["at"]), "at_s": float(held["at_s"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, held: dict[str, Any]) -> None:
        made = self._path.with_suffix(".new")
        with suppress(OSError):  # a disk that takes nothing is told elsewhere
            made.write_text(json.dumps(held), encoding="ascii")
            made.replace(self._path)


def _doubted_s(last: dict[str, Any] | None, boot: str, now: datetime, at_s: float) -> float | None:
    """Since when the date is doubted, in seconds since the start of the machine."""
    if last is None:
        return None
    doubted: float | None = last.get("doubted")
    went_s = now.timestamp() - last["at"]
    if last["boot"] == boot:
        is_jump = abs(went_s - (at_s - last["at_s"])) > STEP.total_seconds()
        return at_s if is_jump else doubted
    # How long the machine was off is not known: a date that went back is all that can be seen.
    is_jump = went_s < -STEP.total_seconds()
    return at_s if is_jump or doubted is not None else None


def _this_boot() -> str:
    return _BOOT_ID.read_text(encoding="ascii").strip()


@cache
def _watch(folder: Path) -> DateWatch:
    return DateWatch(folder / "clock.json")


def when_sure(run: Run) -> Run:
    """A job that waits while the date is doubted: for what erases, ends or publishes by age."""

    @wraps(run)
    def waiting(now: datetime) -> int:
        from django.conf import settings

        if _watch(Path(settings.STAYDOWN_HOME)).is_sure(now, at_s=running_s()):
            return run(now)
        log.warning("%s waits: the date of this machine has jumped", run.__name__)
        return 0

    return waiting
