"""Statements that wait for the person who reported it: until when, and what both sides see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case
from staydown_web.regimes.selectors.duties import is_owed
from staydown_web.review.models import Decision, StatementTelling
from staydown_web.review.selectors.drafting import facts_of
from staydown_web.review.selectors.items import items_of
from staydown_web.review.selectors.talking import THEIRS
from staydown_web.review.selectors.tellings import ANSWER_WITHIN, ENDED
from staydown_web.review.selectors.uploads import About, about_of
from staydown_web.screening.models import Copy

AT_LEAST = timedelta(hours=1)
"""Under a law that asks for the statement on the day, somebody has at least this. ADR-0108."""
UNREAD_FOR = timedelta(days=1)
"""An answer that no reviewer has read for so long is overdue. Source: ADR-0108."""
_DAY_ENDS = 22
"""Hour in UTC: midnight in Brussels in summer, an hour before it in winter."""


def until_of(platform: Platform, case: Case, now: datetime) -> datetime:
    """Until when a case can answer before the uploader is told.

    Two days; where a law asks for the statement, until that day ends in Brussels, and at least an
    hour. While her page seems to have ended nobody can answer there: the two days count from the
    pause's end; the day that a law asks for does not wait.
    """
    if not is_owed("statement", platform.regimes, size=platform.size):
        return max(now, case.withdrawal_due_at or now) + ANSWER_WITHIN
    end = now.replace(hour=_DAY_ENDS, minute=0, second=0, microsecond=0)
    if end <= now:
        end += timedelta(days=1)
    return max(end, now + AT_LEAST)


def may_be_dropped(decision: Decision) -> bool:
    """Whether no law that binds the platform asks for a statement."""
    platform = decision.task.platform
    return not is_owed("statement", platform.regimes, size=platform.size)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a person is told before the uploader is.

    Attributes:
        decision_id: which decision.
        is_hold: it is hidden until a second person has decided; else removed.
        until: until when she can answer; once she did, when it goes out at the latest.
        is_answered: she wrote, and no reviewer has dealt with it.
        is_read: what she wrote was read, as to decide by it, and nobody has said that it goes out.
        is_held: it then waits for the reviewer without end: no law asks for the statement.
        item_ids: what it decides, of every case.
        is_again: the uploader was told of an earlier decision on the same content.
        decided_at: when it was decided.
        about: of which upload it is.
    """

    decision_id: UUID
    is_hold: bool
    until: datetime
    is_answered: bool
    is_read: bool
    is_held: bool
    item_ids: frozenset[UUID]
    is_again: bool
    decided_at: datetime
    about: About


def foretold_of(case: Case, now: datetime) -> list[Foretold]:
    """The statements on which a case has a say now, the nearest end first."""
    open_ = open_tellings().filter(case=case, cleared_at__isnull=True)
    rows = open_.filter(Q(until__gt=now) | Q(is_held=True))
    theirs = case.messages.filter(sender__in=THEIRS)
    is_read = theirs.exists() and not theirs.filter(read_at__isnull=True).exists()
    return [
        Foretold(
            row.decision_id,
            row.decision.outcome == Decision.Outcome.HOLD,
            row.until,
            row.answered_at is not None,
            row.answered_at is not None and is_read,
            row.is_held or may_be_dropped(row.decision),
            frozenset(item.pk for item in items_of(row.decision.task)),
            _is_again(row),
            row.decision.decided_at,
            about_of(row.decision.task, case),
        )
        for row in rows.select_related("decision__task__platform").order_by(
            "until", "decision__decided_at"
        )
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision of which the statements wait, for staff.

    Attributes:
        decision: which, with its task and platform.
        rows: of each case: told, answered, cleared.
        until: when they go out at the latest; None where they wait for a reviewer without end.
    """

    decision: Decision
    rows: Sequence[StatementTelling]
    until: datetime | None

    @property
    def is_leaving(self) -> bool:
        """Everybody had their say: it goes out in a moment."""
        return all(row.cleared_at for row in self.rows)

    @property
    def has_asker(self) -> bool:
        """Whether somebody can still answer: each of the others took the request back."""
        return any(row.case.state not in ENDED for row in self.rows if not row.cleared_at)

    @property
    def answered(self) -> list[StatementTelling]:
        """Those that wait for a reviewer."""
        return [row for row in self.rows if row.answered_at and not row.cleared_at]

    @property
    def facts(self) -> str:
        """For the uploader, as they stand."""
        return facts_of(self.decision)

    @property
    def may_be_dropped(self) -> bool:
        """Whether no law asks for it."""
        return may_be_dropped(self.decision)


def answered_count() -> int:
    """How many decisions have statements that wait for a reviewer."""
    return answered_tellings().values("decision").distinct().count()


@dataclass(frozen=True, slots=True)
class Unread:
    """Statements that have waited too long for a reviewer.

    Attributes:
        count: of how many decisions.
        since: when the oldest answer was noted; None where none is overdue.
    """

    count: int
    since: datetime | None


def unread_statements(now: datetime) -> Unread:
    """The answers that hold a statement without end, and that nobody has read for a day."""
    found = overdue_tellings(now).aggregate(
        n=Count("decision", distinct=True), since=Min("answered_at")
    )
    return Unread(found["n"], found["since"])


def overdue_tellings(now: datetime) -> QuerySet[StatementTelling]:
    """The rows behind ``unread_statements``."""
    return answered_tellings().filter(is_held=True, answered_at__lt=now - UNREAD_FOR)


def waiting_statements() -> list[Waiting]:
    """Decisions of which the statements wait: answered ones first, then the nearest end."""
    answered = set(answered_tellings().values_list("decision_id", flat=True))
    ends = open_tellings().values("decision").annotate(until=Min("until")).order_by("until")
    found = [waiting_of(row["decision"]) for row in ends[:200]]
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (one.decision.pk not in answered, one.until or last))


def waiting_of(decision_id: UUID) -> Waiting:
    """One decision of which the statements wait.

    Raises:
        RecordNotFoundError: none does.
    """
    rows = list(
        open_tellings()
        .filter(decision=decision_id)
        .select_related("case", "decision__task__platform", "decision__decided_by")
        .order_by("until")
    )
    if not rows:
        raise RecordNotFoundError("no statement of this decision waits")
    is_held = any(row.is_held and not row.cleared_at for row in rows)
    return Waiting(rows[0].decision, rows, None if is_held else max(row.until for row in rows))


def open_tellings() -> QuerySet[StatementTelling]:
    """The statements that wait, but for what a platform could not do and somebody decided anew.

    Of that nobody is told; where the new decision is undone again, it waits as before.
    """
    anew = Decision.objects.filter(
        ~Q(task=OuterRef(OuterRef("decision__task"))),
        task__copies=OuterRef("pk"),
        task__failed_order__isnull=False,
        undone_at__isnull=True,
        decided_at__gt=OuterRef(OuterRef("decision__decided_at")),
    )
    copies = Copy.objects.filter(tasks=OuterRef("decision__task"))
    left = copies.filter(~Exists(anew))
    rows = StatementTelling.objects.filter(ended_at__isnull=True)
    return rows.filter(~Exists(copies) | Exists(left))


def _is_again(row: StatementTelling) -> bool:
    task = row.decision.task_id
    same = Q(decision__task=task) | Q(decision__task__copies__tasks=task)
    told = StatementTelling.objects.filter(same, ended_for=StatementTelling.End.TOLD)
    return told.filter(case=row.case_id).exclude(decision=row.decision_id).exists()


def answered_tellings() -> QuerySet[StatementTelling]:
    """What somebody wrote and no reviewer has dealt with."""
    return open_tellings().filter(answered_at__isnull=False, cleared_at__isnull=True)
