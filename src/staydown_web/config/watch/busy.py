"""Whether more is asked than can be answered: how many of this machine's requests are refused."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from typing import Any, Final

from staydown_web.base.counting import FAMILIES, counted
from staydown_web.config.watch.troubles import Trouble

WINDOW_S: Final = 60.0
LEAST_REFUSED: Final = 20
LEAST_SHARE: Final = 0.02
"""A burst that is over within seconds turns away a few, and is no trouble."""

_KEPT = 60
_BUSY_STATUS = "503"


class Busy:
    """Compares what was counted at each look with what was counted a minute before."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int, int]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def look_at_web(self, now: datetime) -> tuple[list[Trouble], dict[str, Any]]:
        """Whether requests were refused for want of a place; nothing before the second look."""
        at, (total, refused) = now.timestamp(), requests_counted()
        with self._lock:
            before = self._a_minute_ago(at)
            self._looks.append((at, total, refused))
        if before is None:
            return [], {}
        facts = {"total": max(0, total - before[1]), "refused": max(0, refused - before[2])}
        is_busy = (
            facts["refused"] >= LEAST_REFUSED and facts["refused"] >= facts["total"] * LEAST_SHARE
        )
        return ([Trouble("too_busy", facts=facts)] if is_busy else []), facts

    def _a_minute_ago(self, at: float) -> tuple[float, int, int] | None:
        """The newest look that is a minute old, else the oldest that there is."""
        while len(self._looks) > 1 and at - self._looks[1][0] >= WINDOW_S:
            self._looks.popleft()
        return self._looks[0] if self._looks else None


def requests_counted() -> tuple[int, int]:
    """How many requests were answered since the machine started, and how many of them refused."""
    family = FAMILIES[0]
    numbers = counted()
    rows = list(zip(family.series(), numbers, strict=False))
    total = sum(number for _labels, number in rows)
    refused = sum(number for (_lane, status), number in rows if status == _BUSY_STATUS)
    return int(total), int(refused)


BUSY: Final = Busy()
"""Of this process."""
