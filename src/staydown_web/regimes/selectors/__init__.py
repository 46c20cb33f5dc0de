"""Reads the law: which regimes there are, and what a notifier signs under each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.regimes.schemas import Ground, GroundRule, Regime
from staydown_web.regimes.selectors.reading import SCHEMA, read_grounds, read_regimes
from staydown_web.regimes.selectors.texts import (
    act_by_words,
    ended_on_words,
    marked,
    must_act_words,
    open_start_words,
    open_time_words,
    signing_text,
    start_note,
    text_digest,
    time_over_words,
    where_words,
)

__all__ = [
    "FALLBACK",
    "act_by_words",
    "admitting",
    "ended_on_words",
    "grounds",
    "is_sure",
    "marked",
    "must_act_words",
    "open_start_words",
    "open_time_words",
    "regime",
    "regimes",
    "regimes_for",
    "signing_text",
    "start_note",
    "text_digest",
    "time_over_words",
    "where_words",
]

FALLBACK = "platform-terms"
"""Where no law applies, the platform's own rules do."""
_DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def regimes() -> dict[str, Regime]:
    """All regimes, id -> regime; read once a process, checked at its start.

    Raises:
        ConfigError: a file is wrong; which key, and what it should be.
    """
    return read_regimes(_DATA)


def regime(id_: str) -> Regime:
    """One regime.

    Raises:
        RecordNotFoundError: no regime has this id.
    """
    found = regimes().get(id_)
    if found is None:
        raise RecordNotFoundError("there is no regime of this id")
    return found


def is_sure(ids: Iterable[str]) -> bool:
    """Whether one of the laws that set a time binds for sure, so that it is not conditional.

    Args:
        ids: of regimes; none, or one that is gone, counts as sure.
    """
    known, ids = regimes(), list(ids)
    return not ids or any(id_ not in known or not known[id_].is_start_open for id_ in ids)


@cache
def grounds() -> tuple[Ground, ...]:
    """Why something reported may stay up or come back, in the order of the form.

    Raises:
        ConfigError: the file is wrong; which key, and what it should be.
    """
    return read_grounds(_DATA / "shared" / "grounds.toml", schema=SCHEMA)


def admitting(ground_id: str, regime_ids: Sequence[str]) -> dict[str, GroundRule]:
    """What these regimes say to a ground.

    Args:
        ground_id: of a ground.
        regime_ids: ids of regimes; unknown ones are left out.

    Returns:
        Regime id -> its rule: yes, no or unclear, with the words and the source.
    """
    known = regimes()
    return {
        id_: rule
        for id_ in dict.fromkeys(regime_ids)
        if id_ in known
        for rule in known[id_].grounds
        if rule.id == ground_id
    }


def regimes_for(*, way: str, bound_by: Sequence[str]) -> list[Regime]:
    """The regimes under which a notice can be given.

    Args:
        way: ``published``, ``threatened`` or ``link``.
        bound_by: ids of the regimes that bind the platform; unknown ones are left out.

    Returns:
        Those that serve this way in, laws before terms; the platform's own rules where none does.
    """
    found = [r for id_, r in regimes().items() if id_ in bound_by and way in r.ways]
    return sorted(found, key=lambda r: r.kind.value) or [regime(FALLBACK)]
