"""A newer key comes, is used, and the older ones go, for rings that every process follows.

Each step is one change of one file, so a kill between any two leaves a ring that works, and the
same command goes on where it was. Source: ADR-0095.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from staydown.nouns import many
from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import sync_folder, write_once
from staydown_web.base.rings import KEY_BYTES, MOST, Ring, file_name, numbers_in, read_ring

KNOWN_AFTER_S: Final = 5.0
"""Every process looks each second; a shared folder may show a file some seconds late."""
RETIRE_AFTER_S: Final = 3_600.0
"""The longest that something sealed in memory may wait for its transaction: a page of a list."""

Say = Callable[[str], None]


def is_changing(ring: Ring) -> bool:
    """Whether a change was begun and is not ended: there are older keys, or one that comes."""
    return len(ring.keys) > 1 or ring.next_key is not None


def bring_next(folder: Path, name: str, *, most: int = MOST) -> None:
    """Make the next key, which every process takes and none uses yet; nothing where there is one.

    Raises:
        ConfigError: the ring is full, or the folder cannot be written.
    """
    ring = read_ring(folder, name)
    if ring.next_key is not None:
        return
    number = ring.number + 1
    if number > most:
        raise ConfigError(f"this ring of keys is full: it takes {most}")
    path = folder / file_name(name, number, ".next")
    try:
        with suppress(FileExistsError):
            write_once(path, secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None


def use_next(folder: Path, name: str, *, wait_s: float) -> int:
    """Use the next key, once every process knows it; gives the number of the key in use.

    Args:
        folder: of the keys.
        name: of the ring.
        wait_s: how long a process can take to know it.
    """
    ring = read_ring(folder, name)
    if ring.next_key is None:
        return ring.number
    coming = folder / file_name(name, ring.next_number, ".next")
    waited_s = time.time() - coming.stat().st_mtime
    if 0 <= waited_s < wait_s:
        time.sleep(wait_s - waited_s)
    elif waited_s < 0:  # the clock was set back: wait the whole time
        time.sleep(wait_s)
    coming.rename(folder / file_name(name, ring.next_number))
    sync_folder(folder)
    return ring.next_number


def known_everywhere(folder: Path, name: str, *, wait_s: float) -> None:
    """Wait until every process uses the newest key."""
    path = folder / file_name(name, read_ring(folder, name).number)
    used_s = time.time() - path.stat().st_ctime  # the renaming
    if used_s < wait_s:
        time.sleep(min(wait_s, max(0.0, wait_s - used_s)))


def refuse_young(folder: Path, name: str, *, after_s: float, now_s: float) -> None:
    """See that the newest key has been in use for long enough.

    Raises:
        ConfigError: how long to wait.
    """
    ring = read_ring(folder, name)
    if ring.next_key is not None:
        raise ConfigError(f"a change of this key is under way; end it: staydown keys rotate {name}")
    used_s = now_s - (folder / file_name(name, ring.number)).stat().st_mtime
    if used_s < after_s:
        minutes = int((after_s - used_s) // 60) + 1
        raise ConfigError(
            f"what the older key made may still be on its way; come back in "
            f"{many(minutes, 'minute')}"
        )


def destroy_older(folder: Path, name: str) -> int:
    """Destroy all keys of a ring but the newest; gives how many."""
    older = numbers_in(folder, name)[:-1]
    for number in older:
        destroy(folder / file_name(name, number))
    return len(older)


def destroy(path: Path) -> None:
    """Overwrite a key and delete its file."""
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)
