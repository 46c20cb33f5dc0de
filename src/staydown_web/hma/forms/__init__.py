"""What HMA's calls bring, turned into clean values."""

from staydown_web.hma.forms.queries import first_values, read_query, split_names
from staydown_web.hma.forms.requests import (
    Notes,
    notes_of,
    read_body,
    read_json_object,
    refuse_note,
    uploaded_media,
)

__all__ = [
    "Notes",
    "first_values",
    "notes_of",
    "read_body",
    "read_json_object",
    "read_query",
    "refuse_note",
    "split_names",
    "uploaded_media",
]
