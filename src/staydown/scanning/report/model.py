"""What the report shows, in the order in which it shows it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from staydown.scanning.outcomes import Outcome
from staydown.scanning.places import FileRef
from staydown.scanning.totals import Totals
from staydown.types import Match

MOST_PICTURES = 250
"""So many files get a thumbnail; a longer report would be too heavy to open."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One file that matches one entry.

    Attributes:
        number: of the file in this report; the same file may match several entries.
        ref: the file.
        outcome: what became of it.
        match: why it stands under this entry.
    """

    number: int
    ref: FileRef
    outcome: Outcome
    match: Match


@dataclass(frozen=True, slots=True)
class Group:
    """All copies of one entry, surest first."""

    entry_id: str
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that goes into a report.

    Attributes:
        found: files with a match or a failure, in the order of the listing.
        totals: the scan in figures.
        roots: what was scanned, as the caller wrote it.
        bank: name of the bank file.
        min_score: lowest score that counted.
        made_at: seconds since 1970.
        thumbnails: whether to show the files, blurred.
    """

    found: tuple[tuple[FileRef, Outcome], ...]
    totals: Totals
    roots: tuple[str, ...]
    bank: str
    min_score: float
    made_at: float
    thumbnails: bool = True

    @property
    def groups(self) -> list[Group]:
        """Matches by entry; entries with the most copies first."""
        by_entry: defaultdict[str, list[Copy]] = defaultdict(list)
        for number, (ref, outcome) in enumerate(self.found):
            for match in outcome.matches:
                by_entry[match.entry_id].append(Copy(number, ref, outcome, match))
        groups = [
            Group(entry_id, tuple(sorted(copies, key=lambda c: -c.match.score)))
            for entry_id, copies in by_entry.items()
        ]
        return sorted(groups, key=lambda group: (-len(group.copies), group.entry_id))

    @property
    def failures(self) -> list[tuple[FileRef, Outcome]]:
        """Files and folders that could not be read."""
        return [(ref, outcome) for ref, outcome in self.found if outcome.code]

    @property
    def pictured(self) -> list[Copy]:
        """The files that get a thumbnail: each once, in the order of the groups."""
        if not self.thumbnails:
            return []
        firsts: dict[int, Copy] = {}
        for group in self.groups:
            for copy in group.copies:
                firsts.setdefault(copy.number, copy)
        return list(firsts.values())[:MOST_PICTURES]

    @property
    def pictures_wanted(self) -> int:
        """How many thumbnails will be made."""
        return len(self.pictured)
