"""Bars of the report, drawn on the server: geometry and the sentence that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from staydown_web.base.wording import listed
from staydown_web.reports.models import PublishedPeriod
from staydown_web.reports.selectors.transparency import period_name, short_name

MOST_BARS = 8
_LOW, _TALL, _ACROSS, _WIDE = 190, 150, 600, 28
_LEFT, _LONG = 170, 270
_LIMIT_H = 48
"""Of the laws that name a number; drawn where a band begins at it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A period: what came in, and what of it was complete. Lengths are in units of the drawing."""

    label: str
    name: str
    received: int | None
    complete: int | None
    x: int
    received_h: int
    complete_h: int
    is_alternate: bool

    @property
    def x_complete(self) -> int:
        """Where the second bar begins."""
        return self.x + _WIDE + 4

    @property
    def middle(self) -> int:
        """Between both bars."""
        return self.x + _WIDE + 2

    @property
    def received_y(self) -> int:
        """Top of the first bar."""
        return _LOW - self.received_h

    @property
    def complete_y(self) -> int:
        """Top of the second bar."""
        return _LOW - self.complete_h


@dataclass(frozen=True, slots=True)
class Band:
    """How many took about so long."""

    label: str
    count: int
    percent: int
    y: int
    width: int
    is_over_limit: bool = False

    @property
    def line_y(self) -> int:
        """Where the line of the 48 hours is drawn, between this bar and the one above."""
        return self.y - 8

    @property
    def text_x(self) -> int:
        """Where the number stands, behind the bar."""
        return _LEFT + self.width + 8

    @property
    def text_y(self) -> int:
        """The line on which label and number stand."""
        return self.y + 16


def request_pairs(periods: Sequence[PublishedPeriod]) -> list[Pair]:
    """Bars of the last periods, oldest first.

    Args:
        periods: newest first.
    """
    shown = list(reversed(periods[:MOST_BARS]))
    tables = [one.numbers["requests"]["complete"] for one in shown]
    most = max((table["total"] or 0 for table in tables), default=0) or 1
    step = _ACROSS // max(len(shown), 1)
    return [
        Pair(
            label=short_name(period),
            name=period_name(period),
            received=table["total"],
            complete=table["counts"]["complete"],
            x=step * place + step // 2 - _WIDE - 2,
            received_h=_height(table["total"], most),
            complete_h=_height(table["counts"]["complete"], most),
            is_alternate=place % 2 == 1,
        )
        for place, (period, table) in enumerate(zip(shown, tables, strict=True))
    ]


def pair_words(pairs: Sequence[Pair]) -> str:
    """The chart as a sentence."""
    parts = [
        _("%(period)s: %(received)s received, %(complete)s complete")
        % {
            "period": pair.name,
            "received": number_words(pair.received),
            "complete": number_words(pair.complete),
        }
        for pair in pairs
    ]
    return listed(parts) + "."


def time_bands(numbers: Mapping[str, Any]) -> list[Band]:
    """Bars of the time from a complete request to the act; empty where too few."""
    rows = numbers["time_to_act"]["bands"]
    total = sum(row["count"] for row in rows) or 1
    most = max((row["count"] for row in rows), default=0) or 1
    return [
        Band(
            label=band_name(row["from_h"], row["to_h"]),
            count=row["count"],
            percent=round(100 * row["count"] / total),
            y=10 + 38 * place,
            width=round(_LONG * row["count"] / most),
            is_over_limit=row["from_h"] == _LIMIT_H,
        )
        for place, row in enumerate(rows)
    ]


def band_words(bands: Sequence[Band]) -> str:
    """The chart as a sentence."""
    parts = [
        _("%(percent)d percent %(band)s") % {"percent": band.percent, "band": band.label}
        for band in bands
    ]
    return ", ".join(parts) + "."


def band_name(from_h: int, to_h: int | None) -> str:
    """``under 6 h``, ``6 to 12 h`` or ``48 h or more``."""
    if to_h is None:
        return _("%(hours)d h or more") % {"hours": from_h}
    if from_h == 0:
        return _("under %(hours)d h") % {"hours": to_h}
    return _("%(first)d to %(last)d h") % {"first": from_h, "last": to_h}


def number_words(count: int | None) -> str:
    """A number, or that it is hidden."""
    return _("not shown") if count is None else str(count)


def _height(count: int | None, most: int) -> int:
    return round(_TALL * (count or 0) / most)
