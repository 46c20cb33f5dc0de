"""What programs send, turned into clean values."""

from staydown_web.screening.forms.requests import (
    Asked,
    asked_of,
    batch_of,
    found_of,
    library_of,
    media_of,
    parse_json,
    read_fingerprint,
    read_json,
    refuse_unknown,
)

__all__ = [
    "Asked",
    "asked_of",
    "batch_of",
    "found_of",
    "library_of",
    "media_of",
    "parse_json",
    "read_fingerprint",
    "read_json",
    "refuse_unknown",
]
