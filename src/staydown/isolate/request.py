"""What may be asked for: names of signals and modes."""

from __future__ import annotations

from collections.abc import Iterable

from staydown.errors import InputError
from staydown.types import SignalType

MODES = ("banking", "screening")


def check_request(signals: Iterable[str] | None, mode: str) -> tuple[SignalType, ...] | None:
    """The signal types by their names, in their fixed order; None for the usual ones.

    Raises:
        InputError: an unknown signal type or mode.
    """
    if mode not in MODES:
        raise InputError(f"the mode is {mode!r}, want one of: {', '.join(MODES)}")
    if signals is None:
        return None
    names = {signals} if isinstance(signals, str) else set(signals)
    if not names <= set(SignalType):
        known = ", ".join(SignalType)
        raise InputError(f"unknown signals; want some of: {known}")
    return tuple(t for t in SignalType if t in names)
