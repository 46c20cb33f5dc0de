"""What a process still has to do when it is told to end."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.util import Finalize

_FIRST = 100


def at_end(work: Callable[[], object]) -> None:
    """Do something before this process ends by itself or by SIGTERM to the web server.

    ``atexit`` is silent in processes that ``multiprocessing`` starts, as the web server's workers
    are; its own finalizers run in those and in all others.
    """
    Finalize(None, work, exitpriority=_FIRST)
