"""One fact is one line of the story, where two events tell it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from staydown_web.cases.selectors import Moment, PersonView

_SAME: Final = timedelta(minutes=1)
"""As exact as the story is read: its times show no seconds."""


def told_at_place(moments: Sequence[Moment], view: PersonView) -> list[Moment]:
    """The moments without the removal of an item that its address told in the same minute."""
    of_place = {f"location:{row.id}": f"item:{row.item_id}" for row in view.locations}
    removed = [one for one in moments if one.what == "location_removed"]
    gone = [(of_place.get(one.subject), one.at) for one in removed]
    return [
        one
        for one in moments
        if one.what != "item_removed"
        or not any(item == one.subject and abs(at - one.at) < _SAME for item, at in gone)
    ]
