"""The two forms of a document: the canonical one that is signed, and the one that people can read.

Only what has one form everywhere is allowed: texts, whole numbers up to 2**53, booleans, null,
lists and objects with ASCII keys. Their canonical form is that of RFC 8785. Source: ADR-0056.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_GREATEST = 1 << 53
_DEPTH = 20


class ShapeError(ValueError):
    """A value that no document holds."""


def canonical(value: Any) -> bytes:
    """The canonical form of a value.

    Raises:
        ShapeError: a fraction, a number beyond 2**53, a key that is not ASCII, half a character.
    """
    _check(value, 0)
    return _encoded(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def readable(document: Mapping[str, Any]) -> bytes:
    """The form of the file: the same order, one member a line, a line break at the end.

    Raises:
        ShapeError: as ``canonical``.
    """
    _check(document, 0)
    return _encoded(json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n")


def _check(value: Any, depth: int) -> None:
    match value:
        case None | bool() | str():
            return
        case int() if abs(value) < _GREATEST:
            return
        case list() if depth < _DEPTH:
            for part in value:
                _check(part, depth + 1)
        case dict() if depth < _DEPTH:
            for key, part in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise ShapeError("a key that is not ASCII")
                _check(part, depth + 1)
        case _:
            raise ShapeError(f"a {type(value).__name__} that no document holds")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ShapeError("half a character") from None
