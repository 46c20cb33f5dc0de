"""Who was not told yet, case by case and website by website; addresses of one page are opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.actions.selectors import CaseRemovals
from staydown_web.base.errors import SealError
from staydown_web.cases.models import Case, Location, Telling
from staydown_web.cases.selectors import CaseStanding, LocationRow
from staydown_web.cases.selectors.helplines import note_of_telling
from staydown_web.cases.services.places import url_of
from staydown_web.portal.selectors.addresses import host_of, is_decided
from staydown_web.portal.selectors.case_page import Chip, address_chip
from staydown_web.portal.selectors.caseload.late import LOOKED_AT, times_of
from staydown_web.portal.selectors.caseload.rows import ENDED, Row

OPEN: Final = frozenset({"unsent", "incomplete", "silent", "late", "perhaps_late"})
"""Of ``PlaceRow.state``: those for which somebody at the helpline has to do something."""


_WORDS: Final = {
    "unsent": (gettext_lazy("No notice was sent"), "heed"),
    "incomplete": (gettext_lazy("The notice is not complete"), "heed"),
    "late": (gettext_lazy("Told, no answer in time"), "heed"),
    "perhaps_late": (gettext_lazy("Told, no answer yet; its time may be over"), "heed"),
    "silent": (gettext_lazy("Told, no answer yet"), "heed"),
    "told": (gettext_lazy("Told, time is left"), "now"),
    "sent": (gettext_lazy("Notice sent, time is left"), "now"),
    "perhaps_sent": (gettext_lazy("Notice sent, no answer yet"), "now"),
    "answered": (gettext_lazy("It answered"), "done"),
    "done": (gettext_lazy("Decided"), "done"),
}
_ICONS: Final = {"heed": "look", "now": "half", "done": "check"}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One address, and whether who runs it knows.

    Attributes:
        id: of the location.
        url: unsealed; empty after erasure.
        host: the website, as people know it.
        platform: its name where it takes part in this service; else empty.
        state: ``unsent`` (nobody told it), ``incomplete`` (the notice is not complete),
            ``sent`` (told, time is left), ``silent`` (told by other means, time to ask again),
            ``late`` (told, and its time is over), ``perhaps_late`` and ``perhaps_sent`` (the same
            where the first day of the law is not confirmed), ``told`` (told by other means, time is
            left), ``answered`` (it answered) or ``done`` (removed, or decided, or no time runs).
        words: the state in words.
        tone: of its chip.
        icon: of its chip.
        telling: how it was told by other means, or None.
        note: of that, unsealed.
    """

    id: UUID
    url: str
    host: str
    platform: str
    state: str
    words: str
    tone: str
    icon: str
    telling: Telling | None
    note: str

    @property
    def is_open(self) -> bool:
        """Whether somebody at the helpline has to do something."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class UntoldCase:
    """A case with places that were not told, or did not answer.

    Attributes:
        row: of the case.
        places: website -> its addresses.
    """

    row: Row
    places: list[tuple[str, list[PlaceRow]]]


def untold_cases(
    rows: Sequence[Row], *, late: Mapping[UUID, Mapping[UUID, str]], now: datetime
) -> list[UntoldCase]:
    """The open places of some cases: two queries, and one unsealing for each place.

    Args:
        rows: of the cases.
        late: of ``late_places``.
        now: the moment, aware UTC.
    """
    cases = {row.case.pk: row.case for row in rows}
    places = Location.objects.filter(case__in=cases).select_related("platform")
    tellings = _living_tellings(list(cases))
    by_case: dict[UUID, list[PlaceRow]] = {}
    for place in places.order_by("position", "id"):
        case = cases[place.case_id]
        time = late.get(case.pk, {}).get(place.pk, "")
        row = _place(place, case, tellings.get(place.pk), now, _Known(None, bool(time), time))
        if row.is_open:
            by_case.setdefault(case.pk, []).append(row)
    return [
        UntoldCase(row, by_website(by_case[row.case.pk])) for row in rows if row.case.pk in by_case
    ]


def places_of_case(
    case: Case, *, standing: CaseStanding, removals: CaseRemovals, now: datetime
) -> list[tuple[str, list[PlaceRow]]]:
    """All places of one case, website by website; each reads as on her own page.

    Args:
        case: which.
        standing: how it stands.
        removals: what came of what was to be removed.
        now: the moment, aware UTC.
    """
    tellings = _living_tellings([case.pk])
    places = case.locations.select_related("platform").order_by("position", "id")
    times = {place.pk: time for place, time in times_of(places, [case.pk], now=now).items()}
    known = {row.id: _known(row, standing, removals, times) for row in standing.locations}
    return by_website(
        [_place(place, case, tellings.get(place.pk), now, known[place.pk]) for place in places]
    )


def by_website(places: Sequence[PlaceRow]) -> list[tuple[str, list[PlaceRow]]]:
    """Places by their website: those with something to do first, then by name."""
    found: dict[str, list[PlaceRow]] = {}
    for place in places:
        found.setdefault(place.platform or place.host, []).append(place)
    return sorted(found.items(), key=lambda pair: (not any(p.is_open for p in pair[1]), pair[0]))


def _living_tellings(cases: Sequence[UUID]) -> dict[UUID, Telling]:
    rows = Telling.objects.filter(location__case_id__in=cases, undone_at__isnull=True)
    return {row.location_id: row for row in rows.select_related("location", "made_by")}


@dataclass(frozen=True, slots=True)
class _Known:
    """What her own page says of an address.

    Attributes:
        chip: how it stands; None in the list of many cases.
        is_open: nobody has decided what becomes of it.
        time: how the time stands that runs for it, of ``times_of``; empty where none does.
    """

    chip: Chip | None
    is_open: bool
    time: str


def _known(
    row: LocationRow, standing: CaseStanding, removals: CaseRemovals, times: Mapping[UUID, str]
) -> _Known:
    place = removals.as_it_stands(row)
    # One that came since, or came again, is looked at anew, whatever was decided before.
    is_new = place.state == Location.State.NEW
    is_settled = is_decided(place, standing) or removals.places.get(row.id) is not None
    is_open = is_new or (place.state in LOOKED_AT and not is_settled)
    return _Known(address_chip(row, standing, removals), is_open, times.get(row.id, ""))


def _place(
    place: Location,
    case: Case,
    telling: Telling | None,
    now: datetime,
    known: _Known,
) -> PlaceRow:
    state = _state(place, case, telling, now, known)
    words, tone, icon = _words(state, case, known)
    try:
        url = url_of(place)
        note = note_of_telling(telling) if telling else ""
    except SealError:  # the case was erased between two queries
        url = note = ""
    return PlaceRow(
        id=place.pk,
        url=url,
        host=host_of(url) or _("a website"),
        platform=place.platform.name if place.platform else "",
        state=state,
        words=words,
        tone=tone,
        icon=icon,
        telling=telling,
        note=note,
    )


def _state(
    place: Location,
    case: Case,
    telling: Telling | None,
    now: datetime,
    known: _Known,
) -> str:
    if place.state == Location.State.REMOVED or (known.chip and known.chip.tone == "done"):
        return "done"
    if case.state in ENDED:
        return "done"
    if place.platform_id is None or case.valid_at is None:
        if telling is not None:
            return _state_told(telling, now.date())
        return "unsent" if place.platform_id is None else "incomplete"
    return known.time if known.is_open and known.time else "done"


def _state_told(telling: Telling, today: date) -> str:
    if telling.answered_on is not None:
        return "answered"
    again = telling.ask_again_on
    return "silent" if again is not None and again <= today else "told"


def _words(state: str, case: Case, known: _Known) -> tuple[str, str, str]:
    chip = known.chip
    if chip is not None and state == "done":
        is_over = case.state in ENDED and known.is_open
        return (
            (str(Case.State(case.state).label), "wait", "dot")
            if is_over
            else (chip.words, chip.tone, chip.icon)
        )
    words, tone = _WORDS[state]
    return str(words), tone, _ICONS[tone]
