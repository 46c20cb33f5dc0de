"""The chart of uploads that were stopped, week by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

_CHART_WEEKS: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of the chart; lengths in the units of its drawing."""

    label: str
    count: int
    x: int
    y: int
    height: int
    is_alternate: bool

    @property
    def middle(self) -> int:
        """Where its texts stand."""
        return self.x + 23


def chart_of(blocked: Mapping[date, int]) -> list[Bar]:
    """Bars of the last weeks that may be shown, those without any between included."""
    if not blocked:
        return []
    last, first = max(blocked), min(blocked)
    count = min(_CHART_WEEKS, (last - first).days // 7 + 1)
    weeks = [last - timedelta(weeks=back) for back in reversed(range(count))]
    most = max(blocked.get(week, 0) for week in weeks) or 1
    bars = []
    for place, week in enumerate(weeks):
        height = round(99 * blocked.get(week, 0) / most)
        label = date_format(week, "j M")
        bars.append(
            Bar(label, blocked.get(week, 0), 14 + 68 * place, 130 - height, height, place % 2 == 1)
        )
    return bars


def chart_words(bars: Sequence[Bar]) -> str:
    """The chart as a sentence."""
    counts = ", ".join(str(bar.count) for bar in bars)
    return _("Uploads stopped, week by week from %(first)s to %(last)s: %(counts)s.") % {
        "first": bars[0].label,
        "last": bars[-1].label,
        "counts": counts,
    }
