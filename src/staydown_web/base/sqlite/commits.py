"""Whether anybody has committed anything since somebody last looked.

Work that is looked for in the database again and again is not there while nothing is committed.
SQLite answers that in some microseconds from the memory that its connections share, where looking
for the work takes milliseconds. Source: ADR-0109.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

_TIMEOUT_S = 1.0


class Commits:
    """Counts commits to one database file, of every process. Any thread may ask.

    Args:
        path: of the file; it must be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None

    def number(self) -> int | None:
        """Another number than before if anything was committed in between.

        Returns:
            None where that cannot be told now: then something may have been.
        """
        with self._lock:
            try:
                if self._file is None:
                    # It never writes itself: its own commits would not count.
                    self._file = sqlite3.connect(
                        f"{self._path.absolute().as_uri()}?mode=ro",
                        uri=True,
                        timeout=_TIMEOUT_S,
                        isolation_level=None,
                        check_same_thread=False,
                    )
                return int(self._file.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                self._let_go()
                return None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def commits_of(line: Any) -> Commits | None:
    """Those of a Django connection's database; None where it is no file of SQLite."""
    path = Path(str(line.settings_dict["NAME"]))
    return Commits(path) if line.vendor == "sqlite" and path.is_file() else None
