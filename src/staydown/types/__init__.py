"""Frozen records that every room shares."""

from staydown.types.fingerprint import Fingerprint, is_later_type
from staydown.types.match import (
    SAME_BYTES,
    Box,
    Evidence,
    Match,
    MatchKind,
    TimeSpan,
    Transform,
)
from staydown.types.signals import ContentKind, Signal, SignalType
from staydown.types.timeline import Timeline
from staydown.types.windows import Windows, pack_geometry

__all__ = [
    "SAME_BYTES",
    "Box",
    "ContentKind",
    "Evidence",
    "Fingerprint",
    "Match",
    "MatchKind",
    "Signal",
    "SignalType",
    "TimeSpan",
    "Timeline",
    "Transform",
    "Windows",
    "is_later_type",
    "pack_geometry",
]
