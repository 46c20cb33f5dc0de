"""Indicators of ThreatExchange: what its members describe, and what their words come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from staydown.formats.entries import TYPE_NAMES, VIDEO_TYPE_NAMES
from staydown.types import ContentKind, SignalType
from staydown_web.exchanges.partners import reading
from staydown_web.exchanges.partners.wire import Record, RecordState

_VIDEO_TAG: Final = "media_type_video"
_NO: Final = frozenset({"NON_MALICIOUS", "DISAGREE_WITH_TAGS"})
_YES: Final = frozenset({"HELPFUL", "SAW_THIS_TOO"})
_NAMES: Final = {
    (ContentKind.PHOTO, SignalType.PDQ): "HASH_PDQ",
    (ContentKind.PHOTO, SignalType.SHA256): "HASH_SHA256",
    (ContentKind.PHOTO, SignalType.MD5): "HASH_MD5",
    (ContentKind.VIDEO, SignalType.MD5): "HASH_VIDEO_MD5",
    (ContentKind.VIDEO, SignalType.SHA256): "HASH_SHA256",
}
"""In the order in which one is chosen: a picture's PDQ finds its changed copies too."""


def record_of(row: object, *, now: datetime) -> Record | None:
    """One update; None where it is none."""
    if not isinstance(row, dict) or not row.get("id") or not isinstance(row.get("type"), str):
        return None
    key = str(row["id"])
    at = reading.moment(row.get("last_updated"), now=now)
    state = _state(row)
    if state is RecordState.WITHDRAWN:
        return Record(key, state, at=at)
    indicator = row.get("indicator")
    if not isinstance(indicator, str) or not indicator:
        return None
    raw = _raw(row["type"].lower(), indicator, _tags(row))
    if raw is None:
        return Record(key, state, at=at, left_out=(row["type"],))
    return Record(key, state, raws=(raw,), at=at)


def type_and_value(raw: bytes) -> tuple[str, str] | None:
    """A fingerprint of ours in ThreatExchange's words; None where it has no hash with a name."""
    kind, signals = reading.signals_of(raw)
    for (its_kind, signal_type), name in _NAMES.items():
        if kind is its_kind and signal_type in signals:
            return name, signals[signal_type].value
    return None


def _state(row: Mapping[str, Any]) -> RecordState:
    """Withdrawn, disputed or listed, by what its members say.

    A deletion is withdrawn, and so is an update that nobody describes any more, which comes without
    the mark; and one of which every member that describes it says that it is harmless. Each member
    counts once: its own description, else its reactions to others'.
    """
    described = _descriptors(row)
    if row.get("should_delete") is True:
        return RecordState.WITHDRAWN
    is_no: dict[str, bool] = {}
    for said in described:
        for member, no in _reactions(said):
            is_no[member] = no or is_no.get(member, False)
    own = {
        _owner(said, number): said.get("status") == "NON_MALICIOUS"
        for number, said in enumerate(described)
    }
    if all(own.values()):  # of none, too
        return RecordState.WITHDRAWN
    votes = [*{**is_no, **own}.values()]
    against = sum(votes)
    disputed = reading.is_disputed(speak_for=len(votes) - against, speak_against=against)
    return RecordState.DISPUTED if disputed else RecordState.LISTED


def _descriptors(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = row.get("descriptors")
    listed = given.get("data") if isinstance(given, dict) else None
    return [said for said in listed or [] if isinstance(said, dict)]


def _owner(said: Mapping[str, Any], number: int) -> str:
    """Whose description it is. Some come without the owner: each is then of somebody else."""
    owner = said.get("owner")
    named = owner.get("id") if isinstance(owner, dict) else None
    return str(named) if named else f"unnamed {number}"


def _reactions(said: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Member and whether it says no, for each reaction that is a yes or a no."""
    given = said.get("reactions")
    found = []
    for row in given if isinstance(given, list) else []:
        word = row.get("key") if isinstance(row, dict) else None
        if word in _NO or word in _YES:
            found += [(member, word in _NO) for member in str(row.get("value")).split(",")]
    return found


def _tags(row: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for said in _descriptors(row):
        given = said.get("tags")
        listed = given.get("data") if isinstance(given, dict) else given
        for tag in listed if isinstance(listed, list) else []:
            found.add(str(tag.get("text")) if isinstance(tag, dict) else str(tag))
    return found


def _raw(type_name: str, indicator: str, tags: set[str]) -> bytes | None:
    if type_name in VIDEO_TYPE_NAMES:
        return reading.frames_raw(indicator)
    if type_name not in TYPE_NAMES:
        return None
    signal_type, kind = TYPE_NAMES[type_name]
    kind = ContentKind.VIDEO if _VIDEO_TAG in tags else kind
    if kind is ContentKind.VIDEO and signal_type is SignalType.PDQ:
        return None
    return reading.hash_raw(kind, {signal_type: indicator})
