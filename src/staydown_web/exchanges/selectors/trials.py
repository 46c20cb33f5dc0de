"""What dry runs came to, with the range that a sample allows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from staydown_web.exchanges.models import DryRun, DryRunDay, DryRunEntry, Exchange
from staydown_web.screening.models import Hit


@dataclass(frozen=True, slots=True)
class Share:
    """A share of uploads as a sample shows it, with the range in which the true one lies.

    ``least`` and ``most`` hold it 19 times of 20. Source: Wilson's interval.
    """

    count: int
    of: int
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class TriedDay:
    """A day of a dry run, over all platforms: uploads seen, looked at, and what became of them."""

    day: date
    seen: int
    looked: int
    logged: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What a dry run came to.

    Attributes:
        days: by day, oldest first.
        seen: clear uploads in these days that had a hash; ``other``: that had none.
        looked: of the first, how many were kept and looked at.
        logged: would only be noted; ``held``, ``blocked``: more than that.
        stopped: the share that would be held or blocked.
        least_a_day: with ``most_a_day``, how many uploads that is on a day.
        most_a_day: see ``least_a_day``.
        has_whole_day: False where today is all there is, which is not over yet.
        kinds: matched uploads by the kind of match.
        distances: matched uploads by how many bits the hashes differ: 0, up to 8, 16, 24, more.
        entries: how many entries matched anything.
        most: those that matched most.
    """

    days: list[TriedDay]
    seen: int
    other: int
    looked: int
    logged: int
    held: int
    blocked: int
    stopped: Share
    least_a_day: int
    most_a_day: int
    has_whole_day: bool
    kinds: dict[str, int]
    distances: list[tuple[int, int, int]]
    entries: int
    most: list[DryRunEntry]


_BANDS = ((0, 0), (1, 8), (9, 16), (17, 24), (25, 256))
_SHOWN_ENTRIES = 50


def last_dry_run(exchange: Exchange) -> DryRun | None:
    """The newest dry run of a list."""
    return DryRun.objects.filter(exchange=exchange).order_by("-asked_at").first()


def matched_uploads(exchange: Exchange) -> int:
    """How many uploads its entries have matched here, noted, held or blocked."""
    hits = Hit.objects.filter(entry__bank_id=exchange.bank_id)
    return hits.values("copy_id").distinct().count()


def tried_by(run: DryRun) -> Tried:
    """What a dry run came to, or has come to so far."""
    rows = list(run.days.order_by("day"))
    days = _by_day(rows)
    whole = [r for r in rows if r.day < run.asked_at.date()]
    least, most = _a_day(whole or rows)
    kinds: Counter[str] = Counter()
    bits: Counter[int] = Counter()
    for row in rows:
        kinds.update(row.kinds)
        bits.update({int(n): count for n, count in row.distances.items()})
    entries = DryRunEntry.objects.filter(run=run)
    return Tried(
        days=days,
        seen=sum(r.seen for r in rows),
        other=sum(r.other for r in rows),
        looked=sum(r.looked for r in rows),
        logged=sum(r.logged for r in rows),
        held=sum(r.held for r in rows),
        blocked=sum(r.blocked for r in rows),
        stopped=_stopped(rows),
        least_a_day=math.floor(least),
        most_a_day=math.ceil(most),
        has_whole_day=bool(whole),
        kinds=dict(kinds.most_common()),
        distances=[(lo, hi, sum(bits[n] for n in range(lo, hi + 1))) for lo, hi in _BANDS],
        entries=entries.count(),
        most=list(
            entries.select_related("entry").order_by("-uploads", "entry_id")[:_SHOWN_ENTRIES]
        ),
    )


def share_of(count: int, of: int) -> Share:
    """A share with the range in which the true one lies, 19 times of 20."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    z, p = 1.96, count / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    least = max(0.0, middle - reach) if count else 0.0
    return Share(count, of, least, min(1.0, middle + reach))


def _stopped(rows: list[DryRunDay]) -> Share:
    return share_of(sum(r.held + r.blocked for r in rows), sum(r.looked for r in rows))


def _a_day(rows: list[DryRunDay]) -> tuple[float, float]:
    """From how many to how many uploads a day would be stopped.

    Platform by platform, because each keeps another share of its uploads; the ends are added, which
    makes the range wider than it need be, never narrower.
    """
    by_platform: defaultdict[UUID, list[DryRunDay]] = defaultdict(list)
    for row in rows:
        by_platform[row.platform_id].append(row)
    least = most = 0.0
    for mine in by_platform.values():
        share, seen_a_day = _stopped(mine), sum(r.seen for r in mine) / len(mine)
        least += share.least * seen_a_day
        most += share.most * seen_a_day
    return least, most


def _by_day(rows: list[DryRunDay]) -> list[TriedDay]:
    by_day: defaultdict[date, list[DryRunDay]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    return [
        TriedDay(
            day,
            sum(r.seen for r in mine),
            sum(r.looked for r in mine),
            sum(r.logged for r in mine),
            sum(r.held + r.blocked for r in mine),
        )
        for day, mine in sorted(by_day.items())
    ]
