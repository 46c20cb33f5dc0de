"""Which pictures and videos of cases a decision on a task decides."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.cases.models import Item
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.screening.models import Copy, Hit

CONFIRMING_KINDS = ("identical", "same", "part")
"""Looking at such a copy is looking at the reported picture; an altered one may be something else.
Source: ADR-0034."""
OF_OUTCOME = {
    Decision.Outcome.REMOVE: Item.State.REMOVED,
    Decision.Outcome.RESTORE: Item.State.KEPT,
}
"""What becomes of an item; holding for a second reviewer decides nothing."""


def kinds_of(task: Task) -> set[str]:
    """The kinds of match of its copies, as far as they say something."""
    hits = Hit.objects.filter(copy__tasks=task).select_related("copy")
    return {hit.kind for hit in telling_hits(hits)}


def telling_hits(hits: Iterable[Hit]) -> list[Hit]:
    """Those that say something new.

    That an entry was made of a copy says nothing about it, nor about a copy of the same bytes that
    a notice names too: two notices of one address are no match.

    Args:
        hits: of all copies of a task.
    """
    hits = list(hits)
    made_here = {hit.entry_id for hit in hits if hit.is_own}
    return [
        hit
        for hit in hits
        if hit.entry_id not in made_here or hit.copy.source != Copy.Source.NOTICE
    ]


def items_of(task: Task) -> list[Item]:
    """What a decision on the task decides.

    Its own item, those whose place is one of its copies, and those with a claim on an entry that a
    copy is a plain copy of.
    """
    plain = Q(claims__ended_at__isnull=True, claims__entry__hits__copy__tasks=task) & Q(
        claims__entry__hits__kind__in=CONFIRMING_KINDS
    )
    placed = Q(locations__copy__tasks=task)
    own = Q(pk=task.item_id) if task.item_id else Q(pk__in=())
    living = Item.objects.exclude(state=Item.State.WITHDRAWN)
    return list(living.filter(plain | placed | own).select_related("case").distinct())


def is_more_than_kept(item: Item, decision: Decision) -> bool:
    """Whether another copy of the same picture was removed, or is still to be decided."""
    task = decision.task
    behind = (
        Q(item=item) | Q(copies__locations__item=item) | Q(copies__hits__entry__claims__item=item)
    )
    others = Task.objects.filter(behind).exclude(pk=task.pk)
    if item.state == Item.State.REMOVED:
        return decision.reverses_id is None or _is_removal_of(others)
    return others.filter(state__in=OPEN_STATES).exists()


def _is_removal_of(tasks: QuerySet[Task]) -> bool:
    """Whether a removal of one of these stands."""
    reversals = Decision.objects.filter(reverses=OuterRef("pk"), made_firm_at__isnull=False)
    removed = Decision.objects.filter(
        outcome=Decision.Outcome.REMOVE, made_firm_at__isnull=False, task__in=tasks.values("pk")
    )
    return removed.filter(~Exists(reversals)).exists()


def answered_items(decision: Decision) -> list[Item]:
    """The items that a decision answers: not those of which another copy is still to be decided."""
    items = items_of(decision.task)
    if decision.outcome != Decision.Outcome.RESTORE:
        return items
    return [item for item in items if not is_more_than_kept(item, decision)]
