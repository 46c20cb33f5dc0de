"""Links that people have to look at before anything about them can leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from staydown_web.cases.models import Clock
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.models import Report, ReportPlace, Sighting, Watch
from staydown_web.escalation.selectors.policy_grounds import ENDED_CASES
from staydown_web.escalation.selectors.policy_links import THERE
from staydown_web.escalation.selectors.sites import domain_of

NEEDED = 2
"""People who must say what a link shows."""


@dataclass(frozen=True, slots=True)
class ToSee:
    """One link to look at.

    Attributes:
        watch: with its place and case.
        domain: of the site.
        url: the address itself.
        seen_by: how many people have looked.
    """

    watch: Watch
    domain: str
    url: str
    seen_by: int


def links_to_see(*, user_id: UUID, now: datetime) -> QuerySet[Watch]:
    """Links whose site let its time pass, that are still there, and that this person did not see.

    Links that a reviewer decided about as a picture here need one person less; they are offered
    all the same, and leave the list when the policy has enough.

    Args:
        user_id: who looks; nobody counts twice.
        now: the moment, aware UTC.
    """
    told = ReportPlace.objects.filter(
        location=OuterRef("location_id"),
        report__purpose=Report.Purpose.FIRST_NOTICE,
        report__state=Report.State.DELIVERED,
        report__due_at__lte=now,
    )
    late = Clock.objects.filter(
        notice__case=OuterRef("location__case_id"), breached_at__isnull=False
    )
    mine = Sighting.objects.filter(location=OuterRef("location_id"), user=user_id)
    doubts = Sighting.objects.filter(location=OuterRef("location_id"))
    rows = Watch.objects.filter(
        Q(Exists(told)) | Q(Exists(late)),
        ~Exists(mine),
        ~Exists(doubts.exclude(says=Sighting.Says.SHOWS)),
        state__in=THERE,
        location__case__providers_agreed_at__isnull=False,
        location__case__withdrawal_due_at__isnull=True,
        location__case__erased_at__isnull=True,
    ).exclude(location__case__state__in=ENDED_CASES)
    rows = rows.annotate(seen_by=Count("location__sightings")).filter(seen_by__lt=NEEDED)
    # One that a person has seen needs one more alone.
    rows = rows.select_related("location__case", "site")
    return rows.order_by("-seen_by", "state_at", "id")


def to_see(watches: Iterable[Watch]) -> list[ToSee]:
    """Those of ``links_to_see`` with their addresses."""
    return [
        ToSee(one, domain_of(one.site), url_of(one.location), one.seen_by)  # type: ignore[attr-defined]
        for one in watches
    ]
