from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageOps

from command_runs import Run
from drawn_photos import drawn_image, drawn_photo
from staydown.cli.statuses import ExitStatus


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def bank(tmp_path: Path, run: Run) -> Path:
    """A bank with one drawn picture, ``known``; its file, a mirrored copy and another beside."""
    (tmp_path / "known.png").write_bytes(drawn_photo(1))
    (tmp_path / "other.png").write_bytes(drawn_photo(2))
    ImageOps.mirror(drawn_image(1)).save(tmp_path / "mirror.jpg", quality=70)
    path = tmp_path / "reported.sdb"
    run("bank", "create", path)
    run("bank", "add", path, tmp_path / "known.png", "--id-from-name")
    return path


def test_a_mirrored_copy_is_the_same_and_ends_in_1(bank: Path, run: Run) -> None:
    header, row = run("match", bank, bank.with_name("mirror.jpg"), status=ExitStatus.MATCH)
    assert header == "File\tVerdict\tScore\tEntry\tWhy"
    name, verdict, score, entry, why = row.split("\t")
    assert (Path(name).name, verdict, entry) == ("mirror.jpg", "same", "known")
    assert 0.5 < float(score) <= 1
    assert why.endswith(".")


def test_no_match_ends_in_0_and_says_so(bank: Path, run: Run) -> None:
    _, row = run("match", bank, bank.with_name("other.png"))
    assert row.split("\t")[1:] == ["no match", "", "", ""]
    assert "1 checked, 0 with a match, 0 failed." in run.err


def test_a_file_that_cannot_be_checked_outweighs_a_match(bank: Path, run: Run) -> None:
    rows = run.json(
        "match",
        bank,
        bank.with_name("known.png"),
        bank.with_name("gone.png"),
        status=ExitStatus.INCOMPLETE,
    )
    assert rows[0]["matches"][0]["kind"] == "identical"
    assert rows[1]["error"]["code"] == "source_unreadable"


def test_the_lowest_score_can_be_chosen(bank: Path, run: Run) -> None:
    mirror = bank.with_name("mirror.jpg")
    (row,) = run.json("match", bank, mirror, "--min-score", "1.0")
    assert row["matches"] == []
    run("match", bank, mirror, "--min-score", "1.1", status=ExitStatus.USAGE)


def test_a_missing_bank_is_an_error_of_its_own(tmp_path: Path, run: Run) -> None:
    run("match", tmp_path / "gone.sdb", "x.jpg", status=ExitStatus.BANK_FILE)
    assert run.err.startswith("error[snapshot_missing]: ")
    assert "`staydown bank create`" in run.err


def test_nothing_to_check_is_not_clear(bank: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    run("match", bank, tmp_path / "empty", status=ExitStatus.INPUT)
    assert "Nothing to check" in run.err
    (tmp_path / "empty" / "words.txt").write_text("words")
    run("match", bank, tmp_path / "empty", status=ExitStatus.INPUT)
    assert "1 file is neither" in run.err
