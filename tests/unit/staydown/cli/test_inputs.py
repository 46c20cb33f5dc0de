from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from command_runs import as_stdin
from staydown.cli import inputs as inputs_module
from staydown.cli.inputs import STDIN_NAME, inputs
from staydown.errors import ContentTooLargeError, SourceError


def test_folders_give_their_plain_files_in_order(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg", ".hidden", "sub/c.jpg", ".git/d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.jpg")
    found = list(inputs([str(tmp_path)]))
    names = [str(Path(one.name).relative_to(tmp_path)) for one in found]
    hidden = [".hidden", ".git/d.jpg"]
    assert names == [hidden[0], "a.jpg", "b.jpg", "link.jpg", hidden[1], "sub/c.jpg"]
    assert not any(one.chosen for one in found)


def test_what_is_called_a_picture_and_cannot_be_read_is_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nothing")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = [Path(one.name).name for one in inputs([str(tmp_path)])]
    assert found == ["gone.jpg", "pipe.png", "closed"]


def test_names_stay_as_they_were_given() -> None:
    (one,) = inputs(["./gone/../a.jpg"])
    assert (one.name, one.chosen) == ("./gone/../a.jpg", True)


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    as_stdin(monkeypatch, b"bytes")
    (one,) = inputs(["-"])
    assert (one.name, one.content) == (STDIN_NAME, b"bytes")


def test_standard_input_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs_module, "STDIN_BYTES", 4)
    as_stdin(monkeypatch, b"bytes")
    with pytest.raises(ContentTooLargeError):
        list(inputs(["-"]))


def test_a_terminal_is_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(SourceError, match="is the terminal"):
        list(inputs(["-"]))
