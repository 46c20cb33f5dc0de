"""How many uploads came through how, since the process began."""

from __future__ import annotations

import threading
from collections import Counter


class Counts:
    """Numbers that any thread may raise and read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Raise one by one."""
        with self._lock:
            self._numbers[name] += 1

    def snapshot(self) -> dict[str, int]:
        """All numbers, by name.

        Returns:
            ``file_<state>`` for each file that was looked at, ``refused_<reason>`` for each request
            that was refused, and ``passed_unchecked`` for each file that passed although the
            service gave no answer.
        """
        with self._lock:
            return dict(self._numbers)
