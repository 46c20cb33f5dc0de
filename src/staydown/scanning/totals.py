"""A scan in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from staydown.nouns import many
from staydown.scanning.outcomes import Outcome, Verdict
from staydown.scanning.places import FileRef


@dataclass(slots=True)
class Totals:
    """What a scan came to.

    Attributes:
        photos, videos: files that were checked.
        matched: files with at least one match.
        kinds: how many matched files have each kind as their best match.
        passed_over: files that are neither picture nor video, nor called so.
        failed: files and folders that could not be read.
        known: files taken from the state of an earlier run.
        size_bytes: bytes of all files, passed over or not.
        seconds: how long this run took.
    """

    photos: int = 0
    videos: int = 0
    matched: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0
    failed: int = 0
    known: int = 0
    size_bytes: int = 0
    seconds: float = 0.0

    @property
    def checked(self) -> int:
        """Files with a verdict."""
        return self.photos + self.videos

    def take(self, ref: FileRef, outcome: Outcome) -> None:
        """Count one file."""
        self.size_bytes += ref.size
        self.known += outcome.known
        if outcome.verdict is Verdict.FAILED:
            self.failed += 1
        elif outcome.verdict is Verdict.PASSED_OVER:
            self.passed_over += 1
        elif outcome.content == "video":
            self.videos += 1
        else:
            self.photos += 1
        if outcome.matches:
            self.matched += 1
            self.kinds[str(outcome.matches[0].kind)] += 1

    def sentence(self) -> str:
        """One sentence for the end of a run."""
        parts = [f"{many(self.checked, 'file')} checked", f"{self.matched} with a match"]
        if self.known:
            parts.append(f"{many(self.known, 'result')} taken over from an earlier run")
        if self.passed_over:
            parts.append(f"{self.passed_over} neither picture nor video by content and name")
        if self.failed:
            parts.append(f"{self.failed} could not be checked")
        return ", ".join(parts) + f"; {duration_text(self.seconds)}."

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "checked": self.checked,
            "photos": self.photos,
            "videos": self.videos,
            "matched": self.matched,
            "kinds": dict(self.kinds),
            "failed": self.failed,
            "passed_over": self.passed_over,
            "known": self.known,
            "bytes": self.size_bytes,
            "seconds": round(self.seconds, 2),
        }


def duration_text(seconds: float) -> str:
    """A length of time in words, such as "2 minutes 5 seconds"."""
    if seconds < 10:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{many(hours, 'hour')} {many(minutes, 'minute')}"
    return f"{many(minutes, 'minute')} {many(rest, 'second')}" if minutes else f"{rest} seconds"
