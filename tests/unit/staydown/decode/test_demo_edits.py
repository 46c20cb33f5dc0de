"""The edits of the demo are what their names say."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from media_files import CLIP, PHOTOS
from staydown.decode import demo_edits as edits


@pytest.fixture(scope="module")
def bee() -> Image.Image:
    return edits.load(PHOTOS[0])


@pytest.mark.parametrize("name", edits.EDITS)
def test_every_edit_makes_another_picture_and_leaves_the_first_alone(name, bee) -> None:
    before = bee.tobytes()
    made = edits.EDITS[name](bee)
    assert made.mode == "RGB"
    assert made.tobytes() != before
    assert bee.tobytes() == before


def test_mirrored_twice_is_the_same(bee) -> None:
    assert edits.mirrored(edits.mirrored(bee)).tobytes() == bee.tobytes()


def test_a_crop_is_a_part(bee) -> None:
    made = np.asarray(edits.cropped(bee))
    top, left = round(bee.height * 0.25), round(bee.width * 0.2)
    whole = np.asarray(bee)
    assert (made == whole[top : top + made.shape[0], left : left + made.shape[1]]).all()


def test_a_border_surrounds_the_whole_picture(bee) -> None:
    made = edits.bordered(bee)
    edge = bee.width // 8
    assert ImageOps.crop(made, edge).tobytes() == bee.tobytes()


def test_a_replaced_region_leaves_the_rest_alone(bee) -> None:
    made = np.asarray(edits.replaced(bee, edits.load(PHOTOS[1])), int)
    differs = np.abs(made - np.asarray(bee, int)).max(axis=2) > 0
    assert 0.04 < differs.mean() < 0.16
    rows, columns = np.nonzero(differs)
    assert rows.min() >= bee.height * 0.23
    assert columns.max() <= bee.width * 0.63


def test_a_collage_holds_both(bee) -> None:
    made = edits.collage(bee, edits.load(PHOTOS[1]))
    assert made.height == 480
    assert made.width > 2 * 480


def test_a_trimmed_clip_is_shorter_and_smaller(tmp_path: Path) -> None:
    target = tmp_path / "t.mp4"
    edits.trim_clip(CLIP, target, start_s=1.0, end_s=3.0)
    with av.open(str(target)) as made:
        stream = made.streams.video[0]
        assert (stream.width, stream.height) == (480, 270)
        assert sum(1 for _ in made.decode(stream)) == 48
