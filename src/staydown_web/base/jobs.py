"""What the worker does again and again: each room lists its jobs in its ``tasks.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Job:
    """One repeated piece of work.

    A job looks for what is due in the database, does a bounded part of it, each piece in a
    transaction of its own, and may be cut short at any moment: the next run finds what is left.

    Attributes:
        name: stable, for logs and ``staydown doctor``.
        every_s: seconds from the end of a run to the start of the next.
        run: takes the moment, gives how much was done; more than 0 runs it again at once.
    """

    name: str
    every_s: float
    run: Callable[[datetime], int]
