"""Walking folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from staydown.errors import SourceError
from staydown.scanning.folders import Folder
from staydown.scanning.places import FileRef, Unlisted


def names(folder: Path) -> list[str]:
    return [os.path.relpath(found.name, folder) for found in Folder(str(folder)).files()]


def test_everything_below_is_found_in_order_of_name(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/1.png", "a.txt", "c", ".hidden/x.jpg", "b/.y"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == [".hidden/x.jpg", "a.txt", "b/.y", "b/1.png", "b/2.jpg", "c"]


def test_a_single_file_is_one_that_was_chosen(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (found,) = Folder(str(tmp_path / "a")).files()
    assert isinstance(found, FileRef)
    assert (found.chosen, found.size) == (True, 5)


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"x")
    (tmp_path / "to-file").symlink_to(tmp_path / "real" / "a")
    (tmp_path / "to-folder").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "to-nothing").symlink_to(tmp_path / "gone")
    assert names(tmp_path) == ["real/a", "to-file"]


def test_pipes_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path) == []


def test_what_is_called_a_picture_and_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "gone")
    (tmp_path / "c").mkdir()
    (tmp_path / "d.jpg").symlink_to(tmp_path / "c")
    (tmp_path / "e.jpg").symlink_to("/dev/zero")
    found = list(Folder(str(tmp_path)).files())
    assert [Path(one.name).name for one in found] == ["a.jpg", "b.jpg", "e.jpg"]
    assert all(isinstance(one, Unlisted) for one in found)
    assert [str(one.error).split(".")[0] for one in found] == [
        "neither a file nor a folder",
        "a link that leads nowhere",
        "a link that leads to no ordinary file",
    ]


def test_a_pipe_that_was_named_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="neither"):
        list(Folder(str(tmp_path / "pipe")).files())


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Check the path"):
        list(Folder(str(tmp_path / "gone")).files())


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a").write_bytes(b"x")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(Folder(str(tmp_path)).files())
    assert [type(one) for one in found] == [Unlisted, FileRef]
    assert "may read" in str(found[0].error)


def test_the_version_follows_the_time_of_change(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (before,) = Folder(str(tmp_path)).files()
    os.utime(tmp_path / "a", ns=(1, 1))
    (after,) = Folder(str(tmp_path)).files()
    assert before.address == after.address
    assert before.version != after.version


def test_the_address_does_not_depend_on_how_the_path_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    addresses = {next(iter(Folder(path).files())).address for path in (".", str(tmp_path), "a")}
    assert len(addresses) == 1


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    raw = os.fsencode(str(tmp_path)) + b"/\xff\xfe.jpg"
    Path(os.fsdecode(raw)).write_bytes(b"x")
    (found,) = Folder(str(tmp_path)).files()
    with found.place.open(found) as content:
        assert os.fsencode(content) == raw
