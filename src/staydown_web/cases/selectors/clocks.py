"""How the time limits of a case stand: what is left, what let them stand still, how they ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from staydown_web.cases.models import Case, Clock, ClockPause
from staydown_web.cases.services.binding import bound_places, served_places
from staydown_web.cases.services.clocks import covered_places


class ClockState(StrEnum):
    """How a time limit stands."""

    NONE = "none"
    """No law sets a number of hours here."""
    WAITING = "waiting"
    """The notice is not complete; nothing runs yet."""
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"
    """The time is over, and not everything is settled."""
    KEPT = "kept"
    LATE = "late"
    VOID = "void"
    """The case ended while it ran."""


@dataclass(frozen=True, slots=True)
class PauseView:
    """A while in which a clock stood still.

    Attributes:
        reason: of the regime.
        began_at: since when.
        ended_at: until when; None while it lasts.
    """

    reason: str
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClockView:
    """One time limit at one moment. All moments are UTC.

    Attributes:
        regime: id.
        valid_at: when it began: the receipt of the last required element; None before.
        due_at: when the platform must have acted; while it stands still, as if it went on now.
            None where there is no time limit.
        paused_s: whole seconds in which it stood still.
        left_s: whole seconds that are left, never below 0.
        state: how it stands.
        length_s: how long it is without pauses; 0 where there is none.
        pauses: oldest first.
        ended_at: when everything that it covers was settled, or the case ended.
        breached_at: when it was noted that the time is over.
        id: of the clock; None where none began.
        is_of_addition: it is about what was added to a valid notice.
        places: ids of the addresses that it is about, or would be, as ``clocks_of`` finds them.
    """

    regime: str
    valid_at: datetime | None
    due_at: datetime | None
    paused_s: int
    left_s: int
    state: ClockState
    length_s: int = 0
    pauses: tuple[PauseView, ...] = ()
    ended_at: datetime | None = None
    breached_at: datetime | None = None
    id: UUID | None = None
    is_of_addition: bool = False
    places: frozenset[UUID] = frozenset()

    @property
    def percent(self) -> int:
        """How much of the time is gone, 0..100."""
        if not self.length_s:
            return 0
        return min(100, max(0, round(100 * (1 - self.left_s / self.length_s))))

    @property
    def is_open(self) -> bool:
        """Whether the platform still has to act."""
        return self.state in {ClockState.RUNNING, ClockState.PAUSED, ClockState.OVER}


_ORDER = (
    *(ClockState.OVER, ClockState.RUNNING, ClockState.PAUSED, ClockState.LATE, ClockState.KEPT),
    *(ClockState.VOID, ClockState.WAITING, ClockState.NONE),
)


def clock_of(case: Case, *, now: datetime) -> ClockView:
    """The time limit of a case that matters most now: over, else the one that is due next.

    Args:
        case: any.
        now: the moment, aware UTC.
    """
    found = clocks_of(case, now=now)
    return found[0] if found else _without(case, "")


def clocks_of(case: Case, *, now: datetime) -> list[ClockView]:
    """Every time limit of a case, what matters most first; of notices without one, that too."""
    found: list[ClockView] = []
    notices = case.notices.prefetch_related("clocks__pauses").order_by("received_at", "regime")
    for notice in notices:
        clocks = sorted(notice.clocks.all(), key=lambda clock: clock.began_at)
        found += [_with_places(clock, notice.regime, now) for clock in clocks]
        if not clocks:
            bound = bound_places(served_places(case), notice.regime)
            view = _without(case, notice.regime, notice.valid_at)
            found.append(replace(view, places=frozenset(bound.values_list("pk", flat=True))))
    return sorted(found, key=lambda view: (_ORDER.index(view.state), view.due_at or now))


def _with_places(clock: Clock, regime: str, now: datetime) -> ClockView:
    places = frozenset(covered_places(clock).values_list("pk", flat=True))
    return replace(view_of(clock, regime=regime, now=now), places=places)


def view_of(clock: Clock, *, regime: str, now: datetime) -> ClockView:
    """One clock at one moment. It reads nothing but the clock and its pauses.

    However the machine's clock is set, no more than its length is left and no less than nothing.
    """
    pauses = sorted(clock.pauses.all(), key=lambda pause: pause.began_at)
    at = clock.paused_at or clock.ended_at or now
    length = timedelta(seconds=clock.length_s)
    left = min(max(clock.due_at - at, timedelta(0)), length)
    stands_for = max(now - clock.paused_at, timedelta(0)) if clock.paused_at else timedelta(0)
    return ClockView(
        regime=regime,
        valid_at=clock.began_at,
        due_at=clock.due_at + stands_for,
        paused_s=int(sum((_length(pause, now) for pause in pauses), timedelta(0)).total_seconds()),
        left_s=int(left.total_seconds()),
        state=state_of(clock, now),
        length_s=clock.length_s,
        pauses=tuple(PauseView(one.reason, one.began_at, one.ended_at) for one in pauses),
        ended_at=clock.ended_at,
        breached_at=clock.breached_at,
        id=clock.pk,
        is_of_addition=clock.since is not None,
    )


def state_of(clock: Clock, now: datetime) -> ClockState:
    """How a clock stands at one moment."""
    if clock.ended_at is not None:
        return ClockState(clock.outcome)
    if clock.breached_at is not None:
        return ClockState.OVER
    if clock.paused_at is not None:
        return ClockState.PAUSED
    return ClockState.OVER if now >= clock.due_at else ClockState.RUNNING


def _length(pause: ClockPause, now: datetime) -> timedelta:
    return max((pause.ended_at or now) - pause.began_at, timedelta(0))


def _without(case: Case, regime: str, valid_at: datetime | None = None) -> ClockView:
    waits = case.valid_at is None if not regime else valid_at is None
    state = ClockState.WAITING if waits else ClockState.NONE
    return ClockView(regime, valid_at, None, 0, 0, state)
