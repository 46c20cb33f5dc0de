"""Inside the child: a video's bytes become its ``timeline/1`` signal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from staydown.decode.container import Source
from staydown.decode.video import VideoFrames
from staydown.fingerprinting.timeline import TimelineBuilder
from staydown.fingerprinting.wasm import FullSize, Pixels
from staydown.fingerprinting.windows import windows
from staydown.types import Signal, SignalType
from staydown.types.limits import Limits

_AHEAD = 4
"""Frames that wait for the kernel while the decoder goes on."""


def video_signals(source: Source, *, mode: str, limits: Limits) -> tuple[Signal, ...]:
    """The perceptual signals of a video: one ``timeline/1``.

    Args:
        source: bytes, or a seekable binary file at its start.
        mode: "banking" or "screening".
        limits: pixels of a frame and number of frames are held here.

    Raises:
        DecodeError, NoPictureError: it cannot be opened, or not one frame can be decoded.
        ContentTooLargeError: over a limit.

    Cost: see ADR-0012.
    """
    builder = TimelineBuilder(windows_of=partial(windows, smallest=mode != "screening"))
    with VideoFrames(source, mode=mode, limits=limits) as frames:
        _add_all(builder, frames)
        duration_ms = frames.duration_ms
    return (Signal.of(SignalType.TIMELINE, builder.finish(duration_ms).to_bytes()),)


def animation_signals(
    frames: Iterable[tuple[int, Pixels]], *, duration_ms: int = 0
) -> tuple[Signal, ...]:
    """The same for the frames of an animated picture."""
    builder = TimelineBuilder()
    for time_ms, pixels in frames:
        builder.add(time_ms, pixels)
    return (Signal.of(SignalType.TIMELINE, builder.finish(duration_ms).to_bytes()),)


def _add_all(builder: TimelineBuilder, frames: VideoFrames) -> None:
    """Fingerprint frames in a second thread while the decoder is at the next ones.

    Decoder and kernel both let go of the interpreter's lock, so two cores work at a time.
    """
    waiting: deque[Future[bool]] = deque()
    with ThreadPoolExecutor(max_workers=1) as worker:
        for time_ms, pixels in frames:
            full = FullSize(*frames.full_size)
            waiting.append(worker.submit(builder.add, time_ms, pixels, full=full))
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
        for future in waiting:
            future.result()
