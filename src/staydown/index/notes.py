"""Free notes that an entry may carry, as its file holds them."""

from __future__ import annotations

import json

from staydown.errors import EntryIdError

Meta = dict[str, str]

MAX_META_BYTES = 64 << 10


def pack_meta(meta: Meta | None) -> bytes:
    """Free notes as JSON; empty for none.

    Raises:
        EntryIdError: keys or values that are not strings, or more than 64 KiB.
    """
    if not meta:
        return b""
    if any(not isinstance(text, str) for pair in meta.items() for text in pair):
        raise EntryIdError("meta must be a dict of strings")
    raw = json.dumps(meta, sort_keys=True).encode()
    if len(raw) > MAX_META_BYTES:
        raise EntryIdError(f"meta is {len(raw)} bytes long, want at most {MAX_META_BYTES}")
    return raw


def read_meta(raw: bytes) -> Meta:
    """Free notes from their JSON; empty for none.

    Raises:
        ValueError: no such JSON.
    """
    held = json.loads(raw) if raw else {}
    if not isinstance(held, dict):
        raise ValueError("notes are no object")  # noqa: TRY004 - one error for all that is no JSON
    return {str(k): str(v) for k, v in held.items()}
