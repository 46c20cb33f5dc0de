"""A ring of keys of one kind: numbered files, of which the newest is used.

The first is ``NAME.key``, later ones ``NAME-0002.key`` and so on. A key comes in two steps, so that
no process meets what it cannot read: as ``NAME-0002.next`` every process takes what it made and
none uses it; once all of them know it, it is renamed to ``NAME-0002.key``. Source: ADR-0095.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from staydown_web.base.errors import ConfigError

KEY_BYTES = 32
MOST = 9_999


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of one kind.

    Attributes:
        keys: by their numbers.
        next_number: of the key that comes next; 0 where none does.
        next_key: its bytes.
    """

    keys: Mapping[int, bytes]
    next_number: int = 0
    next_key: bytes | None = field(default=None, repr=False)

    @property
    def number(self) -> int:
        """Of the key in use."""
        return max(self.keys)

    @property
    def newest(self) -> bytes:
        """The key in use."""
        return self.keys[self.number]


def first_name(ring: str) -> str:
    """The file of the first key of a ring."""
    return f"{ring}.key"


def file_name(ring: str, number: int, suffix: str = ".key") -> str:
    """The file of a key of a ring, or what belongs to it by another suffix."""
    return f"{ring}{suffix}" if number == 1 else f"{ring}-{number:04}{suffix}"


def numbers_in(folder: Path, ring: str, suffix: str = ".key") -> list[int]:
    """Numbers of a ring's files, in order; empty where there is no folder."""
    shape = re.compile(rf"{re.escape(ring)}(?:-(\d{{4}}))?{re.escape(suffix)}")
    try:
        names = [shape.fullmatch(path.name) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(found[1] or 1) for found in names if found)


def read_ring(folder: Path, ring: str) -> Ring:
    """Read the keys of one kind.

    Raises:
        ConfigError: there is none, or one is damaged or can be read by others.
    """
    numbers = numbers_in(folder, ring) or [1]
    coming = [n for n in numbers_in(folder, ring, ".next") if n > max(numbers)][:1]
    paths = {n: folder / file_name(ring, n) for n in numbers}
    paths |= {n: folder / file_name(ring, n, ".next") for n in coming}
    try:
        keys = {number: read_key(path) for number, path in paths.items()}
    except ConfigError:
        if numbers_in(folder, ring) in ([], numbers):
            raise
        return read_ring(folder, ring)  # one came into use, or went, in this moment
    next_key = keys.pop(coming[0]) if coming else None
    return Ring(keys, coming[0] if coming else 0, next_key)


def read_key(path: Path) -> bytes:
    """The bytes of a key file.

    Raises:
        ConfigError: it is missing, damaged, closed to this user, or others may read it.
    """
    try:
        key = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing; restore it from your copy of the keys") from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); run this as the user that the keys belong "
            "to, and see that their disk is whole"
        ) from None
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{path} is damaged: {len(key)} bytes, want {KEY_BYTES}; restore it")
    if mode & 0o077:
        raise ConfigError(f"{path} can be read by others; run: chmod 600 {path}")
    return key
