"""What was closed because somebody shown may have been under 18."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.banks.models import EntryChange
from staydown_web.cases.services.erasing import REASON
from staydown_web.cases.services.minors import VERY_SAME
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.care import has_opened
from staydown_web.screening.models import OWN_REASON, Copy, Hit

MINOR = "minor"
_MARKS = (EntryChange.What.WITHDRAWN, EntryChange.What.ALIKE)


def copies_showing(entry_ids: Collection[UUID], task: Task | None) -> QuerySet[Copy]:
    """All copies known here that show the very same as these entries, on every platform.

    The very bytes of one of them too, whatever they matched. A copy of which one of the entries was
    made is the very same as itself, which says nothing: where another entry says that it is only
    like the picture, it is left out.

    Args:
        entry_ids: of the picture in question.
        task: one at which somebody says so: its copies show it, however they matched.
    """
    hits = Hit.objects.filter(entry__in=entry_ids)
    here = set(task.copies.values_list("pk", flat=True)) if task else set()
    own = dict(hits.filter(evidence__reason=OWN_REASON).values_list("copy", "entry"))
    others = hits.filter(copy__in=own.keys() - here).exclude(evidence__reason=OWN_REASON)
    compared = set(others.values_list("copy", flat=True))
    like = compared - set(others.filter(kind__in=VERY_SAME).values_list("copy", flat=True))
    telling = set(entry_ids) - {own[copy_id] for copy_id in like}
    shown = Hit.objects.filter(entry__in=telling, kind__in=VERY_SAME)
    plain = Copy.objects.filter(Q(pk__in=shown.values("copy")) | Q(pk__in=here))
    groups = plain.exclude(group="").values("group")
    return Copy.objects.filter(Q(pk__in=plain.values("pk")) | Q(group__in=groups))


def is_closed_since(decision: Decision) -> bool:
    """Whether what was decided, or a picture that it is like, was closed for it meanwhile."""
    later = Decision.objects.filter(
        task=decision.task_id, grounds=[MINOR], decided_at__gte=decision.decided_at
    )
    marks = EntryChange.objects.filter(what__in=_MARKS, reason=REASON, at__gte=decision.decided_at)
    return later.exists() or marks.filter(entry__hits__copy__tasks=decision.task_id).exists()


def closed_with(decision: Decision) -> QuerySet[Task]:
    """Other tasks about the same picture that were decided with one, by the same press."""
    made = Decision.objects.filter(
        grounds=[MINOR], decided_by=decision.decided_by_id, decided_at=decision.decided_at
    )
    others = Task.objects.filter(pk__in=made.values("task")).exclude(pk=decision.task_id)
    return others.select_related("platform").order_by("number")


def closed_meanwhile() -> str:
    """What is said to who would undo such a decision."""
    return _(
        "This was closed in the meantime, or a picture that it is like, because somebody in it may "
        "be under 18. So it stays out of sight, and your decision cannot be undone."
    )


def tasks_like_minors(tasks: Collection[Task]) -> set[UUID]:
    """Those that may show the same as what was closed, because somebody in it may be under 18.

    They matched an entry that was deleted for it: as a part, in a collage or altered, say. Or one
    that agrees with such a picture in part, and stays. Or they are the very same bytes, which may
    still match what other cases claim.
    """
    marked = EntryChange.objects.filter(
        what__in=_MARKS,
        reason=REASON,
        entry__hits__copy__tasks__in=[task.pk for task in tasks],
    )
    return {
        *marked.values_list("entry__hits__copy__tasks", flat=True),
        *tasks_closed_for_minor(tasks),
    }


def has_lost(task: Task) -> bool:
    """Whether it matched an entry that was deleted for it."""
    gone = EntryChange.objects.filter(what=EntryChange.What.WITHDRAWN, reason=REASON)
    return gone.filter(entry__hits__copy__tasks=task).exists()


def tasks_closed_for_minor(tasks: Collection[Task]) -> set[UUID]:
    """Those of which a decision said so, or of the very same bytes anywhere."""
    ids = [task.pk for task in tasks]
    groups = set(Copy.objects.filter(tasks__in=ids).values_list("tasks", "group"))
    groups |= {(task.pk, task.group) for task in tasks}
    named = {group for _pk, group in groups if group}
    # By two questions, each of which an index answers; the queue asks for all its lines at once.
    of_them = set(ids).union(
        Task.objects.filter(group__in=named).values_list("pk", flat=True),
        Task.objects.filter(copies__group__in=named).values_list("pk", flat=True),
    )
    made = Decision.objects.filter(task__in=of_them, undone_at=None)
    found = {
        task_id for task_id, grounds in made.values_list("task", "grounds") if MINOR in grounds
    }
    shut = {
        *Task.objects.filter(pk__in=found).values_list("group", flat=True),
        *Copy.objects.filter(tasks__in=found).values_list("group", flat=True),
    }
    return found.intersection(ids) | {pk for pk, group in groups if group and group in shut}


def is_like_minors(task: Task) -> bool:
    """Whether that is so of one task."""
    return task.pk in tasks_like_minors([task])


def is_closed_for_minor(task: Task) -> bool:
    """Whether a decision said so of one of its copies, or of the very same bytes anywhere."""
    return task.pk in tasks_closed_for_minor([task])


def may_say_looked(task: Task, user: User) -> bool:
    """Whether this reviewer can say that they looked: what was closed nobody opens any more.

    Who had opened it before did look.
    """
    return has_opened(task, user) or not is_closed_for_minor(task)


def two_people() -> str:
    """What is said to who would restore such a task alone."""
    return _(
        "A reviewer closed this picture, or one like it, because somebody in it may be under 18. "
        "To restore this one takes two people: please hold it for a second reviewer first."
    )
