"""What was decided without a copy: it was removed there by hand, or nothing of it was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import Moment
from staydown_web.cases.services.by_hand import ByHand, down_by_hand
from staydown_web.review.models import NOT_HERE, Decision

UNFOUND: Final = ("not_found", _("Nothing found"))
"""Of an item of which nothing was found: a word for programs and one for people."""
UNSEEN_THERE: Final = ("unseen", _("It could not be looked at"))
"""Of an address at which something may be."""
POINTED_WORDS = _("Found at another address of the website")
"""Of an address at which nothing was seen: its picture lies where a reviewer pointed."""


def unfound_of(
    case: Case, items: Mapping[UUID, Item], moments: Iterable[Moment]
) -> tuple[dict[UUID, set[datetime]], set[UUID]]:
    """Of which items of a case it was decided that nothing was found.

    Returns:
        Item -> when that was decided, to the second; and the items of which it stands.

    Cost: one query, where anything of the case was kept.
    """
    if not any(_is_kept(moment) for moment in moments):
        return {}, set()
    made = Decision.objects.filter(
        task__item__case=case, outcome=Decision.Outcome.RESTORE, made_firm_at__isnull=False
    )
    found: defaultdict[UUID, set[datetime]] = defaultdict(set)
    for item_id, grounds, at in made.values_list("task__item", "grounds", "decided_at"):
        if NOT_HERE in grounds:
            found[item_id].add(at.replace(microsecond=0))
    return dict(found), {pk for pk, made_at in found.items() if _stands(items[pk], made_at)}


def _stands(item: Item, made_at: set[datetime]) -> bool:
    at = item.answered_at
    return item.state == Item.State.KEPT and at is not None and at.replace(microsecond=0) in made_at


def places_by_hand(case: Case, by_hand: Mapping[UUID, ByHand]) -> dict[UUID, datetime]:
    """Addresses without a copy at which something was removed by hand; since when.

    An address that stands for no item yet is about all of them.

    Args:
        case: whose.
        by_hand: id of an item that is removed -> how, without a copy.
    """
    if not by_hand:
        return {}
    living = case.items.exclude(state=Item.State.WITHDRAWN)
    items = list(living.values_list("pk", flat=True))
    places = case.locations.filter(copy__isnull=True)
    found = {place.pk: down_by_hand(place, items, by_hand) for place in places}
    return {pk: made.at for pk, made in found.items() if made is not None}


def _is_kept(moment: Moment) -> bool:
    is_settled = moment.what == "item_settled" and moment.facts.get("answered_at")
    return bool(is_settled and moment.facts.get("state") == Item.State.KEPT)
