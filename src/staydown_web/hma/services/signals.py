"""The signal types that HMA's calls speak: their shapes, comparison, and how far they are on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.audit.services import record_event
from staydown_web.banks.services import segments_version, touch_after_commit
from staydown_web.base.errors import HmaRefusedError
from staydown_web.hma.models import HmaSignalType

PDQ: Final = "pdq"
VIDEO_MD5: Final = "video_md5"
SIGNAL_TYPES: Final = (PDQ, VIDEO_MD5)
CONTENT_TYPES: Final = {"photo": (PDQ,), "video": (VIDEO_MD5,)}
"""Content type -> the signal types that are made of it."""
NEAR_BITS: Final = 31
"""Distance up to which two ``pdq`` match. Source: HMA's PDQ_CONFIDENT_MATCH_THRESHOLD."""
NO_DISTANCE: Final = "-"
"""What HMA gives for a distance where there is none, as for equal digests."""
_SHAPES = {PDQ: re.compile(r"[0-9a-f]{64}"), VIDEO_MD5: re.compile(r"[0-9a-f]{32}")}
_TYPES = {PDQ: SignalType.PDQ, VIDEO_MD5: SignalType.MD5}
_ratios: dict[tuple[str, int], dict[str, float]] = {}
_WRONG = {PDQ: "invalid PDQ hash", VIDEO_MD5: "not a valid MD5 hash"}


def read_signal(name: str, value: Any) -> str:
    """A signal in its one form.

    Raises:
        ValueError: it is none; the message says so and does not hold it.
    """
    text = value.strip().lower() if name == VIDEO_MD5 and isinstance(value, str) else value
    if not isinstance(text, str) or not _SHAPES[name].fullmatch(text):
        raise ValueError(_WRONG[name])
    return text


def check_signal_type(name: str) -> None:
    """Whether a type can be looked up.

    Raises:
        HmaRefusedError: it is not known, or switched off.
    """
    if name not in SIGNAL_TYPES:
        raise HmaRefusedError(f"No such SignalType '{name}'")
    if not enabled_ratios()[name] > 0:
        raise HmaRefusedError(f"SignalType '{name}' is not enabled")


def signal_types_for(content_type: str, types: str | None) -> tuple[str, ...]:
    """The signal types to make of a content.

    Args:
        content_type: as the caller names it.
        types: the wanted ones between commas; None for all.

    Raises:
        HmaRefusedError: an unknown content type, or a signal type that is not made of it.
    """
    if content_type not in CONTENT_TYPES:
        raise HmaRefusedError(f"no such content_type: '{content_type}'")
    ratios = enabled_ratios()
    made = tuple(name for name in CONTENT_TYPES[content_type] if ratios[name] > 0)
    if types is None:
        return made
    wanted = [name.strip() for name in types.split(",") if name.strip()]
    for name in wanted:
        if name not in made:
            raise HmaRefusedError(f"signal type '{name}' doesn't exist or is disabled")
    if not wanted:
        raise HmaRefusedError("empty signal type selection")
    return tuple(dict.fromkeys(wanted))


def fingerprint_of_signals(signals: Mapping[str, Any]) -> tuple[Fingerprint, dict[str, str]]:
    """A fingerprint of bare signals, and the signals in their one form.

    Raises:
        HmaRefusedError: none, an unknown type, or a value that is none.
    """
    if not signals:
        raise HmaRefusedError("No signals given")
    clean: dict[str, str] = {}
    for name, value in signals.items():
        if name not in SIGNAL_TYPES:
            raise HmaRefusedError(f"No such signal type {name}")
        try:
            clean[name] = read_signal(name, value)
        except ValueError as error:
            raise HmaRefusedError(f"Invalid {name} signal: {error}") from None
    kind = ContentKind.PHOTO if PDQ in clean else ContentKind.VIDEO
    made = tuple(Signal(_TYPES[name], clean[name]) for name in SIGNAL_TYPES if name in clean)
    return Fingerprint(kind, made), clean


def signals_of(fingerprint: Fingerprint) -> dict[str, str]:
    """What HMA's calls show of a fingerprint."""
    shown: dict[str, str] = {}
    pdq, md5 = fingerprint.get(SignalType.PDQ), fingerprint.get(SignalType.MD5)
    if pdq is not None:
        shown[PDQ] = pdq.value
    is_bare = fingerprint.get(SignalType.SHA256) is None
    if md5 is not None and (pdq is None or is_bare):
        shown[VIDEO_MD5] = md5.value
    return shown


def compare_signals(pairs: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Whether the two signals of each pair match, and how far apart they are.

    Raises:
        HmaRefusedError: a pair that is none, or of a type that is not known.
    """
    answers: dict[str, list[Any]] = {}
    for name, pair in pairs.items():
        if not isinstance(pair, list):
            raise HmaRefusedError(f"Comparison hashes for {name} was not a list")
        if len(pair) != 2:
            raise HmaRefusedError("Comparison hash list length must be exactly 2")
        check_signal_type(name)
        try:
            left, right = (read_signal(name, value) for value in pair)
        except ValueError as error:
            raise HmaRefusedError(f"Invalid {name} hash: {error}") from None
        if name == PDQ:
            bits = (int(left, 16) ^ int(right, 16)).bit_count()
            answers[name] = [bits <= NEAR_BITS, {"distance": bits}]
        else:
            answers[name] = [left == right, {"distance": NO_DISTANCE}]
    return answers


def enabled_ratios() -> dict[str, float]:
    """Signal type -> how far it is switched on, 0..1; as of one version of the segments."""
    version = (str(settings.STAYDOWN_SHARED_MEMORY), segments_version())
    known = _ratios.get(version)
    if known is None:
        changed = dict(HmaSignalType.objects.values_list("name", "enabled_ratio"))
        known = {name: changed.get(name, 1.0) for name in SIGNAL_TYPES}
        _ratios.clear()
        _ratios[version] = known
    return known


def set_enabled_ratio(*, name: str, ratio: float, actor: str, now: datetime) -> None:
    """Switch a signal type on or off for HMA's calls; 0 is off.

    Raises:
        HmaRefusedError: an unknown type, or a number outside 0..1.
    """
    if name not in SIGNAL_TYPES:
        raise HmaRefusedError(f"Unknown signal type {name}")
    if not 0.0 <= ratio <= 1.0:
        raise HmaRefusedError("Invalid enabled ratio. Must be in the range 0.0-1.0 inclusive.")
    with transaction.atomic():
        HmaSignalType.objects.update_or_create(name=name, defaults={"enabled_ratio": ratio})
        record_event(
            what="hma_signal_changed",
            actor=actor,
            at=now,
            subject=f"hma_signal:{name}",
            facts={"percent": round(ratio * 100)},
        )
        touch_after_commit()
