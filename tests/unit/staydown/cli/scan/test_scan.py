"""``staydown scan`` as a user runs it."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from media_files import MEDIA
from scan_kills import kill_at_random_moments
from staydown.cli.program import run

NAMES = ("bee.jpg", "cat.jpg")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bank") / "reported.sdb"
    assert run(["bank", "create", str(path), "-q"]) == 0
    assert run(["bank", "add", str(path), *(str(MEDIA / name) for name in NAMES), "-q"]) == 0
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    with Image.open(MEDIA / "bee.jpg") as image:
        image.resize((700, 553)).save(folder / "copy.webp", quality=70)
    (folder / "same.dat").write_bytes((MEDIA / "cat.jpg").read_bytes())
    (folder / "other.jpg").write_bytes((MEDIA / "coffee.jpg").read_bytes())
    (folder / "words.txt").write_text("words")
    return folder


def scan_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict]]:
    capsys.readouterr()
    status = run(["scan", *arguments, "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_matches_are_printed_whatever_the_files_are_called(bank, library, tmp_path, capsys) -> None:
    state = ["--state", str(tmp_path / "s")]
    status, rows = scan_json(capsys, str(bank), str(library), *state)
    kinds = {Path(row["file"]).name: row["matches"][0]["kind"] for row in rows}
    assert kinds == {"copy.webp": "same", "same.dat": "identical"}
    assert status == 1


def test_nothing_found_is_status_0(bank, library, tmp_path, capsys) -> None:
    status, rows = scan_json(capsys, str(bank), str(library / "other.jpg"))
    assert (status, rows) == (0, [])


def test_an_empty_folder_is_no_scan_and_what_was_done_is_kept(
    bank, library, tmp_path, capsys
) -> None:
    state = tmp_path / "s"
    scan_json(capsys, str(bank), str(library), "--state", str(state))
    kept = state.read_bytes()
    away = library.rename(tmp_path / "away")
    library.mkdir()  # as a disk that is not mounted
    assert run(["scan", str(bank), str(library), "--state", str(state)]) == 4
    assert "Nothing to check" in capsys.readouterr().err
    assert state.read_bytes() == kept
    assert (away / "copy.webp").exists()


def test_a_file_that_fails_is_status_3_and_the_rest_is_done(bank, library, capsys) -> None:
    (library / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    status, rows = scan_json(capsys, str(bank), str(library))
    assert status == 3
    assert sum("error" in row for row in rows) == 1
    assert sum(bool(row.get("matches")) for row in rows) == 2


def test_what_is_called_a_picture_and_is_none_is_named_everywhere(
    bank, library, tmp_path, capsys
) -> None:
    (library / "empty.jpg").write_bytes(b"")
    (library / "words.MOV").write_text("words")
    (library / "empty").write_bytes(b"")
    (library / "gone.png").symlink_to(library / "nothing")
    (library / "gone").symlink_to(library / "nothing")
    table, page = tmp_path / "r.csv", tmp_path / "r.html"
    capsys.readouterr()
    outputs = ["--csv", str(table), "--report", str(page)]
    for known in (None, True):  # a later run takes it over, and names it just so
        assert run(["scan", str(bank), str(library), *outputs, "--json"]) == 3
        said = capsys.readouterr()
        rows = [json.loads(line) for line in said.out.splitlines()]
        failed = {Path(row["file"]).name: row for row in rows if "error" in row}
        assert {name: row["error"]["code"] for name, row in failed.items()} == {
            "empty.jpg": "format_unsupported",
            "words.MOV": "format_unsupported",
            "gone.png": "source_unreadable",
        }
        assert {failed[name].get("known") for name in ("empty.jpg", "words.MOV")} == {known}
        assert "a link that leads nowhere" in failed["gone.png"]["error"]["message"]
        assert "the file is empty" in failed["empty.jpg"]["error"]["message"]
        counted = "2 neither picture nor video by content and name, 3 could not be checked"
        assert counted in said.err
        for text in (said.err, table.read_text(), page.read_text()):
            assert "empty.jpg" in text
            assert "words.MOV" in text
            assert "gone.png" in text
            assert "words.txt" not in text


def test_a_file_that_is_named_is_told_whatever_an_earlier_scan_of_its_folder_noted(
    bank, library, tmp_path, capsys
) -> None:
    words, state = str(library / "words.txt"), ["--state", str(tmp_path / "s")]
    runs = ([str(library)], [words], [str(library)], [str(library), words], [words, str(library)])
    found = [scan_json(capsys, str(bank), *roots, *state) for roots in runs]
    assert [status for status, _ in found] == [1, 3, 1, 3, 3]
    told = [[row for row in rows if "error" in row] for _, rows in found]
    assert [len(rows) for rows in told] == [0, 1, 0, 1, 1]


def test_a_second_run_takes_over_what_is_known_until_the_bank_changes(
    bank, library, tmp_path, capsys
) -> None:
    own = tmp_path / "own.sdb"
    own.write_bytes(bank.read_bytes())
    first = scan_json(capsys, str(own), str(library))
    second = scan_json(capsys, str(own), str(library))
    assert all(row["known"] for row in second[1])
    strip = [{k: v for k, v in row.items() if k != "known"} for row in second[1]]
    assert sorted(map(str, strip)) == sorted(map(str, first[1]))
    assert run(["bank", "add", str(own), str(MEDIA / "coffee.jpg"), "-q"]) == 0
    third = scan_json(capsys, str(own), str(library))
    assert not any(row.get("known") for row in third[1])
    assert {Path(row["file"]).name for row in third[1]} >= {"other.jpg"}


def test_another_score_asks_again(bank, library, tmp_path, capsys) -> None:
    state = ["--state", str(tmp_path / "s")]
    scan_json(capsys, str(bank), str(library), *state)
    _, rows = scan_json(capsys, str(bank), str(library), *state, "--min-score", "1.0")
    assert [Path(row["file"]).name for row in rows] == ["same.dat"]
    assert not rows[0].get("known")


def test_the_state_lies_beside_the_output(bank, library, tmp_path) -> None:
    out = tmp_path / "r.html"
    run(["scan", str(bank), str(library), "--report", str(out), "-q"])
    assert (tmp_path / "r.html.state").exists()
    assert out.read_text().startswith("<!doctype html>")


def test_the_csv_has_a_row_a_match(bank, library, tmp_path) -> None:
    out = tmp_path / "r.csv"
    run(["scan", str(bank), str(library), "--csv", str(out), "-q"])
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(Path(row["file"]).name for row in rows) == ["copy.webp", "same.dat"]


def test_a_missing_bank_or_path_or_folder_for_the_output_is_told_at_once(
    bank, library, tmp_path, capsys
) -> None:
    assert run(["scan", str(tmp_path / "no.sdb"), str(library)]) == 5
    assert run(["scan", str(bank), str(tmp_path / "gone")]) == 4
    assert run(["scan", str(bank), str(library), "--report", str(tmp_path / "no" / "r.html")]) == 4
    assert run(["scan", str(bank), "gopher://x"]) == 4
    assert "error[snapshot_missing]" in capsys.readouterr().err


def test_an_unknown_engine_is_a_clear_error(bank, library, capsys) -> None:
    assert run(["scan", str(bank), str(library), "--engine", "dask"]) == 2
    assert "'local', 'ray'" in capsys.readouterr().err


def test_ctrl_c_keeps_what_is_done(bank, library, tmp_path, monkeypatch, capsys) -> None:
    from staydown.scanning import journal

    real, calls = journal.Journal.put, []

    def put(self, file, outcome) -> None:
        real(self, file, outcome)
        calls.append(file.name)
        if len(calls) == 2:
            raise KeyboardInterrupt

    state = ["--state", str(tmp_path / "s")]
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "put", put)
        assert run(["scan", str(bank), str(library), *state]) == 130
    put_later = []
    monkeypatch.setattr(
        journal.Journal, "put", lambda self, f, o: (put_later.append(f.name), real(self, f, o))[0]
    )
    status, rows = scan_json(capsys, str(bank), str(library), *state)
    assert status == 1
    assert len(rows) == 2
    assert not set(put_later) & set(calls)


def test_a_scan_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    kill_at_random_moments(tmp_path, kills=5, seed=7, count=20)


def test_an_estimate_checks_a_sample_and_keeps_what_it_did(bank, library, tmp_path, capsys) -> None:
    state = ["--state", str(tmp_path / "s")]
    status, (row,) = scan_json(
        capsys, str(bank), str(library), *state, "--estimate", "--price", "2", "--workers", "1"
    )
    assert (status, row["files"], row["sampled"], row["workers"]) == (0, 4, 4, 1)
    assert row["cost"] == round(row["worker_hours"] * 2, 2)
    assert row["bytes"] == sum(path.stat().st_size for path in library.iterdir())
    _, rows = scan_json(capsys, str(bank), str(library), *state)
    assert rows
    assert all(found["known"] for found in rows)
    status, (again,) = scan_json(capsys, str(bank), str(library), *state, "--estimate")
    assert (status, again["files"], again["worker_hours"]) == (0, 0, 0)


def test_options_of_a_cluster_need_its_engine(bank, library, capsys) -> None:
    assert run(["scan", str(bank), str(library), "--cluster", "10.0.0.1:6379"]) == 2
    assert run(["scan", str(bank), str(library), "--node-bank", "/b.sdb"]) == 2
    assert "belong to --engine ray" in capsys.readouterr().err


def test_without_ray_the_engine_says_what_to_install(bank, library, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert run(["scan", str(bank), str(library), "--engine", "ray"]) == 7
    assert "pip install 'staydown[ray]'" in capsys.readouterr().err


def test_a_long_scan_says_how_far_it_is(bank, library, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("staydown.cli.scan.pacing.EVERY_S", 0.0)
    run(["scan", str(bank), str(library), "--state", str(tmp_path / "s"), "--price", "1"])
    said = capsys.readouterr().err
    assert " of 4 files; " in said
    assert "worker hours so far, about" in said
