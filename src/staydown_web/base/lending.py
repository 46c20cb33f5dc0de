"""Connections to the database belong to whoever works, and not to threads.

Many threads stand in line or wait for something, and each that ever asked the database would keep
a connection of its own. So a request borrows one when it needs one, until it is answered: there
are only as many as requests ever asked at once. The one that came back last is lent first.
Source: ADR-0093.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

T = TypeVar("T")


class Lender:
    """Connections of one process that nobody uses just now."""

    def __init__(self) -> None:
        self._idle: list[Any] = []  # appending and popping are atomic
        self._here = threading.local()
        self._make: Callable[[str], Any] = connections.create_connection
        self._is_asked = False

    def __len__(self) -> int:
        return len(self._idle)

    def begin(self) -> None:
        """From now on Django takes a borrowing thread's connection from here."""
        if not self._is_asked:
            self._is_asked = True
            connections.create_connection = self._give  # type: ignore[method-assign]

    def lend(self) -> None:
        """Let this thread borrow until ``take_back``; one that it has already stays its own."""
        self._here.is_borrowing = True

    def take_back(self) -> None:
        """Take what this thread borrowed."""
        self._here.is_borrowing = False
        lent = getattr(self._here, "lent", None)
        if lent is None:
            return
        self._here.lent = None
        del connections[lent.alias]
        if lent.in_atomic_block:  # a transaction that nobody ended: not for others
            lent.close()
            return
        self._idle.append(lent)

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _give(self, alias: str) -> Any:
        if not getattr(self._here, "is_borrowing", False):
            return self._make(alias)
        try:
            lent = self._idle.pop()
        except IndexError:
            lent = self._make(alias)
            lent.inc_thread_sharing()  # one thread after the other, never two at once
        self._here.lent = lent
        return lent


@dataclass(slots=True)
class _Way:
    keeps_lines: bool = False


_way = _Way()


def keep_lines(*, is_on: bool = True) -> None:
    """Let ``OwnLine`` keep connections in this process, which serves until it ends."""
    _way.keeps_lines = is_on


class OwnLine:
    """A connection to SQLite that one kind of work keeps for itself, whichever thread does it.

    What a connection has read it knows until another one writes, and each that looks after that
    reads anew: so those who write all the time share one, and those who look all the time another.
    One thread at a time is at it. Only where ``keep_lines`` says so: nothing else would close it.
    """

    def __init__(self) -> None:
        self._line: Any = None
        self._lock = threading.RLock()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let it be this thread's connection; one that is in a transaction already stays so."""
        here: Any = connections[DEFAULT_DB_ALIAS]
        if not self._is_for(here):
            yield
            return
        with self._lock:
            line = connections[DEFAULT_DB_ALIAS] = self._ready(here)
            try:
                yield
            except BaseException:
                line.close()  # one that broke must not be met by the next
                raise
            finally:
                connections[DEFAULT_DB_ALIAS] = here

    def use(self, work: Callable[[Any], T]) -> T:
        """Do some work that is told which connection to use: the same as ``in_place``, but quicker.

        Args:
            work: takes the connection.
        """
        here: Any = connections[DEFAULT_DB_ALIAS]
        if not self._is_for(here):
            return work(here)
        with self._lock:
            line = self._ready(here)
            try:
                return work(line)
            except BaseException:
                line.close()
                raise

    def close(self) -> None:
        """End it; it is made anew when it is needed."""
        with self._lock:
            if self._line is not None:
                self._line.close()

    def _is_for(self, here: Any) -> bool:
        """Whether a thread that has this connection may use this one in its place."""
        if not _way.keeps_lines or here is self._line:
            return False
        return here.vendor == "sqlite" and not here.in_atomic_block

    def _ready(self, here: Any) -> Any:
        line = self._line
        if line is None or line.settings_dict["NAME"] != here.settings_dict["NAME"]:
            line = self._line = here.copy()  # past the lender, who would lend it to others
            line.inc_thread_sharing()  # one thread after the other, never two at once
        line.close_if_unusable_or_obsolete()
        return line
