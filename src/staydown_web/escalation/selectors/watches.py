"""What is known of the links that are watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from staydown_web.cases.models import Case
from staydown_web.escalation.models import Look, Site, Watch


@dataclass(frozen=True, slots=True)
class Counts:
    """How a case's links on a site stand.

    Attributes:
        new: not looked at yet.
        there: still there.
        gone: gone.
        moved: lead to another page that shows something.
        geo_blocked: closed to our country.
        unreachable: no answer.
        back: there again after they were gone.
        looked_at: the newest look at any of them; None before the first.
    """

    new: int = 0
    there: int = 0
    gone: int = 0
    moved: int = 0
    geo_blocked: int = 0
    unreachable: int = 0
    back: int = 0
    looked_at: datetime | None = None

    @property
    def total(self) -> int:
        """All links that are watched."""
        seen = self.new + self.there + self.gone + self.moved
        return seen + self.geo_blocked + self.unreachable + self.back

    @property
    def standing(self) -> int:
        """Links that show something, or may."""
        return self.total - self.gone

    @property
    def is_all_gone(self) -> bool:
        """Whether there are links, and each is gone."""
        return self.total > 0 and self.gone == self.total


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One link of a case.

    Attributes:
        location_id: of the place.
        position: in her order.
        site_id: of the site.
        state: of ``Watch.State``.
        state_at: since when.
        looked_at: the newest look; None before the first.
        next_look_at: None where it is not looked at any more.
    """

    location_id: UUID
    position: int
    site_id: UUID
    state: Watch.State
    state_at: datetime
    looked_at: datetime | None
    next_look_at: datetime | None

    @property
    def label(self) -> str:
        """The state in words."""
        return str(self.state.label)


def standing_of(case: Case, site: Site) -> Counts:
    """How a case's links on a site stand."""
    rows = Watch.objects.filter(location__case=case, site=site)
    found = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    newest = rows.aggregate(at=Max("looked_at"))["at"]
    return Counts(looked_at=newest, **{str(state): count for state, count in found.items()})


def of_case(case: Case) -> list[WatchRow]:
    """The links of a case that are watched, in her order."""
    rows = Watch.objects.filter(location__case=case).select_related("location")
    return [_row(one) for one in rows.order_by("location__position", "location_id")]


def looks_of(location_id: UUID) -> QuerySet[Look]:
    """The looks at a link that are kept, newest first, by the id of its place."""
    return Look.objects.filter(watch__location_id=location_id).order_by("-at", "-pk")


def reappeared() -> QuerySet[Watch]:
    """Links that are back, newest first: somebody has to look at what follows."""
    rows = Watch.objects.filter(state=Watch.State.BACK, next_look_at__isnull=False)
    return rows.select_related("location__case", "site").order_by("-state_at", "pk")


def _row(watch: Watch) -> WatchRow:
    return WatchRow(
        location_id=watch.location_id,
        position=watch.location.position,
        site_id=watch.site_id,
        state=Watch.State(watch.state),
        state_at=watch.state_at,
        looked_at=watch.looked_at,
        next_look_at=watch.next_look_at,
    )
