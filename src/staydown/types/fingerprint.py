"""A fingerprint: the set of signals of one photo or video, in its JSON and binary forms."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from staydown.errors import FingerprintFormatError
from staydown.types.signals import ContentKind, Signal, SignalType
from staydown.types.timeline import Timeline
from staydown.types.windows import Windows

FINGERPRINT_VERSION = 1
_MAGIC = b"SDF1"
_TYPE_CODES = {
    SignalType.SHA256: 1,
    SignalType.MD5: 2,
    SignalType.PDQ: 3,
    SignalType.WINDOWS: 4,
    SignalType.TIMELINE: 5,
}
_TYPES: dict[str, SignalType] = {str(t): t for t in SignalType}
_CODE_TYPES = {code: type_ for type_, code in _TYPE_CODES.items()}
_NO_QUALITY = 255
_LATER = re.compile(r"[a-z][a-z0-9_]{0,31}/[1-9][0-9]{0,3}", re.ASCII)
_SIGNAL_HEAD = struct.Struct("<BBI")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The signals of one photo or video.

    Attributes:
        kind: photo or video.
        signals: at most one of each type.
        version: version of the JSON form, 1.
    """

    kind: ContentKind
    signals: tuple[Signal, ...]
    version: int = FINGERPRINT_VERSION

    def __post_init__(self) -> None:
        if self.version != FINGERPRINT_VERSION:
            raise FingerprintFormatError(f"fingerprint version is {self.version}, want 1")
        if len({s.type for s in self.signals}) != len(self.signals):
            raise FingerprintFormatError("a fingerprint has two signals of one type")

    def get(self, type_: SignalType) -> Signal | None:
        """The signal of this type, or None."""
        for signal in self.signals:
            if signal.type == type_:
                return signal
        return None

    @property
    def windows(self) -> Windows | None:
        """The ``windows/1`` signal, parsed, or None. Costs a parse each time."""
        signal = self.get(SignalType.WINDOWS)
        return Windows.from_bytes(signal.raw) if signal else None

    @property
    def timeline(self) -> Timeline | None:
        """The ``timeline/1`` signal, parsed, or None. Costs a parse each time."""
        signal = self.get(SignalType.TIMELINE)
        return Timeline.from_bytes(signal.raw) if signal else None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form as a dict; quality is left out where a signal has none."""
        rows = []
        for s in self.signals:
            row: dict[str, Any] = {"type": str(s.type), "value": s.value}
            if s.quality is not None:
                row["quality"] = s.quality
            rows.append(row)
        return {"version": self.version, "kind": str(self.kind), "signals": rows}

    def to_json(self) -> str:
        """The one JSON form, without white space."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fingerprint:
        """Read the dict form; unknown signal types are left out, everything else must fit.

        Raises:
            FingerprintFormatError: what is wrong, without the values.
        """
        try:
            signals = tuple(
                Signal(_TYPES[row["type"]], _text(row["value"]), _quality(row.get("quality")))
                for row in _list(data["signals"])
                if row["type"] in _TYPES
            )
            made = cls(ContentKind(data["kind"]), signals, _whole(data["version"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FingerprintFormatError(
                "this is not a fingerprint: want version, kind and signals as docs/formats.md says"
            ) from None
        made.check()
        return made

    @classmethod
    def from_json(cls, text: str | bytes) -> Fingerprint:
        """Read the JSON form.

        Raises:
            FingerprintFormatError: not JSON, or not a fingerprint.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise FingerprintFormatError("this is not JSON") from None
        if not isinstance(data, dict):
            raise FingerprintFormatError("this is JSON, but not a fingerprint")
        return cls.from_dict(data)

    @staticmethod
    def unknown_types(signals: Sequence[Mapping[str, Any]]) -> dict[int, str]:
        """Place and type of each signal that ``from_dict`` leaves out; "" where it is no text."""
        return {
            at: row["type"] if isinstance(row["type"], str) else ""
            for at, row in enumerate(signals)
            if row["type"] not in _TYPES
        }

    def check(self) -> None:
        """Parse every signal once.

        Raises:
            FingerprintFormatError: a signal cannot be parsed.
        """
        # A signal that is written in hex was read when it was made.
        _ = self.windows, self.timeline

    def to_bytes(self) -> bytes:
        """The canonical binary form, whose size the README quotes."""
        parts = [_MAGIC, bytes([int(self.kind is ContentKind.VIDEO), len(self.signals)])]
        for s in self.signals:
            raw = s.raw
            quality = _NO_QUALITY if s.quality is None else s.quality
            parts += [_SIGNAL_HEAD.pack(_TYPE_CODES[s.type], quality, len(raw)), raw]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, raw: bytes | memoryview) -> Fingerprint:
        """Read the canonical binary form.

        Raises:
            FingerprintFormatError: not this form, or lengths that do not fit.
        """
        raw = memoryview(raw)
        if len(raw) < 6 or raw[:4] != _MAGIC or raw[4] > 1:
            raise FingerprintFormatError("this is not a fingerprint in binary form")
        kind = ContentKind.VIDEO if raw[4] else ContentKind.PHOTO
        at, signals = 6, []
        for _ in range(raw[5]):
            if len(raw) < at + _SIGNAL_HEAD.size:
                raise FingerprintFormatError("the fingerprint ends inside a signal")
            code, quality, size = _SIGNAL_HEAD.unpack_from(raw, at)
            at += _SIGNAL_HEAD.size
            if code not in _CODE_TYPES or len(raw) < at + size:
                raise FingerprintFormatError("the fingerprint has an unknown or cut-off signal")
            value = bytes(raw[at : at + size])
            at += size
            signals.append(
                Signal.of(_CODE_TYPES[code], value, None if quality == _NO_QUALITY else quality)
            )
        if at != len(raw):
            raise FingerprintFormatError("the fingerprint has bytes after its end")
        return cls(kind, tuple(signals))


def is_later_type(name: str) -> bool:
    """True for a name as later versions of signals have it, ``windows/2``: no slip of the hand."""
    return name not in _TYPES and _LATER.fullmatch(name) is not None


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _quality(value: object) -> int | None:
    return None if value is None else _whole(value)
