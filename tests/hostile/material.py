"""Sound files of every format, made by code, for the corpus to damage."""

from __future__ import annotations

import io
from functools import lru_cache

import av
import numpy as np
from PIL import Image

from encoded import encode

SIDE = 160


def grain(side: int = SIDE, *, seed: int = 0) -> Image.Image:
    """A picture that does not compress well, so that its files are some tens of kilobytes."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 160, side)
    base = ramp[None, :, None] * [1, 0.5, 0.2] + ramp[:, None, None] * [0.2, 0.5, 1]
    return Image.fromarray((base / 2 + rng.integers(0, 100, (side, side, 3))).astype(np.uint8))


def moving(format_: str, frames: int = 4, side: int = 96) -> bytes:
    """An animated picture."""
    pictures = [grain(side, seed=n) for n in range(frames)]
    return encode(pictures[0], format_, save_all=True, append_images=pictures[1:], duration=80)


def clip(container: str, codec: str, *, frames: int = 12, side: int = 96) -> bytes:
    """A short video."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=12)
        stream.width = stream.height = side
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.asarray(grain(side, seed=number)), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()


@lru_cache(maxsize=1)
def material() -> dict[str, bytes]:
    """Name with extension to bytes: every format, and the kinds decoders treat differently."""
    picture, big = grain(), grain(240)
    sixteen = Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)
    return {
        "baseline.jpg": encode(big, "JPEG", quality=90),
        "progressive.jpg": encode(big, "JPEG", quality=90, progressive=True),
        "restarts.jpg": encode(big, "JPEG", quality=85, restart_marker_rows=1),
        "grey.jpg": encode(big.convert("L"), "JPEG", quality=90),
        "ink.jpg": encode(picture.convert("CMYK"), "JPEG", quality=90),
        "colour.png": encode(picture, "PNG"),
        "palette.png": encode(picture.convert("P"), "PNG"),
        "alpha.png": encode(picture.convert("RGBA"), "PNG"),
        "sixteen.png": encode(sixteen, "PNG"),
        "bits.png": encode(big.convert("1"), "PNG"),
        "still.gif": encode(picture, "GIF"),
        "moving.gif": moving("GIF"),
        "lossy.webp": encode(big, "WEBP", quality=90),
        "lossless.webp": encode(picture, "WEBP", lossless=True),
        "moving.webp": moving("WEBP"),
        "moving.png": moving("PNG"),
        "still.avif": encode(big, "AVIF", quality=85, speed=10),
        "moving.avif": moving("AVIF"),
        "still.heic": encode(big, "HEIF", quality=85),
        "plain.tif": encode(grain(100), "TIFF"),
        "lzw.tif": encode(picture, "TIFF", compression="tiff_lzw"),
        "deflate.tif": encode(picture, "TIFF", compression="tiff_deflate"),
        "jpeg.tif": encode(big, "TIFF", compression="jpeg"),
        "plain.bmp": encode(grain(100), "BMP"),
        "clip.mp4": clip("mp4", "mpeg4"),
        "clip.mkv": clip("matroska", "mpeg4"),
        "clip.avi": clip("avi", "mjpeg", frames=6),
        "clip.ts": clip("mpegts", "mpeg2video"),
        "clip.flv": clip("flv", "flv1"),
        "h264.mp4": clip("mp4", "libx264"),
        "vp9.webm": clip("webm", "libvpx-vp9", frames=6),
    }
