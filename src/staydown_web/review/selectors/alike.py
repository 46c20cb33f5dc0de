"""Copies of what was removed that wait: a person decides on each of them.

What has the very same bytes and waits with it is one task and decided together. Most of the others
are edited copies, which wait because of the same entry: they may be what they seem, and nobody has
looked at them. Where an edited copy was removed, one of them can be the very file that was
reported; and the same bytes can lie at an address that somebody reported later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.banks.models import Entry
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.items import CONFIRMING_KINDS
from staydown_web.review.selectors.queue import free_tasks
from staydown_web.screening.models import OWN_REASON, Copy, Hit

OFFERED_FOR: Final = timedelta(hours=1)
"""For so long the pages of whoever removed something offer its edited copies; its own for good."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Other copies that wait.

    Attributes:
        decision_id: by which the other copy was removed.
        number: of its case, or of the task where there is none.
        count: how many tasks the reviewer can take, without the one that is looked at.
        is_among: whether what is looked at is one of them, and the reviewer goes through them.
        are_edited: each is an edited copy: none is the reported file itself, or the same bytes.
    """

    decision_id: UUID
    number: str
    count: int
    is_among: bool = False
    are_edited: bool = True


def alike_tasks(decision: Decision) -> QuerySet[Task]:
    """Open tasks with a copy that matches what a removal confirmed; none after another outcome."""
    if decision.outcome != Decision.Outcome.REMOVE or decision.undone_at is not None:
        return Task.objects.none()
    entries = _entries_of(decision).values("pk")
    found = Task.objects.filter(state__in=OPEN_STATES, copies__hits__entry__in=entries)
    return found.exclude(pk=decision.task_id).distinct()


def _entries_of(decision: Decision) -> QuerySet[Entry]:
    seen = Q(hits__copy__tasks=decision.task_id, hits__kind__in=CONFIRMING_KINDS)
    entries = Entry.objects.filter(seen | Q(pk__in=decision.entries_confirmed))
    return entries.exclude(state=Entry.State.WITHDRAWN)


def _are_edited(tasks: QuerySet[Task], decision: Decision) -> bool:
    hits = Hit.objects.filter(kind="identical", entry__in=_entries_of(decision).values("pk"))
    own = hits.filter(evidence__reason=OWN_REASON).values("pk")
    given = Copy.objects.filter(hits__in=hits.exclude(pk__in=own))
    same = Copy.objects.filter(group__in=decision.task.copies.exclude(group="").values("group"))
    is_same = Q(copies__in=given.values("pk")) | Q(copies__in=same.values("pk"))
    return not tasks.filter(is_same).exists()


def alike_of(
    decision: Decision, user: User, now: datetime, *, at: Task | None = None
) -> Alike | None:
    """What a reviewer can go through after a removal; None where there is nothing.

    Args:
        decision: by which something was removed.
        user: who looks.
        now: the moment.
        at: one of them, which they go through now.
    """
    theirs = free_tasks(user, now).filter(pk__in=alike_tasks(decision).values("pk"))
    others = theirs.exclude(pk=at.pk) if at else theirs
    count = others.count()
    if not count and at is None:
        return None
    case = decision.task.case
    number = case.number if case else decision.task.number
    told = Task.objects.filter(Q(pk__in=others.values("pk")) | Q(pk=at.pk if at else None))
    are_edited = _are_edited(told, decision)
    return Alike(decision.pk, number, count, is_among=at is not None, are_edited=are_edited)


def last_alike(user: User, now: datetime) -> Alike | None:
    """The same after the newest removal of a reviewer, for a while."""
    newest = (
        Decision.objects.filter(
            decided_by=user, outcome=Decision.Outcome.REMOVE, decided_at__gt=now - OFFERED_FOR
        )
        .filter(undone_at__isnull=True)
        .select_related("task__case")
        .order_by("-decided_at")
        .first()
    )
    return alike_of(newest, user, now) if newest else None


def removal(decision_id: str) -> Decision | None:
    """The decision of this id, where there is one that stands."""
    try:
        key = UUID(decision_id)
    except ValueError:
        return None
    standing = Decision.objects.filter(pk=key, undone_at__isnull=True)
    return standing.select_related("task__case").first()
