"""What a reviewer held for a second one: to be hidden, hidden, and still to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from staydown_web.actions.models import Order
from staydown_web.actions.selectors.outcomes import CaseRemovals, Hold
from staydown_web.cases.models import Case, Location
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.items import items_of
from staydown_web.screening.models import Copy

_IN_SIGHT = (Copy.State.SEEN, Copy.State.RESTORED)


def holds_of(case: Case) -> tuple[Hold, ...]:
    """What was held of a case for a second reviewer, oldest first: where she is told of it.

    So at her own addresses, and of what was in sight elsewhere; never what a reviewer can still
    undo.

    Cost: one query where nothing was; else eight for each.
    """
    hers = Q(task__copies__locations__case=case) | Q(statement_tellings__case=case)
    made = Decision.objects.filter(
        hers, outcome=Decision.Outcome.HOLD, made_firm_at__isnull=False, undone_at__isnull=True
    )
    rows = list(made.select_related("task").order_by("decided_at", "pk").distinct())
    if not rows:
        return ()
    places = list(case.locations.filter(copy__isnull=False))
    holds = [_hold(one, case, places) for one in rows]
    waiting = {pk for one in holds if one.is_open for pk in one.places}
    # What lies at another of her addresses can be in sight: then not all of the item waits.
    seen = {place.item_id for place in places if place.pk not in waiting}
    return tuple(one.without(seen) for one in holds)


def with_holds(case: Case, removals: CaseRemovals) -> CaseRemovals:
    """What came of the removals of a case, with what was held; cost: that of ``holds_of``."""
    return replace(removals, holds=holds_of(case))


def _hold(decision: Decision, case: Case, places: Sequence[Location]) -> Hold:
    task = decision.task
    copies = {copy.pk: copy for copy in task.copies.all()}
    own = {place.pk: place.copy_id for place in places if place.copy_id in copies}
    about = set(own.values()) or set(copies)
    made_firm_at = decision.made_firm_at or decision.decided_at
    later = list(task.decisions.filter(undone_at__isnull=True).order_by("decided_at", "pk"))
    later = later[later.index(decision) + 1 :]
    hidden_at = _hidden_at(decision, about, made_firm_at)
    is_let_go = hidden_at is not None and bool(later) and _lets_go(later[0])
    return Hold(
        at=made_firm_at,
        hidden_at=hidden_at,
        is_open=task.state == Task.State.SECOND and not later,
        is_let_go=is_let_go,
        shown_at=_shown_at(later[0], about) if is_let_go else None,
        items=frozenset(item.pk for item in items_of(task) if item.case_id == case.pk),
        places=frozenset(own),
    )


def _lets_go(decision: Decision) -> bool:
    """Whether what was held may be shown again by it, and a website is told."""
    restores = decision.outcome == Decision.Outcome.RESTORE and decision.made_firm_at is not None
    return restores and _restores(decision).exists()


def _restores(decision: Decision) -> QuerySet[Order]:
    made = Order.objects.filter(decision=decision, what=Order.What.RESTORE)
    return made.exclude(state=Order.State.CANCELLED)


def _shown_at(decision: Decision, copies: set[UUID]) -> datetime | None:
    """When the platform showed all of it again; None where it has not said so.

    What lies at one place for two notices comes back by the order of one of them.
    """
    rows = _restores(decision).filter(copy__in=copies).values_list("copy", "state", "answered_at")
    own = {copy: at if state == Order.State.DONE else None for copy, state, at in rows}
    others = Copy.objects.filter(pk__in=copies - own.keys(), state=Copy.State.RESTORED)
    ends = [*own.values(), *others.values_list("state_at", flat=True)]
    return max((at for at in ends if at), default=None) if all(ends) else None


def _hidden_at(decision: Decision, copies: set[UUID], since: datetime) -> datetime | None:
    """When the platform had hidden all that was in sight; None where it has not said so."""
    before = decision.before.get("copies", {})
    seen = {pk for pk in copies if before.get(str(pk)) in _IN_SIGHT}
    done = Order.objects.filter(
        decision=decision, copy__in=seen, what=Order.What.HOLD, state=Order.State.DONE
    )
    answered = {copy: at for copy, at in done.values_list("copy", "answered_at") if at}
    if set(answered) != seen:
        return None
    return max([since, *answered.values()])
