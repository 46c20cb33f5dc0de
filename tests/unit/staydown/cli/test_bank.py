"""The commands about bank files, run as a user runs them, on pictures drawn by code."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from command_runs import Run, as_stdin
from drawn_photos import drawn_photo
from staydown.cli.statuses import ExitStatus

PDQ, MD5, SHA256 = "ab" * 32, "cd" * 16, "ef" * 32


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def bank(tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "reported.sdb"
    run("bank", "create", path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pictures, a text, a hidden picture and a folder with one more."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "inner").mkdir()
    for name, seed in [("one.png", 1), ("two.png", 2), ("inner/three.png", 3), (".hidden.png", 4)]:
        (folder / name).write_bytes(drawn_photo(seed))
    (folder / "notes.txt").write_text("no picture")
    return folder


def imported(run: Run, bank: Path, tmp_path: Path, text: str, *options: str) -> list[str]:
    """Import a list; ids in the bank afterwards."""
    path = tmp_path / "list.txt"
    path.write_text(text)
    run("bank", "import", bank, path, *options)
    return [str(row["id"]) for row in run.json("bank", "list", bank)]


def test_a_bank_file_is_for_its_owner_alone_and_never_overwritten(bank: Path, run: Run) -> None:
    assert stat.S_IMODE(bank.stat().st_mode) == 0o600
    run("bank", "create", bank, status=ExitStatus.BANK_FILE)
    assert run.err.startswith("error[snapshot_exists]: ")


def test_what_is_added_matches_and_what_is_removed_does_not(
    bank: Path, photos: Path, run: Run
) -> None:
    (line,) = run("bank", "add", bank, photos / "one.png", "--id", "case-1")
    assert line == f"case-1\t{photos / 'one.png'}"

    (found,) = run.json("match", bank, photos / "one.png", status=ExitStatus.MATCH)
    assert isinstance(found["matches"], list)
    assert (found["matches"][0]["entry_id"], found["matches"][0]["kind"]) == ("case-1", "identical")
    (clear,) = run.json("match", bank, photos / "two.png", status=ExitStatus.DONE)
    assert clear["matches"] == []

    assert run("bank", "remove", bank, "case-1") == ["case-1"]
    run("match", bank, photos / "one.png", status=ExitStatus.DONE)


def test_a_folder_gives_its_pictures_and_counts_the_rest(
    bank: Path, photos: Path, run: Run
) -> None:
    rows = run.json("bank", "add", bank, photos)
    names = [Path(str(row["file"])).name for row in rows]
    assert names == [".hidden.png", "one.png", "two.png", "three.png"]
    assert len({row["id"] for row in rows}) == 4
    assert all(str(row["id"]).startswith("entry-") for row in rows)
    assert "1 file is neither picture nor video by content and name." in run.err


def test_a_folder_names_what_is_called_a_picture_and_is_none(
    bank: Path, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.png").write_bytes(drawn_photo(1))
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "words.mp4").write_text("words")
    (folder / "words.txt").write_text("words")
    (folder / "gone.gif").symlink_to(folder / "nothing")
    run("bank", "add", bank, folder, status=ExitStatus.INCOMPLETE)
    assert f"{folder / 'empty.jpg'}: the file is empty" in run.err
    assert f"{folder / 'words.mp4'}: this is neither a picture nor a video" in run.err
    assert f"{folder / 'gone.gif'}: cannot be opened" in run.err
    assert "words.txt" not in run.err
    assert "1 file is neither picture nor video by content and name." in run.err
    assert len(run("bank", "list", bank)) == 1


def test_ids_can_come_from_names_and_are_given_once(bank: Path, photos: Path, run: Run) -> None:
    run("bank", "add", bank, photos / "one.png", "--id-from-name", "--tag", "eu", "--tag", "b c")
    assert run("bank", "list", bank) == ["one\tphoto\tsha256,md5,pdq,windows/1\teu b c"]
    assert run("bank", "list", bank, "--tag", "us") == []
    run("bank", "add", bank, photos / "one.png", "--id", "one", status=ExitStatus.INCOMPLETE)
    assert "error[entry_id_invalid]: " in run.err


@pytest.mark.parametrize("options", [["--id", "x"], ["--id", "x", "--id-from-name"]])
def test_one_id_is_for_one_file(bank: Path, photos: Path, run: Run, options: list[str]) -> None:
    run("bank", "add", bank, photos, *options, status=ExitStatus.USAGE)


def test_a_file_that_fails_alone_ends_in_its_own_status(bank: Path, photos: Path, run: Run) -> None:
    run("bank", "add", bank, photos / "notes.txt", status=ExitStatus.INPUT)
    assert run.err.startswith("error[format_unsupported]: ")
    assert str(photos / "notes.txt") in run.err


def test_files_that_fail_among_others_leave_it_incomplete(
    bank: Path, photos: Path, run: Run
) -> None:
    rows = run.json(
        "bank", "add", bank, photos / "gone.png", photos / "one.png", status=ExitStatus.INCOMPLETE
    )
    error = rows[0]["error"]
    assert isinstance(error, dict)
    assert (error["code"], "id" in rows[1]) == ("source_unreadable", True)


def test_standard_input_is_a_file(
    bank: Path, photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_stdin(monkeypatch, (photos / "one.png").read_bytes())
    assert run("bank", "add", bank, "-", "--id", "x") == ["x\tstandard input"]
    as_stdin(monkeypatch, b"x\n\n")
    assert run("bank", "remove", bank, "-") == ["x"]


def test_removing_tells_what_was_not_there(bank: Path, photos: Path, run: Run) -> None:
    run("bank", "add", bank, photos / "one.png", "--id", "x")
    run("bank", "remove", bank, "gone", status=ExitStatus.INPUT)
    assert run("bank", "remove", bank, "gone", "x", status=ExitStatus.INCOMPLETE) == ["x"]
    assert "error[entry_not_found]: " in run.err


def test_erasing_leaves_nothing_of_an_entry(bank: Path, photos: Path, run: Run) -> None:
    run("bank", "add", bank, photos / "one.png", "--id", "secret-id")
    assert b"secret-id" in bank.read_bytes()
    run("bank", "remove", bank, "secret-id", "--erase")
    assert b"secret-id" not in bank.read_bytes()


def test_an_export_of_everything_fills_an_equal_bank(
    bank: Path, photos: Path, run: Run, tmp_path: Path
) -> None:
    run("bank", "add", bank, photos, "--tag", "eu")
    exported, other = tmp_path / "all.jsonl", tmp_path / "other.sdb"
    assert run("bank", "export", bank, "-o", exported) == []
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600

    run("bank", "create", other)
    run("bank", "import", other, exported)
    assert run("bank", "export", other) == exported.read_text().splitlines()
    assert run("bank", "list", other) == run("bank", "list", bank)


def test_an_export_says_what_a_format_cannot_hold(bank: Path, run: Run, tmp_path: Path) -> None:
    imported(run, bank, tmp_path, f"{PDQ}\n", "--type", "pdq")
    assert run("bank", "export", bank, "--format", "csv") == ["hash,quality,tags", f"{PDQ},,"]
    assert run("bank", "export", bank, "--format", "hashes", "--type", "md5") == []
    assert "Left out: entries without a signal for this format (1)." in run.err


def test_lists_without_ids_can_be_imported_again_and_again(
    bank: Path, run: Run, tmp_path: Path
) -> None:
    text = f"pdq {PDQ}\nmd5 {MD5}\nsha256 {SHA256}\nmd5 {MD5}\n"
    first = imported(run, bank, tmp_path, text)
    assert len(first) == 3
    assert imported(run, bank, tmp_path, text) == first


def test_rows_keep_their_ids_and_take_more_tags(bank: Path, run: Run, tmp_path: Path) -> None:
    text = f'{{"id":"7","type":"HASH_PDQ","indicator":"{PDQ}","tags":["a"]}}\n'
    assert imported(run, bank, tmp_path, text, "--tag", "b") == ["7"]
    assert run("bank", "list", bank) == ["7\tphoto\tpdq\ta b"]


def test_a_withdrawn_row_removes_its_entry(bank: Path, run: Run, tmp_path: Path) -> None:
    row = f'{{"id":"7","type":"HASH_PDQ","indicator":"{PDQ}"}}\n'
    assert imported(run, bank, tmp_path, row) == ["7"]
    withdrawn = '{"id":"7","type":"HASH_PDQ","should_delete":true}\n'
    assert imported(run, bank, tmp_path, withdrawn) == []
    (again,) = run.json("bank", "import", bank, tmp_path / "list.txt")
    assert again["left_out"] == {"withdrawn rows that are not in the bank": 1}


def test_nothing_of_a_list_with_a_bad_line_is_imported(
    bank: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{PDQ},90,\n{PDQ}0,90,\n"
    path = tmp_path / "bad.csv"
    path.write_text(text)
    run("bank", "import", bank, path, "--format", "csv", status=ExitStatus.INPUT)
    assert run.err.startswith(f"error[list_invalid]: {path}, line 2: ")
    as_stdin(monkeypatch, text.encode())
    run("bank", "import", bank, "-", "--format", "csv", status=ExitStatus.INPUT)
    assert run.err.startswith("error[list_invalid]: standard input, line 2: ")
    assert run("bank", "list", bank) == []


def test_a_missing_list_is_named(bank: Path, run: Run) -> None:
    run("bank", "import", bank, "gone.csv", status=ExitStatus.INPUT)
    assert run.err.startswith("error[source_unreadable]: gone.csv: ")


@pytest.mark.parametrize("type_name", ["md5", "sha256"])
def test_hashes_of_bytes_match_the_bytes(
    bank: Path, photos: Path, run: Run, tmp_path: Path, type_name: str
) -> None:
    tool = {"md5": "md5sum", "sha256": "sha256sum"}[type_name]
    done = subprocess.run(
        [tool, str(photos / "one.png")], capture_output=True, text=True, check=True
    )
    imported(run, bank, tmp_path, done.stdout, "--type", type_name)
    (found,) = run.json("match", bank, photos / "one.png", status=ExitStatus.MATCH)
    assert isinstance(found["matches"], list)
    assert found["matches"][0]["kind"] == "identical"


def test_a_file_that_is_no_bank_is_refused(photos: Path, run: Run) -> None:
    for command in (["list"], ["export"], ["remove", "x"], ["add", "x"], ["import", "x"]):
        arguments = ["bank", command[0], photos / "notes.txt", *command[1:]]
        run(*arguments, status=ExitStatus.BANK_FILE)
        assert run.err.startswith("error[snapshot_foreign]: ")


def test_an_id_that_is_not_there_is_named(bank: Path, photos: Path, run: Run) -> None:
    run("bank", "add", bank, "--id", "citrus", photos / "one.png")
    run("bank", "remove", bank, "nope", "citrus", status=ExitStatus.INCOMPLETE)
    assert "error[entry_not_found]: nope: no entry has this id" in run.err


def test_nothing_to_add_and_an_empty_list_are_said(bank: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    run("bank", "add", bank, tmp_path / "empty", status=ExitStatus.INPUT)
    assert "Nothing to add" in run.err
    (tmp_path / "list.txt").touch()
    run("bank", "import", bank, tmp_path / "list.txt", "--type", "pdq", "--quiet")
    assert "warning: There was nothing in it." in run.err
