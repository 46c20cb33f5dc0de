"""What the worker does again and again: each room lists its jobs in its ``tasks.py``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection

from staydown_web.base.outages import outage_of

T = TypeVar("T")
log = logging.getLogger("staydown.worker")


@dataclass(frozen=True, slots=True)
class Job:
    """One repeated piece of work.

    A job looks for what is due in the database, does a bounded part of it, each piece in a
    transaction of its own, and may be cut short at any moment: the next run finds what is left.

    Attributes:
        name: stable, for logs and ``staydown doctor``.
        every_s: seconds from the end of a run to the start of the next.
        run: takes the moment, gives how much was done; more than 0 runs it again at once.
        is_everywhere: about the memory and disk of a machine, so that each machine runs it, also
            one that has no worker.
    """

    name: str
    every_s: float
    run: Callable[[datetime], int]
    is_everywhere: bool = False


def each_apart(rows: Iterable[T], do: Callable[[T], int]) -> int:
    """Do something for each row, so that one that cannot be done holds up no other.

    A row that fails is left for a later run, after the others of this one. Where none could be
    done, the run fails as that row did, so that it is seen and comes again after a pause.

    Args:
        rows: what is due; each is done in a transaction of its own.
        do: gives how much was done for a row.

    Returns:
        How much was done in all.

    Raises:
        Exception: that of the first row that failed, where nothing was done; at once, where the
            database or a disk failed, or where the caller has a transaction open around all.
    """
    done, first = 0, None
    for row in rows:
        try:
            done += do(row)
        except Exception as error:
            if outage_of(error) is not None or connection.in_atomic_block:
                raise
            log.error("a row was set aside (%s)", getattr(error, "code", type(error).__name__))  # noqa: TRY400 - a trace could hold a person's words
            first = first or error
    if first is not None and not done:
        raise first
    return done
