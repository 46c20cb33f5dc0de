"""What keeps a copy off when one decision about it is reversed: another decision that holds.

Two notices can name one address: each has a copy of its own, and a decision of its own. And what a
platform could not remove is decided anew. Whoever reverses one of the decisions reads of the other
first, and nothing is ordered to be shown that the other keeps off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.base.sealing import unseal
from staydown_web.review.models import Decision, Task
from staydown_web.screening.models import Copy
from staydown_web.screening.services.copies import url_context

_HIDDEN = (Copy.State.HELD, Copy.State.BLOCKED, Copy.State.REMOVED)


def keepers_of(copy: Copy, *, task: Task, today: date) -> list[Decision]:
    """Decisions of other tasks by which the content of a copy stays off, oldest first.

    One that a complaint reversed keeps nothing any more, nor one whose time is over, nor one after
    which the very same copy was decided anew, as where the platform could not carry it out; nor
    one that is decided anew on this task, firm or not.

    Args:
        copy: that might be shown again.
        task: by a decision on which it would be.
        today: the day.
    """
    reversals = Decision.objects.filter(reverses=OuterRef("pk"), made_firm_at__isnull=False)
    removes = Q(outcome=Decision.Outcome.REMOVE) & ~Exists(reversals)
    waits = Q(outcome=Decision.Outcome.HOLD, task__state=Task.State.SECOND)
    alike = Copy.objects.filter(_same_bytes(copy) | Q(pk=copy.pk))
    rows = Decision.objects.filter(removes | waits, undone_at__isnull=True, task__copies__in=alike)
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).exclude(task=task)
    rows = rows.exclude(_anew_on(task))
    found = rows.select_related("task__case").order_by("decided_at", "pk").distinct()
    return [one for one in found if _is_about(one, copy) and not _is_decided_anew(one)]


def kept_off(task: Task, *, today: date) -> list[Decision]:
    """The same for all copies of a task; empty where one of them would be shown again."""
    found: dict[UUID, Decision] = {}
    for copy in task.copies.all():
        keepers = keepers_of(copy, task=task, today=today)
        if not keepers:
            return []
        found |= {one.pk: one for one in keepers}
    return list(found.values())


def freed_twins(copies: Sequence[Copy], *, task: Task, today: date) -> list[Copy]:
    """Twins that were to be shown again before, and that a decision on this task kept off."""
    reversed_ = Decision.objects.filter(
        outcome=Decision.Outcome.RESTORE, made_firm_at__isnull=False, task__copies=OuterRef("pk")
    )
    alike = Q(group__in={copy.group for copy in copies} - {""}, platform=task.platform_id)
    hidden = Copy.objects.filter(alike, Exists(reversed_), state__in=_HIDDEN)
    twins = [
        one
        for one in hidden.exclude(pk__in=[copy.pk for copy in copies])
        if any(_are_twins(copy, one) for copy in copies)
    ]
    return [one for one in twins if not keepers_of(one, task=task, today=today)]


def noticed_twins(copy: Copy, among: QuerySet[Copy]) -> list[Copy]:
    """Of a noticed copy those that are the same content at the same place, by other notices.

    Copies from uploads are left out: of one picture there can be thousands.
    """
    if copy.source != Copy.Source.NOTICE:
        return []
    alike = among.filter(_same_bytes(copy), source=Copy.Source.NOTICE).exclude(pk=copy.pk)
    return [one for one in alike if _are_twins(copy, one)]


def posts_of(copies: Iterable[Copy]) -> list[Copy]:
    """Copies with each reported post once, however many notices name it.

    Cost: the addresses of noticed copies are opened, where there are several.
    """
    copies = list(copies)
    noticed = [copy for copy in copies if copy.source == Copy.Source.NOTICE and copy.group]
    if len(noticed) < 2:
        return copies
    again, known = set(), set[tuple[object, ...]]()
    for copy in noticed:
        places = {("ref", copy.content_ref), ("address", _address(copy))}
        own = {(copy.platform_id, copy.group, *place) for place in places if place[1]}
        if own & known:
            again.add(copy.pk)
        known |= own
    return [copy for copy in copies if copy.pk not in again]


def _anew_on(task: Task) -> Q:
    """Decisions in whose place a task is decided that came back from a platform."""
    if task.failed_order is None:
        return Q(pk__in=())
    made = task.decisions.filter(reverses__isnull=True, undone_at__isnull=True)
    last = made.order_by("-decided_at").values_list("decided_at", flat=True).first()
    earlier = Q(decided_at__lt=last) if last else Q()
    return Q(task__in=Task.objects.filter(copies__tasks=task).values("pk")) & earlier


def _same_bytes(copy: Copy) -> Q:
    return Q(platform=copy.platform_id, group=copy.group) if copy.group else Q(pk__in=())


def _is_about(decision: Decision, copy: Copy) -> bool:
    return any(one.pk == copy.pk or _are_twins(one, copy) for one in decision.task.copies.all())


def _are_twins(one: Copy, other: Copy) -> bool:
    """Whether two copies are the same content at the same place, as two notices name it."""
    if not one.group or (one.group, one.platform_id) != (other.group, other.platform_id):
        return False
    is_one_ref = bool(one.content_ref) and one.content_ref == other.content_ref
    return is_one_ref or (bool(address := _address(one)) and address == _address(other))


def _is_decided_anew(decision: Decision) -> bool:
    anew = Decision.objects.filter(
        task__copies__in=decision.task.copies.all(),
        reverses__isnull=True,
        made_firm_at__isnull=False,
        decided_at__gte=decision.decided_at,
    )
    return anew.exclude(task=decision.task_id).exists()


def _address(copy: Copy) -> bytes:
    return unseal(copy.url_box, context=url_context(copy.pk)) if copy.url_box else b""
