"""What the application is told, as request headers."""

from __future__ import annotations

from typing import Final

from staydown_client.uploads.rules import Upload

CHECK_HEADER: Final = "staydown-check"
VERDICT_HEADER: Final = "staydown-verdict"
_MOST_IDS: Final = 20
"""In the header; all of them are in ``Upload.files``."""


def marks_of(upload: Upload) -> tuple[tuple[str, str], ...]:
    """Headers for an upload that passes: the ids of its checks, and what to do with it."""
    if not upload.files:
        return ()
    verdict = "hold" if upload.is_held else "unchecked" if upload.is_unchecked else "clear"
    ids = ", ".join(upload.check_ids[:_MOST_IDS])
    return ((CHECK_HEADER, ids), (VERDICT_HEADER, verdict)) if ids else ((VERDICT_HEADER, verdict),)
