"""What became of each item and place, and the case's state that follows from them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case as Choice
from django.db.models import DateTimeField, F, Value, When

from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services.binding import known_elsewhere
from staydown_web.cases.services.clocks import refresh_clocks
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.events import Events

_SETTLED = frozenset({Item.State.REMOVED, Item.State.KEPT})
_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)
_FROM: dict[str, tuple[str, ...]] = {
    Item.State.RECEIVED: (Item.State.IN_REVIEW,),
    Item.State.IN_REVIEW: (Item.State.RECEIVED, Item.State.REMOVED, Item.State.KEPT),
    Item.State.REMOVED: (Item.State.RECEIVED, Item.State.IN_REVIEW, Item.State.KEPT),
    Item.State.KEPT: (Item.State.RECEIVED, Item.State.IN_REVIEW, Item.State.REMOVED),
}
"""Item state -> the states that it may follow. Taken back is never left again."""
_PLACE_FROM: dict[str, tuple[str, ...]] = {
    Location.State.FOUND: (
        Location.State.NEW,
        Location.State.UNREACHABLE,
        Location.State.NOT_FOUND,
        Location.State.REMOVED,
    ),
    Location.State.UNREACHABLE: (Location.State.NEW,),
    Location.State.NOT_FOUND: (Location.State.NEW, Location.State.UNREACHABLE),
    Location.State.REMOVED: (
        Location.State.NEW,
        Location.State.FOUND,
        Location.State.UNREACHABLE,
        Location.State.NOT_FOUND,
    ),
}
_TELLS = frozenset({Location.State.NOT_FOUND, Location.State.UNREACHABLE})
"""What becomes of a place, where the person can help."""


def derive_state(
    *, is_valid: bool, item_states: Collection[str], is_appealed: bool = False
) -> Case.State:
    """The state of a case that has not ended, from whether a notice is valid and its items.

    Args:
        is_valid: a notice of the case is valid.
        item_states: of all its items, in any order.
        is_appealed: a complaint about a decision on it waits.

    Returns:
        Appealed while a complaint waits; decided where every item is settled, in review where one
        is looked at or settled; else valid or needs information.
    """
    if is_appealed:
        return Case.State.APPEALED
    living = [state for state in item_states if state != Item.State.WITHDRAWN]
    if living and all(state in _SETTLED for state in living):
        return Case.State.DECIDED
    if any(state in _SETTLED or state == Item.State.IN_REVIEW for state in living):
        return Case.State.IN_REVIEW
    return Case.State.VALID if is_valid else Case.State.NEEDS_INFORMATION


def refresh_state(*, case: Case) -> str:
    """Bring the stored state up to the items; a case that has ended stays as it is.

    What is known on websites that nobody here serves holds up nothing, unless it is all there is.

    Returns:
        The state.
    """
    away = known_elsewhere(case.items.all()).values("pk")
    states = list(case.items.exclude(pk__in=away).values_list("state", flat=True))
    states = states or list(case.items.values_list("state", flat=True))
    appealed_at = Case.objects.values_list("appealed_at", flat=True).get(pk=case.pk)
    derived = derive_state(
        is_valid=case.valid_at is not None,
        item_states=states,
        is_appealed=appealed_at is not None,
    )
    living = Case.objects.filter(pk=case.pk).exclude(state__in=_ENDED)
    if living.update(state=derived):
        case.state = derived
    else:
        case.refresh_from_db(fields=["state"])
    return case.state


@transaction.atomic
def settle_item(
    *, item: Item, state: str, actor: str, now: datetime, answered_at: datetime | None = None
) -> bool:
    """Note what became of an item: reviewers and the platform's answers lead here.

    Args:
        item: of a case.
        state: of ``Item.State``: in review, removed or kept; received where a review was undone.
        actor: who did it.
        now: the moment, aware UTC.
        answered_at: when it was decided that it is removed or kept; where nobody decided, its time
            limit counts until now.

    Returns:
        False where nothing changed: it was so before, or she has taken it back meanwhile.
    """
    answer = _answer_as(state, answered_at)
    changed = Item.objects.filter(pk=item.pk, state__in=_FROM[state]).update(
        state=state, state_at=now, **answer
    )
    if not changed:
        return False
    item.refresh_from_db(fields=["state", "state_at", "answer", "answered_at"])
    case = Case.objects.get(pk=item.case_id)
    Case.objects.filter(pk=case.pk).update(touched_at=now)
    events = Events(case.pk, actor, now)
    facts: dict[str, Any] = {"state": state, "case_state": refresh_state(case=case)}
    if state in _SETTLED and item.answered_at is not None:
        facts["answered_at"] = item.answered_at
    events.add("item_settled", f"item:{item.pk}", **facts, is_answered=item.answered_at is not None)
    refresh_clocks(case=case, now=now, events=events)
    if state in _SETTLED:
        write_news(case=case, now=now)
    events.record()
    return True


def _answer_as(state: str, answered_at: datetime | None) -> dict[str, Any]:
    """What an item's answer becomes: a decision about it stands, unless it had been settled."""
    if state in _SETTLED:
        return {"answer": state if answered_at else "", "answered_at": answered_at}
    was_settled = When(state__in=_SETTLED, then=Value(None, output_field=DateTimeField()))
    return {
        "answer": Choice(When(state__in=_SETTLED, then=Value("")), default=F("answer")),
        "answered_at": Choice(was_settled, default=F("answered_at")),
    }


@transaction.atomic
def settle_location(
    *, location: Location, state: str, now: datetime, reason: str = "", actor: str = "system"
) -> bool:
    """Note what became of a place.

    Args:
        location: of a case.
        state: found, unreachable, not found or removed, of ``Location.State``.
        now: the moment, aware UTC.
        reason: of ``Location.Reason``, where it is not found or does not answer.
        actor: who did it.

    Returns:
        False where nothing changed.
    """
    changed = Location.objects.filter(pk=location.pk, state__in=_PLACE_FROM[state]).update(
        state=state, reason=reason, state_at=now, next_try_at=None
    )
    if not changed:
        return False
    location.state, location.reason, location.state_at = state, reason, now
    events = Events(location.case_id, actor, now)
    facts = {"reason": reason} if reason else {}
    events.add(f"location_{state}", f"location:{location.pk}", **facts)
    refresh_clocks(case=Case.objects.get(pk=location.case_id), now=now, events=events)
    if state in _TELLS:
        write_news(case=location.case, now=now)
    events.record()
    return True
