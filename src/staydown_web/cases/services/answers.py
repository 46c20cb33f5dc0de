"""A decision answers an item from when it is made: time limits count by that. ADR-0064.

A decision to keep is carried out two days later, when whoever reported it was heard; a platform
that decided in time is not late because she is asked. What is taken back counts no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction

from staydown_web.cases.models import Case, Clock, Item
from staydown_web.cases.services.clock_marks import next_moment
from staydown_web.cases.services.clocks import ENDED_CASES, covers, note_due, refresh_clocks
from staydown_web.cases.services.events import Events
from staydown_web.regimes.selectors import regime

_UNSETTLED = (Item.State.RECEIVED, Item.State.IN_REVIEW)


@transaction.atomic
def note_answers(
    *, items: Sequence[Item], answer: str, decided_at: datetime, actor: str, now: datetime
) -> int:
    """Note what a decision says of items; what is settled already is not answered again.

    Nothing ends by it yet: within its minute nobody hears of a decision. But where a time limit is
    over or a warning is due meanwhile, the decision counts.

    Args:
        items: of any cases.
        answer: of ``Item.Answer``.
        decided_at: when it was decided, aware UTC.
        actor: who decided.
        now: the moment, aware UTC.

    Returns:
        How many are answered by it.
    """
    noted = 0
    for item in items:
        rows = Item.objects.filter(pk=item.pk, state__in=_UNSETTLED)
        if rows.update(answer=answer, answered_at=decided_at):
            noted += 1
            events = Events(item.case_id, actor, now)
            events.add("answer_noted", f"item:{item.pk}", answer=answer)
            events.record()
    return noted


@transaction.atomic
def count_answers(*, items: Iterable[Item], now: datetime) -> None:
    """End the time limits that decisions about these items meet, although they still wait.

    Args:
        items: whose decision can no longer be undone within its minute.
        now: the moment, aware UTC.
    """
    for case_id in sorted({item.case_id for item in items}):
        events = Events(case_id, "system", now)
        refresh_clocks(case=Case.objects.get(pk=case_id), now=now, events=events)
        events.record()


@transaction.atomic
def take_answers_back(
    *,
    items: Iterable[Item],
    actor: str,
    now: datetime,
    is_undone: bool = False,
    heard: Mapping[UUID, datetime] | None = None,
) -> int:
    """A decision is taken back: what it said of items that are not settled counts no more.

    What is left of a time limit runs again. Where it is over: as if nothing had been decided, if
    the reviewers did it by themselves; else what a person said against it has a time of its own.

    Args:
        items: that it decided.
        actor: who took it back.
        now: the moment, aware UTC.
        is_undone: the reviewers did, without an answer.
        heard: case -> when its person answered.

    Returns:
        How many were answered by it.
    """
    taken = 0
    ranked = sorted(items, key=lambda item: (item.case_id, item.position))
    for case_id, own in groupby(ranked, key=lambda item: item.case_id):
        events = Events(case_id, actor, now)
        open_ = [item.pk for item in own if _forget(item, events)]
        if not open_:
            continue
        case = Case.objects.select_for_update().get(pk=case_id)
        refresh_clocks(case=case, now=now, events=events, taken_back=open_, is_undone=is_undone)
        at = (heard or {}).get(case_id)
        if at is not None and case.state not in ENDED_CASES:
            _begin_anew(case, open_, at, events)
        events.record()
        taken += len(open_)
    return taken


def _forget(item: Item, events: Events) -> bool:
    rows = Item.objects.filter(pk=item.pk, state__in=_UNSETTLED, answered_at__isnull=False)
    if not rows.update(answer=Item.Answer.NONE, answered_at=None):
        return False
    events.add("answer_withdrawn", f"item:{item.pk}")
    return True


def _begin_anew(case: Case, items: Sequence[UUID], at: datetime, events: Events) -> None:
    """A time limit from her answer, under each law whose own about these items is over."""
    for notice in case.notices.filter(valid_at__isnull=False).order_by("received_at", "regime"):
        about = [clock for clock in notice.clocks.all() if covers(clock, items)]
        length = regime(notice.regime).clock.length
        if length is None or not about or any(clock.ended_at is None for clock in about):
            continue
        began = at.astimezone(UTC)
        clock, is_new = Clock.objects.get_or_create(
            notice=notice,
            cause=Clock.Cause.ANSWER,
            began_at=began,
            defaults={
                "since": max(one.began_at for one in about),
                "length_s": int(length.total_seconds()),
                "due_at": began + length,
            },
        )
        clock.about.add(*Item.objects.filter(pk__in=items))
        if is_new:
            Clock.objects.filter(pk=clock.pk).update(next_at=next_moment(clock, set()))
            facts = {"regime": notice.regime, "due_at": clock.due_at}
            events.add("clock_started", f"clock:{clock.pk}", **facts)
    note_due(case=case)
