"""Tags of an entry, as they are kept in a bank file: one of the entry's free notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_NOTE: Final = "tags"


def note_of(tags: Iterable[str]) -> dict[str, str]:
    """The note that holds these tags, each once; no note for no tags."""
    kept = dict.fromkeys(" ".join(tag.split()) for tag in tags)
    kept.pop("", None)
    return {_NOTE: "\n".join(kept)} if kept else {}


def tags_of(notes: Mapping[str, str]) -> tuple[str, ...]:
    """The tags among an entry's notes."""
    return tuple(tag for tag in notes.get(_NOTE, "").split("\n") if tag)
