"""Decisions past their minute and heard: firm, and told to the cases that claimed the picture."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import dispute_entries
from staydown_web.base.jobs import each_apart
from staydown_web.cases.models import Item
from staydown_web.cases.services import settle_item
from staydown_web.review.models import Decision
from staydown_web.review.selectors.items import (
    OF_OUTCOME,
    is_more_than_kept,
    items_of,
    waits_elsewhere,
)
from staydown_web.review.selectors.keeping import kept_off
from staydown_web.review.selectors.tellings import is_out_of_sight
from staydown_web.review.services.concluding import settle_reversal, take_confirmations_back
from staydown_web.review.services.hearing import (
    end_tellings,
    is_heard,
    needless_waits,
    take_back_answered,
)

AT_ONCE = 50
DISPUTING = ("not_intimate", "not_the_person", "consented_commercial", "satire", "public_interest")
"""Grounds to refuse: what stands behind the seed is in doubt, so it holds nothing until settled."""


def make_decisions_firm(now: datetime) -> int:
    """Carry out what can no longer be undone, some at a time.

    Returns:
        How many became firm.
    """
    take_back_answered(now)
    open_ = Decision.objects.filter(made_firm_at__isnull=True, undone_at__isnull=True)
    due = open_.filter(Q(firm_at__lte=now) | Q(pk__in=needless_waits()))
    ids = list(due.order_by("firm_at").values_list("pk", flat=True)[:AT_ONCE])
    return each_apart(ids, lambda decision_id: make_firm(decision_id, now))


@transaction.atomic
def make_firm(decision_id: UUID, now: datetime) -> int:
    """Carry out one decision, unless it was undone, is firm, or waits for an answer.

    Returns:
        1, or 0 where it was not.
    """
    rows = Decision.objects.filter(pk=decision_id, undone_at__isnull=True)
    open_ = rows.filter(made_firm_at__isnull=True)
    # Locked where the database has row locks: of two workers one tells, and only once.
    decision = open_.select_for_update(of=("self",)).select_related("task").first()
    if decision is None or not is_heard(decision, items=items_of(decision.task), now=now):
        return 0
    if not open_.update(made_firm_at=now):
        return 0
    end_tellings(decision, now)
    actor = f"user:{decision.decided_by_id}"
    changed = list(decision.entries_confirmed)
    if decision.outcome == Decision.Outcome.RESTORE:
        changed = _dispute_seeds(decision, actor, now)
    state = OF_OUTCOME.get(Decision.Outcome(decision.outcome))
    settled = _settle_items(decision, state, actor, now) if state else 0
    record_event(
        what="decision_firm",
        actor="system",
        at=now,
        case_id=decision.task.case_id,
        subject=f"decision:{decision.pk}",
        facts={"task": decision.task_id, "outcome": decision.outcome, "items": settled},
    )
    if decision.reverses is not None:
        settle_reversal(reversal=decision, entries=[UUID(str(pk)) for pk in changed], now=now)
    return 1


def _settle_items(decision: Decision, state: Item.State, actor: str, now: datetime) -> int:
    settled = 0
    if state == Item.State.REMOVED and decision.task.failed_order is not None:
        return 0  # the platform could not do it before: it is removed when the platform says so
    for item in items_of(decision.task):
        if state == Item.State.KEPT and is_more_than_kept(item, decision):
            _note_kept_off(decision, item, now)
            continue
        if state == Item.State.KEPT and waits_elsewhere(item, decision):
            continue
        settled += settle_item(
            item=item, state=state, actor=actor, now=now, answered_at=decision.decided_at
        )
    return settled


def _note_kept_off(decision: Decision, item: Item, now: datetime) -> None:
    """She hears that it was decided to keep it, and that another decision holds."""
    if item.state != Item.State.REMOVED:
        return
    is_kept = bool(kept_off(decision.task, today=now.date()))
    if decision.task.failed_order is None and not is_kept:
        return  # it is about a copy that stays, and another one was removed
    facts = {"decision": decision.pk, "grounds": decision.grounds}
    if is_kept and not is_out_of_sight(decision.task, item.case):
        facts["then"] = "holds"
    record_event(
        what="restore_kept_off",
        actor="system",
        at=now,
        case_id=item.case_id,
        subject=f"item:{item.pk}",
        facts=facts,
    )


def _dispute_seeds(decision: Decision, actor: str, now: datetime) -> list[UUID]:
    """Entries whose worth changed: the claim is in doubt, or the match was wrong."""
    is_doubted = bool(set(decision.grounds) & set(DISPUTING))
    changed = take_confirmations_back(reversal=decision, is_doubted=is_doubted, now=now)
    if not is_doubted:
        return changed
    seeds = Entry.objects.filter(
        state=Entry.State.SEED,
        hits__copy__tasks=decision.task,
        hits__kind__in=("identical", "same"),
    )
    ids = list(seeds.values_list("pk", flat=True).distinct())
    doubted = dispute_entries(entry_ids=ids, actor=actor, now=now, reason="restored by a reviewer")
    return [*changed, *doubted]
