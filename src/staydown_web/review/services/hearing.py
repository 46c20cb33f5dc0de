"""Before something is shown again, whoever reported it is told and can answer. ADR-0045."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case, Item, Location, Message
from staydown_web.cases.services.contacts import write_news
from staydown_web.review.models import OPEN_STATES, Decision, Task, Telling
from staydown_web.review.selectors.items import CONFIRMING_KINDS, items_of
from staydown_web.review.selectors.keeping import kept_off
from staydown_web.review.selectors.minors import is_closed_since
from staydown_web.review.selectors.newcomers import OF_WHO_ASKED, newcomers, waits_for_a_look
from staydown_web.review.selectors.tellings import (
    ANSWER_WITHIN,
    ENDED,
    cases_to_hear,
    is_out_of_sight,
    lines_of,
    places_of,
    waiting_decisions,
)
from staydown_web.review.selectors.uploads import is_apart, is_of_upload, stay_removed
from staydown_web.review.services.noting import (
    count_decision,
    forget_decision,
    joined_items,
    note_joined,
)
from staydown_web.review.services.reopening import reopen_complaints
from staydown_web.screening.models import Copy

AT_ONCE = 50


def is_heard(decision: Decision, *, items: Sequence[Item], now: datetime) -> bool:
    """Whether a decision past its minute can be carried out; tells whoever was not told yet.

    Only restoring waits, and only for cases that live and have not answered.

    Args:
        decision: its row locked, neither firm nor undone.
        items: of all cases, that it decides.
        now: the moment, aware UTC.

    Returns:
        False where it waits from now on, or was taken back because someone shown may be a minor or
        because somebody else's notice came, of which its grounds say nothing.
    """
    if decision.outcome != Decision.Outcome.RESTORE:
        return True
    if _is_of_minor(decision):
        _take_back(decision, _open(decision), actor="system", why="minor", now=now)
        return False
    if waits_for_a_look(decision):
        _take_back(decision, _open(decision), actor="system", why="joined", now=now)
        return False
    to_hear = cases_to_hear(decision.task, reverses=decision.reverses)
    to_hear = to_hear.exclude(pk__in=newcomers(decision).values("pk"))
    ends = [_end_of(decision, case, items, now) for case in to_hear]
    last = max(ends, default=now)
    if last <= now:
        return True
    _open(decision).update(told_at=decision.told_at or now, firm_at=last)
    note_joined(decision, now=now)
    count_decision(decision, now=now)
    return False


def hear_joined(task: Task, now: datetime) -> bool:
    """Let whoever named what just came to a task be told of a decision that waits there.

    The next look at the decision tells them, and their time limit ends by it; so nobody reads for
    two days that the platform is late, nor that it has decided without a word of what.

    Returns:
        False where nothing came, or nothing waits.
    """
    decision = waiting_decisions().filter(task=task).first()
    if decision is None or not joined_items(decision):
        return False
    return bool(_open(decision).update(firm_at=now))


def needless_waits() -> QuerySet[Decision]:
    """Decisions that wait although nobody who was told lives on: each was taken back or closed."""
    told = Telling.objects.filter(decision=OuterRef("pk"), ended_at__isnull=True)
    return waiting_decisions().filter(~Exists(told.exclude(case__state__in=ENDED)))


def end_tellings(decision: Decision, now: datetime) -> None:
    """Nobody can answer to a decision any more."""
    Telling.objects.filter(decision=decision, ended_at__isnull=True).update(ended_at=now)


def take_back_answered(now: datetime) -> int:
    """Give decisions that somebody answered to back to the queue.

    Where nothing was found, an address is an answer too; and a copy that comes by another way
    takes the decision's place. What was decided because of who had asked answers nobody else's
    notice: where one comes, a reviewer looks at both.

    Returns:
        How many.
    """
    theirs = Message.objects.exclude(sender=Message.Sender.STAFF)
    lines = theirs.filter(case=OuterRef("case_id"), at__gt=OuterRef("told_at"))
    places = Location.objects.filter(
        case=OuterRef("case_id"),
        platform__isnull=False,
        added_at__gt=OuterRef("decision__decided_at"),
    )
    unseen = Q(decision__task__copies__isnull=True)
    answered = Telling.objects.filter(Exists(lines) | (unseen & Exists(places))).filter(
        ended_at__isnull=True, decision__in=waiting_decisions()
    )
    found = Decision.objects.filter(tellings__in=answered).distinct().order_by("pk")
    taken = sum(_answered(decision, answered, now) for decision in found[:AT_ONCE])
    taken += sum(_overtaken(decision, now) for decision in _overtaken_decisions())
    return taken + sum(_joined(decision, now) for decision in _joined_decisions())


@transaction.atomic
def take_back_decision(*, decision: Decision, user: User, now: datetime) -> None:
    """Take back a decision that waits for an answer; any reviewer may, and it is decided anew.

    Raises:
        RecordConflictError: it does not wait, or no longer.
    """
    rows = _open(decision).filter(told_at__isnull=False)
    if not _take_back(decision, rows, actor=f"user:{user.pk}", why="reviewer", now=now):
        raise RecordConflictError("this decision does not wait for an answer any more")


def take_back_for_minor(*, decision: Decision, is_same: bool, actor: str, now: datetime) -> None:
    """Take back what would show something again: the picture was closed since, or one like it.

    Args:
        decision: neither firm nor undone; in the caller's transaction.
        is_same: it is the very picture, of which nobody decides here any more; what is only like it
            is decided anew.
        actor: who closed it.
        now: the moment, aware UTC.
    """
    why = "minor" if is_same else "reviewer"
    _take_back(decision, _open(decision), actor=actor, why=why, now=now)


@transaction.atomic
def _answered(decision: Decision, answered: QuerySet[Telling], now: datetime) -> int:
    answered.filter(decision=decision).update(answered_at=now)
    return _take_back(decision, _open(decision), actor="system", why="answered", now=now)


def _overtaken_decisions() -> list[Decision]:
    """Those that nothing was found, of what a task has a copy by now, a new one or an older one."""
    later = Task.objects.filter(
        Q(made_at__gt=OuterRef("decided_at")) | Q(copies__seen_at__gt=OuterRef("decided_at")),
        copies__hits__entry__claims__item=OuterRef("task__item"),
        copies__hits__entry__claims__ended_at__isnull=True,
        copies__hits__kind__in=CONFIRMING_KINDS,
    )
    unseen = waiting_decisions().filter(task__copies__isnull=True, task__item__isnull=False)
    return list(unseen.filter(Exists(later)).order_by("pk")[:AT_ONCE])


@transaction.atomic
def _overtaken(decision: Decision, now: datetime) -> int:
    taken = _take_back(decision, _open(decision), actor="system", why="found", now=now)
    open_ = Task.objects.filter(pk=decision.task_id, state__in=OPEN_STATES)
    open_.update(state=Task.State.DROPPED, done_at=now, taken_by=None, taken_at=None)
    return taken


def _joined_decisions() -> list[Decision]:
    """Those about who had asked, to whose task somebody else's notice came since."""
    rows = waiting_decisions().values_list("pk", "grounds").order_by("pk")
    ids = [pk for pk, grounds in rows if OF_WHO_ASKED & set(grounds)]
    waiting = Decision.objects.filter(pk__in=ids).select_related("task")
    return [decision for decision in waiting if waits_for_a_look(decision)]


@transaction.atomic
def _joined(decision: Decision, now: datetime) -> int:
    return _take_back(decision, _open(decision), actor="system", why="joined", now=now)


def _open(decision: Decision) -> QuerySet[Decision]:
    return Decision.objects.filter(
        pk=decision.pk, undone_at__isnull=True, made_firm_at__isnull=True
    )


def _end_of(decision: Decision, case: Case, items: Sequence[Item], now: datetime) -> datetime:
    """Until when a case can answer; it is told where it was not.

    While its page seems to have ended nobody can answer there: the time counts from the pause's
    end.
    """
    until = max(now, case.withdrawal_due_at or now) + ANSWER_WITHIN
    told = Telling.objects.filter(decision=decision, case=case).first()
    if told is None:
        _tell(decision, case, [item for item in items if item.case_id == case.pk], until, now)
    elif case.withdrawal_due_at is not None and case.withdrawal_due_at > now:
        Telling.objects.filter(pk=told.pk).update(until=until)
    else:
        return told.until
    return until


def _tell(
    decision: Decision, case: Case, items: Sequence[Item], until: datetime, now: datetime
) -> None:
    is_hidden = is_out_of_sight(decision.task, case)
    Telling.objects.create(
        decision=decision, case=case, is_hidden=is_hidden, told_at=now, until=until
    )
    is_kept = is_hidden and bool(kept_off(decision.task, today=now.date()))
    facts = {"grounds": decision.grounds, "until": until, "is_hidden": is_hidden}
    facts["is_kept"] = is_kept
    if is_apart(decision.task, case):
        facts |= {"is_hidden": False, "is_kept": False, "is_apart": True}
    elif is_of_upload(decision.task, case):
        facts |= {"is_upload": True, "stays_removed": stay_removed(items, decision)}
    write_news(case=case, now=now, is_timed=True)
    for subject in [f"item:{item.pk}" for item in items] or [f"case:{case.pk}"]:
        record_event(
            what="restore_told",
            actor="system",
            at=now,
            case_id=case.pk,
            subject=subject,
            facts=facts,
        )


def _is_of_minor(decision: Decision) -> bool:
    """Whether a case behind it was purged since, because someone shown was under 18."""
    if is_closed_since(decision):
        return True
    behind = Q(pk=decision.task.case_id) | Q(tellings__decision=decision)
    purged = Case.objects.filter(behind, closed_for=Case.ClosedFor.MINOR)
    return purged.filter(erased_at__gte=decision.decided_at).exists()


def _take_back(
    decision: Decision, rows: QuerySet[Decision], *, actor: str, why: str, now: datetime
) -> int:
    if not rows.update(undone_at=now):
        return 0
    told = list(Telling.objects.filter(decision=decision, ended_at__isnull=True))
    end_tellings(decision, now)
    if decision.reverses_id is None:
        _reopen(decision, now)
    else:
        reopen_complaints(reversal=decision, actor=actor, why=why, now=now)
    heard = {one.case_id: _answered_at(one) for one in told if one.answered_at is not None}
    is_undone = why == "reviewer"
    forget_decision(decision, actor=actor, now=now, is_undone=is_undone, heard=heard)
    record_event(
        what="decision_undone",
        actor=actor,
        at=now,
        case_id=decision.task.case_id,
        subject=f"decision:{decision.pk}",
        facts={"task": decision.task_id, "outcome": decision.outcome, "why": why},
    )
    about = items_of(decision.task)
    for one in told:
        hers = [item.pk for item in about if item.case_id == one.case_id]
        by = {"by": "message" if lines_of(one).exists() else "address"} if one.answered_at else {}
        record_event(
            what="restore_stopped",
            actor=actor,
            at=now,
            case_id=one.case_id,
            subject=f"decision:{decision.pk}",
            facts={"why": "answered" if one.answered_at else "reviewer", "about": hers, **by},
        )
    return 1


def _answered_at(telling: Telling) -> datetime:
    """When her answer came, which is before a job reads it."""
    lines, places = lines_of(telling), places_of(telling)
    moments = [*lines.values_list("at", flat=True), *places.values_list("added_at", flat=True)]
    return max(min(moments), telling.told_at)


def _reopen(decision: Decision, now: datetime) -> None:
    """Back to the queue, with what came meanwhile: the database allows one open task a group."""
    task = decision.task
    if task.group:
        others = Task.objects.filter(
            platform_id=task.platform_id, group=task.group, state__in=OPEN_STATES
        ).exclude(pk=task.pk)
        task.copies.add(*Copy.objects.filter(tasks__in=others))
        gone = {"state": Task.State.DROPPED, "done_at": now, "taken_by": None, "taken_at": None}
        others.update(**gone)
    before = decision.before.get("state", Task.State.OPEN)
    done = Task.objects.filter(pk=task.pk, state=Task.State.DONE)
    done.update(state=before, done_at=None, taken_by=None, taken_at=None)
