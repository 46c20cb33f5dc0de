"""Staydown: find copies of reported pictures and videos, and keep them down.

The names below load on first use, so that ``import staydown`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "DEFAULT_MIN_SCORE": "staydown.matching",
    "Evidence": "staydown.types",
    "Fingerprint": "staydown.types",
    "HammingIndex": "staydown.index",
    "Match": "staydown.types",
    "MatchKind": "staydown.types",
    "Matcher": "staydown.matching",
    "Signal": "staydown.types",
    "SignalType": "staydown.types",
    "StaydownError": "staydown.errors",
    "fingerprint": "staydown.isolate",
}

if TYPE_CHECKING:
    from staydown.errors import StaydownError
    from staydown.index import HammingIndex
    from staydown.isolate import fingerprint
    from staydown.matching import DEFAULT_MIN_SCORE, Matcher
    from staydown.types import Evidence, Fingerprint, Match, MatchKind, Signal, SignalType

__all__ = [
    "DEFAULT_MIN_SCORE",
    "Evidence",
    "Fingerprint",
    "HammingIndex",
    "Match",
    "MatchKind",
    "Matcher",
    "Signal",
    "SignalType",
    "StaydownError",
    "fingerprint",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'staydown' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
