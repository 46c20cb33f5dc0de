"""Which pictures and videos of cases a decision on a task decides."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.banks.models import Entry
from staydown_web.cases.models import Claim, Item
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


def kinds_of(task: Task, copy: Copy | None = None) -> set[str]:
    """The kinds of match of its copies, or of one of them, as far as they say something."""
    hits = telling_hits(Hit.objects.filter(copy__tasks=task).select_related("copy"))
    return {hit.kind for hit in hits if copy is None or hit.copy_id == copy.pk}


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


def is_held(task: Task) -> bool:
    """Whether a fingerprint of what it is about is known, by which new copies are held."""
    return Claim.objects.filter(item__in=items_of(task), ended_at=None).exists()


def entries_confirmed_by(task: Task, *, with_altered: bool = False) -> QuerySet[Entry]:
    """The entries that a removal of the task confirms: those that its copies are plain copies of.

    Args:
        task: which.
        with_altered: those of altered copies too, as a reviewer can say.
    """
    kinds = (*CONFIRMING_KINDS, "altered") if with_altered else CONFIRMING_KINDS
    found = Entry.objects.exclude(state=Entry.State.WITHDRAWN)
    return found.filter(hits__copy__tasks=task, hits__kind__in=kinds).distinct()


def is_kept_down(task: Task) -> bool:
    """Whether anything in the bank stops or holds new copies of what its copies matched."""
    hits = Hit.objects.filter(copy__tasks=task)
    return hits.exclude(entry__state=Entry.State.WITHDRAWN).exists()


def was_matched(task: Task) -> bool:
    """Whether a copy matched what was taken back since, and matches nothing any more."""
    hits = Hit.objects.filter(copy__tasks=task).select_related("copy", "entry")
    telling = telling_hits(hits)
    return bool(telling) and all(hit.entry.state == Entry.State.WITHDRAWN for hit in telling)


def tasks_with(item: UUID | OuterRef) -> tuple[QuerySet[Task], QuerySet[Task]]:
    """Tasks with a copy of an item: one that lies at its address, and one that is a plain copy.

    Two, so that a database reads each by its own index.
    """
    placed = Task.objects.filter(copies__locations__item=item)
    plain = Task.objects.filter(
        copies__hits__entry__claims__item=item,
        copies__hits__entry__claims__ended_at__isnull=True,
        copies__hits__kind__in=CONFIRMING_KINDS,
    )
    return placed, plain


def is_more_than_kept(item: Item, decision: Decision) -> bool:
    """Whether another copy of the same picture was removed, or is still to be decided."""
    task = decision.task
    others, came_back = _others(item, task), task.failed_order is not None
    if item.state == Item.State.REMOVED:
        if decision.reverses_id is None and not came_back:
            return True
        return _removals_of(others, task if came_back else None).exists()
    return others.filter(state__in=OPEN_STATES).exists()


def waits_elsewhere(item: Item, decision: Decision) -> bool:
    """Whether a platform still has to remove an item by another notice's decision.

    Asked of a decision on what came back from a platform, about what did not: that says how it is.
    """
    task = decision.task
    if task.failed_order is None:
        return False
    back = Task.objects.filter(failed_order__isnull=False, copies__tasks=OuterRef("task"))
    ordered = _removals_of(_others(item, task), None).filter(task__copies__state=Copy.State.HELD)
    return ordered.exclude(Exists(back.exclude(pk=OuterRef("task")))).exists()


def _others(item: Item, task: Task) -> QuerySet[Task]:
    behind = (
        Q(item=item) | Q(copies__locations__item=item) | Q(copies__hits__entry__claims__item=item)
    )
    return Task.objects.filter(behind).exclude(pk=task.pk)


def _removals_of(tasks: QuerySet[Task], anew: Task | None) -> QuerySet[Decision]:
    """Removals of one of these that stand: neither reversed, nor all of it decided anew.

    Args:
        tasks: which.
        anew: that came back from the platform and is decided anew; None where none is.
    """
    reversals = Decision.objects.filter(reverses=OuterRef("pk"), made_firm_at__isnull=False)
    removed = Decision.objects.filter(
        outcome=Decision.Outcome.REMOVE, made_firm_at__isnull=False, task__in=tasks.values("pk")
    ).filter(~Exists(reversals))
    if anew is None:
        return removed
    shown = (Copy.State.SEEN, Copy.State.RESTORED)
    left = Copy.objects.filter(tasks=OuterRef("task")).exclude(tasks=anew).exclude(state__in=shown)
    return removed.filter(~_shares_copies(anew) | Exists(left))


def decided_anew(task: Task) -> list[Decision]:
    """Removals in whose place a task is decided that came back from a platform: nothing is left."""
    if task.failed_order is None:
        return []
    behind = Task.objects.filter(copies__tasks=task).exclude(pk=task.pk)
    left = _removals_of(behind, task).values("pk")
    return list(_removals_of(behind, None).exclude(pk__in=left))


def _shares_copies(task: Task) -> Q:
    return Q(task__in=Task.objects.filter(copies__tasks=task).values("pk"))


def answered_items(decision: Decision) -> list[Item]:
    """The items that a decision answers: not those of which another copy is still to be decided."""
    items = items_of(decision.task)
    if decision.outcome != Decision.Outcome.RESTORE:
        return items
    return [item for item in items if not is_more_than_kept(item, decision)]
