"""Which packets of a video are decoded: as few as the sampling allows (ADR-0012)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from av.packet import Packet
from av.video.stream import VideoStream

LEAST_SHORT_SIDE, LEAST_SIDE = 192, 384
"""Pixels that the shorter and the longer side keep. Source: ADR-0003."""

_LONG_S = 1200.0
_LONGEST_GAP_S = 5.0
_GROUP_PACKETS = 2000
_GROUP_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """How a video is sampled.

    Attributes:
        step_s: seconds between samples while frames are decoded one after the other.
        key_step_s: where keyframes are denser than this, some are left out.
        max_gap_s: a keyframe that is at most this far from the last sample is jumped to, without
            decoding what lies between,
        least_rate: if there are then still as many samples a second, on average so far.
        end_gap_s: how much of the end may go unseen,
        end_share: and no more than this share of the whole.
        counts_decoded: False counts samples by packets that are never decoded as well, and takes no
            sample where it stops. Browsers count so; banking must give what they give.
        loop_filter: False leaves out the deblocking filter of H.264 and HEVC.
        reduces: True where frames are scaled down by whole numbers, as ADR-0003 allows.
    """

    step_s: float
    key_step_s: float
    max_gap_s: float
    least_rate: float
    end_gap_s: float
    end_share: float
    counts_decoded: bool
    loop_filter: bool
    reduces: bool

    def reduction(self, width: int, height: int) -> int:
        """By how much a frame is scaled down, 1 or more."""
        if not self.reduces:
            return 1
        return max(1, min(min(width, height) // LEAST_SHORT_SIDE, max(width, height) // LEAST_SIDE))


BANKING = SamplingPlan(
    step_s=0.25,
    key_step_s=0.25,
    max_gap_s=0.35,
    least_rate=0.0,
    end_gap_s=0.35,
    end_share=0.4,
    counts_decoded=False,
    loop_filter=True,
    reduces=False,
)
SCREENING = SamplingPlan(
    step_s=0.5,
    key_step_s=1.0,
    max_gap_s=4.0,
    least_rate=0.75,
    end_gap_s=2.5,
    end_share=0.5,
    counts_decoded=True,
    loop_filter=False,
    reduces=True,
)
"""Two samples a second where frames must be decoded anyway, about one where keyframes do."""


def plan_for(mode: str, duration_s: float) -> SamplingPlan:
    """The plan of a mode; in screening, videos above 20 minutes may have longer gaps."""
    if mode != "screening":
        return BANKING
    if duration_s <= _LONG_S:
        return SCREENING
    longer = min(duration_s / _LONG_S, _LONGEST_GAP_S / SCREENING.max_gap_s)
    return replace(
        SCREENING,
        key_step_s=SCREENING.key_step_s * longer,
        max_gap_s=SCREENING.max_gap_s * longer,
        least_rate=SCREENING.least_rate / longer,
    )


@dataclass(frozen=True, slots=True)
class TimedPacket:
    """A packet.

    Attributes:
        packet: itself.
        time_s: presentation time in seconds from the start of the picture.
        is_reference: False where no other picture leans on it, so that it need not be decoded.
    """

    packet: Packet[VideoStream]
    time_s: float
    is_reference: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Packets from one keyframe up to the next, in decoding order.

    Attributes:
        packets: at least one.
        has_key: True where the first packet is a keyframe.
        next_s: time of the next keyframe, or the end of the video; infinite where the group was
            cut only because it is long.
        is_last: True where ``next_s`` is the end of the video.
    """

    packets: list[TimedPacket]
    has_key: bool
    next_s: float
    is_last: bool = False


def groups(packets: Iterable[TimedPacket]) -> Iterator[Group]:
    """Cut a stream of packets at its keyframes. Holds one group at a time, at most 32 MB."""
    held: list[TimedPacket] = []
    size, end_s = 0, 0.0
    for timed in packets:
        if held and timed.packet.is_keyframe:
            yield Group(held, held[0].packet.is_keyframe, timed.time_s)
            held, size = [], 0
        elif len(held) >= _GROUP_PACKETS or size > _GROUP_BYTES:
            yield Group(held, held[0].packet.is_keyframe, float("inf"))
            held, size = [], 0
        held.append(timed)
        size += timed.packet.size
        end_s = max(end_s, timed.time_s)
    if held:
        yield Group(held, held[0].packet.is_keyframe, end_s, is_last=True)


class PacketChooser:
    """Leaves out the packets that no sample needs.

    A group is left out whole where the next keyframe comes soon enough; else it is decoded up to
    the point from which the next keyframe is near enough to jump to. Pictures that are shown before
    their keyframe may lean on packets that were left out, so they go too.

    Attributes:
        stops: times of the pictures from which on something is left out; each is to be a sample.
    """

    def __init__(self, plan: SamplingPlan) -> None:
        self._plan = plan
        self._last_s = -math.inf
        self._samples = 0
        self._dropped = False
        self.stops: set[float] = set()

    def needed(self, group: Group) -> Iterator[Packet[VideoStream]]:
        """The packets of a group to decode, in order."""
        first = group.packets[0]
        if group.has_key and group.next_s - self._last_s <= self._plan.key_step_s:
            self._dropped = True
            return
        yield first.packet
        self._sample(first.time_s)
        after_gap, self._dropped = self._dropped and group.has_key, False
        for timed in group.packets[1:]:
            if self._is_near(group, self._last_s, self._samples):
                self._dropped = True
                return
            if after_gap and timed.time_s < first.time_s:
                continue
            if timed.is_reference or not self._plan.counts_decoded:
                self._count(group, timed)
            if timed.is_reference:
                yield timed.packet

    def _count(self, group: Group, timed: TimedPacket) -> None:
        is_due = timed.time_s >= self._last_s + self._plan.step_s
        is_stop = self._plan.counts_decoded and self._is_near(
            group, timed.time_s, self._samples + is_due
        )
        if is_stop:
            self.stops.add(timed.time_s)
        if is_stop or is_due:
            self._sample(timed.time_s)
            # One that comes early, at a stop, does not make up for one that is missing.
            self._samples -= not is_due

    def _sample(self, time_s: float) -> None:
        self._last_s = max(self._last_s, time_s)
        self._samples += 1

    def _is_near(self, group: Group, at_s: float, samples: int) -> bool:
        """True where from a last sample here the next keyframe, or the end, can be jumped to."""
        plan, gap_s = self._plan, group.next_s - at_s
        if group.is_last:
            return gap_s <= min(plan.end_gap_s, plan.end_share * group.next_s)
        if gap_s <= plan.key_step_s:
            return True
        return gap_s <= plan.max_gap_s and samples >= plan.least_rate * group.next_s
