"""Which cases and sites may be escalated now, in a fair order, found by one query.

Sites and cases take turns: the oldest of each site and of each case comes before the second oldest
of any, so that one with ten thousand cannot keep the others waiting. Source: ADR-0083.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models import Max as MaxOf
from django.db.models.functions import Coalesce

from staydown_web.cases.models import Clock, Item
from staydown_web.escalation.models import (
    Appeal,
    Escalation,
    Look,
    Reply,
    Report,
    ReportPlace,
    Sighting,
    Watch,
)
from staydown_web.escalation.selectors.policy_grounds import ENDED_CASES, OPEN
from staydown_web.escalation.selectors.policy_links import FRESH, THERE, Pair


def due_pairs(now: datetime, *, most: int, start: int = 0) -> list[Pair]:
    """Case and site of what may be escalated, whose turn it is first.

    The caller looks at each again by ``policy_grounds``: this finds, that one decides.

    Args:
        now: the moment, aware UTC.
        most: how many at most.
        start: how many to pass over.

    Cost: one query over the links that are there and not escalated yet, some 60 us each. The order
    is made here: in the query each window would look the times up anew.
    """
    first: dict[Pair, datetime] = {}
    found: QuerySet[Any] = due_links(now).order_by()
    links = found.values_list("due_at", "location__case_id", "site_id")
    for due_at, case_id, site_id in links.iterator(chunk_size=2_000):
        known = first.setdefault((case_id, site_id), due_at)
        if due_at < known:
            first[case_id, site_id] = due_at
    ordered = sorted(first, key=lambda pair: (first[pair], pair))
    of_site: Counter[UUID] = Counter()
    of_case: Counter[UUID] = Counter()
    places: dict[Pair, int] = {}
    for case_id, site_id in ordered:
        of_site[site_id] += 1
        of_case[case_id] += 1
        places[case_id, site_id] = max(of_site[site_id], of_case[case_id])
    ordered.sort(key=places.__getitem__)  # the sort is stable: the oldest of each place first
    return ordered[start : start + most]


def due_links(now: datetime) -> QuerySet[Watch]:
    """Links that are there, seen by people, past their time, and in no open escalation."""
    rows = Watch.objects.filter(
        state__in=THERE,
        looked_at__gt=now - FRESH,
        location__case__providers_agreed_at__isnull=False,
        location__case__withdrawal_due_at__isnull=True,
        location__case__erased_at__isnull=True,
    ).exclude(location__case__state__in=ENDED_CASES)
    rows = rows.annotate(due_at=_due_at()).filter(due_at__lte=now)
    return _not_held(_news(_seen(rows), now))


def _due_at() -> Coalesce:
    """When a link's time is over: by its own notice, else by the clocks of its case here."""
    told = ReportPlace.objects.filter(
        location=OuterRef("location_id"),
        report__purpose=Report.Purpose.FIRST_NOTICE,
        report__state=Report.State.DELIVERED,
        report__site=OuterRef("site_id"),
    )
    clocks = Clock.objects.filter(
        notice__case=OuterRef("location__case_id"), breached_at__isnull=False
    )
    elsewhere = told.order_by().values("location").annotate(at=Min("report__due_at")).values("at")
    here = clocks.order_by().values("notice__case").annotate(at=MaxOf("due_at")).values("at")
    return Coalesce(
        Subquery(elsewhere), Subquery(here), output_field=DateTimeField(null=True, blank=True)
    )


def _seen(rows: QuerySet[Watch]) -> QuerySet[Watch]:
    """As ``policy_links._is_seen``, and not kept by a decision."""
    mine = Sighting.objects.filter(location=OuterRef("location_id"))
    shows = mine.filter(says=Sighting.Says.SHOWS).order_by().values("location")
    rows = rows.annotate(n_shows=Coalesce(Subquery(shows.annotate(n=Count("pk")).values("n")), 0))
    is_removed = Q(location__item__answer=Item.Answer.REMOVED)
    is_seen = (
        Q(n_shows__gte=2)
        | (is_removed & Q(n_shows__gte=1))
        | (is_removed & Q(location__copy__isnull=False))
    )
    is_kept = Q(location__item__answer=Item.Answer.KEPT) | Q(
        location__item__state__in=[Item.State.KEPT, Item.State.WITHDRAWN]
    )
    others = mine.exclude(says=Sighting.Says.SHOWS)
    # A link without an item is not kept: NULL must not drop it.
    return rows.filter(is_seen, ~Exists(others)).filter(~is_kept | Q(location__item__isnull=True))


def _news(rows: QuerySet[Watch], now: datetime) -> QuerySet[Watch]:
    """As ``policy_grounds.Grounds.since``: after a stop only links that came, or came back, later.

    While a site is left alone that holds for every case.
    """
    closed = Escalation.objects.filter(site=OuterRef("site_id")).exclude(state__in=OPEN)
    mine = closed.filter(case=OuterRef("location__case_id"))
    stopped = closed.filter(state=Escalation.State.STOPPED)
    is_cooling = Q(site__cool_until__gt=now)
    # A site can have thousands of them: they are looked for only while it is left alone.
    cooled_at = Case(
        When(is_cooling, then=_newest(stopped)), output_field=DateTimeField(null=True, blank=True)
    )
    rows = rows.annotate(stopped_at=_newest(mine), cooled_at=cooled_at)
    return rows.filter(
        Q(stopped_at__isnull=True) | _came_after("stopped_at"),
        ~is_cooling | Q(cooled_at__isnull=True) | _came_after("cooled_at"),
    )


def _newest(rows: QuerySet[Escalation]) -> Subquery:
    return Subquery(rows.order_by("-ended_at").values("ended_at")[:1])


def _came_after(name: str) -> Q:
    back = Look.objects.filter(watch=OuterRef("pk"), state=Watch.State.BACK, at__gt=OuterRef(name))
    return Q(location__added_at__gt=F(name)) | Q(Exists(back))


def _not_held(rows: QuerySet[Watch]) -> QuerySet[Watch]:
    both = {"case": OuterRef("location__case_id"), "site": OuterRef("site_id")}
    unread = Reply.objects.filter(
        report__case=OuterRef("location__case_id"),
        report__site=OuterRef("site_id"),
        report__purpose=Report.Purpose.FIRST_NOTICE,
        kind=Reply.Kind.ANSWER,
        read_at__isnull=True,
    )
    appeals = Appeal.objects.filter(
        escalation__case=OuterRef("location__case_id"),
        escalation__site=OuterRef("site_id"),
        state=Appeal.State.OPEN,
    )
    going_on = Escalation.objects.filter(state__in=OPEN, **both)
    return rows.filter(~Exists(going_on), ~Exists(unread), ~Exists(appeals))
