"""The links of a case on a site, as far as the policy asks: still there, seen by people, lawful."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from staydown_web.cases.models import Item
from staydown_web.escalation.models import Look, Sighting, Watch

FRESH = timedelta(hours=24)
"""How old the last look may be when something is made or signed. Source: ADR-0083."""
THERE = (Watch.State.THERE, Watch.State.BACK)
_KEPT = (Item.State.KEPT, Item.State.WITHDRAWN)
_SEEN_BY = 2

Pair = tuple[UUID, UUID]
"""Ids of a case and of a site."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link.

    Attributes:
        location_id: of the place.
        state: a value of ``Watch.State``.
        added_at: when she named it.
        looked_at: the last look; None: none yet.
        back_at: when it was last seen to be back; None: it never was gone.
        is_seen: people saw that it shows what the notice describes.
        is_doubted: somebody saw something else, or something that seems lawful.
        is_lawful: somebody saw something that seems lawful.
        is_kept: a decision says that its picture stays, or it was taken back.
    """

    location_id: UUID
    state: str
    added_at: datetime
    looked_at: datetime | None
    back_at: datetime | None
    is_seen: bool
    is_doubted: bool
    is_lawful: bool
    is_kept: bool

    def is_there(self, now: datetime) -> bool:
        """Whether a look within a day found it."""
        return self.state in THERE and self.looked_at is not None and self.looked_at > now - FRESH

    def is_newer(self, moment: datetime | None) -> bool:
        """Whether it came, or came back, after a moment; always where there is none."""
        if moment is None:
            return True
        return self.added_at > moment or (self.back_at is not None and self.back_at > moment)

    def is_reportable(self, now: datetime) -> bool:
        """Whether a report may name it."""
        return self.stands(now) and self.is_seen

    def stands(self, now: datetime) -> bool:
        """Whether what was said of it before still holds."""
        return self.is_there(now) and not (self.is_doubted or self.is_kept)


def links_of(pairs: Sequence[Pair]) -> dict[Pair, list[Link]]:
    """The links of each case on each site, in her order.

    Cost: three queries, whatever the number of pairs.
    """
    watches = list(
        Watch.objects.filter(
            location__case_id__in={case for case, _ in pairs},
            site_id__in={site for _, site in pairs},
        )
        .select_related("location__item")
        .order_by("location__position", "pk")
    )
    sightings = _sightings(watch.location_id for watch in watches)
    back = _back([watch.pk for watch in watches])
    found: dict[Pair, list[Link]] = {pair: [] for pair in pairs}
    for watch in watches:
        pair = (watch.location.case_id, watch.site_id)
        if pair in found:
            says = sightings.get(watch.location_id, [])
            found[pair].append(_link(watch, says, back.get(watch.pk)))
    return found


def _link(watch: Watch, says: Sequence[str], back_at: datetime | None) -> Link:
    item = watch.location.item
    return Link(
        location_id=watch.location_id,
        state=watch.state,
        added_at=watch.location.added_at,
        looked_at=watch.looked_at,
        back_at=back_at,
        is_seen=_is_seen(watch, says),
        is_doubted=any(one != Sighting.Says.SHOWS for one in says),
        is_lawful=Sighting.Says.LAWFUL in says,
        is_kept=item is not None and (item.answer == Item.Answer.KEPT or item.state in _KEPT),
    )


def _is_seen(watch: Watch, says: Sequence[str]) -> bool:
    """Two people looked: at the picture and the link, or both at the link. Source: ADR-0083."""
    if any(one != Sighting.Says.SHOWS for one in says):
        return False
    item = watch.location.item
    is_decided = item is not None and item.answer == Item.Answer.REMOVED
    if is_decided and watch.location.copy_id is not None:
        return True  # the reviewer decided about the copy at this very link
    return len(says) + is_decided >= _SEEN_BY


def _sightings(location_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    rows = Sighting.objects.filter(location_id__in=set(location_ids))
    for location_id, says in rows.values_list("location_id", "says"):
        found[location_id].append(says)
    return found


def _back(watch_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    rows = Look.objects.filter(watch_id__in=watch_ids, state=Watch.State.BACK)
    return dict(rows.values_list("watch_id").annotate(at=Max("at")))
