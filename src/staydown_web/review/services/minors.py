"""Someone shown may be under 18: nothing of the case stays here, and the copies go out of sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.banks.models import Entry
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.sql import wait_to_close
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.services import VERY_SAME, Shown, close_cases_for_minor, look_for
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.items import items_of
from staydown_web.review.services.closing import close_all, end_minutes, reach_of


@transaction.atomic
def close_task_for_minor(*, task: Task, user: User, now: datetime) -> Decision:
    """Purge the cases of what a task shows, and have its copies removed at once; for good.

    All copies of the picture that are known here go with them, on every platform; what is only like
    it waits for a person. A case that reported what agrees with it only in part stays open, and its
    entries are marked.
    No entry is confirmed: no hash of a minor is held. What must be preserved or reported, the
    platform preserves and reports; the page says where.

    Raises:
        RecordConflictError: the task was decided before.
    """
    wait_to_close(connection)
    cases = cases_to_close(task)
    made = _close(cases, _shown_in(task, cases), task, user, now)
    _drop_others(now)
    return next(one for one in made if one.task_id == task.pk)


@transaction.atomic
def close_case_for_minor(*, case: Case, shown: Shown, user: User, now: datetime) -> None:
    """Purge one case, where no task is about what shows it, as with a link on another site.

    Copies of the picture that are known here go out of sight as with a task.

    Raises:
        RecordConflictError: it was closed so before.
    """
    wait_to_close(connection)
    _close([case], shown, None, user, now)
    _drop_others(now)


def cases_to_close(task: Task) -> list[Case]:
    """What would be purged with a task: whose notice names it, or whose picture is the very same.

    The case that a task without a copy is about, too.
    """
    placed = Q(locations__copy__tasks=task)
    very_same = Q(
        items__claims__ended_at__isnull=True,
        items__claims__entry__hits__copy__tasks=task,
        items__claims__entry__hits__kind__in=VERY_SAME,
    )
    reported = placed | very_same
    if not task.copies.exists():
        reported |= Q(pk=task.case_id)
    return list(_open(task).filter(reported))


def cases_left(task: Task) -> list[Case]:
    """Those behind a task that would stay open: it agrees with their pictures only in part."""
    closing = cases_to_close(task)
    return [case for case in _open(task) if case not in closing]


def _close(
    cases: Sequence[Case], shown: Shown, task: Task | None, user: User, now: datetime
) -> list[Decision]:
    reach = reach_of(task=task, very_same=shown.very_same, partly=shown.partly)
    if task and not Task.objects.filter(pk=task.pk, state__in=OPEN_STATES).exists():
        raise RecordConflictError("a colleague has decided this")
    _lock(cases, shown)
    made = close_all(reach=reach, user=user, now=now)
    close_cases_for_minor(cases=cases, actor=f"user:{user.pk}", now=now, shown=shown)
    end_minutes(reach=reach, now=now)
    return made


def _open(task: Task) -> QuerySet[Case]:
    return cases_of(task).exclude(closed_for=Case.ClosedFor.MINOR)


def _lock(cases: Sequence[Case], shown: Shown) -> None:
    """Entries are locked before the chain of events, here and wherever claims end."""
    claimed = set(Claim.objects.filter(item__case__in=cases).values_list("entry", flat=True))
    rows = Entry.objects.select_for_update().filter(pk__in=claimed | shown.very_same | shown.partly)
    list(rows.order_by("pk"))


def _shown_in(task: Task, cases: Sequence[Case]) -> Shown:
    """The picture that a task is about: its entries, whoever claims them.

    Those that are the very same, claimed by a case or by none, such as imported ones; and all of
    the items of these cases that the task decides, or whose entry one of its copies matched. And
    what the bank holds of the very same as these, which no copy of the task had to match. Where
    nothing is known of what is there, it may be any picture of its cases, and all go. What its
    copies matched in another way, and is not of these cases, agrees with it in part.
    """
    very_same = Entry.objects.filter(hits__copy__tasks=task, hits__kind__in=VERY_SAME)
    matched = Claim.objects.filter(
        item__case__in=cases, ended_at=None, entry__hits__copy__tasks=task
    )
    items = {item.pk for item in items_of(task)} | set(matched.values_list("item", flat=True))
    claims = Claim.objects.filter(item__in=items, item__case__in=cases)
    entries = {*very_same.values_list("pk", flat=True), *claims.values_list("entry", flat=True)}
    if not entries and not task.copies.exists():
        # A link that nobody could open, with no fingerprint: it may be any picture of its case.
        any_of = Claim.objects.filter(item__case__in=cases, ended_at=None)
        entries.update(any_of.values_list("entry", flat=True))
    shown = look_for(entries)
    matched_at_all = Entry.objects.filter(hits__copy__tasks=task).values_list("pk", flat=True)
    return replace(shown, partly=shown.partly.union(matched_at_all) - shown.very_same)


def _drop_others(now: datetime) -> None:
    """Tasks without copies whose case is gone need nobody any more."""
    ended = Task.objects.filter(
        state__in=OPEN_STATES, copies__isnull=True, case__state=Case.State.CLOSED
    )
    ended.update(state=Task.State.DROPPED, done_at=now)
