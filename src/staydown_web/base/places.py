"""Where an error arose, without a word of what it says."""

from __future__ import annotations

import traceback


def place_of(error: BaseException) -> str:
    """The last module of ours that an error came through, and the line."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "staydown" in f.filename] or list(frames)
    if not ours:
        return "unknown"
    path, line = ours[-1].filename, ours[-1].lineno
    start = path.rfind("staydown")
    return f"{path[start:] if start >= 0 else 'library'}:{line}"
