"""Small pieces of a scan, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from staydown.errors import SourceError
from staydown.scanning.outcomes import Outcome, Verdict
from staydown.scanning.places import Content, FileRef, Unlisted
from staydown.types import Evidence, Match, MatchKind, TimeSpan, Transform


class Shelf:
    """A place whose files are bytes in memory."""

    is_remote = False

    def __init__(self, contents: dict[str, bytes] | None = None) -> None:
        self.contents = contents or {}
        self.opened: list[str] = []

    def files(self) -> Iterator[FileRef | Unlisted]:
        for name, data in self.contents.items():
            yield a_ref(name, size=len(data), place=self)

    def open(self, file: FileRef) -> AbstractContextManager[Content]:
        self.opened.append(file.name)
        if file.name not in self.contents:
            raise SourceError("not on this shelf")
        return nullcontext(self.contents[file.name])


def a_ref(
    name: str,
    *,
    size: int = 10,
    version: str = "1",
    chosen: bool = False,
    place: Shelf | None = None,
) -> FileRef:
    return FileRef(name, f"shelf://{name}", size, version, chosen, place or Shelf())


def a_match(
    entry: str = "case-1", kind: MatchKind = MatchKind.SAME, score: float = 0.9, **evidence: object
) -> Match:
    given = {"reason": "They look alike.", "points": 20, "distance": 12} | evidence
    return Match(entry, kind, score, Evidence(**given))  # type: ignore[arg-type]


def rich_match(kind: MatchKind = MatchKind.ALTERED) -> Match:
    """A match with every part of evidence."""
    return a_match(
        kind=kind,
        transform=Transform((0.5, 0.0, 0.25, 0.0, 0.5, 0.25), True, 12.0, 2.0),
        query_box=(0.0, 0.1, 1.0, 0.9),
        entry_box=(0.25, 0.25, 0.75, 0.75),
        time_span=TimeSpan(1.0, 3.0, 61.0, 63.0),
        altered_cells=(0,) * 6 + (0b0000011110000000,) * 4 + (0,) * 6,
    )


def matched(*matches: Match, content: str = "photo") -> Outcome:
    duration_s = 4.0 if content == "video" else 0.0
    return Outcome(Verdict.MATCHED, content, matches or (a_match(),), 384, 288, duration_s)
