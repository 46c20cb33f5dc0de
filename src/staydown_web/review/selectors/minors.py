"""What was closed because somebody shown may have been under 18."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from staydown_web.banks.models import EntryChange
from staydown_web.cases.services.minors import REASON
from staydown_web.review.models import Decision, Task
from staydown_web.screening.models import Copy

MINOR = "minor"


def tasks_like_minors(tasks: Collection[Task]) -> set[UUID]:
    """Those that matched an entry which was deleted because somebody shown may be under 18.

    As a part, in a collage or altered, say: they may show the same.
    """
    gone = EntryChange.objects.filter(
        what=EntryChange.What.WITHDRAWN,
        reason=REASON,
        entry__hits__copy__tasks__in=[task.pk for task in tasks],
    )
    return set(gone.values_list("entry__hits__copy__tasks", flat=True))


def is_like_minors(task: Task) -> bool:
    """Whether that is so of one task."""
    return task.pk in tasks_like_minors([task])


def two_people() -> str:
    """What is said to who would restore such a task alone."""
    return _(
        "What it matched was deleted, because somebody in it may be under 18. To restore this one "
        "takes two people: please hold it for a second reviewer first."
    )


def is_closed_for_minor(copy: Copy) -> bool:
    """Whether a decision said so of this copy, or of the very same bytes anywhere."""
    of_it = Q(task__copies=copy)
    if copy.group:
        of_it |= Q(task__group=copy.group) | Q(task__copies__group=copy.group)
    grounds = Decision.objects.filter(of_it, undone_at=None).values_list("grounds", flat=True)
    return any(MINOR in ground for ground in grounds)
