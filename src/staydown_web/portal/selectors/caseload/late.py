"""Which places are late, of some hundred cases at once: each by its own time limits.

It counts as the page of a case does, from rows at hand: queries do not grow with the cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max, prefetch_related_objects

from staydown_web.actions.selectors.removals import stages_at
from staydown_web.audit.models import Event
from staydown_web.cases.models import Clock, Item, Location
from staydown_web.cases.selectors.clocks import ClockState, state_of
from staydown_web.cases.services.binding import bound_platforms
from staydown_web.cases.services.clocks import covers_place
from staydown_web.regimes.selectors import is_sure

LOOKED_AT: Final = frozenset(
    {Location.State.FOUND, Location.State.UNREACHABLE, Location.State.NOT_FOUND}
)
_SETTLED: Final = frozenset({Item.State.REMOVED, Item.State.KEPT})
_GONE: Final = (Location.State.ELSEWHERE, Location.State.REMOVED)


PERHAPS: Final = "perhaps_"
"""Before how a time stands that laws alone set of which the first day is not confirmed."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who must act next in a case.

    Attributes:
        names: of the platforms; empty where there is nothing to tell apart.
        is_sure: the first day of a law that sets this time is known.
    """

    names: str
    is_sure: bool


def late_places(cases: Collection[UUID], *, now: datetime) -> dict[UUID, dict[UUID, str]]:
    """Case -> its places whose time is over, and of which nobody has decided -> how it stands.

    Args:
        cases: ids.
        now: the moment, aware UTC.
    """
    places = Location.objects.filter(
        case__in=cases, platform__isnull=False, case__valid_at__isnull=False
    ).exclude(state__in=_GONE)
    times = times_of(places.select_related("copy", "item"), cases, now=now)
    over = [place for place, state in times.items() if state in {"late", f"{PERHAPS}late"}]
    late: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for place in _undecided(over):
        late[place.case_id][place.pk] = times[place]
    return late


def times_of(
    places: Iterable[Location], cases: Collection[UUID], *, now: datetime
) -> dict[Location, str]:
    """How the time of each place stands that has one: ``late`` or ``sent``, by what is open.

    Under a law of which the first day is not confirmed ``perhaps_late`` and ``perhaps_sent``.

    Args:
        places: of these cases.
        cases: ids.
        now: the moment, aware UTC.
    """
    clocks: dict[UUID, list[Clock]] = defaultdict(list)
    for clock in _open_clocks(cases):
        clocks[clock.notice.case_id].append(clock)
    bound = _bound(clock for of_case in clocks.values() for clock in of_case)
    found = {}
    for place in places:
        about = [
            clock
            for clock in clocks[place.case_id]
            if covers_place(clock, place, bound[clock.notice.regime])
        ]
        if about:
            found[place] = _stands(about, now)
    return found


def _stands(clocks: Sequence[Clock], now: datetime) -> str:
    over = [one.notice.regime for one in clocks if state_of(one, now) is ClockState.OVER]
    if over:
        return "late" if is_sure(over) else f"{PERHAPS}late"
    return "sent" if is_sure(one.notice.regime for one in clocks) else f"{PERHAPS}sent"


def _open_clocks(cases: Collection[UUID]) -> list[Clock]:
    """What runs, stands still or is over in some cases, what is due first before the others."""
    rows = Clock.objects.filter(notice__case__in=cases, ended_at__isnull=True)
    clocks = list(rows.select_related("notice").order_by("due_at"))
    of_answers = [clock for clock in clocks if clock.cause == Clock.Cause.ANSWER]
    prefetch_related_objects(of_answers, "about", "notice__case__items")
    return clocks


def _bound(clocks: Iterable[Clock]) -> dict[str, set[UUID] | None]:
    """Law -> the platforms that it binds, as ``bound_platforms`` tells them apart."""
    return {law: bound_platforms(law) for law in {clock.notice.regime for clock in clocks}}


def who_acts(cases: Collection[UUID]) -> dict[UUID, Acting]:
    """Case -> the platforms that must act next, by the places that its nearest time is about.

    Without names are cases of which no place is about it, and those where it is under a law that
    binds every platform: there is nothing to tell apart. Left out are those in which nothing runs.

    Args:
        cases: ids.
    """
    nearest: dict[UUID, list[Clock]] = defaultdict(list)
    for clock in _open_clocks(cases):
        of_case = nearest[clock.notice.case_id]
        if clock.paused_at is None and (not of_case or of_case[0].due_at == clock.due_at):
            of_case.append(clock)
    first = {case: of_case[0] for case, of_case in nearest.items() if of_case}
    names = _names(first)
    return {
        case: Acting(names.get(case, ""), is_sure(one.notice.regime for one in nearest[case]))
        for case in first
    }


def _names(nearest: Mapping[UUID, Clock]) -> dict[UUID, str]:
    bound = _bound(nearest.values())
    apart = [case for case, one in nearest.items() if bound[one.notice.regime] is not None]
    if not apart:
        return {}
    places = Location.objects.filter(case__in=apart, platform__isnull=False)
    names: dict[UUID, dict[str, None]] = defaultdict(dict)
    for place in places.select_related("platform").order_by("position"):
        clock = nearest[place.case_id]
        if place.platform and covers_place(clock, place, bound[clock.notice.regime]):
            names[place.case_id][place.platform.name] = None
    return {case: ", ".join(of_case) for case, of_case in names.items()}


def _undecided(places: Sequence[Location]) -> list[Location]:
    """Those of which nobody has decided what becomes of them."""
    items: dict[UUID, list[Item]] = defaultdict(list)
    cases = {place.case_id for place in places}
    for item in Item.objects.filter(case__in=cases).exclude(state=Item.State.WITHDRAWN):
        items[item.case_id].append(item)
    answered = [one for of_case in items.values() for one in of_case if one.answered_at]
    told = _told({item.case_id for item in answered})
    stages = stages_at(places)
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
    if not cases:
        return {}
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
