"""What became of one file of a scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from staydown.errors import FingerprintFormatError, StaydownError
from staydown.types import Evidence, Match, MatchKind, TimeSpan, Transform

_PASSING = frozenset(
    ("source_unreadable", "decode_timeout", "decode_crashed", "config_error", "worker_lost")
)
"""Errors that may not come again: the file is tried anew in the next run."""


class Verdict(StrEnum):
    """The ends a file can come to."""

    CLEAR = "clear"
    """Checked; nothing matches."""
    MATCHED = "matched"
    """Checked; at least one entry matches."""
    PASSED_OVER = "passed_over"
    """Neither picture nor video, by its content and by its name."""
    FAILED = "failed"
    """Could not be checked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        verdict: how it ended.
        content: "photo" or "video"; empty where that is not known.
        matches: best first; empty unless the verdict is MATCHED.
        width, height: size of the working copy, for its shape; 0 where not known or not needed.
        duration_s: length of a video with a match; 0 for photos.
        code: the error's code; empty unless the verdict is FAILED.
        message: what the error says, without the file's name.
        known: True where it was taken from the state of an earlier run.
    """

    verdict: Verdict
    content: str = ""
    matches: tuple[Match, ...] = ()
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    code: str = ""
    message: str = ""
    known: bool = False

    @property
    def lasts(self) -> bool:
        """True where checking the same file again would end the same way."""
        return self.code not in _PASSING

    def again(self) -> Outcome:
        """The same, marked as taken from an earlier run."""
        return replace(self, known=True)

    def to_state(self) -> dict[str, Any]:
        """As JSON values for the journal: no hash, no file name, empty parts left out."""
        row: dict[str, Any] = {"v": str(self.verdict)}
        parts = ("content", "width", "height", "duration_s", "code", "message")
        row |= {key: getattr(self, key) for key in parts if getattr(self, key)}
        if self.matches:
            row["matches"] = [_match_row(match) for match in self.matches]
        return row

    @classmethod
    def from_state(cls, row: dict[str, Any]) -> Outcome:
        """Read what ``to_state`` made.

        Raises:
            FingerprintFormatError: it is something else.
        """
        try:
            parts = {key: value for key, value in row.items() if key not in ("v", "matches")}
            matches = tuple(_match_of(match) for match in row.get("matches", ()))
            return cls(Verdict(row["v"]), matches=matches, **parts)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FingerprintFormatError("a row of the scan's state cannot be read") from None


def failed(error: StaydownError, *, name: str) -> Outcome:
    """The outcome of a file that ended in an error."""
    message = str(error).removeprefix(f"{name}: ")
    return Outcome(Verdict.FAILED, code=error.code, message=message)


def _match_row(match: Match) -> dict[str, Any]:
    return match.to_dict() | {"score": match.score}


def _match_of(row: dict[str, Any]) -> Match:
    evidence = dict(row["evidence"])
    if "transform" in evidence:
        turned = dict(evidence["transform"])
        evidence["transform"] = Transform(**turned | {"matrix": tuple(turned["matrix"])})
    if "time_span" in evidence:
        evidence["time_span"] = TimeSpan(**evidence["time_span"])
    for key in ("query_box", "entry_box", "altered_cells"):
        if key in evidence:
            evidence[key] = tuple(evidence[key])
    return Match(row["entry_id"], MatchKind(row["kind"]), row["score"], Evidence(**evidence))
