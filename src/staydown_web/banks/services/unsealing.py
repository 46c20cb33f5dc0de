"""From a sealed snapshot to the bank in memory; what is damaged or foreign is discarded."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from staydown.errors import StaydownError
from staydown.index import BankFile
from staydown_web.banks.selectors import anchor_of, changes_from
from staydown_web.banks.services.sealed_file import unseal_file
from staydown_web.banks.services.shared_state import Progress
from staydown_web.banks.services.snapshots import Snapshots, progress_of
from staydown_web.base.errors import SealError

log = logging.getLogger("staydown.segments")


def unseal_newest(snapshots: Snapshots, target: Path) -> Progress | None:
    """Put the newest snapshot that is whole and of this database in the place of the bank.

    Args:
        snapshots: of this machine; those that cannot be used are deleted.
        target: the bank in memory. The writers' lock is held.

    Returns:
        What it holds; None where no snapshot can be used, and nothing was put there.
    """
    for path in snapshots.newest_first():
        made = target.with_name(f".bank.{os.getpid()}")
        try:
            progress = _unsealed(path, made)
        except StaydownError as error:
            log.warning("a snapshot is discarded (%s)", error.code)
            path.unlink(missing_ok=True)
            made.unlink(missing_ok=True)
            continue
        except OSError as error:
            # A memory that is full says nothing against the snapshot.
            log.warning("a snapshot cannot be opened (%s)", type(error).__name__)
            made.unlink(missing_ok=True)
            continue
        made.replace(target)
        return progress
    return None


def _unsealed(path: Path, made: Path) -> Progress:
    with made.open("wb") as file:
        made.chmod(0o600)
        header = unseal_file(path, file)
    BankFile.open(made, read_only=True).close()
    progress = progress_of(header)
    rows = changes_from(progress.applied, limit=1)
    if progress.applied and (not rows or anchor_of(rows[0]) != progress.anchor):
        raise SealError("a snapshot is of another database")
    return progress
