"""One map in the making: look-ups side by side, one deadline for all, troubles written down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from datetime import datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

from staydown.errors import StaydownError
from staydown_web.escalation.chain import Evidence, Source, Trouble
from staydown_web.escalation.mapping.names import NameUnknownError
from staydown_web.escalation.mapping.way_out import RobotsError
from staydown_web.escalation.mapping.ways import Ways

T = TypeVar("T")
_THREADS = 12
_MOST_TROUBLES = 30
_LONGEST_DETAIL = 160


class Task(Generic[T]):
    """A look-up under way."""

    def __init__(self, part: str, future: Future[T]) -> None:
        self.part = part
        self.future = future


class Run:
    """What all look-ups of one map share.

    Attributes:
        ways: how the net is looked at.
        now: the moment of all evidence.
    """

    def __init__(self, ways: Ways, now: datetime, most_s: float) -> None:
        self.ways = ways
        self.now = now
        self.troubles: dict[Trouble, None] = {}
        self._ends_at = time.monotonic() + most_s
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="map")
        # Look-ups that wait for others have a pool of their own to wait for: no two block each
        # other.
        self._below = ThreadPoolExecutor(_THREADS, thread_name_prefix="map-below")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What is still under way ends by its own time limit; nobody waits for it.
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._below.shutdown(wait=False, cancel_futures=True)

    def left(self, most_s: float = 60) -> float:
        """Seconds left of the whole map, at most ``most_s``, never less than a little."""
        return max(0.05, min(most_s, self._ends_at - time.monotonic()))

    def start(self, part: str, look: Callable[[], T]) -> Task[T]:
        """Begin a look-up beside the others."""
        return Task(part, self._pool.submit(look))

    def start_below(self, part: str, look: Callable[[], T]) -> Task[T]:
        """Begin a look-up that another one waits for, and that waits for none itself."""
        return Task(part, self._below.submit(look))

    def take(self, task: Task[T], default: T) -> T:
        """What a look-up gave; the default where it failed, which becomes a trouble."""
        try:
            return task.future.result(timeout=self.left())
        except NameUnknownError:
            self.trouble(task.part, "name_unknown")
        except RobotsError:
            self.trouble(task.part, "robots")
        except StaydownError as error:
            self.trouble(task.part, error.code)
        except (LateError, CancelledError):
            self.trouble(task.part, "map_late")
        return default

    def trouble(self, part: str, code: str) -> None:
        """Write down that a part could not be read."""
        with self._lock:
            if len(self.troubles) < _MOST_TROUBLES:
                self.troubles[Trouble(part, code)] = None

    def seen(self, source: Source, detail: str) -> Evidence:
        """A piece of evidence of this moment."""
        return Evidence(source, detail[:_LONGEST_DETAIL], self.now)
