"""Who is worked for, who waits, and who is told to come back: decided before any work is done.

A process can only do so much at once. Whatever comes above that waits in a line, for a bounded
time and in bounded numbers; the rest is refused at once, which costs almost nothing, so that those
who are let in are served as quickly as ever. Of those who wait, the one is next whose work has
taken the least time so far (start-time fair queueing): somebody who sends a hundred times more
than others waits behind them and not they behind him. Source: ADR-0093.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from staydown_web.base.errors import ServiceBusyError

BUSY = "staydown.busy"
"""In the environment of a request that found no place, and whose caller chose what that means."""

_LONGEST_RETRY_S = 30
_MOST_SHARES = 1024
_MOST_RESTING = 64
"""Of one line: each keeps a thread."""
_WEIGHT = 0.05
"""Of the newest request in the mean of how long requests take."""

Who = Hashable


@dataclass(slots=True)
class Counts:
    """What a line has done since the process started.

    Attributes:
        let_in: requests that were worked on.
        waited: of those, the ones that had to wait.
        full: refused because the line was full.
        late: refused after waiting as long as was allowed.
    """

    let_in: int = 0
    waited: int = 0
    full: int = 0
    late: int = 0

    @property
    def refused(self) -> int:
        """All that were sent away."""
        return self.full + self.late


class _Turn:
    """One request that waits."""

    __slots__ = ("bell", "is_refused", "who")

    def __init__(self, who: Who) -> None:
        self.who, self.is_refused = who, False
        self.bell = threading.Lock()
        self.bell.acquire()


class Line:
    """Places to work in, and a line of those who wait for one. Threads share it.

    Args:
        name: for counts.
        places: how many are worked for at once.
        spare: places beyond those, each for somebody who holds none: who sends little never waits
            for the long work of who sends much.
        waiting: how many may wait.
        patience_s: how long each waits before it is sent away.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        name: str,
        *,
        places: int,
        waiting: int,
        patience_s: float,
        spare: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.places, self.spare = name, places, spare
        self.most_waiting, self.patience_s = waiting, patience_s
        self.counts = Counts()
        self._clock = clock
        self._mutex = threading.Lock()
        self._held: dict[Who, int] = {}
        self._working = self._resting = 0
        self._queues: dict[Who, deque[_Turn]] = {}
        self._waiting = 0
        self._shares: dict[Who, float] = {}
        self._now = 0.0  # the share of the one who was let in last
        self._mean_s = 0.0

    @property
    def working(self) -> int:
        """How many are worked for now."""
        return self._working

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return self._waiting

    def enter(self, who: Who) -> float:
        """Take a place, or wait for one.

        Args:
            who: whose request it is; each gets an equal share where there is not enough.

        Returns:
            What ``leave`` wants back.

        Raises:
            ServiceBusyError: the line is full, or no place came free in time.
        """
        with self._mutex:
            if self._is_free_for(who) and not (self._waiting and self._is_wanted()):
                self._let_in(who)
                return self._clock()
            turn = self._wait(who)
        if turn.bell.acquire(timeout=self.patience_s):
            if turn.is_refused:
                raise self._busy()
            return self._clock()
        with self._mutex:
            if turn.bell.acquire(blocking=False):  # rung in this very moment
                if not turn.is_refused:
                    return self._clock()
            else:
                self._forget(turn)
                self.counts.late += 1
        raise self._busy()

    def leave(self, who: Who, entered: float) -> None:
        """Give the place back; it goes to the one who waits and has had the least.

        Args:
            who: as for ``enter``.
            entered: what that gave.
        """
        spent = max(0.0, self._clock() - entered)
        with self._mutex:
            self._mean_s += _WEIGHT * (spent - self._mean_s)
            self._let_go(who)
            if self._waiting:
                self._shares[who] = max(self._shares.get(who, 0.0), self._now) + spent
                self._call()
            elif self._shares:  # there is enough for all: what was is forgotten
                self._shares.clear()
                self._now = 0.0

    def step_out(self, who: Who) -> bool:
        """Let somebody else work while this one only waits for something.

        Returns:
            False where so many have stepped out already that this one had better keep its place.
        """
        with self._mutex:
            if self._resting >= _MOST_RESTING:
                return False
            self._resting += 1
            self._let_go(who)
            self._call()
            return True

    def step_in(self, who: Who) -> None:
        """Go on working; at once, even where all places have been taken meanwhile."""
        with self._mutex:
            self._resting -= 1
            self._hold(who)

    def _let_go(self, who: Who) -> None:
        self._working -= 1
        if self._held[who] == 1:
            del self._held[who]
        else:
            self._held[who] -= 1

    def _is_free_for(self, who: Who) -> bool:
        room = self.places + (0 if who in self._held else self.spare)
        return self._working < room

    def _is_wanted(self) -> bool:
        """Whether one of those who wait could have the place that is free."""
        return self._working < self.places or bool(self._without_place())

    def _let_in(self, who: Who) -> None:
        self._hold(who)
        self.counts.let_in += 1

    def _hold(self, who: Who) -> None:
        self._held[who] = self._held.get(who, 0) + 1
        self._working += 1

    def _wait(self, who: Who) -> _Turn:
        """Stand in line; where it is full, in place of the last of who has most in it."""
        if self._waiting >= self.most_waiting:
            mine = len(self._queues.get(who, ()))
            longest = max(self._queues.values(), key=len, default=None)
            if longest is None or len(longest) <= mine + 1:
                self.counts.full += 1
                raise self._busy()
            sent_away = longest[-1]
            self._forget(sent_away)
            self.counts.full += 1
            sent_away.is_refused = True
            sent_away.bell.release()
        turn = _Turn(who)
        self._queues.setdefault(who, deque()).append(turn)
        self._waiting += 1
        if len(self._shares) > _MOST_SHARES:
            self._tidy()
        # Whoever comes new is equal to the one who was let in last, and has nothing saved up.
        self._shares[who] = max(self._shares.get(who, 0.0), self._now)
        return turn

    def _forget(self, turn: _Turn) -> None:
        queue = self._queues[turn.who]
        queue.remove(turn)
        self._waiting -= 1
        if not queue:
            del self._queues[turn.who]

    def _call(self) -> None:
        """Let in whoever is next, as long as there is a place for one."""
        while self._waiting:
            able = self._queues if self._working < self.places else self._without_place()
            who = min(able, key=self._cost, default=None)
            if who is None or not self._is_free_for(who):
                return
            turn = self._queues[who][0]
            self._forget(turn)
            self._let_in(who)
            self._now = max(self._now, self._shares[who])
            self.counts.waited += 1
            turn.bell.release()

    def _cost(self, who: Who) -> float:
        """What somebody has had, and a guess of what is still in work."""
        return self._shares.get(who, self._now) + self._held.get(who, 0) * self._mean_s

    def _without_place(self) -> list[Who]:
        return [who for who in self._queues if who not in self._held]

    def _tidy(self) -> None:
        """Forget the shares of those who neither work nor wait: they begin again as if new."""
        self._shares = {
            who: share
            for who, share in self._shares.items()
            if who in self._held or who in self._queues
        }

    def _busy(self) -> ServiceBusyError:
        """When to come back: after the line as it stands, and not all in the same second."""
        ahead_s = self._waiting * self._mean_s / self.places
        spread = 1.0 + random.random()  # noqa: S311 - spreads load, guards nothing
        after_s = min(_LONGEST_RETRY_S, math.ceil(max(1.0, ahead_s) * spread))
        return ServiceBusyError(
            "more is asked of this service now than it can do; try again after the time in "
            "`Retry-After`",
            retry_after_s=after_s,
        )


class Place:
    """A place in a line from ``enter`` until ``leave``, which may come early and only counts once.

    Args:
        line: which line.
        who: whose request it is.
    """

    __slots__ = ("_entered", "_is_left", "_line", "_who")

    def __init__(self, line: Line, who: Who) -> None:
        self._line, self._who, self._is_left = line, who, False
        self._entered = line.enter(who)

    def leave(self) -> None:
        """Give it back."""
        if not self._is_left:
            self._is_left = True
            self._line.leave(self._who, self._entered)

    def step_out(self) -> bool:
        """As ``Line.step_out``; False too where it was given back."""
        return not self._is_left and self._line.step_out(self._who)

    def step_in(self) -> None:
        """As ``Line.step_in``."""
        self._line.step_in(self._who)


_here = threading.local()


def hold_place(place: Place | None, give_up: Callable[[], None] | None = None) -> None:
    """Note the place of this thread's request.

    Args:
        place: None where it holds none any more.
        give_up: what gives it back early; None does so by the place alone.
    """
    _here.place = place
    _here.give_up = give_up or (place.leave if place is not None else None)


def give_up_place() -> None:
    """Give back the place of this thread's request before it only waits, and works no more."""
    give_up: Callable[[], None] | None = getattr(_here, "give_up", None)
    if give_up is not None:
        give_up()


@contextmanager
def resting() -> Iterator[None]:
    """While this thread's request waits for a disk or somebody else, others work in its place."""
    place: Place | None = getattr(_here, "place", None)
    is_out = place is not None and place.step_out()
    try:
        yield
    finally:
        if is_out and place is not None:
            place.step_in()
