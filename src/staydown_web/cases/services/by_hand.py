"""What was taken down by hand, and where: one rule for the time limits and for what is told.

Whoever decided saw it at the platform, where no copy could be ordered away, and took it down there
or had it taken down. It counts for what was reported until then, at that platform alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F

from staydown_web.cases.models import Item, Location

UNSEEN: Final = (Location.State.NOT_FOUND, Location.State.UNREACHABLE)
"""Nothing could be looked at there; a person looks, and decides what the address stands for."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """An item was taken down by hand.

    Attributes:
        item_id: which.
        at: when that was decided.
        platform_id: where.
    """

    item_id: UUID
    at: datetime
    platform_id: UUID


def taken_by_hand(items: Collection[UUID]) -> dict[UUID, ByHand]:
    """Those of these items that a decision that stands says were taken down by hand.

    Cost: one query. Tasks and decisions are of a room below; their rows are read, not their code.
    """
    made = Item.objects.filter(
        pk__in=items,
        answer=Item.Answer.REMOVED,
        tasks__group="",
        tasks__decisions__outcome="remove",
        tasks__decisions__undone_at__isnull=True,
        tasks__decisions__decided_at=F("answered_at"),
    )
    rows = made.values_list("pk", "answered_at", "tasks__platform")
    return {pk: ByHand(pk, at, platform) for pk, at, platform in rows if at is not None}


def down_by_hand(
    place: Location, items: Collection[UUID], by_hand: Mapping[UUID, ByHand]
) -> ByHand | None:
    """By what an address without a copy is down, where all that it stands for was taken down there.

    Not one that came later, nor one that was looked at anew since.

    Args:
        place: any of a case.
        items: what an address that stands for no item yet is about.
        by_hand: of ``taken_by_hand``.
    """
    if place.copy_id is not None or place.state not in (Location.State.NEW, *UNSEEN):
        return None
    # What nobody could see stands for the item in whose task somebody looks there.
    is_looked_for = place.item_id is not None and place.state in UNSEEN
    since = None if is_looked_for else max(place.added_at, place.state_at)
    return last_there(place, items, by_hand, since=since)


def last_there(
    place: Location,
    items: Collection[UUID],
    by_hand: Mapping[UUID, ByHand],
    *,
    since: datetime | None,
) -> ByHand | None:
    """The last of what was taken down by hand at an address; None where something was not.

    Args:
        place: any of a case.
        items: what an address that stands for no item yet is about.
        by_hand: of ``taken_by_hand``.
        since: what was decided before is not about it; None where all is.
    """
    about = {place.item_id} if place.item_id else set(items)
    made = [by_hand[pk] for pk in about if pk in by_hand]
    made = [one for one in made if one.platform_id == place.platform_id]
    made = [one for one in made if since is None or since <= one.at]
    return max(made, key=lambda one: one.at) if about and len(made) == len(about) else None
