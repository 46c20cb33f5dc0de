"""What the rows of all partners have in common: signals, moments, opinions, checkpoints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from staydown.errors import FingerprintFormatError
from staydown.formats.entries import hex_signal
from staydown.formats.frame_list import fingerprint as read_frames
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown.types.signals import HEX_BYTES
from staydown_web.exchanges.partners.wire import Record, RecordState

PHOTO: Final = ContentKind.PHOTO
VIDEO: Final = ContentKind.VIDEO
OVERLAP_S: Final = 3600
"""How far before its end a pass is followed by the next. A partner writes rows on several machines
at once: one can appear with an earlier moment than another that was already read. ADR-0070."""

_LONGEST_CHECKPOINT: Final = 6_000
_HEX: Final = re.compile(r"[0-9a-f]+")


def hash_raw(kind: ContentKind, hashes: Mapping[SignalType, str]) -> bytes | None:
    """One fingerprint of the hashes of one file; None where there is none, or one is unreadable."""
    if len(hashes) == 1:
        ((type_, text),) = hashes.items()
        return _one_raw(kind, type_, text)
    try:
        signals = tuple(hex_signal(type_, text) for type_, text in hashes.items())
        return Fingerprint(kind, signals).to_bytes() if signals else None
    except FingerprintFormatError:
        return None


def _one_raw(kind: ContentKind, type_: SignalType, text: str) -> bytes | None:
    """The same for a single hash, in a third of the time: lists have a million of them."""
    digits = text.strip().lower()
    if len(digits) != 2 * HEX_BYTES[type_] or not _HEX.fullmatch(digits):
        return None
    return _head(kind, type_) + bytes.fromhex(digits)


@cache
def _head(kind: ContentKind, type_: SignalType) -> bytes:
    """What stands before the hash in a fingerprint of one hash without a quality."""
    size = HEX_BYTES[type_]
    return Fingerprint(kind, (Signal.of(type_, bytes(size)),)).to_bytes()[:-size]


def frames_raw(text: str) -> bytes | None:
    """A vPDQ hash as a video's timeline; None where it is unreadable or without frames.

    It has no ``windows/1``: a weaker signal than our own, as everything that comes as vPDQ.
    """
    try:
        made = read_frames(json.loads(text))
    except (FingerprintFormatError, ValueError, RecursionError):
        return None
    timeline = made.timeline
    return made.to_bytes() if timeline is not None and len(timeline) else None


def signals_of(raw: bytes) -> tuple[ContentKind, dict[SignalType, Signal]]:
    """Kind and signals of a fingerprint of ours, to name it in a partner's words."""
    made = Fingerprint.from_bytes(raw)
    return made.kind, {signal.type: signal for signal in made.signals}


def moment(seconds: object, *, now: datetime) -> datetime | None:
    """A partner's moment in seconds since 1970, aware UTC; None where it is none.

    A moment in the future is now: were it believed, a withdrawal that comes later with an honest
    moment would be older than the listing, and be passed over.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return min(datetime.fromtimestamp(seconds, UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def next_since(since: int, *, partner_now: int | None, now: datetime) -> int:
    """Where the pass after a complete one begins, in the partner's time: an overlap before its end.

    Its clock or ours may be wrong, so the earlier of the two counts; read twice costs little, not
    read at all loses a withdrawal. Where the partner does not tell its time, the pass begins where
    the last one did. Never earlier than that.
    """
    if partner_now is None:
        return since
    return max(since, min(partner_now, int(now.timestamp())) - OVERLAP_S)


def is_disputed(*, speak_for: int, speak_against: int) -> bool:
    """Whether more members say that a row does not belong in the list than say that it does."""
    return speak_against > speak_for


def latest(records: Iterable[Record]) -> tuple[Record, ...]:
    """Each key once, with what was said last of it; at the same moment a withdrawal counts.

    Partners send a row twice on a page, and an old version after a new one.
    """
    kept: dict[str, Record] = {}
    for record in records:
        before = kept.get(record.key)
        if before is None or _rank(record) >= _rank(before):
            kept[record.key] = record
    return tuple(kept.values())


def _rank(record: Record) -> tuple[float, bool]:
    at = record.at.timestamp() if record.at else float("-inf")
    return at, record.state is RecordState.WITHDRAWN


def read_checkpoint(text: str) -> dict[str, Any]:
    """What ``write_checkpoint`` wrote; empty, which begins anew, for anything else."""
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def write_checkpoint(**parts: Any) -> str:
    """A checkpoint as text; parts that are None are left out."""
    kept = {name: part for name, part in parts.items() if part is not None}
    text = json.dumps(kept, separators=(",", ":"), sort_keys=True)
    if len(text) > _LONGEST_CHECKPOINT:
        raise ValueError("a checkpoint is longer than its table allows")
    return text


def whole(value: object, default: int = 0) -> int:
    """A whole number out of a checkpoint; the default where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default
