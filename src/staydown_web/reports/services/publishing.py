"""Periods that are over are counted once, and then stand for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from staydown_web.accounts.models import Platform
from staydown_web.audit.services import record_event
from staydown_web.reports.models import PublicPages, PublishedPeriod
from staydown_web.reports.services.counting import count_period

COUNTED_AFTER = timedelta(days=14)
"""A period is counted so long after its end: what came on its last day is then decided, and nobody
can watch from day to day what a single request does to the numbers. Source: ADR-0061."""
_AT_ONCE = 4
_QUARTER = 3


def publish_periods(*, now: datetime) -> int:
    """Count and keep the periods that are over, some at a time.

    Returns:
        How many were made; 0 where none is due.
    """
    made = 0
    for platform in Platform.objects.filter(public_pages__isnull=True):
        pages_of(platform)
    for pages in PublicPages.objects.select_related("platform").order_by("counts_from", "pk"):
        for starts_on, ends_on in due_periods(pages, now):
            if made == _AT_ONCE:
                return made
            # Counted before the transaction begins: SQLite would let nobody else write meanwhile.
            numbers = count_period(platform=pages.platform, starts_on=starts_on, ends_on=ends_on)
            made += _publish(pages, starts_on, ends_on, numbers, now)
    return made


def pages_of(platform: Platform) -> PublicPages:
    """What was chosen for a platform. Its periods begin with the month in which it came here."""
    begun = new_pages(platform).counts_from
    return PublicPages.objects.get_or_create(platform=platform, defaults={"counts_from": begun})[0]


def new_pages(platform: Platform) -> PublicPages:
    """What holds for a platform before anybody chose, not saved."""
    return PublicPages(platform=platform, counts_from=platform.created_at.date().replace(day=1))


def due_periods(pages: PublicPages, now: datetime) -> Iterator[tuple[date, date]]:
    """First and last day of each period that is over and not counted, oldest first."""
    last = pages.periods.order_by("-starts_on").values_list("ends_on", flat=True).first()
    starts_on = last + timedelta(days=1) if last else pages.counts_from
    while True:
        ends_on = period_end(starts_on, pages.unit)
        if now.date() < ends_on + timedelta(days=1) + COUNTED_AFTER:
            return
        yield starts_on, ends_on
        starts_on = ends_on + timedelta(days=1)


def period_end(starts_on: date, unit: str) -> date:
    """The last day of the period that begins on a day; after a change of unit it is shorter."""
    month = starts_on.month
    if unit == PublicPages.Unit.QUARTER:
        month = (month - 1) // _QUARTER * _QUARTER + _QUARTER
    after = date(starts_on.year + month // 12, month % 12 + 1, 1)
    return after - timedelta(days=1)


@transaction.atomic
def choose_pages(
    *,
    platform: Platform,
    is_report_public: bool,
    unit: str,
    contact: str,
    actor: str,
    now: datetime,
) -> PublicPages:
    """Keep what an administrator chose. Another unit holds from the next period on."""
    pages = pages_of(platform)
    pages.is_report_public, pages.unit, pages.contact = is_report_public, unit, contact
    pages.save(update_fields=["is_report_public", "unit", "contact"])
    record_event(
        what="settings_changed",
        actor=actor,
        at=now,
        subject=f"public_pages:{pages.pk}",
        facts={"report": is_report_public, "unit": unit},
    )
    return pages


@transaction.atomic
def _publish(
    pages: PublicPages, starts_on: date, ends_on: date, numbers: dict[str, Any], now: datetime
) -> int:
    _, is_new = PublishedPeriod.objects.get_or_create(
        pages=pages,
        starts_on=starts_on,
        defaults={"ends_on": ends_on, "numbers": numbers, "made_at": now},
    )
    if is_new:
        facts = {"from": starts_on.isoformat(), "to": ends_on.isoformat()}
        record_event(
            what="period_published",
            actor="system",
            at=now,
            subject=f"public_pages:{pages.pk}",
            facts=facts,
        )
    return int(is_new)
