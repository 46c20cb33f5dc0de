"""Which places are late, of some hundred cases at once: each by its own time limits.

It counts as the page of a case does, from rows at hand: queries do not grow with the cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max

from staydown_web.actions.selectors.removals import stages_at
from staydown_web.audit.models import Event
from staydown_web.cases.models import Clock, Item, Location
from staydown_web.cases.selectors.clocks import ClockState, state_of
from staydown_web.cases.services.binding import bound_platforms
from staydown_web.cases.services.clocks import covers_place

LOOKED_AT: Final = frozenset(
    {Location.State.FOUND, Location.State.UNREACHABLE, Location.State.NOT_FOUND}
)
_SETTLED: Final = frozenset({Item.State.REMOVED, Item.State.KEPT})
_GONE: Final = (Location.State.ELSEWHERE, Location.State.REMOVED)


def late_places(cases: Collection[UUID], *, now: datetime) -> dict[UUID, set[UUID]]:
    """Case -> its places whose time is over, and of which nobody has decided.

    Args:
        cases: ids.
        now: the moment, aware UTC.
    """
    places = Location.objects.filter(
        case__in=cases, platform__isnull=False, case__valid_at__isnull=False
    ).exclude(state__in=_GONE)
    times = times_of(places.select_related("copy", "item"), cases, now=now)
    over = [place for place, state in times.items() if state == "late"]
    late: dict[UUID, set[UUID]] = defaultdict(set)
    for place in _undecided(over):
        late[place.case_id].add(place.pk)
    return late


def times_of(
    places: Iterable[Location], cases: Collection[UUID], *, now: datetime
) -> dict[Location, str]:
    """How the time of each place stands that has one: ``late`` or ``sent``, by what is open.

    Args:
        places: of these cases.
        cases: ids.
        now: the moment, aware UTC.
    """
    clocks: dict[UUID, list[Clock]] = defaultdict(list)
    open_ = Clock.objects.filter(notice__case__in=cases, ended_at__isnull=True)
    for clock in open_.select_related("notice").prefetch_related("about"):
        clocks[clock.notice.case_id].append(clock)
    laws = {clock.notice.regime for of_case in clocks.values() for clock in of_case}
    bound = {law: bound_platforms(law) for law in laws}
    found = {}
    for place in places:
        about = [
            state_of(clock, now)
            for clock in clocks[place.case_id]
            if covers_place(clock, place, bound[clock.notice.regime])
        ]
        if about:
            found[place] = "late" if ClockState.OVER in about else "sent"
    return found


def _undecided(places: Sequence[Location]) -> list[Location]:
    """Those of which nobody has decided what becomes of them."""
    items: dict[UUID, list[Item]] = defaultdict(list)
    cases = {place.case_id for place in places}
    for item in Item.objects.filter(case__in=cases).exclude(state=Item.State.WITHDRAWN):
        items[item.case_id].append(item)
    told, stages = _told(cases), stages_at(places)
    return [
        place
        for place in places
        if place.state == Location.State.NEW
        or (
            place.state in LOOKED_AT
            and place.pk not in stages
            and not _is_decided(place, items[place.case_id], told)
        )
    ]


def _told(cases: Collection[UUID]) -> dict[str, datetime]:
    """Item, as events name it -> when its person was last told that it may stay or come back."""
    rows = Event.objects.filter(case_id__in=cases, what="restore_told").order_by()
    return dict(rows.values_list("subject").annotate(last=Max("at")))


def _is_decided(place: Location, items: Iterable[Item], told: Mapping[str, datetime]) -> bool:
    about = [item for item in items if place.item_id in (None, item.pk)]
    return bool(about) and all(_is_settled(item, told.get(f"item:{item.pk}")) for item in about)


def _is_settled(item: Item, told_at: datetime | None) -> bool:
    if item.state in _SETTLED:
        return True
    if item.answer == Item.Answer.NONE or item.answered_at is None:
        return False
    return told_at is not None and told_at >= item.answered_at
