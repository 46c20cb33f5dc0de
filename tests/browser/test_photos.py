"""Photos in Chromium: the same fingerprint as the library makes, by the same rule for pixels."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import staydown
from browser_page import ROOT, Maker, make_in_page
from encoded import MOVING, STILLS, Written, animation, encode, exif, scene
from media_files import PHOTOS
from staydown.types import Fingerprint, SignalType

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

VECTORS = json.loads((ROOT / "tests" / "vectors" / "pixels.json").read_text())["files"]
PHOTO = Image.open(PHOTOS[0])


def deep_png(channels: int) -> bytes:
    """A PNG of 16 bits a sample, which Pillow cannot write in colour."""
    rng = np.random.default_rng(channels)
    base = np.asarray(PHOTO.resize((160, 120)).convert("RGBA"))[..., :channels].astype(np.uint16)
    values = base * 256 + rng.integers(0, 256, base.shape, dtype=np.uint16)
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 160, 120, 16, {3: 2, 4: 6}[channels], 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]
    out = b"\x89PNG\r\n\x1a\n"
    for name, body in parts:
        out += struct.pack(">I", len(body)) + name + body
        out += struct.pack(">I", zlib.crc32(name + body))
    return out


def with_alpha() -> Image.Image:
    alpha = np.add.outer(np.arange(PHOTO.height), np.arange(PHOTO.width)) % 256
    made = PHOTO.convert("RGBA")
    made.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    return made


def four_inks_by_light() -> bytes:
    """CMYK stored as light and colour differences, as Photoshop does."""
    data = bytearray(encode(PHOTO.convert("CMYK"), "JPEG", quality=85))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def photos() -> dict[str, Callable[[], bytes]]:
    """Every kind that must give the same bits."""
    small = PHOTO.resize((640, 505))
    files: dict[str, Callable[[], bytes]] = {
        f"vector {row['name']}": partial(base64.b64decode, row["file"]) for row in VECTORS
    }
    files |= {f"still {n}": partial(STILLS.__getitem__, n) for n in STILLS if n not in UNREAD}
    files |= {path.name: path.read_bytes for path in PHOTOS}
    files |= {
        f"jpeg turned {turn}": partial(encode, small, "JPEG", quality=88, exif=exif(turn))
        for turn in range(1, 9)
    }
    return files | {
        "jpeg progressive": lambda: encode(PHOTO, "JPEG", quality=80, progressive=True),
        "jpeg grey": lambda: encode(PHOTO.convert("L"), "JPEG", quality=80),
        "jpeg four inks": lambda: encode(PHOTO.convert("CMYK"), "JPEG", quality=80),
        "jpeg four inks, progressive": lambda: encode(
            PHOTO.convert("CMYK"), "JPEG", quality=80, progressive=True
        ),
        "jpeg four inks by light": four_inks_by_light,
        "jpeg red, green, blue": lambda: encode(PHOTO, "JPEG", quality=85, keep_rgb=True),
        "jpeg restarts": lambda: encode(PHOTO, "JPEG", quality=85, restart_marker_rows=1),
        "jpeg and something after it": lambda: encode(PHOTO, "JPEG", quality=85) + b"more" * 50,
        "jpeg 4:2:2, odd sides": lambda: encode(
            PHOTO.resize((641, 503)), "JPEG", quality=85, subsampling=1, progressive=True
        ),
        "jpeg 4:4:4": lambda: encode(PHOTO, "JPEG", quality=95, subsampling=0),
        "png": lambda: encode(PHOTO, "PNG"),
        "png palette": lambda: encode(PHOTO.quantize(64), "PNG"),
        "png one bit": lambda: encode(PHOTO.convert("1"), "PNG"),
        "png grey": lambda: encode(PHOTO.convert("L"), "PNG"),
        "png alpha": lambda: encode(with_alpha(), "PNG"),
        "png 16 bits": lambda: deep_png(3),
        "png 16 bits, alpha": lambda: deep_png(4),
        "webp": lambda: encode(PHOTO, "WEBP", quality=80),
        "webp alpha": lambda: encode(with_alpha(), "WEBP", lossless=True),
        "webp turned 6": lambda: encode(small, "WEBP", quality=80, exif=exif(6)),
        "avif": lambda: encode(PHOTO, "AVIF", quality=70),
        "avif 4:4:4": lambda: encode(PHOTO, "AVIF", quality=90, subsampling="4:4:4"),
        "avif 4:2:2": lambda: encode(PHOTO, "AVIF", quality=80, subsampling="4:2:2"),
        "avif grey": lambda: encode(PHOTO.convert("L"), "AVIF", quality=80, subsampling="4:0:0"),
        "avif alpha": lambda: encode(with_alpha(), "AVIF", quality=80),
        "avif alpha, limited range": lambda: encode(
            with_alpha(), "AVIF", quality=80, range="limited"
        ),
        "avif alpha, turned": lambda: encode(with_alpha(), "AVIF", quality=80, exif=exif(6)),
        "avif alpha, odd sides": lambda: encode(
            with_alpha().resize((641, 503)), "AVIF", quality=80
        ),
        "gif": lambda: encode(PHOTO.quantize(128), "GIF"),
        "gif with a clear entry": lambda: encode(PHOTO.quantize(64), "GIF", transparency=3),
        "bmp": lambda: encode(PHOTO, "BMP"),
        "bmp palette": lambda: encode(PHOTO.quantize(16), "BMP"),
        "webp lossy alpha": lambda: encode(with_alpha(), "WEBP", quality=70),
        "wide": lambda: encode(PHOTO.resize((3000, 40)), "JPEG", quality=90),
        "tall": lambda: encode(PHOTO.resize((40, 3000)), "PNG"),
        "one pixel": lambda: encode(PHOTO.resize((1, 1)), "PNG"),
    }


def moving() -> dict[str, Callable[[], bytes]]:
    files = {f"moving {n}": partial(MOVING.__getitem__, n) for n in MOVING if n != "avif"}
    return files | {
        "moving avif, limited range": lambda: animation("AVIF", frames=6, range="limited"),
        "moving gif, quick frames": lambda: animation("GIF", frames=4, duration=5),
        "moving png, still apart": lambda: animation("PNG", frames=4, default_image=True),
    }


UNREAD = {"tiff", "lzw tiff", "heif"}
FILES = Written(photos() | moving())


@pytest.fixture(scope="module")
def made(browser: Browser, address: str) -> dict[str, Any]:
    with Maker(browser, address) as page:
        outcome = page.open().make(FILES)
        assert page.errors == []
        assert page.violations() == []
        return outcome


@pytest.mark.parametrize("name", FILES)
def test_a_photo_gives_the_fingerprint_that_the_library_makes(
    made: dict[str, Any], name: str
) -> None:
    wanted = staydown.fingerprint(FILES[name], isolated=False)

    assert made[name].get("code") is None
    assert made[name]["fingerprint"] == wanted.to_dict()
    assert made[name]["notes"] == []


UNTURNED = """const make = window.createImageBitmap;
window.createImageBitmap = async (source, options) => {
  let bytes = new Uint8Array(await source.arrayBuffer());
  const text = new TextDecoder('latin1').decode(bytes);
  for (const box of ['irot', 'imir']) {
    const at = text.indexOf(box);
    if (at >= 0) bytes.set([0x69, 0x72, 0x6f, 0x74, 0], at); // turned by nothing
  }
  const at = text.indexOf('eXIf') - 4;
  if (at >= 0) {
    const size = 12 + new DataView(bytes.buffer).getUint32(at);
    bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
  }
  return make.call(window, new Blob([bytes], { type: source.type }), options);
};"""
"""A browser that turns JPEGs alone, as WebKitGTK does."""


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "AVIF"])
def test_a_browser_that_turns_no_such_file_gives_the_same_fingerprint(
    browser: Browser, address: str, form: str, turn: int
) -> None:
    data = encode(PHOTO.resize((320, 253)), form, exif=exif(turn))

    got = make_in_page(browser, address, data, UNTURNED)

    assert got["fingerprint"] == staydown.fingerprint(data, isolated=False).to_dict()


NOISE = """
  const { prototype } = OffscreenCanvasRenderingContext2D;
  const { getImageData } = prototype;
  prototype.getImageData = function (...asked) {
    const got = getImageData.apply(this, asked);
    crypto.getRandomValues(got.data.subarray(0, 65536));
    return got;
  };
"""
"""What Firefox does where ``privacy.resistFingerprinting`` is set, as in Tor Browser."""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_browser_that_hides_pixels_from_programs_makes_no_fingerprint_of_noise(
    browser: Browser, address: str, form: str
) -> None:
    data = encode(PHOTO.resize((120, 90)), form)
    with pytest.raises(Exception, match="other pixels than were drawn"):
        make_in_page(browser, address, data, NOISE)


def bits_apart(a: Fingerprint, b: Fingerprint, type_: SignalType = SignalType.PDQ) -> int:
    one, other = a.get(type_), b.get(type_)
    assert one is not None
    assert other is not None
    return (int.from_bytes(one.raw) ^ int.from_bytes(other.raw)).bit_count()


@pytest.mark.parametrize("quality", [50, 90])
@pytest.mark.parametrize("path", PHOTOS[:3], ids=lambda path: path.stem)
def test_heic_is_near_enough_to_be_the_same_picture(maker: Maker, path: Any, quality: int) -> None:
    # libheif-js carries a decoder of HEVC whose filters between blocks differ (ADR-0022).
    data = encode(Image.open(path), "HEIF", quality=quality)
    wanted = staydown.fingerprint(data, isolated=False)
    matcher = staydown.Matcher()
    matcher.add("photo", wanted)

    got = Fingerprint.from_dict(maker.make({"a.heic": data})["a.heic"]["fingerprint"])

    assert [signal.type for signal in got.signals] == [signal.type for signal in wanted.signals]
    assert bits_apart(got, wanted) <= 2
    assert wanted.windows is not None
    assert got.windows is not None
    shared = {h.tobytes() for h in wanted.windows.hashes} & {
        h.tobytes() for h in got.windows.hashes
    }
    assert len(shared) > len(wanted.windows) / 3
    matches = [match for match in matcher.match(got) if match.entry_id == "photo"]
    assert [match.score > 0.99 for match in matches] == [True]


def test_heic_is_turned_as_its_boxes_say(maker: Maker) -> None:
    data = encode(PHOTO, "HEIF", quality=90, exif=exif(6))
    wanted = staydown.fingerprint(data, isolated=False)

    got = Fingerprint.from_dict(maker.make({"a.heic": data})["a.heic"]["fingerprint"])

    assert bits_apart(got, wanted) <= 2


def test_an_animated_avif_of_full_range_is_near(maker: Maker) -> None:
    # Chromium stretches the range of such files once too often: contrast differs, bits hardly do.
    frames = [PHOTO.crop((at, 0, at + 480, 360)) for at in (0, 200, 400)]
    data = encode(
        frames[0], "AVIF", save_all=True, append_images=frames[1:], duration=300, range="full"
    )
    wanted = staydown.fingerprint(data, isolated=False).timeline

    got = Fingerprint.from_dict(maker.make({"a.avif": data})["a.avif"]["fingerprint"]).timeline

    assert wanted is not None
    assert got is not None
    assert got.times_ms.tolist() == wanted.times_ms.tolist()
    assert np.bitwise_count(got.hashes ^ wanted.hashes).sum(axis=1).max() <= 10


def test_alpha_is_composited_as_the_formula_says_for_every_pair(maker: Maker) -> None:
    alpha, colour = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    rgba = np.dstack([colour, 255 - colour, colour * 7 % 256, alpha]).astype(np.uint8)
    t = rgba[..., :3].astype(int) * alpha[..., None] + 255 * (255 - alpha[..., None]) + 128
    maker.choose({"a.png": encode(Image.fromarray(rgba), "PNG")})

    got = maker.page.evaluate(
        """async () => {
          const { openPhoto, readPhoto } = await import('/js/src/decode/photo.js');
          const open = await openPhoto(await readPhoto(window.tested.files()[0]), 'png');
          return Array.from(open.strips.read(0, 256));
        }"""
    )

    shown = np.array(got).reshape(256, 256, 4)[..., :3]
    assert np.array_equal(shown, (t + (t >> 8)) >> 8)


def test_a_photo_of_48_megapixels_is_read_in_strips(maker: Maker) -> None:
    large = scene(1000, 750).resize((8000, 6000))
    data = encode(large, "JPEG", quality=60)

    got = maker.make({"large.jpg": data})["large.jpg"]

    assert got["fingerprint"] == staydown.fingerprint(data, isolated=False).to_dict()


def test_the_name_and_the_type_of_a_file_count_for_nothing(maker: Maker) -> None:
    data = encode(PHOTO, "PNG")

    got = maker.make({"holiday.mp4": data})["holiday.mp4"]

    assert got["fingerprint"] == staydown.fingerprint(data, isolated=False).to_dict()


def test_the_library_reads_the_json_that_the_browser_made(maker: Maker) -> None:
    data = io.BytesIO()
    PHOTO.save(data, "JPEG")
    text = json.dumps(maker.make({"a.jpg": data.getvalue()})["a.jpg"]["fingerprint"])

    assert Fingerprint.from_json(text) == staydown.fingerprint(data.getvalue(), isolated=False)
