"""The last decision, while it can be undone, and what stood in its form once it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from staydown_web.accounts.models import User
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import unseal
from staydown_web.review.models import OPEN_STATES, Complaint, Decision, Task
from staydown_web.review.selectors.keeping import posts_of
from staydown_web.review.selectors.minors import is_closed_since
from staydown_web.screening.models import Hit

UNDONE_FOR: Final = keeps("undone_answer")
"""What somebody undid stands in the form again for this long."""
TAKEN_FOR: Final = UNDONE_FOR
"""A task that somebody took and left is free again after this."""


@dataclass(frozen=True, slots=True)
class Toast:
    """What can still be undone.

    Attributes:
        decision_id: which.
        number: of its case, or of the task where there is none.
        outcome: of ``Decision.Outcome``.
        copies: how many, each reported post once.
        seconds: whole seconds left.
        until: the moment at which it becomes firm.
    """

    decision_id: UUID
    number: str
    outcome: str
    copies: int
    seconds: int
    until: datetime


def undoable(user: User, now: datetime) -> Toast | None:
    """The reviewer's newest decision whose minute is not over; None where there is none.

    Not one on what was closed since, because somebody in it may be under 18.
    """
    young = (
        Decision.objects.select_related("task__case")
        .filter(decided_by=user, firm_at__gt=now, undone_at__isnull=True, made_firm_at__isnull=True)
        .filter(told_at__isnull=True)
        .order_by("-decided_at")
    )
    found = next((one for one in young if not is_closed_since(one)), None)
    if found is None:
        return None
    task = found.task
    return Toast(
        found.pk,
        task.case.number if task.case else task.number,
        found.outcome,
        len(posts_of(task.copies.filter(pk__in=found.before.get("copies", {})))),
        max(1, int((found.firm_at - now).total_seconds())),
        found.firm_at,
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reviewer had chosen and written in a decision that they took back.

    Attributes:
        values: of the fields of its form that hold one value.
        grounds: ids of those that were chosen.
        needs: what of them was confirmed.
        is_kept: it was to be kept, so that grounds to remove it were not asked for.
    """

    values: dict[str, Any]
    grounds: frozenset[str]
    needs: frozenset[str]
    is_kept: bool


def chosen_before(task: Task, user: User, now: datetime) -> Chosen | None:
    """What stood in the form of an open task when this reviewer decided, and then undid it.

    Returns:
        None where the newest decision is not theirs, stands, was told to somebody, or was undone
        long ago.
    """
    last = task.decisions.order_by("-decided_at").first()
    if last is None or task.state not in OPEN_STATES or last.decided_by_id != user.pk:
        return None
    if last.undone_at is None or last.told_at or now - last.undone_at > UNDONE_FOR:
        return None
    told = _told(last)
    values: dict[str, Any] = {"outcome": last.outcome, "why": told.get("why", "")}
    values["unopened"] = told.get("unopened", "")
    if last.facts_box is not None:
        facts = unseal(last.facts_box, context=f"decision:{last.pk}").decode()
        values |= {"facts": facts, "facts_language": last.facts_language}
    if last.outcome == Decision.Outcome.REMOVE:
        ends_on = last.ends_on.isoformat() if last.ends_on else ""
        values |= {"restriction": last.restriction, "scope": last.scope, "ends_on": ends_on}
        values["confirms_altered"] = _confirmed_altered(last)
    needs = frozenset(map(str, told.get("needs", ())))
    is_kept = last.outcome == Decision.Outcome.RESTORE
    return Chosen(values, frozenset(last.grounds), needs, is_kept)


def answer_before(complaint: Complaint, user: User, now: datetime) -> Chosen | None:
    """What stood in the form of an open complaint when this reviewer answered, and then undid it.

    Returns:
        None where nobody did, a colleague did, or it was long ago.
    """
    box, at = complaint.undone_box, complaint.undone_at
    if complaint.state != Complaint.State.OPEN or box is None or at is None:
        return None
    stood = json.loads(unseal(box, context=f"complaint-undone:{complaint.pk}"))
    if stood["by"] != str(user.pk) or now - at > UNDONE_FOR:
        return None
    names = ("outcome", "facts", "facts_language", "unopened")
    values = {name: stood[name] for name in names if stood.get(name)}
    grounds, needs = (frozenset(map(str, stood.get(name, ()))) for name in ("grounds", "needs"))
    return Chosen(values, grounds, needs, is_kept=stood["outcome"] == Complaint.Outcome.STANDS)


def _told(decision: Decision) -> dict[str, Any]:
    if decision.needs_box is None:
        return {}
    told: dict[str, Any] = json.loads(
        unseal(decision.needs_box, context=f"decision-needs:{decision.pk}")
    )
    return told


def _confirmed_altered(decision: Decision) -> bool:
    """Whether an entry was confirmed of which there is no other than an altered copy."""
    hits = Hit.objects.filter(copy__tasks=decision.task_id, entry__in=decision.entries_confirmed)
    plain = set(hits.exclude(kind="altered").values_list("entry", flat=True))
    return hits.filter(kind="altered").exclude(entry__in=plain).exists()
