"""Video frames for fingerprints: true times, upright luma, and no more decoding than needed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from types import TracebackType
from typing import Self, cast

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from staydown.decode.container import Luma, OpenVideo, Source, open_video, turn_of, upright
from staydown.decode.pixels import check_pixels
from staydown.decode.references import is_reference, length_bytes
from staydown.decode.video_plan import (
    PacketChooser,
    TimedPacket,
    groups,
    plan_for,
)
from staydown.errors import ContentTooLargeError, DecodeError
from staydown.types.limits import Limits

_THREADS = 2
"""Frame threads of the decoder: 1.9 times faster on two free cores, 8 % more work (ADR-0012)."""

_SLACK = 0.75
"""A sample may come this share of a step early: frames do not stand on the grid of samples."""

_HEAD_PACKETS = 17
"""A picture is decoded at most 16 places before its turn (H.264 and HEVC, annex A), so the first
to be shown is among these."""

_MAX_TIME_MS = (1 << 32) - 1
_MAX_ASPECT = 8
_DAMAGE = (av.error.FFmpegError, ValueError, OSError)


class VideoFrames:
    """Iterates over the sampled frames of a video, once.

    Yields pairs (time in ms from the first picture, luma): luma is uint8, shape (h, w),
    C-contiguous, 0..255, upright, with square pixels. Times rise.

    A damaged stream yields the frames that can be decoded, as players show them.

    Args:
        source: bytes, or a seekable binary file at its start.
        mode: "banking" (four candidates a second, full size, exact bits) or "screening"
            (keyframes where they are dense, reduced size, no deblocking).
        limits: ``pixels`` of a frame and ``frames`` in all are held here; time and memory by the
            process around.

    Raises:
        DecodeError, NoPictureError: on entering.
        DecodeError: on iterating, where not one frame can be decoded.
        ContentTooLargeError: frames too large or too many.

    Cost: see ADR-0012. Memory: one group of packets and a few frames.
    """

    def __init__(self, source: Source, *, mode: str, limits: Limits) -> None:
        self._source, self._mode, self._limits = source, mode, limits
        self._stack = ExitStack()
        self._reformatter = VideoReformatter()
        self._end_s = 0.0
        self._fed = 0
        self._full = (0, 0)

    def __enter__(self) -> Self:
        self._video: OpenVideo = self._stack.enter_context(open_video(self._source))
        self._plan = plan_for(self._mode, self._declared_s())
        self._chooser = PacketChooser(self._plan)
        self._start = 0
        self._configure()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def duration_ms(self) -> int:
        """Length of the picture stream; final once the last frame was yielded."""
        return min(max(1, round(1000 * (self._end_s or self._declared_s()))), _MAX_TIME_MS)

    @property
    def full_size(self) -> tuple[int, int]:
        """Width and height that the frame yielded last has at full size, upright."""
        return self._full

    def __iter__(self) -> Iterator[tuple[int, Luma]]:
        found = False
        due_s, last_ms = -math.inf, -1
        for frame in self._frames():
            time_s = self._time_s(frame.pts if frame.pts is not None else frame.dts)
            if time_s is None:
                time_s = due_s if found else 0.0
            time_ms = round(1000 * time_s)
            is_due = (
                time_s >= due_s
                or time_s in self._chooser.stops
                or (frame.key_frame and time_s > due_s - self._plan.step_s / 2)
            )
            if not is_due or not last_ms < time_ms <= _MAX_TIME_MS:
                continue
            yield time_ms, self._luma(frame)
            found, last_ms = True, time_ms
            due_s = time_s + self._plan.step_s * _SLACK
        if not found:
            raise DecodeError("no frame of this video can be decoded; it is damaged or cut short")

    def _configure(self) -> None:
        context = self._video.stream.codec_context
        check_pixels(context.width, context.height, self._limits.pixels)
        context.thread_type = "AUTO"
        context.thread_count = min(_THREADS, len(os.sched_getaffinity(0)))
        context.skip_frame = "NONREF"
        options = {"max_pixels": str(self._limits.pixels)}
        if not self._plan.loop_filter:
            options["skip_loop_filter"] = "all"
        context.options = options

    def _frames(self) -> Iterator[VideoFrame]:
        """Decoded frames, in order of presentation; damage ends or skips, it does not raise."""
        for group in groups(self._packets()):
            for packet in self._chooser.needed(group):
                yield from self._decode(packet)
        yield from self._decode(None)

    def _packets(self) -> Iterator[TimedPacket]:
        stream = self._video.stream
        context = stream.codec_context
        is_h264, lengths = context.name == "h264", length_bytes(context.extradata)
        declared, packets = stream.start_time, self._demuxed()
        head = list(islice(packets, _HEAD_PACKETS))
        self._start = _first_ticks(head, declared)
        for packet in chain(head, packets):
            time_s = self._time_s(packet.pts if packet.pts is not None else packet.dts)
            if time_s is None:
                time_s = self._end_s
            self._end_s = max(self._end_s, time_s + self._seconds(packet.duration))
            yield TimedPacket(
                packet, time_s, not is_h264 or is_reference(_bytes_of(packet), lengths)
            )

    def _demuxed(self) -> Iterator[Packet[VideoStream]]:
        """Packets in order of decoding, up to the end or to where the container is damaged."""
        packets = self._video.container.demux(self._video.stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, *_DAMAGE):
                return
            if packet.size:
                yield packet

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        self._fed += packet is not None
        if self._fed > self._limits.frames:
            raise ContentTooLargeError(
                f"the video has more than {self._limits.frames} frames to decode; send a part of it"
            )
        try:
            return self._video.stream.codec_context.decode(packet)
        except _DAMAGE:
            return []

    def _luma(self, frame: VideoFrame) -> Luma:
        """Upright luma of a frame, scaled as the plan says, limited range stretched."""
        width, height = self._shown_size(frame)
        factor = self._plan.reduction(width, height)
        small = self._reformatter.reformat(
            frame,
            width=-(-width // factor),
            height=-(-height // factor),
            format="gray",
            interpolation="AREA",
        )
        turn = turn_of(frame)
        self._full = (height, width) if turn[0] else (width, height)
        return upright(cast("Luma", small.to_ndarray()), turn)

    def _shown_size(self, frame: VideoFrame) -> tuple[int, int]:
        """Size in square pixels, before the turn."""
        check_pixels(frame.width, frame.height, self._limits.pixels)
        aspect = self._video.stream.sample_aspect_ratio or 1
        stretch = min(max(float(aspect), 1 / _MAX_ASPECT), _MAX_ASPECT)
        if stretch > 1:
            return frame.width, max(1, round(frame.height / stretch))
        return max(1, round(frame.width * stretch)), frame.height

    def _declared_s(self) -> float:
        stream, container = self._video.stream, self._video.container
        if stream.duration is not None and stream.time_base:
            return float(stream.duration * stream.time_base)
        return (container.duration or 0) / 1e6

    def _seconds(self, ticks: int | None) -> float:
        base = self._video.stream.time_base
        return float(ticks * base) if ticks and base else 0.0

    def _time_s(self, ticks: int | None) -> float | None:
        """Seconds from the first picture, or None where the file gives no time."""
        if ticks is None:
            return None
        return self._seconds(ticks - self._start)


def _first_ticks(head: Iterable[Packet[VideoStream]], declared: int | None) -> int:
    """When the first picture is shown.

    Matroska does not say it, and FFmpeg guesses while it reads, too late where pictures are decoded
    out of order. What an edit list cuts away does not count.
    """
    shown = (p.pts for p in head if p.pts is not None and not p.is_discard)
    first = min(shown, default=None)
    return min((ticks for ticks in (declared, first) if ticks is not None), default=0)


def _bytes_of(packet: Packet[VideoStream]) -> memoryview:
    return memoryview(cast("bytes", packet))  # the types do not know that it is a buffer
