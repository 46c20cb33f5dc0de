"""What was closed because somebody shown may have been under 18."""

from __future__ import annotations

from django.db.models import Q

from staydown_web.review.models import Decision
from staydown_web.screening.models import Copy

MINOR = "minor"


def is_closed_for_minor(copy: Copy) -> bool:
    """Whether a decision said so of this copy, or of the very same bytes anywhere."""
    of_it = Q(task__copies=copy)
    if copy.group:
        of_it |= Q(task__group=copy.group) | Q(task__copies__group=copy.group)
    grounds = Decision.objects.filter(of_it, undone_at=None).values_list("grounds", flat=True)
    return any(MINOR in ground for ground in grounds)
