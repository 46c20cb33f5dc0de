"""All that the person's own page shows, in one record; the same for a real and a feigned ending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Claim, Item
from staydown_web.cases.selectors.clocks import ClockState, ClockView, clocks_of
from staydown_web.cases.selectors.contents import (
    ItemRow,
    LocationRow,
    MessageRow,
    NoticeRow,
    items_of,
    locations_of,
    messages_of,
    notices_of,
)
from staydown_web.cases.selectors.timeline import Moment, timeline
from staydown_web.cases.services.expiring import ends_by_itself
from staydown_web.cases.services.veiling import is_shown_ended, taken_back_until
from staydown_web.screening.services import blocked_weeks


@dataclass(frozen=True, slots=True)
class PersonView:
    """A case as its own page shows it.

    Attributes:
        number: of the case.
        way: of ``Case.Way``.
        state: of ``Case.State``; withdrawn from the moment it was asked, pause or not.
        filed_at: when it was filed.
        valid_at: when a notice of it was complete; None before.
        due_at: when the platform must have acted next, or had to; None where no law sets a time.
        expires_at: when a case about a threat ends by itself; None for every other, once a copy
            came that is looked at or was removed, and where nothing is watched for any more.
        withdrawn_at: when taking back was asked; None where it was not.
        opens_until: until when a page that says "taken back" can be opened; None for every other.
        is_erased: what she wrote was erased when its time was over.
        can_be_taken_back: something is left to take back, if only her claim on what is blocked.
        notices: how each stands.
        items: pictures and videos.
        locations: places that she gave.
        moments: the story, oldest first.
        messages: oldest first.
        clocks: every time limit, what matters most first.
        blocked: Monday -> uploads stopped in that week; confirmed entries only, weeks late.
    """

    number: str
    way: str
    state: str
    filed_at: datetime
    valid_at: datetime | None
    due_at: datetime | None
    expires_at: datetime | None
    withdrawn_at: datetime | None
    opens_until: datetime | None
    is_erased: bool
    can_be_taken_back: bool
    notices: tuple[NoticeRow, ...]
    items: tuple[ItemRow, ...]
    locations: tuple[LocationRow, ...]
    moments: tuple[Moment, ...]
    messages: tuple[MessageRow, ...]
    clocks: tuple[ClockView, ...]
    blocked: Mapping[date, int]


def waits_for_upload(view: PersonView) -> bool:
    """Whether something was only threatened, and no copy of it has come."""
    states = {item.state for item in view.items}
    is_untouched = states <= {Item.State.RECEIVED, Item.State.WITHDRAWN}
    return view.way == Case.Way.THREATENED and is_untouched


def are_let_go(items: Iterable[ItemRow]) -> bool:
    """Whether nothing is watched for any more: every fingerprint had to be deleted."""
    living = [item for item in items if item.state != Item.State.WITHDRAWN]
    return bool(living) and all(item.is_let_go for item in living)


def person_view(*, case: Case, is_unveiled: bool, now: datetime) -> PersonView:
    """What the page of a case shows.

    Args:
        case: fresh from the database.
        is_unveiled: of the case that ``open_case`` gave, kept in the session.
        now: the moment, aware UTC.
    """
    if is_shown_ended(case, is_unveiled=is_unveiled):
        return _ended(case, taken_back_until(case, is_unveiled=is_unveiled))
    asked = case.withdrawal_asked_at
    clocks, items = clocks_of(case, now=now), items_of(case)
    return PersonView(
        number=case.number,
        way=case.way,
        state=case.state,
        filed_at=case.filed_at,
        valid_at=case.valid_at,
        due_at=_due_at(clocks),
        expires_at=case.expires_at if _is_watched(items) else None,
        withdrawn_at=asked if case.state == Case.State.WITHDRAWN else None,
        opens_until=None,
        is_erased=case.erased_at is not None,
        can_be_taken_back=case.state != Case.State.CLOSED or _has_claims(case),
        notices=tuple(notices_of(case)),
        items=tuple(items),
        locations=tuple(locations_of(case)),
        moments=tuple(timeline(case)),
        messages=tuple(messages_of(case)),
        clocks=tuple(clocks),
        blocked=blocked_by_week(case, until=now.date()),
    )


def blocked_by_week(case: Case, *, until: date) -> dict[date, int]:
    """Uploads of copies that were stopped, by the Monday of their week.

    Of confirmed entries alone, whole weeks with a delay, without account, platform or address:
    anything finer would let somebody file another's pictures to watch where she posts. And only
    from the week after her own item was removed: an entry that another case brought in before must
    not tell that there is another case. An upload that is like several of her items counts once.
    """
    claimed = Claim.objects.filter(
        item__case=case,
        item__state=Item.State.REMOVED,
        ended_at=None,
        entry__state=Entry.State.CONFIRMED,
    )
    first: dict[UUID, date] = {}
    for entry_id, settled_at in claimed.values_list("entry_id", "item__state_at"):
        day = settled_at.date()
        first[entry_id] = min(day, first.get(entry_id, day))
    return blocked_weeks(since=first, until=until)


def _due_at(clocks: list[ClockView]) -> datetime | None:
    """Of what is open and runs; else of what was done."""
    shown = [clock for clock in clocks if clock.due_at and clock.state is not ClockState.PAUSED]
    return shown[0].due_at if shown else None


def _is_watched(items: Sequence[ItemRow]) -> bool:
    """Whether a threat is watched for until a day."""
    return ends_by_itself({item.state for item in items}) and not are_let_go(items)


def _has_claims(case: Case) -> bool:
    return Claim.objects.filter(item__case=case, ended_at=None).exists()


def _ended(case: Case, until: datetime | None) -> PersonView:
    """Nothing here depends on whether claims live on."""
    asked = case.withdrawal_asked_at or case.closed_at
    told = [
        moment
        for moment in timeline(case)
        if moment.what in {"case_filed", "withdrawal_asked"}
        and (asked is None or moment.at <= asked)
    ]
    return PersonView(
        number=case.number,
        way=case.way,
        state=Case.State.WITHDRAWN,
        filed_at=case.filed_at,
        valid_at=None,
        due_at=None,
        expires_at=None,
        withdrawn_at=asked,
        opens_until=until,
        is_erased=False,
        can_be_taken_back=False,
        notices=(),
        items=(),
        locations=(),
        moments=tuple(told),
        messages=(),
        clocks=(),
        blocked={},
    )
