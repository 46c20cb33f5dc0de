"""The known answers that Python and the browser share."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from staydown.decode.photo import open_photo

VECTORS = Path(__file__).parents[3] / "vectors" / "pixels.json"
FILES: list[dict[str, Any]] = json.loads(VECTORS.read_text())["files"]


@pytest.mark.parametrize("case", FILES, ids=[case["name"] for case in FILES])
def test_decoded_pixels_are_the_known_ones(case: dict[str, Any]) -> None:
    pixels = open_photo(base64.b64decode(case["file"])).pixels
    rgb = np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels
    wanted = np.frombuffer(base64.b64decode(case["rgb"]), np.uint8)
    wanted = wanted.reshape(case["height"], case["width"], 3)
    assert rgb.shape == wanted.shape
    assert np.abs(rgb.astype(int) - wanted).max() <= case["tolerance"]


def test_there_are_answers_for_every_rule() -> None:
    assert len(FILES) >= 28
