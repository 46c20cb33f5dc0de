"""Someone shown may be under 18: nothing of the case stays here, and the copies go out of sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.banks.models import Entry
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.services import VERY_SAME, Shown, close_cases_for_minor, look_for
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.items import items_of
from staydown_web.review.services.deciding import record_decision
from staydown_web.screening.models import Copy
from staydown_web.screening.services import mark_copies

GROUND = "minor"


@transaction.atomic
def close_task_for_minor(*, task: Task, user: User, now: datetime) -> Decision:
    """Purge the cases of what a task shows, and have its copies removed at once; for good.

    A case that reported what agrees with it only in part stays open, and its entries are marked.
    No entry is confirmed: no hash of a minor is held. What must be preserved or reported, the
    platform preserves and reports; the page says where.

    Raises:
        RecordConflictError: the task was decided before.
    """
    rows = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES)
    done = {"state": Task.State.DONE, "done_at": now, "taken_by": None, "taken_at": None}
    if not rows.update(**done):
        raise RecordConflictError("a colleague has decided this")
    copies = dict(task.copies.values_list("pk", "state"))
    seen = [pk for pk, state in copies.items() if state == Copy.State.SEEN]
    mark_copies(copy_ids=seen, state=Copy.State.HELD, now=now)
    made = Decision.objects.create(
        task=task,
        outcome=Decision.Outcome.REMOVE,
        grounds=[GROUND],
        decided_by=user,
        decided_at=now,
        firm_at=now,
        before={"copies": {str(pk): state for pk, state in copies.items()}},
    )
    cases = cases_to_close(task)
    shown = _shown_in(task, cases)
    _lock(cases, shown)
    record_decision("decision_made", made, user, now)
    close_cases_for_minor(cases=cases, actor=f"user:{user.pk}", now=now, shown=shown)
    _drop_others(task, now)
    return made


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
    what the bank holds of the very same as these, which no copy of the task had to match. What its
    copies matched in another way, and is not of these cases, agrees with it in part.
    """
    very_same = Entry.objects.filter(hits__copy__tasks=task, hits__kind__in=VERY_SAME)
    matched = Claim.objects.filter(
        item__case__in=cases, ended_at=None, entry__hits__copy__tasks=task
    )
    items = {item.pk for item in items_of(task)} | set(matched.values_list("item", flat=True))
    claims = Claim.objects.filter(item__in=items, item__case__in=cases)
    shown = look_for(
        {*very_same.values_list("pk", flat=True), *claims.values_list("entry", flat=True)}
    )
    matched_at_all = Entry.objects.filter(hits__copy__tasks=task).values_list("pk", flat=True)
    return replace(shown, partly=shown.partly.union(matched_at_all) - shown.very_same)


def _drop_others(task: Task, now: datetime) -> None:
    """Tasks without copies whose case is gone need nobody any more."""
    ended = Task.objects.filter(
        state__in=OPEN_STATES, copies__isnull=True, case__state=Case.State.CLOSED
    )
    ended.update(state=Task.State.DROPPED, done_at=now)
