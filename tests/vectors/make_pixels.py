"""Write ``pixels.json``: small files and the pixels that both Python and the browser must see.

    PYTHONPATH=tests python tests/vectors/make_pixels.py

The wanted pixels of lossless files are computed here from ADR-0007 in plain integers, not by the
decoder; those of lossy files are recorded from it. Chromium 156 gives all of them exactly.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from encoded import encode, exif, scene
from staydown.decode.photo import open_photo

WIDTH, HEIGHT = 8, 6


def row(name: str, file: bytes, rgb: np.ndarray, *, tolerance: int = 0) -> dict[str, object]:
    return {
        "name": name,
        "file": base64.b64encode(file).decode(),
        "width": rgb.shape[1],
        "height": rgb.shape[0],
        "tolerance": tolerance,
        "rgb": base64.b64encode(rgb.astype(np.uint8).tobytes()).decode(),
    }


def on_white(channel: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    t = channel.astype(int) * alpha + 255 * (255 - alpha.astype(int)) + 128
    return (t + (t >> 8)) >> 8


def turned(rgb: np.ndarray, orientation: int) -> np.ndarray:
    if orientation in (5, 6, 7, 8):
        rgb = rgb.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return rgb


def grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values[..., None], 3, axis=2)


def lossless() -> list[dict[str, object]]:
    rng = np.random.default_rng(7)
    rgb = np.asarray(scene(WIDTH, HEIGHT))
    alpha = rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    sixteen = rng.integers(0, 65536, (HEIGHT, WIDTH), dtype=np.uint16)
    bits = rng.integers(0, 2, (HEIGHT, WIDTH)).astype(bool)
    luma = rgb[..., 1]
    rgba = np.dstack([rgb, alpha])
    shown = np.dstack([on_white(rgb[..., c], alpha) for c in range(3)])
    palette = Image.fromarray(rgb).quantize(16)
    clear = np.where(np.asarray(palette)[..., None] == 0, 255, np.asarray(palette.convert("RGB")))
    rows = [
        row("png rgb", encode(Image.fromarray(rgb), "PNG"), rgb),
        row("png grey", encode(Image.fromarray(luma), "PNG"), grey(luma)),
        row("png alpha on white", encode(Image.fromarray(rgba, "RGBA"), "PNG"), shown),
        row(
            "png grey and alpha on white",
            encode(Image.fromarray(np.dstack([luma, alpha]), "LA"), "PNG"),
            grey(on_white(luma, alpha)),
        ),
        row(
            "png 16-bit grey, upper byte",
            encode(Image.fromarray(sixteen), "PNG"),
            grey(sixteen >> 8),
        ),
        row("png 1-bit", encode(Image.fromarray(bits), "PNG"), grey(bits * 255)),
        row("png palette", encode(palette, "PNG"), np.asarray(palette.convert("RGB"))),
        row("png palette with a clear entry", encode(palette, "PNG", transparency=0), clear),
        row("gif", encode(palette, "GIF"), np.asarray(palette.convert("RGB"))),
        row("bmp", encode(Image.fromarray(rgb), "BMP"), rgb),
        row("webp lossless", encode(Image.fromarray(rgb), "WEBP", lossless=True), rgb),
        row(
            "webp whose orientation is ignored",
            encode(Image.fromarray(rgb), "WEBP", lossless=True, exif=exif(6)),
            rgb,
        ),
    ]
    rows += [
        row(
            f"png with orientation {o}",
            encode(Image.fromarray(rgb), "PNG", exif=exif(o)),
            turned(rgb, o),
        )
        for o in (3, 6)
    ]
    return rows


def lossy() -> list[dict[str, object]]:
    image = scene(WIDTH * 4, HEIGHT * 4)
    files = {
        "jpeg": (encode(image, "JPEG", quality=85), 0),
        "jpeg progressive": (encode(image, "JPEG", quality=85, progressive=True), 0),
        "jpeg grey": (encode(image.convert("L"), "JPEG", quality=85), 0),
        "jpeg four inks": (encode(image.convert("CMYK"), "JPEG", quality=85), 0),
        "jpeg with a profile that is ignored": (encode(image, "JPEG", icc_profile=b"none"), 0),
        "webp": (encode(image, "WEBP", quality=85), 0),
        "avif": (encode(image, "AVIF", quality=85), 0),
    }
    files |= {
        f"jpeg with orientation {o}": (encode(image, "JPEG", quality=85, exif=exif(o)), 0)
        for o in range(2, 9)
    }
    rows = []
    for name, (file, tolerance) in files.items():
        pixels = open_photo(file).pixels
        rgb = grey(pixels) if pixels.ndim == 2 else pixels
        rows.append(row(name, file, rgb, tolerance=tolerance))
    return rows


def main() -> None:
    path = Path(__file__).with_name("pixels.json")
    out = io.StringIO()
    json.dump(
        {"about": "ADR-0007; made by make_pixels.py", "files": lossless() + lossy()}, out, indent=1
    )
    path.write_text(out.getvalue() + "\n")


if __name__ == "__main__":
    main()
