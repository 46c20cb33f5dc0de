"""The transparency report as its page and its files show it: one read of what was published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.accounts.models import Platform, ServiceSettings
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.ordering import reading_order
from staydown_web.cases.models import Case
from staydown_web.regimes.selectors import regimes
from staydown_web.regimes.selectors.sheet import time_in_words
from staydown_web.reports.models import PublicPages, PublishedPeriod
from staydown_web.reports.services.laws import all_laws
from staydown_web.reports.services.publishing import COUNTED_AFTER, new_pages, period_end
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.grounds import ground_words

MOST_PERIODS = 60
_TIMES: Final = ("median_s", "p90_s", "p95_s")
_LONG_H: Final = 72
"""From three days on, days are easier to read."""
OUTCOMES: Final[Mapping[str, Any]] = {
    "remove": gettext_lazy("Remove and keep down"),
    "restore": gettext_lazy("Not removed"),
}
AUTOMATION: Final[Mapping[str, Any]] = dict(Decision.Automation.choices)
SIDES: Final[Mapping[str, Any]] = dict(Complaint.Side.choices)
COMPLAINTS: Final[Mapping[str, Any]] = dict(Complaint.Outcome.choices)
BASES: Final[Mapping[str, Any]] = dict(Complaint.Basis.choices)
MISUSE: Final[Mapping[str, Any]] = {
    "warned": gettext_lazy("Warned"),
    "suspended": gettext_lazy("Suspended for a time"),
}
WAYS: Final[Mapping[str, Any]] = dict(Case.Way.choices)
FILED_BY: Final[Mapping[str, Any]] = dict(Case.ActsAs.choices)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes:
        name: in words.
        count: None where it is hidden.
        is_part: True for a line that is a part of the line above it.
    """

    name: str
    count: int | None
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class LawRow:
    """The numbers of one law, or of all together.

    Attributes:
        name: of the law; empty for all together.
        unlimited: in words, where it names no number of hours; else empty.
        counts: as in ``reports.services.laws``; None where it is hidden.
        times: median and tails in words; empty where hidden.
    """

    name: str
    unlimited: str
    counts: Mapping[str, int | None]
    times: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What is published of one platform.

    Attributes:
        pages: with its platform.
        periods: newest first; empty where none is over yet.
        chosen: the one that is read; None where there is none.
    """

    pages: PublicPages
    periods: Sequence[PublishedPeriod]
    chosen: PublishedPeriod | None

    @property
    def first_on(self) -> date:
        """The day on which the first period is counted."""
        end = period_end(self.pages.counts_from, self.pages.unit)
        return end + timedelta(days=1) + COUNTED_AFTER


def platform_for(site: str) -> QuerySet[Platform]:
    """A platform, as a query to read or to build on.

    Args:
        site: its short name; empty for the one that is meant where nobody names one.
    """
    if site:
        return Platform.objects.filter(slug=site)
    chosen = ServiceSettings.objects.filter(id=1).values("default_platform")
    first = Platform.objects.order_by("created_at", "id").values("id")
    return Platform.objects.filter(pk=Coalesce(Subquery(chosen[:1]), Subquery(first[:1])))


def report_of(*, site: str, starts_on: str = "") -> Report:
    """The report of a platform.

    Args:
        site: short name of the platform, or empty.
        starts_on: first day of the period to read, as ``2026-07-01``; else the latest.

    Raises:
        RecordNotFoundError: the platform publishes no report, or not this period.

    Cost: one read; two or three while there is no period yet.
    """
    open_pages = PublicPages.objects.filter(platform__in=platform_for(site), is_report_public=True)
    rows = PublishedPeriod.objects.filter(pages__in=open_pages)
    periods = list(rows.select_related("pages__platform").order_by("-starts_on")[:MOST_PERIODS])
    if not periods:
        pages = open_pages.select_related("platform").first() or _pages_to_come(site)
        if pages is None or starts_on:
            raise RecordNotFoundError("there is no such report")
        return Report(pages, [], None)
    named = [one for one in periods if one.starts_on.isoformat() == starts_on]
    if starts_on and not named:
        raise RecordNotFoundError("there is no such period")
    return Report(periods[0].pages, periods, (named or periods)[0])


def period_name(period: PublishedPeriod) -> str:
    """``July 2026`` or ``July to September 2026``."""
    last = date_format(period.ends_on, "F Y")
    if (period.starts_on.year, period.starts_on.month) == (
        period.ends_on.year,
        period.ends_on.month,
    ):
        return last
    return _("%(first)s to %(last)s") % {"first": date_format(period.starts_on, "F"), "last": last}


def short_name(period: PublishedPeriod) -> str:
    """``Jul``, or the first and the last month, for a chart."""
    first, last = (date_format(day, "M") for day in (period.starts_on, period.ends_on))
    return first if first == last else f"{first}-{last}"


def decision_rows(numbers: Mapping[str, Any]) -> list[Row]:
    """Decisions by outcome, each followed by its grounds."""
    tables = numbers["decisions"]
    rows = []
    for outcome, count in tables["outcome"]["counts"].items():
        rows.append(Row(str(OUTCOMES.get(outcome, outcome)), count))
        grounds = tables["ground"].get(outcome)
        if grounds:
            rows += [Row(_ground(id_), n, is_part=True) for id_, n in _sorted(grounds["counts"])]
    return rows


def complaint_rows(numbers: Mapping[str, Any]) -> list[Row]:
    """Complaints by who made them, each followed by how they ended."""
    return _rows_by_side(numbers["complaints"], "outcome", COMPLAINTS)


def basis_rows(numbers: Mapping[str, Any]) -> list[Row]:
    """The same by what was judged wrongly, as they said; empty in periods of format 3 and less."""
    tables = numbers["complaints"]
    return _rows_by_side(tables, "basis", BASES) if tables.get("basis") else []


def misuse_rows(numbers: Mapping[str, Any]) -> list[Row]:
    """Notifiers warned and suspended; empty in periods of format 4 and less."""
    return [Row(str(MISUSE[name]), n) for name, n in (numbers.get("misuse") or {}).items()]


def median_to_answer(numbers: Mapping[str, Any]) -> str:
    """In what time half of the complaints were settled; empty where that is hidden or not known."""
    times = numbers["complaints"].get("time_to_answer") or {}
    return duration_words(times.get("median_s"))


def _rows_by_side(tables: Mapping[str, Any], of: str, words: Mapping[str, Any]) -> list[Row]:
    rows = []
    for side, count in tables["side"]["counts"].items():
        rows.append(Row(str(SIDES.get(side, side)), count))
        parts = tables[of].get(side)
        if parts:
            rows += [Row(str(words.get(k, k)), n, is_part=True) for k, n in _items(parts)]
    return rows


def table_rows(table: Mapping[str, Any], words: Mapping[str, Any]) -> list[Row]:
    """Any other table in words."""
    return [Row(str(words.get(key, key)), count) for key, count in _items(table)]


def law_rows(numbers: Mapping[str, Any]) -> list[LawRow]:
    """The numbers of each law, first those of all together; empty in periods of format 1."""
    laws = numbers.get("laws")
    if not laws:
        return []
    times = {name: numbers["time_to_act"][name] for name in _TIMES}
    together = {**all_laws(numbers), **times}
    rows = [_law_row(law, row) for law, row in laws.items()]
    return [_law_row("", together), *sorted(rows, key=lambda row: reading_order(row.name))]


def duration_words(seconds: int | None) -> str:
    """``7 h 40 min``; days where it is longer than three of them; empty where it is hidden."""
    if seconds is None:
        return ""
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours >= _LONG_H:
        return _("%(days)d days %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    if minutes:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(hours)d h") % {"hours": hours}


def flat_rows(
    periods: Iterable[PublishedPeriod],
) -> Iterator[tuple[str, str, str, str, int | None]]:
    """First day, last day, table, name and number of everything that is published; for CSV."""
    for period in periods:
        span = (period.starts_on.isoformat(), period.ends_on.isoformat())
        for table, name, number in _flat("", period.numbers):
            yield (*span, table, name, number)


def _flat(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str, int | None]]:
    for key, inner in value.items():
        here = f"{path}.{key}" if path else key
        if isinstance(inner, Mapping):
            yield from _flat(here, inner)
        elif isinstance(inner, list):
            for band in inner:
                yield here, f"{band['from_h']}-{band['to_h'] or ''}h", band["count"]
        else:
            yield path, key, inner


def _items(table: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    return list(table["counts"].items())


def _sorted(counts: Mapping[str, int | None]) -> list[tuple[str, int | None]]:
    """Largest first; what is hidden by its name, so that its place tells nothing."""
    return sorted(counts.items(), key=lambda pair: (pair[1] is None, -(pair[1] or 0), pair[0]))


def _pages_to_come(site: str) -> PublicPages | None:
    """What the worker is about to keep for a platform that is new here; None for every other."""
    platform = platform_for(site).filter(public_pages__isnull=True).first()
    return new_pages(platform) if platform else None


def _law_row(id_: str, row: Mapping[str, int | None]) -> LawRow:
    law = regimes().get(id_)
    return LawRow(
        name=_(law.short_title) if law else id_,
        unlimited=time_in_words(law.clock) if law and law.clock.length is None else "",
        counts=row,
        times={time: duration_words(row[time]) for time in _TIMES},
    )


def _ground(id_: str) -> str:
    return next(iter(ground_words([id_])), _("Another ground"))
