"""The JPEG module against libjpeg, and against the cosine transform of what libjpeg shows."""

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
from staydown.decode.jpeg_means import BLOCK, HALF_BLOCK, block_means
from staydown.decode.photo import open_photo
from staydown.errors import ConfigError
from staydown.fingerprinting.pdq import pdq
from staydown.fingerprinting.wasm import FullSize

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


def means_of(data: bytes, scale: int = BLOCK) -> np.ndarray | None:
    return block_means(data, *Image.open(io.BytesIO(data)).size, scale)


def lowest_four(data: bytes) -> np.ndarray:
    """Half blocks as the four lowest coefficients show them, in floating point.

    The size in the frame header is raised to whole units, so that the full picture has all of
    every block. Right to less than 1 where no sample was clipped.
    """
    image = Image.open(io.BytesIO(data))
    image.draft("L", image.size)
    frame = data.index(b"\xff\xc0")
    sampling = data[frame + 11] if data[frame + 9] == 3 else 0x11
    unit_w, unit_h = 8 * (sampling >> 4), 8 * (sampling & 15)
    width, height = image.size
    raised = bytearray(data)
    raised[frame + 5 : frame + 9] = b"".join(
        (-(-side // unit) * unit).to_bytes(2) for side, unit in ((height, unit_h), (width, unit_w))
    )
    whole = Image.open(io.BytesIO(bytes(raised)))
    whole.draft("L", whole.size)
    pixels = np.asarray(whole, float) - 128
    waves = np.cos((2 * np.arange(8) + 1) * np.arange(2)[:, None] * np.pi / 16)
    waves *= np.sqrt([[1 / 8], [2 / 8]])
    halves = waves.reshape(2, 2, 4).mean(2)
    blocks = pixels.reshape(len(pixels) // 8, 8, -1, 8)
    shown = np.einsum("up,vq,um,vn,ymxn->ypxq", halves, halves, waves, waves, blocks)
    return shown.reshape(len(pixels) // 4, -1)[: -(-height // 4), : -(-width // 4)] + 128


def assert_half_blocks(data: bytes) -> None:
    means = means_of(data, HALF_BLOCK)
    assert means is not None
    assert np.abs(means - lowest_four(data).clip(0, 255)).max() < 1.5


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


def soft(width: int, height: int, seed: int = 0) -> Image.Image:
    """Noise that leaves room, so that nothing is clipped."""
    return noise(width, height, seed).point(lambda value: 96 + value // 4)


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("quality", [50, 95])
def test_half_blocks_of_real_photos(photo: Path, quality: int) -> None:
    grey = Image.open(photo).convert("RGB").point(lambda value: 32 + value * 3 // 4)
    assert_half_blocks(encode(grey, "JPEG", quality=quality))


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}])
@pytest.mark.parametrize("size", [(64, 64), (8, 9), (97, 63), (100, 44), (131, 257)])
def test_half_blocks_of_every_layout(
    subsampling: str, options: dict[str, object], size: tuple[int, int]
) -> None:
    for quality in (50, 75, 100):
        data = encode(soft(*size), "JPEG", quality=quality, subsampling=subsampling, **options)
        assert_half_blocks(data)


@settings(max_examples=40)
@given(st.integers(8, 90), st.integers(8, 90), st.integers(30, 100), st.booleans())
def test_half_blocks_of_grey_and_colour_of_any_size(
    width: int, height: int, quality: int, grey: bool
) -> None:
    image = soft(width, height, quality)
    assert_half_blocks(encode(image.convert("L") if grey else image, "JPEG", quality=quality))


def test_half_blocks_stay_in_range() -> None:
    means = means_of(encode(noise(256, 256), "JPEG", quality=10), HALF_BLOCK)
    rough = lowest_four(encode(noise(256, 256), "JPEG", quality=10))
    assert means is not None
    assert np.abs(means - rough).mean() < 16  # samples that libjpeg clips make the difference


def test_tables_of_another_file_are_not_kept() -> None:
    kinds = [encode(scene(400, 300), "JPEG", optimize=optimize) for optimize in (False, True)]
    spoiled = bytearray(kinds[0])
    spoiled[spoiled.index(b"\xff\xc4") + 5] = 3  # three codes of one bit
    for data in (kinds[0], kinds[1], kinds[0], kinds[1]):
        assert np.array_equal(means_of(data), libjpeg(data))
        assert_half_blocks(data)
        assert means_of(bytes(spoiled)) is None
    assert np.array_equal(means_of(kinds[0]), libjpeg(kinds[0]))


@pytest.mark.parametrize("size", [(1152, 864), (1021, 770)])
@pytest.mark.parametrize("quality", [50, 75, 95])
def test_pdq_of_half_blocks_stays_within_the_bar(size: tuple[int, int], quality: int) -> None:
    for photo in PHOTOS:
        data = encode(Image.open(photo).convert("RGB").resize(size), "JPEG", quality=quality)
        small = open_photo(data, mode="screening", for_windows=False)
        assert np.array_equal(small.pixels, means_of(data, HALF_BLOCK))
        bits, figure = pdq(small.pixels, full=FullSize(*size))
        exact, exact_figure = pdq(open_photo(data).pixels)
        assert (int.from_bytes(bits) ^ int.from_bytes(exact)).bit_count() <= 10
        assert abs(figure - exact_figure) <= 3


def test_windows_keep_libjpegs_pixels_at_a_quarter() -> None:
    data = encode(scene(1600, 1200), "JPEG")
    image = Image.open(io.BytesIO(data))
    image.draft("L", (400, 300))
    assert np.array_equal(open_photo(data, mode="screening").pixels, np.asarray(image))
    assert open_photo(data, mode="screening", colour=True).pixels.shape == (300, 400, 3)


@pytest.mark.parametrize("name", ["progressive", "cmyk jpeg"])
@pytest.mark.parametrize("scale", [BLOCK, HALF_BLOCK])
def test_unusual_files_are_left_to_pillow(name: str, scale: int) -> None:
    assert means_of(STILLS[name], scale) is None


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
    for scale in (BLOCK, HALF_BLOCK):
        means = block_means(bytes(data), 96, 64, scale)
        assert means is None or means.shape == (64 // scale, 96 // scale)
    assert np.array_equal(means_of(STILLS["jpeg"]), libjpeg(STILLS["jpeg"]))


def test_cut_off_files_are_left_to_pillow() -> None:
    data = encode(noise(256, 256), "JPEG")
    for share in (0.1, 0.5, 0.9):
        for scale in (BLOCK, HALF_BLOCK):
            assert block_means(data[: int(len(data) * share)], 256, 256, scale) is None


@pytest.mark.parametrize("how", ["fails", "no room"])
def test_a_module_that_stops_leaves_the_file_to_pillow(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def stop(*_: object) -> int:
        if how == "fails":
            raise ConfigError("stopped")
        return 0

    module = jpeg_means._module()
    monkeypatch.setattr(module, "_decode" if how == "fails" else "_room", stop)
    assert means_of(STILLS["jpeg"]) is None


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_screening_uses_it_and_turns_the_result(orientation: int) -> None:
    data = encode(scene(3200, 3080), "JPEG", exif=exif(orientation))
    photo = open_photo(data, mode="screening")
    wanted = Image.fromarray(libjpeg(data))
    if orientation > 1:
        turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270}[orientation]
        wanted = wanted.transpose(turn)
    assert np.array_equal(photo.pixels, np.asarray(wanted))
