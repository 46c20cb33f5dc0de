"""Answers of timestamp authorities in the one order that DER allows.

Many authorities send their certificates in another order (OpenSSL does), and strict readers refuse
those. The order is not part of what is signed, so that it can be mended without harm.
"""

from __future__ import annotations

from typing import Final

_SEQUENCE: Final = 0x30
_FIRST: Final = 0xA0
_PATH: Final = ((1, _SEQUENCE), (1, _FIRST), (0, _SEQUENCE), (3, _FIRST))
"""From TimeStampResp to the certificates: the token, its content, SignedData, its fourth member.
Source: RFC 3161, section 2.4.2, and RFC 5652, section 5.1."""
_MOST_LENGTH_BYTES: Final = 3


def in_order(token: bytes) -> bytes:
    """The same answer with its certificates in order; unchanged where it has another shape."""
    try:
        tag, start, end = _header(token, 0)
        if tag != _SEQUENCE or end != len(token):
            return token
        for place, wanted in _PATH:
            parts = _children(token, start, end)
            at = parts[place][0]
            tag, start, end = _header(token, at)
            if tag != wanted:
                return token
        parts = _children(token, start, end)
    except IndexError:
        return token
    whole = b"".join(sorted(token[first:last] for first, last in parts))
    return token[:start] + whole + token[end:]


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    while start < end:
        last = _header(data, start)[2]
        if last > end:
            raise IndexError
        found.append((start, last))
        start = last
    return found


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the content of the value at a place."""
    tag, length = data[at], data[at + 1]
    at += 2
    if length > 0x7F:
        size = length & 0x7F
        if not 0 < size <= _MOST_LENGTH_BYTES:
            raise IndexError
        length = int.from_bytes(data[at : at + size])
        at += size
    if at + length > len(data):
        raise IndexError
    return tag, at, at + length
