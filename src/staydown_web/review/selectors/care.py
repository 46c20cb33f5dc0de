"""What a reviewer opened today, and when the next break is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from staydown_web.accounts.models import User
from staydown_web.review.models import Decision, Exposure, Pause, Task


@dataclass(frozen=True, slots=True)
class Care:
    """How a reviewer's day stands.

    Attributes:
        opened: pictures opened clear today.
        limit: how many the reviewer chose as a limit.
        decided_unopened: cases decided today without opening a picture.
        next_break_at: when a break is due; in the past where it is due now.
        break_in_minutes: whole minutes until then; 0 where it is due.
        pause: the break that runs, if any.
    """

    opened: int
    limit: int
    decided_unopened: int
    next_break_at: datetime
    break_in_minutes: int
    pause: Pause | None

    @property
    def share(self) -> int:
        """How much of the limit is used, 0..100."""
        return 100 if self.limit == 0 else min(100, round(100 * self.opened / self.limit))

    @property
    def is_at_limit(self) -> bool:
        """Whether opening one more goes over what the reviewer chose."""
        return self.opened >= self.limit

    @property
    def is_break_due(self) -> bool:
        """Whether it is time."""
        return self.pause is None and self.break_in_minutes == 0


def care_of(user: User, now: datetime, put_off_until: datetime | None = None) -> Care:
    """How a reviewer's day stands; the day begins at midnight UTC.

    Args:
        user: whose.
        now: the moment.
        put_off_until: until when a due break was put off, if so.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    clear = Exposure.objects.filter(user=user, level=Exposure.Level.CLEAR, at__gte=midnight)
    of_task = Exposure.objects.filter(
        user=user, level=Exposure.Level.CLEAR, task=OuterRef("task_id")
    )
    unopened = Decision.objects.filter(
        ~Exists(of_task), decided_by=user, decided_at__gte=midnight, undone_at__isnull=True
    )
    next_at = _next_break_at(user, now, put_off_until)
    minutes = max(0, -(-int((next_at - now).total_seconds()) // 60))
    pause = Pause.objects.filter(user=user, ended_at__isnull=True).order_by("-began_at").first()
    return Care(clear.count(), user.exposure_limit, unopened.count(), next_at, minutes, pause)


def has_opened(task: Task, user: User) -> bool:
    """Whether a reviewer opened a copy of a task by the step that is counted."""
    return Exposure.objects.filter(task=task, user=user, level=Exposure.Level.CLEAR).exists()


def was_opened(decision: Decision) -> bool:
    """Whether whoever decided had opened a copy by then, by the step that is counted."""
    rows = Exposure.objects.filter(task=decision.task_id, user=decision.decided_by_id)
    return rows.filter(level=Exposure.Level.CLEAR, at__lte=decision.decided_at).exists()


def _next_break_at(user: User, now: datetime, put_off_until: datetime | None) -> datetime:
    last = Pause.objects.filter(user=user, ended_at__isnull=False).order_by("-ended_at").first()
    starts = [moment for moment in (user.last_login, last.ended_at if last else None) if moment]
    began = max(starts, default=now)
    due = began + timedelta(minutes=user.break_every_minutes)
    return max(due, put_off_until) if put_off_until else due
