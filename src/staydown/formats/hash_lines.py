"""Plain lists: one MD5, SHA-256 or PDQ hash a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from staydown.errors import FingerprintFormatError
from staydown.formats.entries import TYPE_NAMES, LeftOut, ListEntry, hex_signal
from staydown.formats.lines import Lines
from staydown.types import ContentKind, Fingerprint, SignalType
from staydown.types.signals import HEX_BYTES

PLAIN_TYPES: Final = (SignalType.SHA256, SignalType.MD5, SignalType.PDQ)
_MD5_DIGITS: Final = 2 * HEX_BYTES[SignalType.MD5]


def read(
    lines: Lines,
    left_out: LeftOut,
    *,
    type_: SignalType | None = None,
    kind: ContentKind = ContentKind.PHOTO,
) -> Iterator[ListEntry]:
    """Read one hash a line.

    A line is the hash alone; or a type's name, a blank and the hash, as PyPI ``threatexchange``
    prints and reads them; or the hash, blanks and a file name, as ``sha256sum`` prints them (the
    file name is dropped). 32 digits are MD5; 64 digits can be SHA-256 or PDQ, so the type must be
    given then.

    Args:
        lines: the list.
        left_out: counts the lines of types that Staydown does not match.
        type_: the type of hashes without a type's name; None where every line tells.
        kind: what bare hashes are hashes of.

    Raises:
        ListFormatError: the line, and what is wrong with it.
    """
    for line in lines:
        first, _, rest = line.strip().partition(" ")
        if not re.fullmatch(r"[0-9A-Fa-f]+", first):
            if first.lower() not in TYPE_NAMES:
                left_out.add("lines of other signal types")
                continue
            named_type, named_kind = TYPE_NAMES[first.lower()]
            yield _entry(lines, named_type, named_kind, rest)
            continue
        yield _entry(lines, type_ or _type_by_length(lines, first), kind, first)


def write(entry: ListEntry, *, type_: SignalType) -> str | None:
    """The entry's hash of this type as hex, or None where it has none."""
    signal = entry.fingerprint.get(type_)
    return signal.value if signal else None


def _entry(lines: Lines, type_: SignalType, kind: ContentKind, text: str) -> ListEntry:
    try:
        signal = hex_signal(type_, text)
    except FingerprintFormatError as error:
        raise lines.fail(
            f"{error}. Want {2 * HEX_BYTES[type_]} hexadecimal digits for {type_}."
        ) from None
    return ListEntry(Fingerprint(kind, (signal,)), line=lines.number)


def _type_by_length(lines: Lines, digits: str) -> SignalType:
    if len(digits) == _MD5_DIGITS:
        return SignalType.MD5
    raise lines.fail(
        "64 digits can be SHA-256 or PDQ. Say which: --type sha256 or --type pdq."
        if len(digits) == 2 * _MD5_DIGITS
        else f"a hash has 32 or 64 hexadecimal digits; this has {len(digits)}."
    )
