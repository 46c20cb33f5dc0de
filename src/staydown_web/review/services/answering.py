"""Another reviewer than the first answers a complaint: the decision stays, or is reversed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.base.sealing import seal
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.complaining import deciders_before, standing_reversal
from staydown_web.review.selectors.minors import is_closed_for_minor
from staydown_web.review.services.deciding import (
    UNDO_FOR,
    before_of,
    make_decision,
    undo_decision,
)
from staydown_web.review.services.reopening import record_complaint, reopen
from staydown_web.review.services.terms import Terms

MOST_FACTS = 2000
_OPPOSITE = {
    Decision.Outcome.REMOVE: Decision.Outcome.RESTORE,
    Decision.Outcome.RESTORE: Decision.Outcome.REMOVE,
}


@transaction.atomic
def decide_complaint(
    *,
    complaint: Complaint,
    outcome: Complaint.Outcome | str,
    facts: str,
    user: User,
    now: datetime,
    grounds: Sequence[str] = (),
    terms: Terms | None = None,
) -> Complaint:
    """Answer a complaint. A reversal is a decision of its own: undone within a minute, then firm.

    Where something would be shown again, whoever reported it is told first and can answer
    (ADR-0045); the complaint is settled when the reversal is firm.

    Args:
        complaint: that waits.
        outcome: of ``Complaint.Outcome``.
        facts: why, for the complainant; the form checks that it names nobody.
        user: who answers; decided nothing about this before.
        now: the moment, aware UTC.
        grounds: of the reversal; the form checks them.
        terms: of the reversal, as for a decision; ``language`` is that of the answer either way.

    Returns:
        The complaint as it stands now.

    Raises:
        FieldsError: no answer for the complainant; or ``terms`` say that they looked at a copy
            that they did not open, and not why.
        NotAllowedError: who decided before cannot answer.
        RecordConflictError: a colleague was quicker, the decision is being reversed already, or
            what it is about was closed since, because somebody in it may be under 18.
    """
    facts = facts.strip()
    if not facts or len(facts) > MOST_FACTS:
        raise FieldsError(
            {"facts": _("Write between 1 and %(most)d letters.") % {"most": MOST_FACTS}}
        )
    outcome = Complaint.Outcome(outcome)
    # Locked where the database has row locks: two complaints about it are not reversed twice.
    rows = Decision.objects.select_for_update(of=("self",)).select_related("task")
    first = rows.get(pk=complaint.decision_id)
    if user.pk in deciders_before(first):
        raise NotAllowedError("somebody decides about a complaint who has not decided before")
    if is_closed_for_minor(first.task):
        raise RecordConflictError("somebody in it may be under 18: it is closed for all")
    _check_others(complaint, first, outcome)
    waiting = Complaint.objects.filter(pk=complaint.pk, state=Complaint.State.OPEN)
    changed = waiting.update(
        state=Complaint.State.DECIDED,
        outcome=outcome,
        decided_by=user,
        decided_at=now,
        firm_at=now + UNDO_FOR,
        answer_box=seal(facts.encode(), context=f"complaint-answer:{complaint.pk}"),
        answer_language=terms.language if terms else "",
        undone_box=None,
        undone_at=None,
    )
    if not changed:
        raise RecordConflictError("a colleague has decided this, or it is no longer needed")
    if outcome == Complaint.Outcome.REVERSED:
        to = _OPPOSITE[Decision.Outcome(first.outcome)]
        made = make_decision(
            task=first.task,
            outcome=to,
            grounds=grounds,
            # Only who is restricted by it is told its facts; all others read the answer.
            facts=facts if to == Decision.Outcome.REMOVE else "",
            user=user,
            now=now,
            before=before_of(first.task),
            reverses=first,
            terms=terms,
        )
        Complaint.objects.filter(pk=complaint.pk).update(reversal=made)
    complaint.refresh_from_db()
    record_complaint("complaint_decided", complaint, f"user:{user.pk}", now, outcome=outcome)
    return complaint


@transaction.atomic
def undo_complaint(*, complaint: Complaint, user: User, now: datetime) -> None:
    """Take an answer back within its minute; the complaint waits again.

    Raises:
        NotAllowedError: somebody else answered it.
        RecordConflictError: the minute is over.
    """
    if complaint.decided_by_id is None:
        raise RecordConflictError("nobody has answered this; there is nothing to undo")
    if complaint.decided_by_id != user.pk:
        raise NotAllowedError("only who decided can undo")
    if complaint.reversal is not None:
        undo_decision(decision=complaint.reversal, user=user, now=now)
        return
    young = Complaint.objects.filter(
        pk=complaint.pk, outcome=Complaint.Outcome.STANDS, firm_at__gt=now
    )
    if not young.exists() or not reopen(
        complaint.pk, actor=f"user:{user.pk}", why="undone", now=now
    ):
        raise RecordConflictError("the minute to undo this is over")


def _check_others(complaint: Complaint, first: Decision, outcome: Complaint.Outcome) -> None:
    """Several people may complain about one decision; it is reversed once, and for all."""
    if standing_reversal(first) is not None:
        raise RecordConflictError("this decision is being reversed already; all hear of it")
    undecided = first.complaints.filter(state=Complaint.State.DECIDED).exclude(pk=complaint.pk)
    if outcome == Complaint.Outcome.REVERSED and undecided.exists():
        raise RecordConflictError("a colleague answers another complaint about it; wait a minute")
