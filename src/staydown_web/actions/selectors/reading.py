"""What whoever asked reads of a removal that failed, so that staff read it in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.actions.models import Order
from staydown_web.actions.selectors.outcomes import ItemRemoval, Stage
from staydown_web.actions.selectors.removals import removals_of
from staydown_web.cases.models import Item
from staydown_web.cases.selectors import Moment, is_told_of, timeline
from staydown_web.review.selectors.claims import read_cases_of
from staydown_web.review.selectors.items import items_of

_MOST: Final = 10
"""Cases whose reading is told: of one address there are few notices."""
_READS_OF_STAGE: Final[Mapping[Stage, Any]] = {
    Stage.DECIDED: gettext_lazy("The person reads that it is ordered to be removed."),
    Stage.ORDERED: gettext_lazy("The person reads that it is ordered to be removed."),
    Stage.DONE: gettext_lazy("The person reads that it was removed."),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What people read on the pages of their cases of what an order is about.

    Attributes:
        words: a sentence; several, each with the number of its case, where not all read the same;
            none where nobody reads it: all was taken back or has ended, or nothing was decided.
        is_removed: all of them read that it was removed.
    """

    words: list[str]
    is_removed: bool


def reading_of(order: Order) -> Reading:
    """What is read now of what an order is about.

    Cost: as ``removals_of`` for each case.
    """
    if order.decision is None:
        return Reading([], is_removed=False)
    items = items_of(order.decision.task)
    said: dict[str, str] = {}
    for case in read_cases_of(order.decision.task).order_by("filed_at", "pk")[:_MOST]:
        moments = timeline(case)
        removals = removals_of(case, moments)
        of_hers = [item for item in items if item.case_id == case.pk]
        read = (_words(item, removals.of_item(item.pk), moments) for item in of_hers)
        if sentence := _farthest_from_its_end(read):
            said[case.number] = sentence
    if len(set(said.values())) < 2:
        words = sorted(set(said.values()))
        return Reading(words, is_removed=words == [_READS_OF_STAGE[Stage.DONE]])
    each = [_("%(case)s: %(words)s") % {"case": key, "words": one} for key, one in said.items()]
    return Reading(each, is_removed=False)


def _farthest_from_its_end(words: Iterable[tuple[int, str]]) -> str:
    return min(words, default=(0, ""))[1]


def _words(item: Item, removal: ItemRemoval, moments: Iterable[Moment]) -> tuple[int, str]:
    """What is read of one item, after how far that is from an end."""
    is_told = is_told_of(item.pk, item.answered_at, moments)
    if removal.stage == Stage.FAILED:
        if is_told:
            return 1, _(
                "The person reads that it may still be online and that a reviewer has decided "
                "again."
            )
        return 0, _(
            "The person reads that it may still be online and that a reviewer looks at it again."
        )
    if removal.stage is not None:
        return (4 if removal.stage == Stage.DONE else 3), str(_READS_OF_STAGE[removal.stage])
    if item.state != Item.State.KEPT:
        return 2, _("The person reads that a reviewer looks at it.")
    if removal.was_down:
        return 5, _("The person reads that it may be shown again.")
    return 5, _("The person reads that it is not removed.")
