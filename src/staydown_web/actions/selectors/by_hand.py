"""What was decided without a copy: it was removed there by hand, or nothing of it was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.selectors import Moment
from staydown_web.cases.services.looking import UNSEEN
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


def places_by_hand(case: Case, by_hand: Mapping[UUID, Decision]) -> dict[UUID, datetime]:
    """Addresses without a copy at which something was removed by hand; since when.

    An address that stands for no item yet is about all of them.

    Args:
        case: whose.
        by_hand: id of an item that is removed -> the decision by which it was, without a copy.
    """
    if not by_hand:
        return {}
    living = case.items.exclude(state=Item.State.WITHDRAWN).values_list("pk", flat=True)
    all_ = set(living)
    places = case.locations.filter(copy__isnull=True, state__in=(Location.State.NEW, *UNSEEN))
    found = {}
    for place in places:
        about = {place.item_id} if place.item_id else all_
        made = [by_hand[pk] for pk in about if pk in by_hand]
        if about and len(made) == len(about) and all(_is_about(one, place) for one in made):
            found[place.pk] = max(one.decided_at for one in made)
    return found


def _is_about(decision: Decision, place: Location) -> bool:
    """Not of an address that came later, nor of one that is looked at anew since."""
    if place.platform_id != decision.task.platform_id:
        return False
    # What nobody could see stands for the item in whose task somebody looks there.
    is_looked_for = place.item_id is not None and place.state in UNSEEN
    return is_looked_for or max(place.added_at, place.state_at) <= decision.decided_at


def _is_kept(moment: Moment) -> bool:
    is_settled = moment.what == "item_settled" and moment.facts.get("answered_at")
    return bool(is_settled and moment.facts.get("state") == Item.State.KEPT)
