"""Ids for new entries."""

from __future__ import annotations

import secrets
from pathlib import PurePath


def new_entry_id() -> str:
    """A random id that says nothing of the picture: a hash in it would be personal data."""
    return f"entry-{secrets.token_hex(8)}"


def name_as_id(name: str) -> str:
    """The file's name without folders and ending."""
    return PurePath(name).stem
