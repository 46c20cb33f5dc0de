"""Complaints are settled: entries follow, both sides hear of it once, cases are themselves again.

News for partners is the event ``complaint_settled``: its ``entries`` are those whose worth changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import dispute_entries, unconfirm_entries
from staydown_web.base.retention import keeps
from staydown_web.cases.models import Case
from staydown_web.cases.services.appealing import end_appeal
from staydown_web.cases.services.contacts import write_news
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.selectors.complaining import (
    concerned_cases,
    placed_cases,
    unfinished_of,
)
from staydown_web.review.selectors.items import decided_anew
from staydown_web.review.selectors.keeping import kept_off
from staydown_web.review.selectors.minors import MINOR
from staydown_web.review.selectors.tellings import ENDED
from staydown_web.review.selectors.undoing import UNDONE_FOR
from staydown_web.review.selectors.uploads import is_apart
from staydown_web.review.services.reopening import record_complaint

AT_ONCE = 50
KEEP_WORDS_FOR = keeps("complaint_words")
"""What both sides wrote, after it is settled: as long as a decision can be complained about."""
_PLAIN = ("identical", "same", "part")


def settle_complaints(now: datetime) -> int:
    """Settle the complaints whose decision stays, when their minute is over.

    Returns:
        How many.
    """
    due = Complaint.objects.filter(
        state=Complaint.State.DECIDED, outcome=Complaint.Outcome.STANDS, firm_at__lte=now
    )
    ids = list(due.order_by("firm_at").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_settle(complaint_id, (), now) for complaint_id in ids)


def settle_reversal(*, reversal: Decision, entries: Sequence[UUID], now: datetime) -> int:
    """Settle all complaints about a decision whose reversal is firm, whoever they are from.

    Args:
        reversal: just made firm, in the caller's transaction.
        entries: whose worth changed by it.
        now: the moment, aware UTC.

    Returns:
        How many.
    """
    others = Complaint.objects.filter(decision=reversal.reverses, state=Complaint.State.OPEN)
    others.update(
        state=Complaint.State.DECIDED,
        outcome=Complaint.Outcome.REVERSED,
        decided_by=reversal.decided_by,
        decided_at=now,
        firm_at=now,
        reversal=reversal,
    )
    answered = Complaint.objects.filter(reversal=reversal, state=Complaint.State.DECIDED)
    ids = list(answered.order_by("made_at", "pk").values_list("pk", flat=True))
    return sum(_settle(complaint_id, entries, now) for complaint_id in ids)


def take_confirmations_back(*, reversal: Decision, is_doubted: bool, now: datetime) -> list[UUID]:
    """What the reversed removal had confirmed is in doubt; a seed again where the match was wrong.

    So is what a removal had confirmed that a platform could not carry out and that was decided
    anew: nothing is stopped any more because of it. While another removal of the same picture
    stands, it stays confirmed; the last of them that is reversed takes it along.

    Args:
        reversal: of a removal, or in its place; just made firm.
        is_doubted: its grounds speak against the claim itself.
        now: the moment, aware UTC.

    Returns:
        The entries.
    """
    first = reversal.reverses
    firsts = [first] if first is not None else decided_anew(reversal.task)
    made = [*firsts, *_reversed_before(firsts)]
    ids = list({UUID(entry_id): None for one in made for entry_id in one.entries_confirmed})
    if not ids:
        return []
    actor = f"user:{reversal.decided_by_id}"
    alone = [pk for pk in ids if not _is_confirmed_elsewhere(pk, firsts)]
    if is_doubted:
        why = "reversed by a reviewer"
        return dispute_entries(entry_ids=alone, actor=actor, now=now, reason=why)
    unconfirm_entries(entry_ids=alone, actor=actor, now=now)
    return alone


def drop_complaints(now: datetime) -> int:
    """Let go of complaints that nobody can decide here any more, and of cases that wait for none.

    A notifier's, when her case was taken back or closed; an uploader's, when somebody found that
    someone shown may be under 18.

    Returns:
        How many were dropped.
    """
    minor = Q(decision__task__case__closed_for=Case.ClosedFor.MINOR)
    minor |= Q(decision__task__in=Decision.objects.filter(grounds=[MINOR]).values("task"))
    gone = Complaint.objects.filter(state=Complaint.State.OPEN).filter(
        Q(case__state__in=ENDED) | Q(case__erased_at__isnull=False) | minor
    )
    ids = list(gone.values_list("pk", flat=True)[:AT_ONCE])
    dropped = sum(_drop(complaint_id, now) for complaint_id in ids)
    for case in Case.objects.filter(appealed_at__isnull=False)[:AT_ONCE]:
        _end_where_none_waits(case, now)
    return dropped


def forget_complaints(now: datetime) -> int:
    """Erase what both sides wrote, six months after a complaint was settled; the counts stay.

    What stood in the form of an undone answer goes when nobody is shown it any more.

    Returns:
        How many, without those forms.
    """
    undone = Complaint.objects.filter(undone_at__lte=now - UNDONE_FOR)
    undone.update(undone_box=None, undone_at=None)
    old = Q(settled_at__lte=now - KEEP_WORDS_FOR)
    old |= Q(state=Complaint.State.DROPPED, made_at__lte=now - KEEP_WORDS_FOR)
    held = Complaint.objects.filter(Q(box__isnull=False) | Q(answer_box__isnull=False))
    return held.filter(old).update(box=None, answer_box=None, written_in="", answer_language="")


@transaction.atomic
def _settle(complaint_id: UUID, entries: Sequence[UUID], now: datetime) -> int:
    rows = Complaint.objects.filter(pk=complaint_id, state=Complaint.State.DECIDED)
    if not rows.update(state=Complaint.State.SETTLED, settled_at=now):
        return 0
    complaint = Complaint.objects.select_related("decision__task", "case").get(pk=complaint_id)
    facts: dict[str, Any] = {"outcome": complaint.outcome, "entries": list(entries)}
    if complaint.reversal_id:
        facts["reversal"] = complaint.reversal_id
    told = [complaint.case] if complaint.case else _to_tell(complaint)
    record_complaint("complaint_settled", complaint, "system", now, **facts)
    for case in told:
        _tell(case, complaint, now)
    waited = [complaint.case] if complaint.case else placed_cases(complaint.decision)
    for case in {one.pk: one for one in [*told, *waited]}.values():
        _end_where_none_waits(case, now)
    return 1


def _to_tell(complaint: Complaint) -> list[Case]:
    """Of an uploader's complaint: whom a reversal was told before; of one, who named the place too.

    Where the decision stays and none was ever proposed nothing changes for whoever reported it:
    nobody tells her that the other side complained.
    """
    ids = set(_heard(complaint).values_list("pk", flat=True))
    if complaint.reversal_id:
        ids |= set(placed_cases(complaint.decision).values_list("pk", flat=True))
    return list(Case.objects.filter(pk__in=ids).order_by("pk"))


def _heard(complaint: Complaint) -> QuerySet[Case]:
    """Whom a reversal of the decision was told before, also one that was taken back since."""
    concerned = concerned_cases(complaint.decision)
    return concerned.filter(tellings__decision__reverses=complaint.decision_id)


def _tell(case: Case, complaint: Complaint, now: datetime) -> None:
    if case.state in ENDED or case.erased_at is not None:
        return
    write_news(case=case, now=now)
    reversal = complaint.reversal
    kept = {"is_kept": True} if reversal is not None and _stays_off(reversal, now) else {}
    if complaint.side == Complaint.Side.UPLOADER:
        if is_apart(complaint.decision.task, case):
            kept = {"is_apart": True}
        if _heard(complaint).filter(pk=case.pk).exists():
            kept["was_heard"] = True
    record_event(
        what="complaint_told",
        actor="system",
        at=now,
        case_id=case.pk,
        subject=f"complaint:{complaint.pk}",
        facts={
            "side": complaint.side,
            "outcome": complaint.outcome,
            "was": complaint.decision.outcome,
            **kept,
        },
    )


def _stays_off(reversal: Decision, now: datetime) -> bool:
    """Whether another decision holds, so that nothing is shown again though this one says so."""
    is_restore = reversal.outcome == Decision.Outcome.RESTORE
    return is_restore and bool(kept_off(reversal.task, today=now.date()))


@transaction.atomic
def _drop(complaint_id: UUID, now: datetime) -> int:
    rows = Complaint.objects.filter(pk=complaint_id, state=Complaint.State.OPEN)
    if not rows.update(state=Complaint.State.DROPPED):
        return 0
    complaint = Complaint.objects.select_related("decision__task").get(pk=complaint_id)
    record_complaint("complaint_dropped", complaint, "system", now)
    return 1


def _end_where_none_waits(case: Case, now: datetime) -> None:
    if case.appealed_at is not None and not unfinished_of(case).exists():
        end_appeal(case=case, actor="system", now=now)


def _reversed_before(firsts: Sequence[Decision]) -> list[Decision]:
    """Removals of the same pictures that were reversed, and whose entries these kept confirmed."""
    entries = Entry.objects.filter(
        hits__copy__tasks__in=[one.task_id for one in firsts], hits__kind__in=_PLAIN
    )
    tasks = Task.objects.filter(
        copies__hits__entry__in=entries.values("pk"), copies__hits__kind__in=_PLAIN
    )
    reversals = Decision.objects.filter(reverses=OuterRef("pk"), made_firm_at__isnull=False)
    made = Decision.objects.filter(Exists(reversals), outcome=Decision.Outcome.REMOVE)
    return list(made.filter(task__in=tasks.values("pk")))


def _is_confirmed_elsewhere(entry_id: UUID, firsts: Sequence[Decision]) -> bool:
    """Whether another removal stands on a copy of the same reported picture."""
    reversed_by = Decision.objects.filter(reverses=OuterRef("pk"), undone_at__isnull=True)
    others = Decision.objects.filter(
        outcome=Decision.Outcome.REMOVE, made_firm_at__isnull=False
    ).exclude(task__in=[first.task_id for first in firsts])
    return others.filter(
        ~Exists(reversed_by),
        task__in=Task.objects.filter(
            copies__hits__entry_id=entry_id, copies__hits__kind__in=_PLAIN
        ),
    ).exists()
