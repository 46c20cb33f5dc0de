"""The JPEG module against libjpeg, which is the reference."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from encoded import STILLS, encode, exif, scene
from media_files import PHOTOS
from staydown.decode import jpeg_means
from staydown.decode.jpeg_means import block_means
from staydown.decode.photo import open_photo

ROOT = Path(__file__).parents[4]
MODULE = ROOT / "src" / "staydown" / "decode" / "jpeg_means.wasm"
COMPILER = "Debian clang version 14.0.6"


def test_the_committed_module_is_what_the_source_gives(tmp_path: Path) -> None:
    if not shutil.which("clang") or not shutil.which("wasm-ld"):
        pytest.skip("needs clang and lld")
    version = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True)
    if not version.stdout.startswith(COMPILER):
        pytest.skip(f"the module is made by {COMPILER}")
    made = tmp_path / "jpeg_means.wasm"
    script = ROOT / "kernel" / "jpeg" / "build.sh"
    subprocess.run([script, made], check=True, capture_output=True)
    assert made.read_bytes() == MODULE.read_bytes(), "run `make kernel` and commit the module"


def libjpeg(data: bytes) -> np.ndarray:
    """The same at the same scale by libjpeg; Pillow reduces no side under 8 that far."""
    image = Image.open(io.BytesIO(data))
    width, height = image.size
    image.draft("L", (max(1, width // 8), max(1, height // 8)))
    return np.asarray(image)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def means_of(data: bytes) -> np.ndarray | None:
    return block_means(data, *Image.open(io.BytesIO(data)).size)


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("quality", [30, 95])
def test_real_photos_equal_libjpeg_bit_for_bit(photo: object, quality: int) -> None:
    data = encode(Image.open(str(photo)).convert("RGB"), "JPEG", quality=quality)
    means = means_of(data)
    assert means is not None
    assert np.array_equal(means, libjpeg(data))


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}])
@pytest.mark.parametrize("size", [(64, 64), (8, 9), (97, 63), (131, 257)])
def test_every_layout_equals_libjpeg(
    subsampling: str, options: dict[str, object], size: tuple[int, int]
) -> None:
    for quality in (5, 75, 100):
        data = encode(noise(*size), "JPEG", quality=quality, subsampling=subsampling, **options)
        assert np.array_equal(means_of(data), libjpeg(data))


def test_codes_made_for_the_picture_equal_libjpeg() -> None:
    data = encode(scene(400, 300), "JPEG", optimize=True)
    assert np.array_equal(means_of(data), libjpeg(data))


@settings(max_examples=40)
@given(st.integers(8, 90), st.integers(8, 90), st.integers(1, 100), st.booleans())
def test_grey_and_colour_of_any_size_equal_libjpeg(
    width: int, height: int, quality: int, grey: bool
) -> None:
    image = noise(width, height, quality)
    data = encode(image.convert("L") if grey else image, "JPEG", quality=quality)
    assert np.array_equal(means_of(data), libjpeg(data))


@pytest.mark.parametrize("name", ["progressive", "cmyk jpeg"])
def test_unusual_files_are_left_to_pillow(name: str) -> None:
    assert means_of(STILLS[name]) is None


def test_files_that_are_no_jpeg_are_left_to_pillow() -> None:
    for data in (b"", b"\xff\xd8", STILLS["png"], b"\xff\xd8\xff\xda\0\x08" + bytes(100)):
        assert block_means(data, 96, 64) is None


def test_another_size_than_the_files_own_is_refused() -> None:
    assert block_means(STILLS["jpeg"], 96, 65) is None


def test_large_files_are_left_to_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_means, "MOST_BYTES", 10)
    assert means_of(STILLS["jpeg"]) is None


@given(st.integers(0, 10**9), st.integers(1, 30))
def test_damaged_files_end_in_means_or_nothing(seed: int, flips: int) -> None:
    rng, data = np.random.default_rng(seed), bytearray(STILLS["jpeg"])
    for at in rng.integers(0, len(data), flips):
        data[at] ^= 1 << int(rng.integers(8))
    means = block_means(bytes(data), 96, 64)
    assert means is None or means.shape == (8, 12)


def test_cut_off_files_are_left_to_pillow() -> None:
    data = encode(noise(256, 256), "JPEG")
    for share in (0.1, 0.5, 0.9):
        assert block_means(data[: int(len(data) * share)], 256, 256) is None


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_screening_uses_it_and_turns_the_result(orientation: int) -> None:
    data = encode(scene(3200, 3080), "JPEG", exif=exif(orientation))
    photo = open_photo(data, mode="screening")
    wanted = Image.fromarray(libjpeg(data))
    if orientation > 1:
        turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270}[orientation]
        wanted = wanted.transpose(turn)
    assert np.array_equal(photo.pixels, np.asarray(wanted))
