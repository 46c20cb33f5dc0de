"""Whether the bank in memory can be trusted, and opening it anew beside the requests that wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connections

from staydown.errors import (
    SnapshotDamagedError,
    SnapshotForeignError,
    SnapshotMissingError,
    StaydownError,
)
from staydown.index import BankFile
from staydown.index.container import read_header
from staydown_web.banks.selectors import living_count
from staydown_web.banks.services.shared_state import BankMark, SharedState

DAMAGE: Final = (SnapshotDamagedError, SnapshotForeignError, SnapshotMissingError)
"""What says that the file is no bank any more; a disk that is full is not among it."""

OPENED_WITHIN_S: Final = 1.0
"""How long an upload waits for a bank that is being made anew; small ones are there by then."""
_LOOKS: Final = 3

log = logging.getLogger("staydown.segments")


def mark_at(path: Path) -> BankMark:
    """The mark of the bank file at a path."""
    with path.open("rb") as file:
        header = read_header(file.fileno(), path.name)
    return BankMark(header.file_id, header.committed)


def refresh_marked(bank: BankFile, state: SharedState) -> None:
    """Take in what others changed, if the file is still the one that they put it in.

    Args:
        bank: open.
        state: the page that says which file that is.

    Raises:
        SnapshotForeignError: another file, or an older copy of it, stands in its place.
        SnapshotDamagedError: it cannot be read.
    """
    bank.refresh()
    if _is_marked(bank, state.mark()):
        return
    # Whoever writes the file anew says so at the end, still under the lock.
    with state.writing():
        bank.refresh()
        if not _is_marked(bank, state.mark()):
            raise SnapshotForeignError("another file stands in the place of the bank")


def _is_marked(bank: BankFile, mark: BankMark | None) -> bool:
    return mark is None or (bank.file_id == mark.file_id and bank.end >= mark.end)


def require_entries(bank: BankFile, catch_up: Callable[[], object]) -> None:
    """See that the bank holds at least as many entries as match by the database.

    Args:
        bank: its writers' lock is held.
        catch_up: takes in what was changed meanwhile.

    Raises:
        SnapshotDamagedError: it holds fewer.

    Cost: one count, more only where something was withdrawn at the same moment.
    """
    for _ in range(_LOOKS):
        # Counted first: what is added after that can only make the bank longer.
        least = living_count()
        catch_up()
        if len(bank) >= least:
            return
    raise SnapshotDamagedError("the bank lacks entries of the database")


def open_beside(
    running: threading.Thread | None, opening: Callable[[], object]
) -> threading.Thread:
    """Open the bank in a thread of its own, unless one does so already; wait for a moment.

    Args:
        running: the thread that was given back the last time.
        opening: opens the bank.
    """
    if running is None or not running.is_alive():
        running = threading.Thread(target=_opened, args=(opening,), name="bank", daemon=True)
        running.start()
    running.join(OPENED_WITHIN_S)
    return running


def _opened(opening: Callable[[], object]) -> None:
    try:
        opening()
    except (StaydownError, DatabaseError, OSError) as error:
        # The next upload tries again.
        code = getattr(error, "code", type(error).__name__)
        log.error("the bank cannot be opened (%s)", code)  # noqa: TRY400 - codes alone are logged
    finally:
        connections.close_all()
