"""Tells packets of H.264 that no other picture leans on, without decoding them.

The decoder would pass over them itself (``skip_frame``), but only once it has handed them to one of
its threads in turn. Where every second picture is such a one, all the others would fall to one
thread and the second core stand idle.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

_START_CODE = b"\0\0\1"
_SLICES = frozenset(range(1, 6))
_MOST_PARTS = 64


def length_bytes(extradata: bytes | None) -> int:
    """How many bytes give the length of each part of a packet; 0 where start codes part them.

    Args:
        extradata: the stream's decoder configuration.

    Source: ISO/IEC 14496-15, 5.3.3.1.
    """
    if extradata is None or len(extradata) < 5 or extradata[0] != 1:
        return 0
    return (extradata[4] & 3) + 1


def is_reference(unit: bytes | memoryview, lengths: int) -> bool:
    """False where an access unit's picture is H.264 and marked as one that nothing refers to.

    True in all doubt: the decoder then decides.

    Args:
        unit: one access unit, as a packet holds it.
        lengths: as ``length_bytes`` gives it.

    Source: ITU-T H.264, 7.3.1 and 7.4.1 (nal_ref_idc, nal_unit_type).
    """
    heads = _heads_by_length(unit, lengths) if lengths else _heads_by_code(bytes(unit))
    for head in islice(heads, _MOST_PARTS):
        if head & 31 in _SLICES:
            return head >> 5 & 3 != 0
    return True


def _heads_by_length(unit: bytes | memoryview, lengths: int) -> Iterator[int]:
    """The first byte of each part, where each begins with its length."""
    at = 0
    while at + lengths < len(unit):
        yield unit[at + lengths]
        at += lengths + int.from_bytes(unit[at : at + lengths], "big")


def _heads_by_code(unit: bytes) -> Iterator[int]:
    """The same, where start codes part them."""
    at = unit.find(_START_CODE)
    while 0 <= at < len(unit) - len(_START_CODE):
        yield unit[at + len(_START_CODE)]
        at = unit.find(_START_CODE, at + len(_START_CODE))
