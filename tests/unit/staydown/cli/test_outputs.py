"""What stands where a command writes, and what a full disk does to it."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from drawn_photos import drawn_photo
from staydown.cli.program import run
from staydown.cli.statuses import ExitStatus

Command = Callable[[Path], int]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(drawn_photo(1))
    return path


@pytest.fixture
def bank(tmp_path: Path, photo: Path) -> Path:
    path = tmp_path / "reported.sdb"
    assert run(["bank", "create", str(path), "-q"]) == 0
    assert run(["bank", "add", str(path), str(photo), "-q"]) == 0
    return path


@pytest.fixture(params=["--report", "--csv", "export", "explain"])
def command(request, bank: Path, photo: Path, tmp_path: Path) -> Command:
    """Writes one file to the path that it is given."""
    scan = ["scan", str(bank), str(photo), "--state", str(tmp_path / "state")]
    words = {
        "export": ["bank", "export", str(bank), "-o"],
        "explain": ["explain", str(photo), str(photo), "-o"],
    }.get(request.param, [*scan, request.param])
    command = lambda path: run([*words, str(path)])  # noqa: E731 - one line
    command.name = request.param
    return command


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a disk that takes the names of files and none of their bytes."""
    folder = tmp_path / "full"
    folder.mkdir()
    sync = os.fsync

    def refuse(fd: int) -> None:
        if Path(f"/proc/self/fd/{fd}").readlink().is_relative_to(folder):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(fd)

    monkeypatch.setattr(os, "fsync", refuse)
    return folder


def test_a_link_is_followed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "out", tmp_path / "out"
    target.write_bytes(b"before")
    link.symlink_to(target)
    assert command(link) in (ExitStatus.DONE, ExitStatus.MATCH)
    assert link.is_symlink()
    assert len(target.read_bytes()) > 20
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_a_pipe_is_never_replaced(command: Command, tmp_path: Path, capsys) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    is_scan = command.name.startswith("--")
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    if not is_scan:
        reader.start()
    status = command(pipe)
    assert pipe.is_fifo()
    if is_scan:  # its state could not lie beside it
        assert status == ExitStatus.INPUT
        assert "no ordinary file" in capsys.readouterr().err
        return
    reader.join(10)
    assert status in (ExitStatus.DONE, ExitStatus.MATCH)
    assert len(got[0]) > 20


def test_a_link_that_leads_to_itself_is_an_error_of_the_output(command, tmp_path, capsys) -> None:
    link = tmp_path / "out"
    link.symlink_to(link)
    assert command(link) == ExitStatus.INPUT
    assert f"{link}: Too many levels of symbolic links. " in capsys.readouterr().err
    assert link.is_symlink()


def test_a_dash_makes_no_file(command: Command, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    status = command(Path("-"))
    assert not Path("-").exists()
    said = capsys.readouterr()
    if command.name == "export":
        assert status == ExitStatus.DONE
        assert '"kind"' in said.out
    else:
        assert status == ExitStatus.INPUT
        assert "standard output" in said.err


def test_a_full_disk_is_an_error_of_the_output(command: Command, full: Path, capsys) -> None:
    out = full / "out"
    assert command(out) == ExitStatus.CONFIG
    said = f"What this command writes cannot be written: {out}: No space left on device. "
    assert f"error[output_unwritable]: {said}" in capsys.readouterr().err
    assert list(full.iterdir()) == []


def test_what_a_full_disk_refuses_leaves_the_file_that_was_there(command: Command, full) -> None:
    out = full / "out"
    out.write_bytes(b"before")
    assert command(out) == ExitStatus.CONFIG
    assert out.read_bytes() == b"before"
    assert list(full.iterdir()) == [out]


def test_a_bank_that_does_not_fit_on_the_disk_is_no_fault_of_the_bank(full: Path, capsys) -> None:
    assert run(["bank", "create", str(full / "b.sdb")]) == ExitStatus.CONFIG
    assert "error[output_unwritable]: What this" in capsys.readouterr().err
    assert list(full.iterdir()) == []


def test_a_state_that_does_not_fit_on_the_disk_is_one_too(bank, photo, full, capsys) -> None:
    words = ["scan", str(bank), str(photo), "--state", str(full / "state")]
    assert run(words) == ExitStatus.CONFIG
    assert "error[output_unwritable]: What this" in capsys.readouterr().err
    assert {path.name: path.stat().st_size for path in full.iterdir()} in ({}, {"state": 0})


def test_the_state_of_a_scan_is_kept_where_a_link_leads(bank, photo, tmp_path, capsys) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "state", tmp_path / "state"
    link.symlink_to(target)
    for _ in range(2):
        assert run(["scan", str(bank), str(photo), "--state", str(link)]) == ExitStatus.MATCH
        assert link.is_symlink()
        assert [path.name for path in target.parent.iterdir()] == ["state"]
    assert "1 result taken over" in capsys.readouterr().err


@pytest.mark.parametrize("beside", ["", "--csv"])
def test_a_pipe_where_the_state_would_lie_is_refused_before_work(
    beside: str, bank, photo, tmp_path, capsys
) -> None:
    out = tmp_path / "out"
    pipe = Path(f"{out if beside else bank}.state")
    os.mkfifo(pipe)
    status = run(["scan", str(bank), str(photo), *([beside, str(out)] if beside else [])])
    assert status == ExitStatus.INPUT
    assert f"{pipe} is no ordinary file. Choose another place" in capsys.readouterr().err
    assert pipe.is_fifo()
    assert not out.exists()


def test_a_pipe_is_no_state(bank, photo, tmp_path, capsys) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        assert run(["scan", str(bank), str(photo), "--state", str(path)]) == ExitStatus.INPUT
        assert f"{path} is no ordinary file" in capsys.readouterr().err
    assert pipe.is_fifo()
    assert link.is_symlink()
