"""Names of files that promise a picture or a video."""

from __future__ import annotations

import pillow_heif
import pytest
from PIL import Image

from staydown.decode.sniffing import PHOTO_FORMATS
from staydown.media_names import MEDIA_SUFFIXES, is_named_as_media


@pytest.mark.parametrize(
    "name", ["a.jpg", "way/to/A.JPEG", "x.y.HeIc", "clip.mp4", "old.3GP", "raw.CR3", "a.jxl"]
)
def test_names_of_media(name: str) -> None:
    assert is_named_as_media(name)


@pytest.mark.parametrize(
    "name", ["", "jpg", ".jpg", "a.jpg.txt", "way.jpg/a", "main.ts", "a.svg", "x/._a.jpg"]
)
def test_other_names(name: str) -> None:
    assert not is_named_as_media(name)


def test_every_usual_ending_of_a_photo_format_that_is_read_is_known() -> None:
    Image.init()
    pillow_heif.register_heif_opener()
    usual = {ending for ending, name in Image.EXTENSION.items() if name.lower() in PHOTO_FORMATS}
    assert usual >= {".jpg", ".png", ".webp", ".avif"}
    assert usual - MEDIA_SUFFIXES == set()
