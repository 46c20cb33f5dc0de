"""Time limits begin, are met, and end, each in the transaction of what it follows from. ADR-0049.

A clock ends when everything that it covers is settled: kept or removed by a decision, which counts
from when it was made (ADR-0064). An address where the platform still shows what is to be removed,
as far as is known, is not.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from staydown_web.cases.models import Case, Clock, ClockPause, ClockWarning, Item, Location, Notice
from staydown_web.cases.services.binding import (
    bound_places,
    bound_platforms,
    is_bound,
    known_elsewhere,
    served_places,
)
from staydown_web.cases.services.by_hand import UNSEEN, down_by_hand, taken_by_hand
from staydown_web.cases.services.clock_marks import OVER, next_moment
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.events import Events
from staydown_web.regimes.selectors import regime

ENDED_CASES = (Case.State.WITHDRAWN, Case.State.CLOSED)
_ITEM_SETTLED = (Item.State.REMOVED, Item.State.KEPT, Item.State.WITHDRAWN)
_ITEM_STAYS = (Item.State.KEPT, Item.State.WITHDRAWN)


def start_clocks(*, case: Case, now: datetime, events: Events) -> int:
    """Begin the time limit of every valid notice for what was received now.

    The first begins when the last required element is there. What is added later to a valid notice
    gets a time limit of its own, counted from its own receipt: neither is the platform late with
    what it could not know, nor does the first limit move. None begins for an address at whose
    platform its law does not bind.

    Args:
        case: judged in this transaction.
        now: the moment of receipt, aware UTC.
        events: gathers what happened.

    Returns:
        How many began; calling it again at the same moment begins none.
    """
    if case.way == Case.Way.THREATENED:
        return 0
    # Counted in UTC: 48 hours on the clock of a place are 47 or 49 where summer time changes.
    begun, began = 0, now.astimezone(UTC)
    for notice in case.notices.filter(valid_at__isnull=False).order_by("received_at", "regime"):
        length = regime(notice.regime).clock.length
        last = notice.clocks.filter(cause=Clock.Cause.RECEIPT).order_by("-began_at").first()
        if length is None or not is_bound(case, notice.regime):
            continue
        if last is not None and not _is_more(notice, last, now):
            continue
        clock = Clock(
            notice=notice,
            since=last.began_at if last else None,
            began_at=began,
            length_s=int(length.total_seconds()),
            due_at=began + length,
        )
        clock.next_at = next_moment(clock, set())
        clock.save(force_insert=True)
        events.add("clock_started", f"clock:{clock.pk}", regime=notice.regime, due_at=clock.due_at)
        begun += 1
    note_due(case=case)
    return begun


def refresh_clocks(
    *,
    case: Case,
    now: datetime,
    events: Events,
    taken_back: Collection[UUID] = (),
    is_undone: bool = False,
) -> None:
    """Bring the clocks of a case up to its items and places: met, void, or open again.

    How a clock ended depends on when the last thing it covers was settled, not on when this looks.

    Args:
        case: fresh from the database.
        now: the moment, aware UTC.
        events: gathers what happened; the caller records them last.
        taken_back: items whose decision is taken back in this transaction.
        is_undone: the reviewers took it back by themselves, so that it counts as never made.
    """
    clocks = Clock.objects.filter(notice__case=case).select_related("notice__case")
    for clock in clocks.order_by("began_at", "id"):
        if clock.ended_at is None and case.state in ENDED_CASES:
            _end(clock, Clock.Outcome.VOID, case.closed_at or now, events)
        elif clock.ended_at is None:
            settled_at = _settled_at(clock)
            if settled_at is not None:
                _meet(clock, settled_at, now, events)
        elif clock.outcome != Clock.Outcome.VOID and case.state not in ENDED_CASES:
            is_covered = bool(taken_back) and covers(clock, taken_back)
            _reopen(
                clock, now, events, is_taken_back=is_covered, is_undone=is_covered and is_undone
            )
    note_due(case=case)


def breach(clock: Clock, *, now: datetime, events: Events) -> bool:
    """Note that the time limit is over and not everything is settled; once, and for good.

    The person and the staff are told.

    Returns:
        False where it was noted before, is not over, or has ended.
    """
    changed = Clock.objects.filter(
        pk=clock.pk,
        due_at=clock.due_at,
        due_at__lte=now,
        ended_at__isnull=True,
        paused_at__isnull=True,
        breached_at__isnull=True,
    ).update(breached_at=now, next_at=None)
    if not changed:
        return False
    clock.breached_at, clock.next_at = now, None
    ClockWarning.objects.create(clock=clock, mark=OVER, made_at=now)
    case = clock.notice.case
    write_news(case=case, now=now, is_timed=True)
    events.add(
        "clock_breached", f"clock:{clock.pk}", regime=clock.notice.regime, due_at=clock.due_at
    )
    return True


def note_due(*, case: Case) -> None:
    """The notice's and the case's ``due_at``: what is due next. None where nothing runs."""
    for notice in case.notices.filter(clocks__isnull=False).distinct():
        open_ = notice.clocks.filter(ended_at__isnull=True).order_by("due_at").first()
        shown = open_ or notice.clocks.order_by("-due_at").first()
        Notice.objects.filter(pk=notice.pk).update(due_at=shown.due_at if shown else None)
    running = Clock.objects.filter(
        notice__case=case, ended_at__isnull=True, paused_at__isnull=True
    ).order_by("due_at")
    first = running.first()
    case.due_at = first.due_at if first else None
    Case.objects.filter(pk=case.pk).update(due_at=case.due_at)


def covered_places(clock: Clock) -> QuerySet[Location]:
    """The addresses that a clock is about: those of platforms served here that its law binds.

    Of her answer those of the items that it is about; see ``is_of``.
    """
    places = bound_places(served_places(clock.notice.case), clock.notice.regime)
    if clock.cause == Clock.Cause.ANSWER:
        about, living = _answered(clock)
        theirs = Q(item__in=about) | Q(item__isnull=True) if living <= about else Q(item__in=about)
        return places.filter(theirs, added_at__lte=clock.began_at)
    return places.filter(_received(clock))


def covers_place(clock: Clock, place: Location, bound: Collection[UUID] | None) -> bool:
    """The same of rows at hand, for the lists of many cases.

    Args:
        clock: with ``notice``, and for an answer ``about`` and ``notice__case__items``, fetched
            before.
        place: of the same case.
        bound: of ``bound_platforms`` for its law.
    """
    if place.platform_id is None or place.state == Location.State.ELSEWHERE:
        return False
    if bound is not None and place.platform_id not in bound:
        return False
    if clock.cause == Clock.Cause.ANSWER:
        return place.added_at <= clock.began_at and is_of(place, *_answered(clock))
    is_since = clock.since is None or place.added_at > clock.since
    return is_since and place.added_at <= clock.began_at


def is_of(place: Location, items: Collection[UUID], every: Collection[UUID]) -> bool:
    """Whether an address is one of these items, among all that it may stand for.

    One that stands for none yet may be of any: it is of nobody's alone while there are several, and
    keeps the time limit with which it came by itself.

    Args:
        place: any of a case.
        items: ids of some.
        every: ids of all that it may stand for.
    """
    if place.item_id is None:
        return set(every) <= set(items)
    return place.item_id in items


def _answered(clock: Clock) -> tuple[set[UUID], set[UUID]]:
    """What her answer is about, and all of her case that she has not taken back."""
    every = clock.notice.case.items.all()
    living = {item.pk for item in every if item.state != Item.State.WITHDRAWN}
    return {item.pk for item in clock.about.all()}, living


def covered_items(clock: Clock) -> QuerySet[Item]:
    """The pictures and videos that a clock is about."""
    if clock.cause == Clock.Cause.ANSWER:
        return clock.about.all()
    at_places = Q(pk__in=covered_places(clock).values("item_id"))
    items = Item.objects.filter(_received(clock) | at_places, case=clock.notice.case_id)
    here = items.exclude(pk__in=known_elsewhere(items).values("pk"))
    items = here if here.exists() else items
    if bound_platforms(clock.notice.regime) is None:
        return items
    # What is known at other websites alone is not about this law, unless nothing else is left.
    elsewhere = served_places(clock.notice.case).filter(item__isnull=False).values("item_id")
    left = items.exclude(Q(pk__in=elsewhere) & ~at_places)
    return left if left.exists() or covered_places(clock).exists() else items


def covers(clock: Clock, items: Collection[UUID]) -> bool:
    """Whether a clock is about one of these."""
    return covered_items(clock).filter(pk__in=items).exists()


def concerns(clock: Clock, items: Collection[UUID]) -> bool:
    """Whether a clock is about one of these: an open one, about what is not settled of them.

    An address that stands for no item counts for those that it covers together; see ``is_of``.
    """
    covered = {item.pk: _stands(item)[0] for item in covered_items(clock)}
    mine = {pk: state for pk, state in covered.items() if pk in items}
    if not mine or clock.ended_at is not None:
        return bool(mine)
    if any(state not in _ITEM_SETTLED for state in mine.values()):
        return True
    places = [one for one in covered_places(clock) if is_of(one, mine, covered)]
    return not _are_down([place for place in places if _is_open(place, covered)], covered)


def _are_down(places: Collection[Location], states: dict[UUID, str]) -> bool:
    by_hand = taken_by_hand(states) if places else {}
    return all(down_by_hand(place, states, by_hand) for place in places)


def _received(clock: Clock) -> Q:
    upto = Q(added_at__lte=clock.began_at)
    return upto & Q(added_at__gt=clock.since) if clock.since else upto


def _is_more(notice: Notice, last: Clock, now: datetime) -> bool:
    """Whether something came with this receipt. What is found at an address later is no receipt.

    What comes with addresses is about these: those of other laws' websites begin nothing.
    """
    if now <= last.began_at:
        return False
    places = served_places(notice.case).filter(added_at=now)
    if places.exists():
        return bound_places(places, notice.regime).exists()
    return notice.case.items.filter(added_at=now).exists()


def _settled_at(clock: Clock) -> datetime | None:
    """When the last thing that a clock covers was settled; None while something is open."""
    items = {item.pk: _stands(item) for item in covered_items(clock)}
    if any(state not in _ITEM_SETTLED for state, _at in items.values()):
        return None
    states = {pk: state for pk, (state, _at) in items.items()}
    places = list(covered_places(clock))
    if not _are_down([place for place in places if _is_open(place, states)], states):
        return None
    settled = (Location.State.REMOVED, Location.State.NOT_FOUND)
    done = [place.state_at for place in places if place.state in settled]
    return max([*done, *(at for _state, at in items.values())], default=None)


def _stands(item: Item) -> tuple[str, datetime]:
    """How an item counts, and since when: a decision that stands counts from when it was made."""
    if item.answered_at is not None and item.state != Item.State.WITHDRAWN:
        return item.answer, item.answered_at
    return item.state, item.state_at


def _is_open(place: Location, states: dict[UUID, str]) -> bool:
    """Whether the platform still has to act at an address, as far as is known."""
    if place.state == Location.State.REMOVED:
        return False
    shows = [states[place.item_id]] if place.item_id in states else list(states.values())
    if shows and all(state in _ITEM_STAYS for state in shows):
        return False
    # Nobody could look there, and a person has decided what it is about all the same.
    return place.state not in UNSEEN or (place.item_id is None and not states)


def _meet(clock: Clock, settled_at: datetime, now: datetime, events: Events) -> None:
    at = max(settled_at, clock.began_at)
    if clock.paused_at is not None:
        end_pause(clock, now=min(now, max(at, clock.paused_at)), events=events, why="settled")
    if at > clock.due_at:
        breach(clock, now=max(now, at), events=events)
    is_kept = at <= clock.due_at and clock.breached_at is None
    if not (is_kept and _end(clock, Clock.Outcome.KEPT, at, events)):
        _end(clock, Clock.Outcome.LATE, at, events)


def _end(clock: Clock, outcome: Clock.Outcome, at: datetime, events: Events) -> bool:
    if outcome == Clock.Outcome.VOID and clock.paused_at is not None:
        end_pause(clock, now=max(at, clock.paused_at), events=events, why="ended")
    open_ = Clock.objects.filter(pk=clock.pk, ended_at__isnull=True, paused_at__isnull=True)
    if outcome == Clock.Outcome.KEPT:
        open_ = open_.filter(breached_at__isnull=True)
    if not open_.update(ended_at=at, outcome=outcome, next_at=None):
        return False
    clock.ended_at, clock.outcome, clock.next_at = at, outcome, None
    events.add("clock_ended", f"clock:{clock.pk}", regime=clock.notice.regime, outcome=outcome)
    return True


def _reopen(
    clock: Clock, now: datetime, events: Events, *, is_taken_back: bool, is_undone: bool
) -> None:
    """What is left of the time runs again, as after "removed" and then "failed".

    After the time limit nothing that was met is opened again: what comes then is a new question,
    such as a complaint. But what the reviewers undid by themselves counts as never decided; and
    what was late stays late, and is open again where its decision is taken back. A breach is for
    the worker to note, which looks first whether the date can be trusted.
    """
    is_over = now >= clock.due_at and not is_undone
    if clock.outcome == Clock.Outcome.LATE:
        is_over = not is_taken_back
    if is_over or _settled_at(clock) is not None:
        return
    marks = set(clock.warnings.values_list("mark", flat=True))
    next_at = None if clock.breached_at else next_moment(clock, marks)
    changed = Clock.objects.filter(pk=clock.pk, outcome=clock.outcome).update(
        ended_at=None, outcome=Clock.Outcome.OPEN, next_at=next_at
    )
    if not changed:
        return
    clock.ended_at, clock.outcome, clock.next_at = None, Clock.Outcome.OPEN, next_at
    events.add("clock_reopened", f"clock:{clock.pk}", regime=clock.notice.regime)


def end_pause(clock: Clock, *, now: datetime, events: Events, why: str) -> bool:
    """Let a clock go on: what was left when it stopped is left now.

    Where the machine's clock was set back meanwhile, the pause counts as no time at all.

    Returns:
        False where it runs already.
    """
    began = clock.paused_at
    if began is None:
        return False
    stood = max(now - began, timedelta(0))
    clock.paused_at, clock.due_at = None, clock.due_at + stood
    marks = set(clock.warnings.values_list("mark", flat=True))
    clock.next_at = next_moment(clock, marks)
    changed = Clock.objects.filter(pk=clock.pk, paused_at=began).update(
        paused_at=None, due_at=clock.due_at, next_at=clock.next_at
    )
    if not changed:
        return False
    ClockPause.objects.filter(clock=clock, ended_at__isnull=True).update(ended_at=began + stood)
    events.add(
        "clock_resumed",
        f"clock:{clock.pk}",
        regime=clock.notice.regime,
        due_at=clock.due_at,
        paused_s=int(stood.total_seconds()),
        why=why,
    )
    return True
