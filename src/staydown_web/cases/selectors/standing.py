"""How a case stands, for its own page, for its helpline and for what is taken to the police."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.selectors.contents import ItemRow, LocationRow, items_of, locations_of
from staydown_web.cases.selectors.timeline import Moment


class Standing(Protocol):
    """What is known of a case, whoever reads it."""

    @property
    def items(self) -> Sequence[ItemRow]:
        """Pictures and videos."""

    @property
    def locations(self) -> Sequence[LocationRow]:
        """Places that she gave."""

    @property
    def moments(self) -> Sequence[Moment]:
        """The story, oldest first."""


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """The same of a case that no page hides from its reader."""

    items: Sequence[ItemRow]
    locations: Sequence[LocationRow]
    moments: Sequence[Moment]


def standing_of(case: Case, moments: Sequence[Moment]) -> CaseStanding:
    """How a case stands.

    Args:
        case: which.
        moments: its story, as ``timeline`` gives it.
    """
    return CaseStanding(items_of(case), locations_of(case), moments)


def items_at(row: LocationRow, view: Standing) -> list[ItemRow]:
    """What an address stands for and she has not taken back; where that is not known, all."""
    living = [one for one in view.items if one.state != Item.State.WITHDRAWN]
    return [one for one in living if row.position in (None, one.position)]


def is_of_link(row: LocationRow, view: Standing) -> bool:
    """Whether an address alone was given: no picture or video with which it could be compared."""
    return not any(one.labels for one in items_at(row, view))


def kept_since(row: LocationRow, view: Standing) -> datetime | None:
    """Since when it is settled that what was found at an address stays; None where it is not."""
    about = items_at(row, view)
    if row.state != Location.State.FOUND or {one.state for one in about} != {Item.State.KEPT}:
        return None
    subjects = {f"item:{one.id}" for one in about}
    settled = [one for one in view.moments if one.what == "item_settled"]
    return max((one.at for one in settled if one.subject in subjects), default=None)
