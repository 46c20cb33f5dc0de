"""Signals: the values that can match content and be shared."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from staydown.errors import FingerprintFormatError

PDQ_BYTES = 32
MAX_QUALITY = 100


class ContentKind(StrEnum):
    """The content types a fingerprint can be of."""

    PHOTO = "photo"
    VIDEO = "video"


class SignalType(StrEnum):
    """The signal types. A version in the name never changes its meaning."""

    SHA256 = "sha256"
    MD5 = "md5"
    PDQ = "pdq"
    WINDOWS = "windows/1"
    TIMELINE = "timeline/1"


HEX_BYTES: dict[SignalType, int] = {
    SignalType.SHA256: 32,
    SignalType.MD5: 16,
    SignalType.PDQ: PDQ_BYTES,
}
"""Signal types whose value is lower-case hex, and how many bytes it stands for."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One value of one signal type.

    Attributes:
        type: the signal type.
        value: text as it stands in the JSON form: lower-case hex for ``sha256``, ``md5`` and
            ``pdq``; standard base64 of the canonical bytes for ``windows/1`` and ``timeline/1``.
        quality: 0..100, how much the signal can be trusted; ``None`` where it has no quality.
    """

    type: SignalType
    value: str
    quality: int | None = None

    def __post_init__(self) -> None:
        if self.quality is not None and not 0 <= self.quality <= MAX_QUALITY:
            raise FingerprintFormatError(f"{self.type} quality is {self.quality}, want 0..100")
        want = HEX_BYTES.get(self.type)
        if want is None:
            return
        raw = self.raw
        if len(raw) != want:
            raise FingerprintFormatError(f"{self.type} is {len(raw)} bytes, want {want}")
        if self.value != raw.hex():
            raise FingerprintFormatError(f"{self.type} is not lower-case hex without blanks")

    @property
    def raw(self) -> bytes:
        """The value as bytes."""
        try:
            if self.type in HEX_BYTES:
                return bytes.fromhex(self.value)
            raw = base64.b64decode(self.value, validate=True)
        except (ValueError, binascii.Error):
            raise FingerprintFormatError(f"the value of {self.type} cannot be read") from None
        # Python reads texts that are not the one canonical base64 of their bytes; browsers do not.
        if base64.b64encode(raw).decode("ascii") != self.value:
            raise FingerprintFormatError(f"the value of {self.type} is not plain base64")
        return raw

    @classmethod
    def of(cls, type_: SignalType, raw: bytes, quality: int | None = None) -> Signal:
        """Build a signal from its bytes."""
        text = raw.hex() if type_ in HEX_BYTES else base64.b64encode(raw).decode("ascii")
        return cls(type_, text, quality)
