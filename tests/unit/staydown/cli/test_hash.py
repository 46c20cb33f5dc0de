from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

import clips
from command_runs import Run, as_stdin
from drawn_photos import drawn_photo
from staydown.cli.cut_off import NOTE
from staydown.cli.statuses import ExitStatus
from staydown.types import Fingerprint


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(drawn_photo(1))
    return path


def test_each_json_line_is_a_fingerprint_with_its_file(photo: Path, run: Run) -> None:
    (row,) = run.json("hash", photo)
    assert row["file"] == str(photo)
    made = Fingerprint.from_dict(row)
    assert [str(s.type) for s in made.signals] == ["sha256", "md5", "pdq", "windows/1"]
    assert made.signals[0].value == hashlib.sha256(photo.read_bytes()).hexdigest()


def test_the_table_has_a_line_for_each_file(
    photo: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_stdin(monkeypatch, photo.read_bytes())
    header, first, second = [line.split("\t") for line in run("hash", photo, "-")]
    assert header == ["File", "Kind", "PDQ", "Quality", "Windows"]
    assert (first[0], second[0]) == (str(photo), "standard input")
    assert first[1:] == second[1:]
    assert len(first[2]) == 64
    assert first[4].endswith(" points")


def test_the_table_shows_the_signals_that_were_asked_for(photo: Path, run: Run) -> None:
    sha256 = hashlib.sha256(photo.read_bytes()).hexdigest()
    md5 = hashlib.md5(photo.read_bytes(), usedforsecurity=False).hexdigest()
    header, row = [line.split("\t") for line in run("hash", photo, "--signals", "sha256,md5")]
    assert header == ["File", "Kind", "SHA-256", "MD5"]
    assert row == [str(photo), "photo", sha256, md5]
    header, row = [line.split("\t") for line in run("hash", photo, "--signals", "pdq,sha256")]
    assert header == ["File", "Kind", "SHA-256", "PDQ", "Quality"]
    assert (row[2], len(row[3])) == (sha256, 64)
    header, row = [line.split("\t") for line in run("hash", photo, "--signals", "windows")]
    assert header == ["File", "Kind", "Windows"]
    assert row[2].endswith(" points")


def test_an_empty_folder_is_said_to_be_one(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    assert run("hash", tmp_path / "empty", status=ExitStatus.INPUT) == []
    assert "error[source_unreadable]: Nothing to fingerprint" in run.err
    assert "mounted" in run.err


def test_a_text_is_no_video_whatever_is_asked_of_it(tmp_path: Path, run: Run) -> None:
    for name in ("notes.txt", "text.jpg"):
        (tmp_path / name).write_text("hello\n")
        assert run("hash", tmp_path / name, "--signals", "sha256", status=ExitStatus.INPUT) == []
        assert "error[format_unsupported]" in run.err


def test_a_video_has_frames_and_a_length(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(clips.encode(clips.travel(1, 30)))
    _, row = run("hash", path)
    assert row.split("\t")[1] == "video"
    assert " frames, " in row


@pytest.mark.parametrize(("part", "is_progressive"), [(0.5, False), (0.25, False), (0.5, True)])
def test_of_a_jpeg_that_is_cut_off_what_is_there_is_found_again(
    tmp_path: Path, run: Run, part: float, is_progressive: bool
) -> None:
    whole, cut = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    picture = Image.open(io.BytesIO(drawn_photo(1))).convert("RGB")
    picture.save(whole, quality=85, progressive=is_progressive)
    data = whole.read_bytes()[: int(whole.stat().st_size * part)]
    cut.write_bytes(data)

    (row,) = run.json("hash", cut)

    made = Fingerprint.from_dict(row)
    assert [str(s.type) for s in made.signals] == ["sha256", "md5", "pdq", "windows/1"]
    assert made.signals[0].value == hashlib.sha256(data).hexdigest()
    assert run.err == f"{cut}: {NOTE}\n"
    said = run("explain", cut, whole, status=ExitStatus.MATCH)
    assert said[0].startswith("A match (same")


def test_a_jpeg_of_which_hardly_anything_is_there_is_refused(tmp_path: Path, run: Run) -> None:
    cut = tmp_path / "cut.jpg"
    picture = Image.open(io.BytesIO(drawn_photo(1))).convert("RGB")
    picture.save(cut, quality=85)
    data = cut.read_bytes()
    cut.write_bytes(data[: data.index(b"\xff\xda") + 200])  # the header, and a few blocks
    assert run("hash", cut, status=ExitStatus.INPUT) == []
    assert "hardly anything of the picture is there" in run.err


@pytest.mark.parametrize(
    ("wanted", "types"),
    [("pdq", ["pdq"]), ("sha256, PDQ,pdq", ["sha256", "pdq"]), ("windows", ["windows/1"])],
)
def test_only_the_signals_asked_for(photo: Path, run: Run, wanted: str, types: list[str]) -> None:
    (row,) = run.json("hash", photo, "--signals", wanted)
    assert [signal["type"] for signal in row["signals"]] == types


def test_an_unknown_signal_is_a_wrong_command_line(photo: Path, run: Run) -> None:
    run("hash", photo, "--signals", "phash", status=ExitStatus.USAGE)
    assert "sha256, md5, pdq, windows/1, timeline/1" in run.err


def test_a_file_that_fails_is_named_and_the_others_are_done(photo: Path, run: Run) -> None:
    broken = photo.with_name("b.png")
    broken.write_bytes(drawn_photo(2)[:20])
    good, bad = run.json("hash", photo, broken, status=ExitStatus.INCOMPLETE)
    assert "signals" in good
    assert bad["file"] == str(broken)
    assert set(bad["error"]) == {"code", "message", "retryable"}
    assert run.err.startswith(f"error[{bad['error']['code']}]: ")
    assert str(broken) in run.err


def test_screening_stays_near_banking(photo: Path, run: Run) -> None:
    jpeg = photo.with_name("a.jpg")
    jpeg.write_bytes(drawn_photo(1, width=2000, height=1500, form="JPEG"))
    values = [
        run.json("hash", jpeg, "--signals", "pdq", "--mode", mode)[0]["signals"][0]["value"]
        for mode in ("banking", "screening")
    ]
    assert (int(values[0], 16) ^ int(values[1], 16)).bit_count() <= 10
