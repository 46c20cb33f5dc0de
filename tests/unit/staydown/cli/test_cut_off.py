from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import staydown
from command_runs import Run, as_stdin
from drawn_photos import drawn_photo
from staydown.cli.cut_off import NOTE, is_cut_off

MEDIA = Path(staydown.__file__).parent / "demo_media"
THUMBNAIL = 2_000
FORMATS = {
    "baseline": {"format": "JPEG", "quality": 85},
    "progressive": {"format": "JPEG", "quality": 85, "progressive": True},
    "restarts": {"format": "JPEG", "quality": 85, "restart_marker_blocks": 4},
    "png": {"format": "PNG"},
}


def saved(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(drawn_photo(1))).convert("RGB").save(buffer, **FORMATS[kind])
    return buffer.getvalue()


def with_thumbnail() -> bytes:
    """A JPEG with a whole JPEG in its head, as cameras write them."""
    small, whole = io.BytesIO(), saved("baseline")
    Image.new("RGB", (8, 8)).save(small, "JPEG")
    head = b"Exif\x00\x00" + small.getvalue()
    return whole[:2] + b"\xff\xe1" + (len(head) + 2).to_bytes(2, "big") + head + whole[2:]


WHOLE = {**{kind: saved(kind) for kind in FORMATS}, "thumbnail": with_thumbnail()}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_picture_is_not_cut_off_whatever_follows_it(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    for more in (b"", bytes(100), b"\xff\xd8 and a film"):
        path.write_bytes(WHOLE[kind] + more)
        assert not is_cut_off(path)
        assert not is_cut_off(WHOLE[kind] + more)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(WHOLE)), part=st.floats(0.0, 1.0), is_filled=st.booleans())
def test_wherever_its_end_is_missing_it_is_cut_off(kind: str, part: float, is_filled: bool) -> None:
    data = WHOLE[kind]
    least, most = 8, len(data) - (8 if kind == "png" else 1)
    cut = data[: least + int(part * (most - least - 1))]
    assert is_cut_off(cut + (bytes(500) if is_filled else b""))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b""]))
def test_any_bytes_get_an_answer(data: bytes, head: bytes) -> None:
    found = is_cut_off(head + data)
    assert found in {True, False}
    assert (head + data).startswith((b"\xff\xd8", b"\x89PNG\r\n\x1a\n")) or not found


def test_the_pictures_that_come_along_are_whole() -> None:
    files = sorted(MEDIA.iterdir())
    assert {".jpg", ".mp4"} <= {path.suffix for path in files}
    assert not [path.name for path in files if is_cut_off(path)]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.mark.parametrize("kind", ["baseline", "png"])
def test_hash_names_what_is_cut_off_and_prints_the_same(
    kind: str, tmp_path: Path, run: Run
) -> None:
    data = WHOLE[kind]
    whole, cut = tmp_path / "whole", tmp_path / "cut\x1b[2J"
    whole.write_bytes(data)
    cut.write_bytes(data[: len(data) // 2])
    rows = run.json("hash", whole, cut)
    assert [row["file"] for row in rows] == [str(whole), str(cut)]
    assert run.err.splitlines() == [f"{tmp_path}/cut\\x1b[2J: {NOTE}"]
    assert run.json("hash", "--quiet", whole, cut) == rows
    assert run.err == ""


def test_standard_input_is_looked_at_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    as_stdin(monkeypatch, WHOLE["baseline"][: len(WHOLE["baseline"]) // 2])
    run("hash", "-")
    assert run.err == f"standard input: {NOTE}\n"
