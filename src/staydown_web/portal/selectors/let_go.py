"""What we may not keep a fingerprint of any more, because somebody in it may be under 18."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from staydown_web.actions.selectors import CaseRemovals
from staydown_web.cases.models import Item
from staydown_web.cases.selectors import ItemRow, PersonView


def let_go_names(view: PersonView, names: Mapping[str, str]) -> list[str]:
    """How her page calls what is not watched for any more.

    Args:
        view: what the page shows.
        names: id of an item -> how it is called.
    """
    return [names[str(item.id)] for item in view.items if item.is_let_go]


def may_be_kept_down(view: PersonView) -> bool:
    """Whether copies of something of hers are stopped, or may be after a decision."""
    gone = {Item.State.KEPT, Item.State.WITHDRAWN}
    return any(item.state not in gone and not item.is_let_go for item in view.items)


def is_unwatched(item: ItemRow, places: Collection[object]) -> bool:
    """Whether it waited for a copy alone, and no copy is stopped any more.

    Args:
        item: of a case.
        places: addresses that were given of it.
    """
    return item.is_let_go and item.state == Item.State.RECEIVED and not places


def unwatched_words() -> str:
    """How such an item stands."""
    return _("Not watched any more")


def state_of(item: ItemRow, view: PersonView, removals: CaseRemovals) -> tuple[str, str]:
    """How an item stands, as a word for programs and as one for people."""
    if is_unwatched(item, [row for row in view.locations if row.position == item.position]):
        return "let_go", unwatched_words()
    return removals.state_of(item.id, item.state)
