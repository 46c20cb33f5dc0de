"""Ids, numbers and phrases: all from the system's randomness."""

from __future__ import annotations

import secrets
import uuid

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L or U: read aloud or copied by hand they are mistaken for others."""
_NUMBER_LENGTH = 8


def new_id() -> uuid.UUID:
    """A random id of 122 bits that says nothing about when or where it was made."""
    return uuid.uuid4()


def new_case_number() -> str:
    """A case number such as ``C-7Q2M-4KXR``: 39 bits, drawn again by the caller when taken."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(_NUMBER_LENGTH))
    return f"C-{drawn[:4]}-{drawn[4:]}"


def new_token() -> str:
    """A token for a link or an API key: 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)
