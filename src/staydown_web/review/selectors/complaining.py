"""Who can complain about which decision, until when, and what waits for an answer. ADR-0054."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.cases.models import Case
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.grounds import ground_words
from staydown_web.review.selectors.minors import is_closed_for_minor
from staydown_web.review.selectors.tellings import ENDED

COMPLAIN_WITHIN = timedelta(days=184)
"""No six months are longer. Source: DSA Art. 20(1): at least six months."""
MOST_IN_A_ROW = 2
"""Reversals of one matter: after each side was heard once, it goes to a body outside. ADR-0054."""
UNFINISHED = (Complaint.State.OPEN, Complaint.State.DECIDED)
_OF_SIDE = {
    Complaint.Side.UPLOADER: Decision.Outcome.REMOVE,
    Complaint.Side.NOTIFIER: Decision.Outcome.RESTORE,
}


def may_complain(
    decision: Decision,
    side: Complaint.Side,
    *,
    case: Case | None,
    now: datetime,
    told_at: datetime | None = None,
) -> bool:
    """Whether a side can complain about a decision now. That it did before is not asked here.

    Args:
        decision: any.
        side: who would complain.
        case: the notifier's; None for an uploader.
        now: the moment, aware UTC.
        told_at: when this uploader was told.
    """
    if decision.outcome != _OF_SIDE[side] or is_closed_for_minor(decision.task):
        return False
    until = complain_until(decision, told_at=told_at)
    if until is None or decision.undone_at is not None or now > until:
        return False
    if is_last(decision) or decision.reversals.filter(made_firm_at__isnull=False).exists():
        return False
    if side == Complaint.Side.UPLOADER:
        return case is None
    return case is not None and concerned_cases(decision).filter(pk=case.pk).exists()


def complain_until(decision: Decision, *, told_at: datetime | None = None) -> datetime | None:
    """The last moment in which a side can complain; None where it is not firm.

    Args:
        decision: any.
        told_at: when this uploader was told: later than it was firm, where whoever reported it
            was told first, or software stopped the upload because of the decision.
    """
    if decision.made_firm_at is None:
        return None
    return (told_at or decision.made_firm_at) + COMPLAIN_WITHIN


def is_last(decision: Decision) -> bool:
    """Whether both sides were heard about it, so that no complaint is possible here any more."""
    return len(chain_of(decision)) > MOST_IN_A_ROW


def chain_of(decision: Decision) -> list[Decision]:
    """The decision and those that it reversed, the newest first."""
    chain = [decision]
    while chain[-1].reverses is not None:
        chain.append(chain[-1].reverses)
    return chain


def deciders_before(decision: Decision) -> set[UUID]:
    """Who decided about it so far: none of them answers a complaint about it."""
    return {one.decided_by_id for one in chain_of(decision)}


def standing_reversal(decision: Decision) -> Decision | None:
    """The decision that reverses this one, firm or not yet; None where none does."""
    return decision.reversals.filter(undone_at__isnull=True).first()


def concerned_cases(decision: Decision) -> QuerySet[Case]:
    """Living cases behind a decision."""
    living = cases_of(decision.task).filter(erased_at__isnull=True)
    return living.exclude(state__in=ENDED).order_by("pk")


def placed_cases(decision: Decision) -> QuerySet[Case]:
    """Living cases that named the place of what a decision is about.

    Only they hear of an uploader's complaint that changes nothing: to all others it would tell that
    something was uploaded, which is what somebody who watches another person wants to know.
    """
    task = decision.task
    placed = Q(locations__copy__tasks=task)
    if not task.copies.exists():
        placed = Q(pk=task.case_id)
    return concerned_cases(decision).filter(placed).distinct()


def tasks_behind(case: Case) -> QuerySet[Task]:
    """What a case is concerned with: named, claimed by a match, or placed there."""
    claimed = Q(
        copies__hits__entry__claims__item__case=case,
        copies__hits__entry__claims__ended_at__isnull=True,
    )
    return Task.objects.filter(Q(case=case) | claimed | Q(copies__locations__case=case)).distinct()


def unfinished_of(case: Case) -> QuerySet[Complaint]:
    """Complaints that wait and concern a case: its own, and about places that it named."""
    placed = Q(side=Complaint.Side.UPLOADER) & (
        Q(decision__task__copies__locations__case=case)
        | Q(decision__task__case=case, decision__task__copies__isnull=True)
    )
    return Complaint.objects.filter(Q(case=case) | placed, state__in=UNFINISHED).distinct()


@dataclass(frozen=True, slots=True)
class Complainable:
    """A decision that a notifier can complain about, or did.

    Attributes:
        decision: which.
        decided_at: when it was firm.
        until: until when they can complain.
        why: its grounds, in words.
        complaint: theirs, where they complained.
        is_open: they can complain now.
    """

    decision: Decision
    decided_at: datetime
    until: datetime
    why: list[str]
    complaint: Complaint | None
    is_open: bool


def complainable_of(case: Case, now: datetime) -> list[Complainable]:
    """Decisions against a notifier, newest first: each can be complained about, or was.

    Args:
        case: that lives.
        now: the moment, aware UTC.
    """
    firm = Decision.objects.filter(
        task__in=tasks_behind(case).values("pk"),
        outcome=Decision.Outcome.RESTORE,
        made_firm_at__gte=now - 2 * COMPLAIN_WITHIN,
        undone_at__isnull=True,
    )
    own = {one.decision_id: one for one in case.complaints.filter(decision__in=firm)}
    later = Decision.objects.filter(reverses=OuterRef("pk"), made_firm_at__isnull=False)
    shown = firm.annotate(is_reversed=Exists(later)).select_related("task")
    rows = [
        _complainable(one, own.get(one.pk), case, now)
        for one in shown.order_by("-made_firm_at")
        if one.pk in own or not one.is_reversed
    ]
    return [row for row in rows if row.complaint is not None or row.is_open]


def _complainable(
    decision: Decision, complaint: Complaint | None, case: Case, now: datetime
) -> Complainable:
    firm_at = decision.made_firm_at or decision.decided_at
    return Complainable(
        decision=decision,
        decided_at=firm_at,
        until=firm_at + COMPLAIN_WITHIN,
        why=ground_words(decision.grounds),
        complaint=complaint,
        is_open=complaint is None
        and may_complain(decision, Complaint.Side.NOTIFIER, case=case, now=now),
    )
