"""What looking costs: each opening is counted, and breaks are kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.review.models import Exposure, Pause, Task
from staydown_web.screening.models import Copy


@transaction.atomic
def note_exposure(
    *, task: Task, copy: Copy, level: Exposure.Level, user: User, now: datetime
) -> Exposure:
    """Count that a picture was opened; before it is shown, so that none is shown uncounted."""
    noted = Exposure.objects.create(user=user, task=task, level=level, at=now)
    record_event(
        what="preview_opened",
        actor=f"user:{user.pk}",
        at=now,
        case_id=task.case_id,
        subject=f"task:{task.pk}",
        facts={"level": str(level), "copy": copy.pk},
    )
    return noted


@transaction.atomic
def begin_break(*, user: User, now: datetime) -> Pause:
    """Begin a break, or find the one that runs."""
    running = Pause.objects.filter(user=user, ended_at__isnull=True).first()
    return running or Pause.objects.create(user=user, began_at=now)


@transaction.atomic
def end_break(*, user: User, now: datetime) -> int:
    """End the break that runs.

    Returns:
        1, or 0 where none ran.
    """
    return Pause.objects.filter(user=user, ended_at__isnull=True).update(ended_at=now)
