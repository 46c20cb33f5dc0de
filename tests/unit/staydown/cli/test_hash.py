from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import clips
from command_runs import Run, as_stdin
from drawn_photos import drawn_photo
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


def test_a_video_has_frames_and_a_length(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(clips.encode(clips.travel(1, 30)))
    _, row = run("hash", path)
    assert row.split("\t")[1] == "video"
    assert " frames, " in row


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
