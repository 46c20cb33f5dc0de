"""Complaints as reviewers see them: lines of the queue, and the screen of one. ADR-0054."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.accounts.models import User
from staydown_web.base.errors import RecordNotFoundError, SealError
from staydown_web.base.sealing import unseal, unseal_for_case
from staydown_web.cases.models import Case
from staydown_web.review.models import Complaint, Decision, Telling
from staydown_web.review.selectors import words
from staydown_web.review.selectors.claims import claims_of, valid_laws
from staydown_web.review.selectors.complaining import UNFINISHED, chain_of, deciders_before
from staydown_web.review.selectors.drafting import told_facts
from staydown_web.review.selectors.grounds import (
    Ground,
    ground_words,
    removal_grounds,
    restore_grounds,
)
from staydown_web.review.selectors.items import is_held, kinds_of
from staydown_web.review.selectors.keeping import kept_off
from staydown_web.review.selectors.minors import may_say_looked
from staydown_web.review.selectors.quoting import Quote
from staydown_web.review.selectors.screen import where_in_words
from staydown_web.review.selectors.tellings import cases_to_hear, pauses_until

SETTLED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One complaint in a list.

    Attributes:
        complaint: the complaint.
        number: of its case, or of the task where there is none.
        since: when it came, in words.
        is_for_other: this reviewer decided before, so another person answers.
        until: a restore by it waits for the notifier's answer until then; None where none does.
        is_answered: the notifier answered to an earlier answer, so it is to be decided anew.
        pauses_until: nobody can give that answer before, because a pause before a withdrawal is on.
    """

    complaint: Complaint
    number: str
    since: str
    is_for_other: bool
    until: datetime | None
    is_answered: bool
    pauses_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one decision said.

    Attributes:
        decision: which.
        grounds: in words.
        facts: as its uploaders read them; empty where there are none.
        why: for colleagues; empty where it was not said.
        unopened: why the copy was not opened, in words; empty where it was, or nothing needed it.
    """

    decision: Decision
    grounds: list[str]
    facts: list[str]
    why: str
    unopened: str


@dataclass(frozen=True, slots=True)
class ComplaintScreen:
    """One complaint for one reviewer.

    Attributes:
        line: as in the list.
        told: the decision that it is about, then those that this one reversed.
        kind: what matched, in words; empty for a link alone.
        where: in words.
        grounds: on which it can be reversed.
        reverses_to: of ``Decision.Outcome``: what a reversal does.
        said: what the complainant wrote; None where it was not opened, empty where it is erased.
        answer: what was answered; empty while it waits.
        reversal: the decision by which it was reversed, with its grounds; None where none is.
        others: how many more complaints about the same decision wait.
        has_copies: there is a copy that something can be done to.
        may_answer: this reviewer can answer it now.
        keepers: other decisions by which it stays off though this one is reversed.
        tells_first: a reversal that restores waits until somebody who reported it could answer.
        may_look: this reviewer can still say that they looked at the copy.
    """

    line: Line
    told: list[Told]
    kind: str
    where: str
    grounds: list[Ground]
    reverses_to: Decision.Outcome
    said: Quote | None
    answer: Quote
    reversal: Told | None
    others: int
    has_copies: bool
    may_answer: bool
    keepers: list[Decision]
    tells_first: bool
    may_look: bool


@dataclass(frozen=True, slots=True)
class AnswerToast:
    """An answer that can still be undone: of which case, and until when."""

    complaint_id: UUID
    number: str
    is_reversed: bool
    until: datetime


def complaint_of_id(complaint_id: UUID) -> Complaint:
    """One complaint.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = _loaded().filter(pk=complaint_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such complaint")
    return found


def waiting_count() -> int:
    """How many complaints wait for an answer."""
    return Complaint.objects.filter(state=Complaint.State.OPEN).count()


def waiting_lines(user: User, now: datetime) -> list[Line]:
    """Complaints that wait, the oldest first."""
    rows = _loaded().filter(state=Complaint.State.OPEN).order_by("made_at", "pk")
    return [line_of(one, user, now) for one in rows[:200]]


def decided_lines(user: User, now: datetime) -> list[Line]:
    """Answered and not carried out yet: within their minute, or until somebody could answer."""
    rows = _loaded().filter(state=Complaint.State.DECIDED).order_by("decided_at")
    return [line_of(one, user, now) for one in rows[:50]]


def settled_lines(user: User, now: datetime) -> list[Line]:
    """The last ones that were settled."""
    rows = _loaded().filter(state=Complaint.State.SETTLED).order_by("-settled_at")
    return [line_of(one, user, now) for one in rows[:SETTLED_SHOWN]]


def line_of(complaint: Complaint, user: User, now: datetime) -> Line:
    """One complaint in a list."""
    task = complaint.decision.task
    case = complaint.case or task.case
    reversal = complaint.reversal
    waits = reversal is not None and reversal.told_at and not reversal.made_firm_at
    answered = _answered(complaint)
    return Line(
        complaint=complaint,
        number=case.number if case else task.number,
        since=words.moment(complaint.made_at, now),
        is_for_other=user.pk in deciders_before(complaint.decision),
        until=reversal.firm_at if reversal is not None and waits else None,
        is_answered=complaint.state == Complaint.State.OPEN and answered.exists(),
        pauses_until=pauses_until(reversal.tellings.select_related("case"), now)
        if reversal is not None and waits
        else None,
    )


def answered_cases(complaint: Complaint) -> list[Case]:
    """The cases that answered when they were told that it would be reversed, the first first."""
    rows = _answered(complaint).select_related("case").order_by("answered_at", "pk")
    return list(dict.fromkeys(row.case for row in rows))


def _answered(complaint: Complaint) -> QuerySet[Telling]:
    return Telling.objects.filter(
        decision__reverses=complaint.decision_id, answered_at__isnull=False
    )


def complaint_screen(
    complaint: Complaint, user: User, now: datetime, *, is_opened: bool
) -> ComplaintScreen:
    """Gather the screen of one complaint.

    Args:
        complaint: from ``complaint_of_id``.
        user: who looks.
        now: the moment, aware UTC.
        is_opened: whether the reviewer asked for the complainant's words; the caller records it.
    """
    first, line = complaint.decision, line_of(complaint, user, now)
    kinds = kinds_of(first.task)
    main = words.main_kind(kinds)
    others = first.complaints.filter(state__in=UNFINISHED).exclude(pk=complaint.pk)
    is_open = complaint.state == Complaint.State.OPEN
    to = _opposite(first)
    is_restore = to == Decision.Outcome.RESTORE
    keepers = kept_off(first.task, today=now.date()) if is_restore else []
    may_look = may_say_looked(first.task, user)
    return ComplaintScreen(
        line=line,
        told=[_told(one) for one in chain_of(first)],
        kind=": ".join(filter(None, words.kind_words(main))) if main else "",
        where=where_in_words(first.task, list(first.task.copies.all())),
        grounds=_grounds(first, kinds, to, may_look=may_look) if is_open else [],
        reverses_to=to,
        said=said_by(complaint) if is_opened else None,
        answer=answer_to(complaint),
        reversal=_told(complaint.reversal) if complaint.reversal else None,
        others=others.count(),
        has_copies=first.task.copies.exists(),
        may_answer=is_open and not line.is_for_other,
        keepers=keepers,
        tells_first=is_restore and cases_to_hear(first.task, reverses=first).exists(),
        may_look=may_look,
    )


def said_by(complaint: Complaint) -> Quote:
    """What the complainant wrote; empty where it was erased."""
    context = f"complaint:{complaint.pk}"
    if complaint.box is None:
        return Quote("")
    if complaint.case_id is None:
        return Quote(unseal(complaint.box, context=context).decode(), complaint.written_in)
    try:
        text = unseal_for_case(complaint.case_id, complaint.box, context=context)
    except SealError:
        return Quote("")  # her case was erased, and its key with it
    return Quote(str(text), complaint.written_in)


def answer_to(complaint: Complaint) -> Quote:
    """What was answered; empty while it waits, and after it was erased."""
    if complaint.answer_box is None:
        return Quote("")
    context = f"complaint-answer:{complaint.pk}"
    return Quote(unseal(complaint.answer_box, context=context).decode(), complaint.answer_language)


def undoable_answer(user: User, now: datetime) -> AnswerToast | None:
    """The reviewer's newest answer whose minute is not over; None where there is none."""
    young = _loaded().filter(state=Complaint.State.DECIDED, decided_by=user, firm_at__gt=now)
    found = young.order_by("-decided_at").first()
    if found is None or found.firm_at is None:
        return None
    is_reversed = found.outcome == Complaint.Outcome.REVERSED
    return AnswerToast(found.pk, line_of(found, user, now).number, is_reversed, found.firm_at)


def next_complaint(lines: Sequence[Line]) -> Line | None:
    """The first that this reviewer can answer."""
    return next((line for line in lines if not line.is_for_other), None)


def _loaded() -> QuerySet[Complaint]:
    return Complaint.objects.select_related(
        "decision__task__platform",
        "decision__task__case",
        "decision__decided_by",
        "decision__reverses",
        "case",
        "decided_by",
        "reversal__decided_by",
    )


def _told(decision: Decision) -> Told:
    why = unopened = ""
    if decision.needs_box is not None:
        told = json.loads(unseal(decision.needs_box, context=f"decision-needs:{decision.pk}"))
        why = str(told.get("why", ""))
        if told.get("unopened") in Decision.Unopened.values:
            unopened = str(Decision.Unopened(told["unopened"]).label)
    return Told(decision, ground_words(decision.grounds), told_facts(decision), why, unopened)


def _opposite(first: Decision) -> Decision.Outcome:
    is_removal = first.outcome == Decision.Outcome.REMOVE
    return Decision.Outcome.RESTORE if is_removal else Decision.Outcome.REMOVE


def _grounds(
    first: Decision, kinds: set[str], to: Decision.Outcome, *, may_look: bool
) -> list[Ground]:
    valid = valid_laws(claims_of(first.task))
    if to == Decision.Outcome.REMOVE:
        return removal_grounds(first.task, kinds, valid)
    is_found, has_claim = first.task.copies.exists(), is_held(first.task)
    return restore_grounds(
        sorted(valid), is_found=is_found, was_removed=True, is_held=has_claim, may_look=may_look
    )
