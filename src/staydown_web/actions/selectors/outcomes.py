"""What came of the removals of one case, as ``removals_of`` reads it: plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.actions.selectors.by_hand import POINTED_WORDS, UNFOUND, UNSEEN_THERE
from staydown_web.cases.models import Item, Location
from staydown_web.cases.selectors import LocationRow, Moment, Standing, items_at, kept_since

HOLDS: Final[Mapping[str, Any]] = {
    "hidden": _("Hidden until a second reviewer has decided"),
    "not_hidden": _("A second reviewer decides"),
}
"""How what is held for a second reviewer stands."""
_UNDECIDED = (Item.State.RECEIVED, Item.State.IN_REVIEW)


class Stage(models.TextChoices):
    """How far the removal of a copy got, or of all copies of an item."""

    DECIDED = "decided", _("To be removed")
    ORDERED = "ordered", _("Ordered to be removed")
    DONE = "removed", _("Removed")
    FAILED = "failed", _("Not removed yet")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that came of a removal after it was decided.

    Attributes:
        at: when.
        stage: ordered (again), done or failed.
    """

    at: datetime
    stage: Stage


@dataclass(frozen=True, slots=True)
class ItemRemoval:
    """What came of the removal of one item.

    Attributes:
        stage: how far it is; None where it is not to be removed, or was never decided.
        was_down: it was out once, whatever became of it since.
        was_ordered: a platform was told; else whoever decided took it down, or it was down before.
        is_by_hand: it had no copy to order away; who decided said that it was removed by hand.
        is_unfound: it is not removed, as nothing of it was found.
        steps: what came after the decision, oldest first.
    """

    stage: Stage | None = None
    was_down: bool = False
    was_ordered: bool = False
    is_by_hand: bool = False
    is_unfound: bool = False
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Something of hers that a reviewer held for a second one.

    Attributes:
        at: since when that cannot be undone any more.
        hidden_at: since when the website has hidden it; None where it has not said so.
        is_open: the second reviewer has still to decide.
        items: ids of hers that it is about.
        places: ids of her addresses where it lies.
        is_let_go: the second reviewer decided that it may be shown again.
        shown_at: since when the website shows it again; None where it has not said so.
    """

    at: datetime
    hidden_at: datetime | None
    is_open: bool
    items: frozenset[UUID]
    places: frozenset[UUID]
    is_let_go: bool = False
    shown_at: datetime | None = None
    seen: frozenset[UUID | None] = frozenset()
    """Ids of items of which something lies at another of her addresses."""

    def without(self, seen: Iterable[UUID | None]) -> Hold:
        """The same, with what lies elsewhere too."""
        return replace(self, seen=frozenset(seen))

    @property
    def state(self) -> str:
        """How it stands, of ``HOLDS``: hidden only where the website said so."""
        return "not_hidden" if self.hidden_at is None else "hidden"

    @property
    def words(self) -> str:
        """The same in words."""
        return str(HOLDS[self.state])

    @property
    def moments(self) -> list[Moment]:
        """That it was to be hidden, when the website had done so, and when it showed it again."""
        ends = {
            "item_to_hide": self.at,
            "item_hidden": self.hidden_at,
            # What lies at no address of hers is not told of: nobody learns where it appears.
            "item_shown": self.shown_at if self.places else None,
        }
        if self.hidden_at == self.at:  # it was out of sight before
            del ends["item_to_hide"]
        return [
            Moment(at, what, f"item:{pk}", {})
            for pk in sorted(self.items)
            for what, at in ends.items()
            if at is not None
        ]


@dataclass(frozen=True, slots=True)
class CaseRemovals:
    """What came of the removals of one case.

    Attributes:
        items: id of an item -> its removal; those are left out of which none was ever decided.
        places: id of an address -> how far the removal of what lies there is.
        since: id of an address -> since when it is so.
        by_hand: id of an address without a copy -> when it was removed there by hand.
        unfound: id of an item -> when it was decided that nothing of it was found, to the second.
        hidden: ids of addresses at which it is hidden until it is removed, of ``hidden_places``.
        holds: what was held for a second reviewer, oldest first, of ``with_holds``.
    """

    items: Mapping[UUID, ItemRemoval] = field(default_factory=dict)
    places: Mapping[UUID, Stage] = field(default_factory=dict)
    since: Mapping[UUID, datetime] = field(default_factory=dict)
    by_hand: Mapping[UUID, datetime] = field(default_factory=dict)
    unfound: Mapping[UUID, set[datetime]] = field(default_factory=dict)
    hidden: frozenset[UUID] = frozenset()
    holds: tuple[Hold, ...] = ()

    @property
    def stages(self) -> frozenset[Stage]:
        """How far the removals of its items are."""
        return frozenset(one.stage for one in self.items.values() if one.stage is not None)

    def are_hidden(self, places: Iterable[LocationRow]) -> bool:
        """Whether all that is to be removed at some addresses is hidden already."""
        waits = (Stage.DECIDED, Stage.ORDERED)
        ids = {place.id for place in places if self.places.get(place.id) in waits}
        return bool(ids) and ids <= self.hidden

    def hold_at(self, place_id: UUID) -> Hold | None:
        """What is held at an address until a second reviewer has decided."""
        return next((one for one in self.holds if one.is_open and place_id in one.places), None)

    def waiting_at(self, place: LocationRow) -> Hold | None:
        """The same, where nothing else says how what was found there stands."""
        is_found = place.state == Location.State.FOUND and place.id not in self.places
        return self.hold_at(place.id) if is_found else None

    def let_go_at(self, place_id: UUID) -> Hold | None:
        """By what something was hidden at an address that may be shown again, and is not yet."""
        ends = (one for one in self.holds if place_id in one.places and one.hidden_at)
        last = max(ends, key=lambda one: one.at, default=None)
        return last if last and last.is_let_go and last.shown_at is None else None

    def hold_of(self, item_id: UUID, state: str) -> Hold | None:
        """By what all that is known of an item is held until a second reviewer has decided.

        Args:
            item_id: of the item.
            state: of ``Item.State``, as it is stored.
        """
        if state not in _UNDECIDED or self.of_item(item_id).stage is not None:
            return None
        mine = [one for one in self.holds if one.is_open and item_id in one.items]
        is_seen = any({None, item_id} & one.seen for one in mine)
        # Of several the one that is not hidden counts.
        return None if is_seen else min(mine, key=lambda one: bool(one.hidden_at), default=None)

    def of_item(self, item_id: UUID) -> ItemRemoval:
        """Of an item; one of which nothing was decided has no stage."""
        return self.items.get(item_id, ItemRemoval())

    def state_of(self, item_id: UUID, state: str) -> tuple[str, str]:
        """How an item stands, as a word for programs and as one for people.

        Args:
            item_id: of the item.
            state: of ``Item.State``, as it is stored.
        """
        removal = self.of_item(item_id)
        if removal.is_unfound:
            return UNFOUND[0], str(UNFOUND[1])
        if hold := self.hold_of(item_id, state):
            return state, hold.words
        stage = removal.stage
        return (str(stage), str(stage.label)) if stage else (state, str(Item.State(state).label))

    def is_unfound_at(self, item_id: UUID, answered_at: str) -> bool:
        """Whether a decision about an item, by its moment, says that nothing of it was found."""
        made = self.unfound.get(item_id, set()) if answered_at else set()
        return bool(made) and datetime.fromisoformat(answered_at).replace(microsecond=0) in made

    def as_it_stands(self, place: LocationRow) -> LocationRow:
        """An address as it was decided by hand: removed there, or nothing of it was found."""
        at = self.by_hand.get(place.id)
        if at is None:
            is_lost = place.item_id is not None and self.of_item(place.item_id).is_unfound
            return replace(place, reason="") if place.is_unseen and is_lost else place
        return replace(place, state=Location.State.REMOVED, reason="", state_at=at)

    def state_at(self, place: LocationRow) -> tuple[str, str]:
        """How an address stands, as a word for programs and as one for people."""
        place = self.as_it_stands(place)
        state, stage = place.state, self.places.get(place.id)
        if state == Location.State.FOUND and stage and stage != Stage.DONE:
            return str(stage), str(stage.label)
        if state == Location.State.FOUND and place.is_pointed:
            return state, str(POINTED_WORDS)
        if place.is_unseen:
            return UNSEEN_THERE[0], str(UNSEEN_THERE[1])
        return str(state), str(Location.State(state).label)

    def since_when(self, place: LocationRow, view: Standing) -> datetime:
        """Since when an address stands as ``state_at`` says.

        Of what failed and is to be removed by a decision since, that decision counts.
        """
        if self.places.get(place.id) == Stage.DECIDED:
            made = [one.answered_at for one in items_at(place, view) if one.answered_at]
            return max(made, default=self.since.get(place.id, place.state_at))
        place = self.as_it_stands(place)
        is_told = self.state_at(place)[0] != place.state
        return self.since.get(place.id, place.state_at) if is_told else place.state_at

    def standing_at(self, place: LocationRow, view: Standing) -> tuple[str, str, datetime]:
        """How an address stands, as a word for programs and one for people, and since when.

        Where it is settled that what was found there stays, that counts; and that it is held.

        Args:
            place: one of hers.
            view: how her case stands.
        """
        if kept := kept_since(place, view):
            return str(Item.State.KEPT), str(Item.State.KEPT.label), kept
        if hold := self.waiting_at(place):
            return str(place.state), hold.words, hold.hidden_at or hold.at
        return *self.state_at(place), self.since_when(place, view)
