"""Which time limits are about an address: a law counts where it binds. ADR-0027."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import ClockState, ClockView, LocationRow, PersonView
from staydown_web.cases.services.binding import laws_at, unbound_platforms
from staydown_web.cases.services.places import owners
from staydown_web.portal.selectors.limits import law_of_time
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import regime


@dataclass(frozen=True, slots=True)
class PlaceTime:
    """The time limits that are about some addresses, what matters most first.

    Attributes:
        clocks: these.
        since: when what is shown began; None where nothing did.
        due_at: when it ends; None where no law sets a time, or it stands still.
        is_of_others: her notice follows rules of other websites alone.
        law: which sets that time; None where none does.
    """

    clocks: tuple[ClockView, ...]
    since: datetime | None
    due_at: datetime | None
    is_of_others: bool = False
    law: Regime | None = None


def time_of(rows: Sequence[LocationRow], view: PersonView) -> PlaceTime:
    """Which time limits of a case are about some addresses of it."""
    ids = {row.id for row in rows}
    about = tuple(clock for clock in view.clocks if clock.places & ids)
    if not about:
        return PlaceTime((), None, None, is_of_others=bool(view.clocks))
    timed = [one for one in about if one.due_at and one.state is not ClockState.PAUSED]
    if timed:
        due_at = timed[0].due_at
        return PlaceTime(about, timed[0].valid_at, due_at, law=law_of_time(timed, due_at))
    return PlaceTime(about, next((one.valid_at for one in about if one.valid_at), None), None)


def no_time_before(case: Case, platform: Platform) -> str:
    """The same before an address there is added, and what can be done instead."""
    laws = [_(regime(id_).short_title) for id_ in laws_at([platform], way=case.way)]
    words = _(
        "The rules of this notice do not apply to %(website)s, so no time limit will run there. "
        "A reviewer looks at the address all the same. You can also send the website a new "
        "notice under the rules that apply there (%(laws)s), or write to it yourself."
    )
    return words % {"website": platform.name, "laws": "; ".join(laws)}


def no_time_by_origin(case: Case) -> dict[str, str]:
    """Origin -> what to say before an address there is added to a case; for any other nothing."""
    notes = {one.pk: no_time_before(case, one) for one in unbound_platforms(case)}
    return {origin: notes[one.pk] for origin, one in owners().items() if one.pk in notes}


def no_time_words() -> str:
    """Of a website that is served here, and to which no rule of her notice applies."""
    return _(
        "The rules that your notice follows do not apply to this website, so they set it no time. "
        "If other rules apply there, you can send a new notice under them."
    )
