"""Opened segments of services that were killed: nobody needs them, so they go."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from staydown_web.banks.services.shared_state import ALIVE, is_still_at

_LEFT: Final = ".left"
"""Marks a folder that is judged: a sweep that is killed itself is finished by the next."""


def remove_left_folders(own: Path, *, spare_own: bool) -> int:
    """Remove the folders of this user, beside our own, that no living process holds.

    Each process that opens segments holds a lock on a file in their folder for as long as it
    lives. A folder without that file is left alone: nothing tells whose it is.

    Args:
        own: the folder of this installation.
        spare_own: keep it whether held or not, because it is about to be used.

    Returns:
        How many folders went.
    """
    folders = {*_siblings(own), own} - ({own} if spare_own else set())
    return sum(_remove(folder) for folder in sorted(folders))


def _siblings(own: Path) -> Iterator[Path]:
    name = re.compile(rf"staydown-{os.getuid()}-[0-9a-f]{{12}}({re.escape(_LEFT)})?")
    if own.parent.is_dir():
        yield from (path for path in own.parent.iterdir() if name.fullmatch(path.name))


def _remove(folder: Path) -> bool:
    if not _is_ours(folder):
        return False
    if folder.name.endswith(_LEFT):
        shutil.rmtree(folder, ignore_errors=True)
        return True
    try:
        held = os.open(folder / ALIVE, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_still_at(held, folder / ALIVE):
            return False
        # Renamed first: whoever opens it meanwhile finds either all of it or nothing.
        judged = folder.with_name(folder.name + _LEFT)
        folder.rename(judged)
        shutil.rmtree(judged, ignore_errors=True)
    except OSError:
        return False
    finally:
        os.close(held)
    return True


def _is_ours(folder: Path) -> bool:
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
