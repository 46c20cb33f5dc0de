"""Since when something is wrong: one small file for all processes of this machine.

Many troubles know their own beginning. For the others it is the first look that found them, as long
as every look since then found them too. Where the file cannot be written, nobody knows it longer
than the process that looked.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from staydown_web.config.watch.troubles import Trouble

FILE = "troubles.json"
FORGOTTEN_AFTER = timedelta(minutes=3)
"""A trouble that no look found for so long has ended; another one begins anew."""

Row = tuple[datetime, datetime]
"""When a trouble was first and last found."""


def with_since(home: Path, troubles: Iterable[Trouble], *, now: datetime) -> list[Trouble]:
    """The same troubles, each with its beginning; what was found is noted.

    Args:
        home: folder of the service.
        troubles: of one look.
        now: the moment of that look, aware UTC.
    """
    found = list(troubles)
    try:
        handle = os.open(home / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return [replace(one, since=one.since or now) for one in found]
    with os.fdopen(handle, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = _read(file.read(), now)
        rows = {one.code: (_began(one, before, now), now) for one in found}
        with suppress(OSError):  # a full disk is told elsewhere
            _write(handle, {**before, **rows})
    return [replace(one, since=rows[one.code][0]) for one in found]


def _began(trouble: Trouble, before: dict[str, Row], now: datetime) -> datetime:
    known = before.get(trouble.code)
    return trouble.since or (known[0] if known else now)


def _read(text: str, now: datetime) -> dict[str, Row]:
    """What is noted and not forgotten yet; a file that says nonsense says nothing."""
    try:
        noted: dict[str, list[str]] = json.loads(text or "{}")
        rows = {
            code: (datetime.fromisoformat(first), datetime.fromisoformat(last))
            for code, (first, last) in noted.items()
        }
        return {c: row for c, row in rows.items() if abs(now - row[1]) < FORGOTTEN_AFTER}
    except (ValueError, TypeError, AttributeError):
        return {}


def _write(handle: int, rows: dict[str, Row]) -> None:
    text = json.dumps({code: [at.isoformat() for at in row] for code, row in rows.items()})
    os.pwrite(handle, text.encode(), 0)
    os.ftruncate(handle, len(text))
