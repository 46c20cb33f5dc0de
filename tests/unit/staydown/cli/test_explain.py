"""``staydown explain``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from media_files import CLIP, MEDIA
from staydown.cli.explain import best_moments
from staydown.cli.program import run
from staydown.decode import demo_edits
from staydown.isolate import fingerprint

BEE, CAT = str(MEDIA / "bee.jpg"), str(MEDIA / "cat.jpg")


@pytest.fixture
def mirrored(tmp_path: Path) -> str:
    path = tmp_path / "m.jpg"
    demo_edits.save(demo_edits.mirrored(demo_edits.load(MEDIA / "bee.jpg")), path)
    return str(path)


def test_a_match_is_told_in_one_sentence_and_drawn(mirrored, tmp_path, capsys) -> None:
    out = tmp_path / "out.png"
    assert run(["explain", mirrored, BEE, "-o", str(out)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("A match (same, score ")
    assert "mirrored" in line
    with Image.open(out) as image:
        assert image.size[0] > 1000


def test_no_match_is_told_as_well(tmp_path, capsys) -> None:
    out = tmp_path / "out.png"
    assert run(["explain", CAT, BEE, "-o", str(out)]) == 0
    assert capsys.readouterr().out.startswith("Not a match")
    assert out.exists()


def test_json_has_the_evidence(mirrored, capsys) -> None:
    assert run(["explain", mirrored, BEE, "--json"]) == 1
    row = json.loads(capsys.readouterr().out)
    assert row["match"] is True
    assert row["best"]["evidence"]["transform"]["mirrored"] is True


def test_two_videos_show_the_frames_that_are_alike(tmp_path, capsys) -> None:
    part = tmp_path / "part.mp4"
    demo_edits.trim_clip(CLIP, part, start_s=1.0, end_s=3.2)
    first, second = best_moments(fingerprint(part), fingerprint(CLIP))
    assert 700 <= second - first <= 1300
    assert run(["explain", str(part), str(CLIP), "-o", str(tmp_path / "o.png")]) == 1


def test_two_photos_have_no_moments() -> None:
    assert best_moments(fingerprint(BEE), fingerprint(CAT)) == (0, 0)


def test_what_cannot_be_read_is_an_error(tmp_path, capsys) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert run(["explain", str(tmp_path / "bad.png"), BEE]) == 4
    assert run(["explain", str(tmp_path / "gone"), BEE]) == 4
    assert run(["explain", BEE, BEE, "-o", str(tmp_path / "no" / "x.png")]) == 4
    assert "error[decode_failed]" in capsys.readouterr().err
