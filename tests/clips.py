"""Video clips drawn by code, for tests: a textured scene through which a camera travels."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]


def texture(seed: int, height: int, width: int) -> npt.NDArray[np.float64]:
    """A picture with detail of many sizes: noise at several scales and some hard-edged boxes."""
    rng = np.random.default_rng(seed)
    out = np.zeros((height, width))
    for cell in (4, 8, 16, 32, 64):
        coarse = rng.normal(0, 1, (height // cell + 2, width // cell + 2))
        out += np.kron(coarse, np.ones((cell, cell)))[:height, :width] * cell**0.5
    out = 128 + out * 12
    for _ in range(24):
        top, left = rng.integers(0, height - 20), rng.integers(0, width - 20)
        tall, wide = rng.integers(8, 60, 2)
        out[top : top + tall, left : left + wide] = rng.integers(0, 256)
    return np.clip(out, 0, 255)


def travel(
    seed: int, count: int, *, width: int = 192, height: int = 128, speed: float = 2.0
) -> list[Frame]:
    """Luma frames of a camera that moves over a texture, ``speed`` pixels a frame."""
    scene = texture(seed, height + 40, width + int(speed * count) + 40)
    frames = []
    for k in range(count):
        left, top = int(speed * k), int(20 + 18 * np.sin(k / 9))
        frames.append(scene[top : top + height, left : left + width].astype(np.uint8))
    return frames


def still(seed: int, count: int, *, width: int = 192, height: int = 128) -> list[Frame]:
    """The same frame again and again."""
    return [texture(seed, height, width).astype(np.uint8)] * count


def flat(level: int, count: int, *, width: int = 192, height: int = 128) -> list[Frame]:
    """Frames of one brightness."""
    return [np.full((height, width), level, np.uint8)] * count


@contextmanager
def ordinary_turns() -> Iterator[None]:
    """Leave this thread's place in the queue for a processor as it was.

    As root, SVT-AV1 makes whoever opens it a real-time thread of the highest rank. Every process
    that this one starts from then on would be one too, and take the processors from all others.
    """
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def encode(
    frames: Sequence[Frame],
    *,
    fps: int = 10,
    codec: str = "libx264",
    form: str = "mp4",
    options: dict[str, str] | None = None,
    rotation: int | None = None,
    ticks: Sequence[int] | None = None,
) -> bytes:
    """A video file of luma frames.

    Args:
        frames: all of one even size.
        fps: frames a second, unless ``ticks`` says otherwise.
        codec, form, options: as FFmpeg names them.
        rotation: degrees, counter-clockwise, for the display matrix.
        ticks: presentation times in milliseconds, for a variable frame rate.
    """
    out = io.BytesIO()
    with ordinary_turns(), av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.height, stream.width = frames[0].shape
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for k, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray")
            if ticks is not None:
                frame.pts, frame.time_base = ticks[k], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def sound(*, seconds: float = 0.5, form: str = "wav", codec: str = "pcm_s16le") -> bytes:
    """A sound file without any picture."""
    out = io.BytesIO()
    with ordinary_turns(), av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=8000, layout="mono")
        samples = np.zeros((1, int(8000 * seconds)), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()
