"""The results of a scan as rows: JSON lines while it runs, CSV at its end."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from staydown.scanning.outcomes import Outcome, Verdict
from staydown.whole_file import whole_text

COLUMNS = (
    "file",
    "verdict",
    "content",
    "entry",
    "kind",
    "score",
    "distance",
    "points",
    "mirrored",
    "rotation_deg",
    "query_box",
    "entry_box",
    "query_start_s",
    "query_end_s",
    "entry_start_s",
    "entry_end_s",
    "altered_cells",
    "reason",
    "error_code",
    "error_message",
)
"""Columns of the CSV; docs/cli.md says what each means."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def json_row(name: str, outcome: Outcome) -> dict[str, Any]:
    """One file as JSON values; the shape that ``staydown match --json`` prints, and ``known``."""
    row: dict[str, Any] = {"file": name}
    if outcome.verdict is Verdict.FAILED:
        row["error"] = {"code": outcome.code, "message": outcome.message}
    else:
        row |= {"content": outcome.content, "matches": [m.to_dict() for m in outcome.matches]}
    if outcome.known:
        row["known"] = True
    return row


def csv_rows(name: str, outcome: Outcome) -> Iterator[list[str]]:
    """One row a match, one for a file that failed, none for a clear one."""
    if outcome.verdict is Verdict.FAILED:
        blanks = [""] * (len(COLUMNS) - 4)
        yield [_text(name), str(outcome.verdict), *blanks, outcome.code, _text(outcome.message)]
    for match in outcome.matches:
        e = match.evidence
        turn, span, cells = e.transform, e.time_span, e.altered_cells
        yield [
            _text(name),
            str(outcome.verdict),
            outcome.content,
            _text(match.entry_id),
            str(match.kind),
            f"{match.score:.4f}",
            "" if e.distance is None else str(e.distance),
            str(e.points),
            "" if turn is None else str(turn.mirrored).lower(),
            "" if turn is None else f"{turn.rotation_deg:.1f}",
            _numbers(e.query_box),
            _numbers(e.entry_box),
            *(
                [""] * 4
                if span is None
                else [
                    f"{span.query_start_s:.2f}",
                    f"{span.query_end_s:.2f}",
                    f"{span.entry_start_s:.2f}",
                    f"{span.entry_end_s:.2f}",
                ]
            ),
            "" if cells is None else " ".join(f"{row:04x}" for row in cells),
            _text(e.reason),
            "",
            "",
        ]


def write_csv(path: Path, found: Iterable[tuple[str, Outcome]]) -> None:
    """Write all results as CSV; the file appears whole or not at all.

    Raises:
        SourceError: it cannot be written.
    """
    with whole_text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, outcome in found:
            writer.writerows(csv_rows(name, outcome))


def _numbers(box: tuple[float, ...] | None) -> str:
    return "" if box is None else " ".join(f"{value:.3f}" for value in box)


def _text(value: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
