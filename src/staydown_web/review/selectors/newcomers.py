"""Somebody else's notice that came after a decision about who had asked. ADR-0045."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from staydown_web.cases.models import Case, Item
from staydown_web.review.models import Decision
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.items import items_of
from staydown_web.review.selectors.tellings import ENDED

OF_WHO_ASKED: Final = frozenset({"not_the_person"})
"""Grounds about whoever asked, and not about what was reported: they say nothing of others."""


def newcomers(decision: Decision) -> QuerySet[Case]:
    """Living cases that came to its task after it was made, on grounds about who had asked."""
    task, at = decision.task, decision.decided_at
    if not OF_WHO_ASKED & set(decision.grounds):
        return Case.objects.none()
    own = Q(pk=task.case_id) if task.case_id else Q(pk__in=())
    claimed = Q(
        items__claims__made_at__lte=at,
        items__claims__ended_at__isnull=True,
        items__claims__entry__hits__copy__tasks=task,
    )
    placed = Q(
        locations__added_at__lte=at,
        locations__copy__seen_at__lte=at,
        locations__copy__tasks=task,
    )
    known = Case.objects.filter(own | claimed | placed, valid_at__lte=at)
    living = cases_of(task).filter(valid_at__isnull=False, erased_at__isnull=True)
    return living.exclude(state__in=ENDED).exclude(pk__in=known.values("pk"))


def waits_for_a_look(decision: Decision) -> bool:
    """Whether nobody has decided yet what one of them asks for."""
    new = set(newcomers(decision).values_list("pk", flat=True))
    return bool(new) and any(
        item.case_id in new
        and item.state in (Item.State.RECEIVED, Item.State.IN_REVIEW)
        and item.answer == Item.Answer.NONE
        for item in items_of(decision.task)
    )
