"""Ids, numbers and phrases: all from the system's randomness."""

from __future__ import annotations

import os
import secrets
import struct
import time
import uuid
from collections.abc import Iterator
from typing import Any

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L or U: read aloud or copied by hand they are mistaken for others."""
_NUMBER_LENGTH = 8
_AT_ONCE = 100
_LOW = 0x3FFF_FFFF_FFFF_FFFF
"""The bits of an ordered id that are random beside the twelve after its version."""


def new_id() -> uuid.UUID:
    """A random id of 122 bits that says nothing about when or where it was made."""
    return uuid.uuid4()


def new_ordered_id() -> uuid.UUID:
    """An id that begins with the moment it was made: RFC 9562, version 7; 74 bits are random.

    For rows that are written by the thousand and tell their moment anyway: neighbours in time are
    neighbours in an index, so that a transaction changes the last page instead of any.
    """
    drawn = int.from_bytes(_drawn(), "big")
    return uuid.UUID(int=_head() | (drawn >> 68) << 64 | drawn & _LOW)


def new_ordered_ids(count: int) -> list[uuid.UUID]:
    """Many at once, of the same millisecond, the lowest first; see ``new_ordered_id``."""
    head = _head()
    drawn = os.urandom(10 * count)
    values = [int.from_bytes(drawn[at : at + 10], "big") for at in range(0, 10 * count, 10)]
    values = sorted(head | (made >> 68) << 64 | made & _LOW for made in values)
    return [uuid.UUID(int=value) for value in values]


def _drawn() -> bytes:
    """Ten random bytes. They are drawn by the hundred: each draw lets another thread go on."""
    found = next(_pool.left, None)
    if found is None:
        # Two threads that come here at once both draw, and one of them in vain.
        drawn = struct.iter_unpack("10s", os.urandom(10 * _AT_ONCE))
        found = next(drawn)
        _pool.left = drawn
    return bytes(found[0])


class _Pool:
    """What was drawn and not yet used, of this process alone."""

    left: Iterator[tuple[Any, ...]] = iter(())


_pool = _Pool()


def _forget_drawn() -> None:
    _pool.left = iter(())


os.register_at_fork(after_in_child=_forget_drawn)


def _head() -> int:
    """Version, variant and the millisecond of now."""
    return (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | 0x2 << 62


def new_case_number() -> str:
    """A case number such as ``C-7Q2M-4KXR``: 39 bits, drawn again by the caller when taken."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(_NUMBER_LENGTH))
    return f"C-{drawn[:4]}-{drawn[4:]}"


def new_token() -> str:
    """A token for a link or an API key: 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)
