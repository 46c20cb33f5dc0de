"""Results as rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from scan_parts import a_match, matched, rich_match
from staydown.errors import SourceError
from staydown.scanning.outcomes import Outcome, Verdict
from staydown.scanning.results import COLUMNS, json_row, write_csv

FAILED = Outcome(Verdict.FAILED, code="decode_failed", message="damaged")


def written(path: Path, *found: tuple[str, Outcome]) -> list[dict[str, str]]:
    write_csv(path, found)
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_match_and_each_failure_is_a_row(tmp_path: Path) -> None:
    rows = written(
        tmp_path / "o.csv",
        ("a.jpg", matched(rich_match(), a_match("case-2"))),
        ("b.jpg", Outcome(Verdict.CLEAR, "photo")),
        ("c.jpg", FAILED),
    )
    assert [(r["file"], r["entry"], r["error_code"]) for r in rows] == [
        ("a.jpg", "case-1", ""),
        ("a.jpg", "case-2", ""),
        ("c.jpg", "", "decode_failed"),
    ]
    assert rows[0]["query_box"] == "0.000 0.100 1.000 0.900"
    assert rows[0]["altered_cells"].split()[6] == "0780"
    assert (rows[0]["mirrored"], rows[0]["entry_start_s"]) == ("true", "61.00")
    assert all(set(row) == set(COLUMNS) and None not in row.values() for row in rows)


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-x.jpg", "@a", "a,b\n.jpg", 'q".jpg'])
def test_no_name_becomes_a_formula_or_breaks_a_row(tmp_path: Path, name: str) -> None:
    (row,) = written(tmp_path / "o.csv", (name, matched()))
    assert row["file"] in (name, f"'{name}")
    assert row["file"][0] not in "=+-@"


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    (row,) = written(tmp_path / "o.csv", ("\udcff.jpg", matched()))
    assert row["file"] == "\\udcff.jpg"


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "o.csv"
    target.write_text("before")

    def rows() -> Iterator[tuple[str, Outcome]]:
        yield "a", matched()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_csv(target, rows())
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["o.csv"]


def test_results_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    written(tmp_path / "o.csv", ("a", matched()))
    assert (tmp_path / "o.csv").stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="another place"):
        write_csv(tmp_path / "none" / "o.csv", ())


def test_json_rows_have_the_shape_of_match() -> None:
    row = json_row("a", matched().again())
    assert row["file"] == "a"
    assert row["matches"][0]["entry_id"] == "case-1"
    assert row["known"] is True
    assert json_row("c", FAILED)["error"] == {"code": "decode_failed", "message": "damaged"}
