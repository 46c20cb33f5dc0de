"""By what a site is known again: marks that the mapper found, and pictures that were seen there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor, record_event
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal
from staydown_web.cases.models import Case, Claim
from staydown_web.escalation.chain import MarkFound
from staydown_web.escalation.models import Mark, Site, Watch
from staydown_web.escalation.services.kinship_rules import ENTRY

READER: Final = "site_entries"
_KINDS: Final = (
    *("notice_valid", "location_elsewhere", "providers_agreed", "providers_ended"),
    *("item_settled", "case_withdrawn", "case_closed", "minor_closed", "case_erased"),
)
_ENDED: Final = (Case.State.WITHDRAWN, Case.State.CLOSED)
_EVENTS: Final = 50
_MOST_ENTRIES: Final = 2_000
"""Newest ones of one site: more say no more."""


def mark_entries(now: datetime) -> int:
    """Bring the marks of pictures up to date on the sites of cases of which there is news.

    Returns:
        How many events were dealt with.
    """
    news = events_after(reader=READER, kinds=_KINDS, limit=_EVENTS)
    cases = {event.case_id for event in news if event.case_id}
    watched = Watch.objects.filter(location__case__in=cases)
    for site in Site.objects.filter(pk__in=watched.values("site")).order_by("pk"):
        mark_entries_of(site=site, now=now)
    if news:
        move_cursor(reader=READER, seq=news[-1].seq)
    return len(news)


@transaction.atomic
def mark_entries_of(*, site: Site, now: datetime) -> int:
    """The banked entries of living claims whose links are on a site, as its marks.

    What was taken back, withdrawn or erased is no mark any more. Cases that did not agree that
    others are told are left out.

    Returns:
        How many are new.
    """
    entries = _entries_on(site)
    values = {blind(str(one).encode(), purpose=f"mark:{ENTRY}"): one for one in entries}
    mine = Mark.objects.filter(site=site, kind=ENTRY)
    known = set(mine.values_list("blind", flat=True))
    mine.filter(blind__in=known - values.keys()).delete()
    # The label is empty: a person sees how many they are, never which.
    new = [MarkFound(ENTRY, str(values[key]), "") for key in values.keys() - known]
    if not new:
        return 0
    count = _keep_marks(site=site, marks=new, now=now)
    record_event(
        what="site_marked",
        actor="system",
        at=now,
        subject=f"site:{site.pk}",
        facts={"entries": count},
    )
    return count


def _entries_on(site: Site) -> list[UUID]:
    """Of the item at each link; where the item of a link is not known, of all items of its case."""
    watched = Watch.objects.filter(
        site=site, location__case__providers_agreed_at__isnull=False
    ).exclude(location__case__state__in=_ENDED)
    living = Claim.objects.filter(ended_at__isnull=True)
    of_items = living.filter(item__in=watched.values("location__item"))
    unknown = watched.filter(location__item__isnull=True)
    of_cases = living.filter(item__case__in=unknown.values("location__case"))
    found: dict[UUID, None] = {}
    for rows in (of_items, of_cases):
        newest = rows.order_by("-made_at").values_list("entry_id", flat=True)
        found |= dict.fromkeys(newest[:_MOST_ENTRIES])
    return list(found)[:_MOST_ENTRIES]


def _keep_marks(*, site: Site, marks: Iterable[MarkFound], now: datetime) -> int:
    """Keep what a look at a site found; what was known already is seen again.

    Returns:
        How many are new.
    """
    new = 0
    for found in marks:
        mark_id = new_id()
        row, is_new = Mark.objects.get_or_create(
            site=site,
            kind=found.kind,
            blind=blind(found.value.encode(), purpose=f"mark:{found.kind}"),
            defaults={
                "id": mark_id,
                "label_box": seal(found.label.encode(), context=f"mark:{mark_id}"),
                "first_seen_at": now,
                "last_seen_at": now,
            },
        )
        new += is_new
        if not is_new:
            Mark.objects.filter(pk=row.pk).update(last_seen_at=now)
    return new
