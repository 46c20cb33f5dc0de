"""Addresses that lead to a copy of before, hidden or removed: what is or was decided answers them.

See ``cases.services.known_places``: no second copy could be made, as nothing is to be seen there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from staydown_web.base.jobs import each_apart
from staydown_web.cases.models import Item, Location
from staydown_web.cases.services import settle_item, settle_location
from staydown_web.cases.services.answers import count_answers, note_answers
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.tellings import waiting_decisions
from staydown_web.review.services.hearing import hear_joined
from staydown_web.review.services.making import AT_ONCE
from staydown_web.screening.models import Copy

LED: Final = Q(copy__seen_at__lt=F("added_at"))
"""The copy was there before the address was given: it was not made of what was found there."""
_DOWN: Final = (Copy.State.BLOCKED, Copy.State.REMOVED)
_UNDECIDED: Final = (Item.State.RECEIVED, Item.State.IN_REVIEW)

ANSWERED: Final = LED & ~Q(item__answer="") & ~Q(copy__state__in=_DOWN)
"""What was decided of the copy holds for it, also when it is shown again: nobody has to look."""


def hear_led(places: QuerySet[Location], now: datetime) -> int:
    """Let whoever named what waits for an answer already be told of it at once.

    Args:
        places: of living cases.
        now: the moment, aware UTC.

    Returns:
        About how many decisions somebody is told now.
    """
    new = places.filter(LED, state=Location.State.FOUND, item__answer="")
    new = new.filter(item__state__in=_UNDECIDED)
    waiting = waiting_decisions().filter(firm_at__gt=now)
    tasks = Task.objects.filter(decisions__in=waiting, copies__in=new.values("copy"))
    return each_apart(list(tasks.distinct()[:AT_ONCE]), lambda task: int(hear_joined(task, now)))


@transaction.atomic
def join_removal(place: Location, copy: Copy, now: datetime) -> bool:
    """Let the decision to remove a copy answer an address that leads to it, as far as it stands.

    Returns:
        False where it does not: somebody has to decide.
    """
    item = place.item
    if copy.seen_at >= place.added_at or item is None:
        return False
    made = Decision.objects.filter(task__copies=copy, undone_at__isnull=True)
    last = made.exclude(outcome=Decision.Outcome.HOLD).order_by("decided_at", "pk").last()
    if last is None or last.outcome != Decision.Outcome.REMOVE:
        return False
    item.refresh_from_db()
    if item.state in _UNDECIDED and last.made_firm_at is None:
        # Undone, it is as if it had never been; firm, it settles this one with the others.
        note_answers(
            items=[item],
            answer=Item.Answer.REMOVED,
            decided_at=last.decided_at,
            actor="system",
            now=now,
        )
    elif item.state in _UNDECIDED:
        settle_item(
            item=item,
            state=Item.State.REMOVED,
            actor="system",
            now=now,
            answered_at=last.decided_at,
        )
    if copy.state in _DOWN:
        settle_location(location=place, state=Location.State.REMOVED, now=now)
    count_answers(items=[item], now=now)
    return True
