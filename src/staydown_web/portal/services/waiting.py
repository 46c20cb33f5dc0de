"""Wrong words are answered after whole seconds, so that the time tells nothing.

An attempt at a number that exists is written down, at one that does not there is nothing to write.
The difference is some milliseconds, and enough attempts would show it: which numbers are cases.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from staydown_web.base.admission import give_up_place

STEP_S: Final = 1.0
"""More than two Argon2 and a write to a slow disk take; short for a person. Source: ADR-0102."""


def wait_for_whole_step(
    started: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until a whole number of steps, at least one, has passed since the start.

    Args:
        started: when the work began, as ``clock`` tells it, in seconds.
        clock: tells the time.
        sleep: waits for so many seconds.
    """
    spent = max(0.0, clock() - started)
    give_up_place()
    sleep(max(1, math.ceil(spent / STEP_S)) * STEP_S - spent)
