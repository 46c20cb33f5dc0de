from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from staydown.errors import ContentTooLargeError, DecodeError, InputError, SourceError
from staydown.isolate.sources import named, open_source, source_name


def content(descriptor: int) -> bytes:
    data = os.pread(descriptor, 1 << 20, 0)
    os.close(descriptor)
    return data


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_all_kinds_of_source_give_their_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "picture"
    path.write_bytes(data)
    for source in (path, str(path), data, bytearray(data), memoryview(data), io.BytesIO(data)):
        assert content(open_source(source, 1 << 30)) == data[: 1 << 20]
    with path.open("rb") as file:
        assert content(open_source(file, 1 << 30)) == data[: 1 << 20]


def test_memory_cannot_be_changed_afterwards() -> None:
    descriptor = open_source(b"bytes", 100)
    with pytest.raises(PermissionError):
        os.write(descriptor, b"others")
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    os.close(descriptor)


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "pipe", "nul\0byte", "/dev/null"):
        with pytest.raises(SourceError):
            open_source(path, 100)


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(bytes(101))
    for source in (path, bytes(101), io.BytesIO(bytes(101))):
        with pytest.raises(ContentTooLargeError, match="limit of 100"):
            open_source(source, 100)


def test_endless_file_is_stopped_at_the_limit() -> None:
    with open("/dev/zero", "rb") as file, pytest.raises(ContentTooLargeError):  # noqa: PTH123
        open_source(file, 5_000_000)


def test_what_is_no_source_is_refused() -> None:
    with pytest.raises(InputError, match="not int"):
        open_source(5, 100)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="mode 'rb'"):
        open_source(io.StringIO("text"), 100)  # type: ignore[arg-type]


def test_no_descriptor_leaks_on_errors() -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for source in (bytes(101), io.BytesIO(bytes(101)), io.StringIO("text"), "/", "/missing"):
        with pytest.raises(InputError):
            open_source(source, 100)  # type: ignore[arg-type]
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_errors_are_named_as_the_caller_named_the_source() -> None:
    assert str(named(DecodeError("broken"), "a.jpg")) == "a.jpg: broken"
    assert str(named(DecodeError("broken"), None)) == "broken"
    assert source_name(Path("a/b.jpg"), None) == "a/b.jpg"
    assert source_name("a.jpg", "upload 7") == "upload 7"
    assert source_name(b"bytes", None) is None
