"""``staydown demo``: one run, looked at from all sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from staydown.cli.demo import REPORTED
from staydown.cli.program import run


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert run(["demo", "--output", str(folder), "-q"]) == 0
    return folder


@pytest.fixture(scope="module")
def report(output: Path) -> str:
    return (output / "report.html").read_text()


def test_every_edited_copy_is_found(output: Path, report: str) -> None:
    copies = [p.name for p in (output / "uploads").iterdir() if p.name.partition("_")[2]]
    wanted = [name for name in copies if "not-reported" not in name]
    assert len(wanted) == 15
    assert [name for name in wanted if f"{name}</bdi>" not in report] == []


def test_what_was_not_reported_does_not_match(report: str) -> None:
    assert "not-reported" not in report


def test_the_damaged_file_is_told(report: str) -> None:
    assert "damaged.png" in report.partition('id="failures"')[2]


def test_each_reported_item_has_a_group(report: str) -> None:
    assert [n for n in REPORTED if f"<bdi>demo-{Path(n).stem}</bdi>" not in report] == []


def test_a_second_run_replaces_the_first(output: Path) -> None:
    (output / "uploads" / "left-over.txt").write_text("x")
    assert run(["demo", "--output", str(output), "-q"]) == 0
    assert not (output / "uploads" / "left-over.txt").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.txt").write_text("x")
    assert run(["demo", "--output", str(tmp_path)]) == 4
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert "--output" in capsys.readouterr().err
