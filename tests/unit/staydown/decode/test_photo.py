from __future__ import annotations

import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from encoded import STILLS, encode, exif, scene
from staydown.decode.photo import open_photo, screening_scale
from staydown.decode.sniffing import Format
from staydown.errors import ContentTooLargeError, DecodeError, UnsupportedFormatError
from staydown.types.limits import Limits

TURNED_FORMATS = ("JPEG", "PNG", "TIFF", "AVIF", "HEIF")


def corner(pixels: np.ndarray) -> str:
    """Where the reddest corner is: the scene has it at the top right."""
    quarter = pixels[..., 0].astype(int) - pixels[..., 2]
    height, width = quarter.shape
    corners = {
        "top left": quarter[: height // 4, : width // 4],
        "top right": quarter[: height // 4, -width // 4 :],
        "bottom left": quarter[-height // 4 :, : width // 4],
        "bottom right": quarter[-height // 4 :, -width // 4 :],
    }
    return max(corners, key=lambda name: corners[name].mean())


@pytest.mark.parametrize("name", [*STILLS])
@pytest.mark.parametrize("mode", ["banking", "screening"])
def test_every_format_opens(name: str, mode: str) -> None:
    photo = open_photo(STILLS[name], mode=mode)
    assert photo.pixels.shape[:2] == (64, 96)
    assert (photo.full_width, photo.full_height, photo.complete) == (96, 64, True)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous


@pytest.mark.parametrize("name", ["png", "bmp", "tiff", "lzw tiff", "lossless webp", "alpha png"])
def test_lossless_formats_give_the_exact_pixels(name: str) -> None:
    assert np.array_equal(open_photo(STILLS[name]).pixels, np.asarray(scene()))


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "heif", "cmyk jpeg"])
def test_lossy_formats_come_near(name: str) -> None:
    difference = open_photo(STILLS[name]).pixels.astype(int) - np.asarray(scene())
    assert np.abs(difference).mean() < 6


@pytest.mark.parametrize("format_", TURNED_FORMATS)
def test_orientation_is_applied(format_: str) -> None:
    photo = open_photo(encode(scene(), format_, exif=exif(6)))
    assert photo.pixels.shape == (96, 64, 3)
    assert (photo.full_width, photo.full_height) == (64, 96)
    assert corner(photo.pixels) == "bottom right"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_jpeg_equals_the_turned_pixels_in_both_modes(orientation: int) -> None:
    plain = open_photo(encode(scene(), "JPEG"))
    turned = open_photo(encode(scene(), "JPEG", exif=exif(orientation)))
    image = Image.fromarray(plain.pixels)
    image.getexif()[0x0112] = orientation
    sideways = orientation > 4
    assert (turned.full_width, turned.full_height) == ((64, 96) if sideways else (96, 64))
    assert sorted(turned.pixels.ravel()) == sorted(plain.pixels.ravel())
    screened = open_photo(encode(scene(), "JPEG", exif=exif(orientation)), mode="screening")
    assert screened.pixels.shape == turned.pixels.shape[:2]


def test_webp_orientation_is_ignored_as_browsers_do() -> None:
    photo = open_photo(encode(scene(), "WEBP", exif=exif(6)))
    assert photo.pixels.shape == (64, 96, 3)


def test_colour_profile_is_ignored() -> None:
    plain = open_photo(encode(scene(), "PNG")).pixels
    with_profile = open_photo(encode(scene(), "PNG", icc_profile=b"not even a profile")).pixels
    assert np.array_equal(plain, with_profile)


def test_sixteen_bit_png_is_cut_to_its_upper_byte() -> None:
    values = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
    photo = open_photo(encode(Image.fromarray(values), "PNG"))
    assert np.array_equal(photo.pixels, values >> 8)


def test_screening_decodes_large_jpegs_small_and_grey() -> None:
    photo = open_photo(encode(scene(1601, 1200), "JPEG", exif=exif(6)), mode="screening")
    assert photo.pixels.shape == (401, 300)
    assert (photo.full_width, photo.full_height) == (1200, 1601)
    assert (photo.cut_left, photo.cut_top) == (True, False)


def test_screening_for_pdq_alone_may_go_smaller() -> None:
    data = encode(scene(800, 780), "JPEG")
    assert open_photo(data, mode="screening").pixels.shape == (390, 400)
    assert open_photo(data, mode="screening", for_windows=False).pixels.shape == (195, 200)


def test_screening_luma_is_near_the_block_means_of_the_full_picture() -> None:
    data = encode(scene(1600, 1600), "JPEG", quality=95)
    full = np.asarray(Image.fromarray(open_photo(data).pixels).convert("L"), float)
    small = open_photo(data, mode="screening").pixels
    means = full.reshape(400, 4, 400, 4).mean((1, 3))
    assert np.abs(small - means).max() < 3


def test_cmyk_and_grey_survive_screening_at_reduced_scale() -> None:
    for mode in ("CMYK", "L"):
        photo = open_photo(encode(scene(1600, 1200).convert(mode), "JPEG"), mode="screening")
        assert photo.pixels.shape[:2] == (300, 400)


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(1, 1, 1), (383, 383, 1), (4000, 3000, 8), (1536, 1535, 4), (20000, 200, 1), (768, 384, 2)],
)
def test_scale_follows_the_rule(width: int, height: int, scale: int) -> None:
    assert screening_scale(width, height) == scale
    assert screening_scale(height, width) == scale


@pytest.mark.parametrize("name", ["jpeg", "progressive", "png", "bmp", "tiff"])
def test_cut_off_files_give_what_is_there(name: str) -> None:
    format_ = {"jpeg": "JPEG", "progressive": "JPEG"}.get(name, name.upper())
    options = {"progressive": True} if name == "progressive" else {}
    noise = np.random.default_rng(1).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), format_, **options)
    whole = open_photo(data)
    part = open_photo(data[: len(data) * 2 // 3])
    assert part.pixels.shape == whole.pixels.shape
    assert not part.complete
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    if name == "bmp":  # is written from the bottom up
        assert np.array_equal(part.pixels[-64:], whole.pixels[-64:])
    elif name != "progressive":
        assert np.array_equal(part.pixels[:64], whole.pixels[:64])


@pytest.mark.parametrize("name", ["webp", "avif", "heif"])
def test_cut_off_files_of_other_formats_are_refused(name: str) -> None:
    with pytest.raises(DecodeError, match="damaged or cut short"):
        open_photo(STILLS[name][: len(STILLS[name]) // 2])


@pytest.mark.parametrize("name", [*STILLS])
def test_headers_alone_are_refused(name: str) -> None:
    with pytest.raises(DecodeError):
        open_photo(STILLS[name][:20])


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="send JPEG"):
        open_photo(b"<svg/>")


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ContentTooLargeError, match="bytes"):
        open_photo(STILLS["png"], limits=Limits(photo_bytes=10))


@pytest.mark.parametrize("name", [*STILLS])
def test_too_many_pixels_are_refused(name: str) -> None:
    with pytest.raises(ContentTooLargeError, match="96 x 64"):
        open_photo(STILLS[name], limits=Limits(pixels=96 * 64 - 1))


def test_enormous_size_is_refused_before_anything_is_decoded() -> None:
    data = bytearray(STILLS["png"])
    data[16:24] = struct.pack(">II", 50_000, 50_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(ContentTooLargeError, match="50000 x 50000 pixels"):
        open_photo(bytes(data))


def test_screening_opens_jpegs_that_are_too_large_in_full() -> None:
    data = encode(scene(1600, 1600), "JPEG")
    limits = Limits(pixels=200_000)
    assert open_photo(data, mode="screening", limits=limits).pixels.shape == (400, 400)
    with pytest.raises(ContentTooLargeError):
        open_photo(data, limits=limits)


def test_damaged_exif_neither_warns_nor_fails() -> None:
    data = encode(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x00")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_photo(data).pixels.shape == (64, 96, 3)


def test_format_is_told() -> None:
    assert open_photo(STILLS["heif"]).format is Format.HEIF


@pytest.mark.parametrize(("share", "shown"), [(0.01, False), (0.03, False), (0.3, True)])
def test_a_jpeg_of_which_hardly_anything_is_left_is_refused(share: float, shown: bool) -> None:
    data = encode(Image.effect_noise((512, 512), 40), "JPEG")
    start = data.index(b"\xff\xda")
    piece = data[: start + int(share * (len(data) - start))]
    if shown:
        assert not open_photo(piece).complete
    else:
        with pytest.raises(DecodeError, match="hardly anything"):
            open_photo(piece)
