"""Escalations begin: cases and sites of which everything is proven, some at a time, fairly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from staydown_web.audit.services import NewEvent, record_events
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.escalation.models import Escalation, Mapping, Sender, Site
from staydown_web.escalation.selectors.policy import is_due
from staydown_web.escalation.selectors.policy_due import due_pairs
from staydown_web.escalation.selectors.policy_grounds import Grounds, grounds_of
from staydown_web.escalation.selectors.policy_links import Pair
from staydown_web.escalation.services.ladders import Ladder, ladder
from staydown_web.escalation.services.mapping import ask_mapping

AT_ONCE = 200
"""Escalations of one transaction: a few statements each, well below a second. Source: ADR-0083."""
_FOUND = 1_000
MAP_HOLDS = timedelta(hours=6)
"""A younger map is used again: names and networks change in hours, not in minutes."""
ASK_AGAIN = timedelta(hours=24)
"""After a map that could not be made."""
_MOST_PAGES = 5
BECAUSE = "escalation"


def open_due_escalations(now: datetime) -> int:
    """Open what is due, at most 1,000; sites and cases take turns, the oldest of each first.

    Returns:
        How many were opened; more than 0 means that there may be more.
    """
    sender = Sender.objects.filter(pk=1, is_on=True).first()
    if sender is None:
        return 0
    used = ladder(sender.ladder)
    start = 0
    for _page in range(_MOST_PAGES):
        # Finding them costs more than opening them, so what was found is opened to its end.
        pairs = due_pairs(now, most=_FOUND, start=start)
        opened = sum(
            _open(pairs[at : at + AT_ONCE], used, now) for at in range(0, len(pairs), AT_ONCE)
        )
        if opened or not pairs:
            return opened
        start += len(pairs)  # nothing of these was due after all: look behind them
    return 0


def ask_failed_mappings(now: datetime) -> int:
    """Ask again for maps that could not be made, a day later.

    Returns:
        How many sites.
    """
    waiting = Escalation.objects.filter(state=Escalation.State.MAPPING)
    newer = Mapping.objects.filter(site=OuterRef("site"), asked_at__gt=now - ASK_AGAIN)
    stuck = waiting.exclude(mapping__state__in=[Mapping.State.DUE, Mapping.State.DONE])
    rows = stuck.filter(~Exists(newer)).order_by("deadline_at")[:AT_ONCE]
    sites = Site.objects.filter(pk__in=[one.site_id for one in rows])
    for site in sites:
        give_mapping(ask_mapping(site=site, now=now, because=BECAUSE))
    return len(sites)


def give_mapping(mapping: Mapping) -> int:
    """Let the open escalations of a site that wait for a map use this one."""
    waiting = Escalation.objects.filter(site=mapping.site_id, state=Escalation.State.MAPPING)
    stuck = waiting.exclude(mapping__state__in=[Mapping.State.DUE, Mapping.State.DONE])
    return stuck.update(mapping=mapping)


@transaction.atomic
def _open(pairs: Sequence[Pair], used: Ladder, now: datetime) -> int:
    # One at a time holds the numbers, here by SQLite's one writer, there by this row.
    Sender.objects.select_for_update().filter(pk=1).first()
    found = grounds_of(pairs, now=now)
    due = [one for one in found.values() if is_due(one, now)]
    if not due:
        return 0
    going_on = _open_pairs(due)
    due = [one for one in due if (one.case.pk, one.site.pk) not in going_on]
    last = Escalation.objects.aggregate(last=Max("number"))["last"] or 0
    maps = _maps({one.site.pk: one.site for one in due}, now)
    rows = [
        _row(one, number, maps[one.site.pk], used, now)
        for number, one in enumerate(due, start=last + 1)
    ]
    Escalation.objects.bulk_create(rows)
    record_events(
        [_event(row, len(one.reportable(now))) for row, one in zip(rows, due, strict=True)]
    )
    return len(rows)


def _open_pairs(due: Sequence[Grounds]) -> set[Pair]:
    rows = Escalation.objects.filter(
        case_id__in={one.case.pk for one in due}, site_id__in={one.site.pk for one in due}
    )
    states = (Escalation.State.ENDED, Escalation.State.STOPPED)
    return set(rows.exclude(state__in=states).values_list("case_id", "site_id"))


def _row(
    grounds: Grounds, number: int, mapping_id: UUID, used: Ladder, now: datetime
) -> Escalation:
    served = grounds.served
    if served.at is None or served.deadline_at is None:
        raise RecordConflictError("the site was not told, or its time is not over")
    return Escalation(
        id=new_id(),
        number=number,
        case=grounds.case,
        site=grounds.site,
        mapping_id=mapping_id,
        ladder=used.id,
        ladder_version=used.version,
        served_at=served.at,
        deadline_at=served.deadline_at,
        opened_at=now,
    )


def _maps(sites: dict[UUID, Site], now: datetime) -> dict[UUID, UUID]:
    """The map of each site: one that is young enough or being made, else a new one."""
    rows = Mapping.objects.filter(site_id__in=sites, asked_at__gt=now - MAP_HOLDS)
    good = rows.filter(state__in=[Mapping.State.DUE, Mapping.State.DONE]).order_by("asked_at")
    found = dict(good.values_list("site_id", "pk"))
    for site_id, site in sites.items():
        if site_id not in found:
            found[site_id] = ask_mapping(site=site, now=now, because=BECAUSE).pk
    return found


def _event(row: Escalation, links: int) -> NewEvent:
    return NewEvent(
        what="escalation_opened",
        actor="system",
        at=row.opened_at,
        case_id=row.case_id,
        subject=f"escalation:{row.pk}",
        facts={
            "number": row.number,
            "site": row.site_id,
            "ladder": row.ladder,
            "ladder_version": row.ladder_version,
            "links": links,
        },
    )
