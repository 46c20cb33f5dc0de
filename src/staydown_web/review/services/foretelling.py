"""Before an uploader is told, whoever reported it is, and can answer. ADR-0108."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.base.sealing import seal
from staydown_web.cases.models import Case, Message
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.erasing import keep_from_now
from staydown_web.cases.services.staff_letters import alert_staff
from staydown_web.review.models import Decision, StatementTelling
from staydown_web.review.selectors.claims import living_cases_of, taken_back_since
from staydown_web.review.selectors.drafting import facts_of
from staydown_web.review.selectors.foretold import (
    may_be_dropped,
    open_tellings,
    overdue_tellings,
    until_of,
)
from staydown_web.review.selectors.items import items_of
from staydown_web.review.selectors.talking import THEIRS
from staydown_web.review.selectors.uploads import about_of

READ_WITHIN = timedelta(hours=24)
"""How long an answer that no reviewer reads holds back what a law asks for. Source: ADR-0108."""
AT_ONCE = 50

_End = StatementTelling.End


def tell_before_statement(decision: Decision, now: datetime) -> bool:
    """Tell each living case behind a firm decision that the uploader will be told.

    Who took a case back since it was made is told nothing, and the statement waits for them too.

    Args:
        decision: firm; it restricts something, and has no statement yet.
        now: the moment, aware UTC.

    Returns:
        Whether the statement waits; False where nobody is there to be told.
    """
    cases = list(living_cases_of(decision.task).order_by("pk"))
    for case in cases:
        until = _wait_for(decision, case, now)
        write_news(case=case, now=now, is_timed=True)
        _record("statement_told", decision, case, now, until=until)
    left = list(taken_back_since(decision).order_by("pk"))
    for case in left:
        _wait_for(decision, case, now)
    note_statement_answers(now)
    return bool(cases or left)


def note_statement_answers(now: datetime) -> int:
    """Note who wrote since the decision, or before it and unread: a reviewer reads it first.

    What was written to a decision that this one overtook counts too, until somebody has dealt
    with it.

    Returns:
        How many.
    """
    since = Q(at__gt=OuterRef("decision__decided_at")) | Q(read_at__isnull=True)
    lines = Message.objects.filter(since, case=OuterRef("case_id"), sender__in=THEIRS)
    same = Q(decision__task=OuterRef("decision__task"))
    failed = Q(decision__task__copies__tasks=OuterRef("decision__task"))
    before = StatementTelling.objects.filter(
        same | failed,
        case=OuterRef("case_id"),
        ended_for=_End.OVERTAKEN,
        answered_at__isnull=False,
        cleared_at__isnull=True,
    )
    waiting = _open().filter(cleared_at__isnull=True, answered_at__isnull=True)
    answered = waiting.filter(Exists(lines) | Exists(before))
    return sum(_note_answer(row, now) for row in answered[:AT_ONCE])


@transaction.atomic
def warn_of_unread(now: datetime) -> int:
    """Write to leads and administrators about answers that no reviewer has read for a day, once.

    Returns:
        How many answers.
    """
    warned = overdue_tellings(now).filter(warned_at__isnull=True).update(warned_at=now)
    if warned:
        alert_staff(now)
    return warned


def due_statements(now: datetime) -> list[UUID]:
    """Decisions of which the statements wait for nobody any more, some at a time."""
    held = _holding(now).filter(decision=OuterRef("decision"))
    due = open_tellings().filter(~Exists(held)).order_by("decision_id")
    return list(due.values_list("decision_id", flat=True).distinct()[:AT_ONCE])


def end_statement_wait(decision_id: UUID, now: datetime) -> Decision | None:
    """Take a decision whose statements are due; the caller makes them in the same transaction.

    Returns:
        It; None where another worker was quicker, or somebody has a say again.
    """
    # Locked where the database has row locks, as whoever answers or clears locks it.
    decision = _locked(decision_id)
    if decision is None or _holding(now).filter(decision=decision).exists():
        return None
    rows = list(open_tellings().filter(decision=decision).select_related("case"))
    if not rows:
        return None
    _end(rows, _End.TOLD, now)
    for row in rows:
        _record("uploader_told", decision, row.case, now)
    keep_from_now(case_ids=[row.case_id for row in rows], now=now)
    return decision


def overtake_statements(decision: Decision, now: datetime) -> None:
    """What was decided before on the same content is not told any more: this decision is.

    Nor what a platform could not do, where this one was made anew of all of it.
    """
    rows = _open().filter(decision__task=decision.task_id).exclude(decision=decision)
    apart = _open().filter(decision__task__copies__tasks=decision.task_id)
    apart = apart.exclude(decision__task=decision.task_id).distinct()
    failed = apart.exclude(pk__in=open_tellings().values("pk"))
    _end([*rows, *failed], _End.OVERTAKEN, now)


@transaction.atomic
def allow_statement(*, case: Case, decision_id: UUID, now: datetime) -> None:
    """The person says that the uploader may be told now. Doing it twice changes nothing."""
    decision = _locked(decision_id)
    rows = open_tellings().filter(decision=decision, case=case, cleared_at__isnull=True)
    if decision is not None and rows.update(cleared_at=now):
        _record("statement_allowed", decision, case, now, actor="person")


@transaction.atomic
def clear_statement(
    *,
    decision: Decision,
    facts: str,
    user: User,
    shown_at: datetime,
    now: datetime,
    language: str = "",
) -> bool:
    """A reviewer has read the answer: the uploader is told now, in these words.

    Args:
        decision: of which the statements wait.
        facts: for the uploader, checked for what leads to a person; empty changes nothing.
        user: who read it.
        shown_at: when the reviewer was shown what was written.
        now: the moment, aware UTC.
        language: in which they are written, as a code; empty where nobody said so.

    Returns:
        Whether it goes out now; False where it still waits for somebody else.

    Raises:
        RecordConflictError: nobody answered, it waits no longer, or they wrote again after
            ``shown_at``.
    """
    rows = _answered_rows(decision, shown_at)
    is_changed = bool(facts) and facts != facts_of(decision)
    if is_changed:
        box = seal(facts.encode(), context=f"decision:{decision.pk}")
        Decision.objects.filter(pk=decision.pk).update(facts_box=box, facts_language=language)
    StatementTelling.objects.filter(pk__in=[row.pk for row in rows]).update(cleared_at=now)
    for row in rows:
        actor = f"user:{user.pk}"
        _record("statement_cleared", decision, row.case, now, actor=actor, is_changed=is_changed)
    return not _holding(now).filter(decision=decision).exists()


@transaction.atomic
def drop_statement(*, decision: Decision, user: User, shown_at: datetime, now: datetime) -> None:
    """A reviewer has read the answer: the uploader gets no statement of this decision.

    Raises:
        RecordConflictError: nobody answered, it waits no longer, or they wrote again after
            ``shown_at``.
        NotAllowedError: a law that binds the platform asks for a statement.
    """
    rows = _answered_rows(decision, shown_at)
    if not may_be_dropped(decision):
        raise NotAllowedError("a law of this platform asks for the statement")
    every = list(_open().filter(decision=decision).select_related("case"))
    _end(every, _End.DROPPED, now)
    for row in every or rows:
        _record("statement_dropped", decision, row.case, now, actor=f"user:{user.pk}")


def _open() -> QuerySet[StatementTelling]:
    return StatementTelling.objects.filter(ended_at__isnull=True)


def _holding(now: datetime) -> QuerySet[StatementTelling]:
    """Rows that hold their statement back. Whoever takes a case back loses no time by it."""
    return _open().filter(Q(until__gt=now) | Q(is_held=True), cleared_at__isnull=True)


def _locked(decision_id: UUID) -> Decision | None:
    rows = Decision.objects.filter(pk=decision_id).select_for_update(of=("self",))
    return rows.select_related("task__platform", "task__case").first()


def _answered_rows(decision: Decision, shown_at: datetime) -> list[StatementTelling]:
    _locked(decision.pk)
    rows = _open().filter(decision=decision, cleared_at__isnull=True, answered_at__isnull=False)
    found = list(rows.select_related("case"))
    if not found:
        raise RecordConflictError("this statement does not wait for a reviewer any more")
    cases = [row.case_id for row in found]
    if Message.objects.filter(case__in=cases, sender__in=THEIRS, at__gt=shown_at).exists():
        raise RecordConflictError("they wrote again since this was shown")
    return found


@transaction.atomic
def _note_answer(row: StatementTelling, now: datetime) -> int:
    decision = _locked(row.decision_id)
    if decision is None:
        return 0
    is_held, until = may_be_dropped(decision), max(row.until, now + READ_WITHIN)
    waiting = _open().filter(pk=row.pk, cleared_at__isnull=True, answered_at__isnull=True)
    if not waiting.update(answered_at=now, until=until, is_held=is_held):
        return 0
    _record("statement_answered", decision, row.case, now, until=until)
    return 1


def _wait_for(decision: Decision, case: Case, now: datetime) -> datetime:
    until = until_of(decision.task.platform, case, now)
    made = StatementTelling(decision=decision, case=case, told_at=now, until=until)
    made.save(force_insert=True)
    return until


def _end(rows: list[StatementTelling], why: StatementTelling.End, now: datetime) -> None:
    ids = [row.pk for row in rows]
    StatementTelling.objects.filter(pk__in=ids).update(ended_at=now, ended_for=why)


def _record(
    what: str,
    decision: Decision,
    case: Case,
    now: datetime,
    *,
    actor: str = "system",
    **facts: object,
) -> None:
    facts |= about_of(decision.task, case).as_facts()
    items = [item for item in items_of(decision.task) if item.case_id == case.pk]
    for subject in [f"item:{item.pk}" for item in items] or [f"case:{case.pk}"]:
        record_event(
            what=what,
            actor=actor,
            at=now,
            case_id=case.pk,
            subject=subject,
            facts={"decision": decision.pk, "outcome": decision.outcome, **facts},
        )
