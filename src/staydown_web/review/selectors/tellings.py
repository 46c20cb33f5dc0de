"""Restoring waits for an answer: whom it concerns, what waits, and what a person is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.cases.models import Case, Claim
from staydown_web.review.models import NOT_HERE, Decision, Task, Telling
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.grounds import ground_words
from staydown_web.review.selectors.items import items_of

ANSWER_WITHIN = timedelta(hours=48)
"""Long enough to come by a private moment and a safe device; as long as the US law gives a site to
remove. Source: ADR-0045."""
ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)


def cases_to_hear(task: Task, *, reverses: Decision | None = None) -> QuerySet[Case]:
    """Living cases behind a task that have not answered on it yet.

    Args:
        task: which.
        reverses: the decision that a complaint was about. What was answered before that decision
            was made does not count: its reversal is told anew.
    """
    answered = Telling.objects.filter(
        decision__task=task, decision__reverses=reverses, answered_at__isnull=False
    )
    living = cases_of(task).filter(erased_at__isnull=True).exclude(state__in=ENDED)
    return living.exclude(pk__in=answered.values("case_id")).order_by("pk")


def waiting_decisions() -> QuerySet[Decision]:
    """Decisions to restore of which a person was told, and that are neither firm nor undone."""
    return Decision.objects.filter(
        told_at__isnull=False, made_firm_at__isnull=True, undone_at__isnull=True
    )


def tasks_that_wait() -> QuerySet[Task]:
    """Tasks whose decision waits for an answer, the one that ends first first."""
    return Task.objects.filter(decisions__in=waiting_decisions()).order_by("decisions__firm_at")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person can answer to.

    Attributes:
        until: until when.
        why: the grounds, in words.
        is_hidden: it is out of sight, and stays so until then.
        is_found: somebody has seen it there, and it is not said that nothing was found.
        is_held: new copies of it are held meanwhile.
        item_ids: what it decides, of every case.
    """

    until: datetime
    why: list[str]
    is_hidden: bool
    is_found: bool
    is_held: bool
    item_ids: frozenset[UUID]


def asked_of(case: Case) -> list[Asked]:
    """What a case can answer to now, the nearest end first."""
    open_ = case.tellings.filter(ended_at__isnull=True, decision__in=waiting_decisions())
    return [
        Asked(
            one.until,
            ground_words(one.decision.grounds),
            one.is_hidden,
            one.decision.task.copies.exists() or NOT_HERE not in one.decision.grounds,
            Claim.objects.filter(
                item__in=(items := items_of(one.decision.task)), ended_at=None
            ).exists(),
            frozenset(item.pk for item in items),
        )
        for one in open_.select_related("decision__task").order_by("until")
    ]
