"""The compiled search, ready before a process answers or works.

Whoever meets it first would compile for half a minute of processor time, in the midst of a check,
or of a transaction that all who write wait for.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Final

_LOCK: Final = "compiling.lock"


def load_search(home: Path) -> None:
    """Load it, or compile it where no cache has it yet, one process of a folder at a time.

    Those that come later find it in the cache. A process that is killed leaves no lock behind.

    Raises:
        OSError: nothing can be written to the folder.
    """
    from staydown.matching import load_compiled

    with (home / _LOCK).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        load_compiled()
