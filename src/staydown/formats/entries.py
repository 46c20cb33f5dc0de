"""What one row of a list becomes, whichever format it came in."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from staydown.errors import FingerprintFormatError
from staydown.types import ContentKind, Fingerprint, Signal, SignalType

TYPE_NAMES: Final = {
    "pdq": (SignalType.PDQ, ContentKind.PHOTO),
    "hash_pdq": (SignalType.PDQ, ContentKind.PHOTO),
    "md5": (SignalType.MD5, ContentKind.PHOTO),
    "hash_md5": (SignalType.MD5, ContentKind.PHOTO),
    "video_md5": (SignalType.MD5, ContentKind.VIDEO),
    "hash_video_md5": (SignalType.MD5, ContentKind.VIDEO),
    "sha256": (SignalType.SHA256, ContentKind.PHOTO),
    "hash_sha256": (SignalType.SHA256, ContentKind.PHOTO),
    "video_sha256": (SignalType.SHA256, ContentKind.VIDEO),
    "hash_video_sha256": (SignalType.SHA256, ContentKind.VIDEO),
}
"""Names that partners give to the signal types, in lower case, and what they are signals of.

Source: the signal types of PyPI ``threatexchange`` 1.2 and the types of ThreatExchange indicators.
"""

VIDEO_TYPE_NAMES: Final = frozenset({"vpdq", "hash_vpdq", "hash_video_vpdq"})
"""Names of vPDQ, whose value is JSON."""

NOT_POSITIVE: Final = frozenset({"negative_class", "non_malicious"})
"""Opinions that say: do not match this. Source: PyPI ``threatexchange`` 1.2."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One row of a list.

    Attributes:
        fingerprint: the signals of the row.
        entry_id: the row's own id, or None where the list gives none.
        tags: words that the list's owner put on it, in their order.
        withdrawn: True where the row says that this must no longer match.
        line: where it stands in the list, from 1; 0 where it was not read from one.
    """

    fingerprint: Fingerprint
    entry_id: str | None = None
    tags: tuple[str, ...] = ()
    withdrawn: bool = False
    line: int = 0


@dataclass(slots=True)
class LeftOut:
    """Rows that a reader or writer passed over, counted by reason.

    Attributes:
        counts: reason in plain words -> rows.
    """

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str) -> None:
        """Count one row."""
        self.counts[reason] += 1

    def __str__(self) -> str:
        return "; ".join(f"{reason} ({count:,})" for reason, count in self.counts.most_common())


def hex_signal(type_: SignalType, text: str, quality: int | None = None) -> Signal:
    """A signal from hex digits as partners write them: any case, blanks around.

    Raises:
        FingerprintFormatError: another length, other digits, or a quality outside 0..100.
    """
    digits = text.strip().lower()
    if not re.fullmatch(r"[0-9a-f]*", digits):
        raise FingerprintFormatError(f"{type_} has other characters than hexadecimal digits")
    if len(digits) % 2:
        raise FingerprintFormatError(f"{type_} has {len(digits)} digits")
    return Signal(type_, digits, quality)


def split_tags(text: str) -> tuple[str, ...]:
    """Tags as they stand in one cell: split at blanks and semicolons, each once."""
    return tuple(dict.fromkeys(tag for tag in re.split(r"[\s;]+", text) if tag))


def join_tags(tags: tuple[str, ...]) -> str:
    """Tags for one cell, parted by blanks; a blank or semicolon inside a tag becomes ``_``."""
    return " ".join(re.sub(r"[\s;]", "_", tag) for tag in tags)
