"""Time limits count a decision from when it is made; once it is taken back, no more. ADR-0064."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from staydown_web.cases.models import Item
from staydown_web.cases.services.answers import count_answers, note_answers, take_answers_back
from staydown_web.review.models import Decision
from staydown_web.review.selectors.items import OF_OUTCOME, answered_items, items_of
from staydown_web.review.services.following import follow_task


def note_decision(decision: Decision, *, actor: str, now: datetime) -> None:
    """Note what was just decided of each item; holding for a second reviewer decides nothing."""
    _note(decision, answered_items(decision), actor=actor, now=now)


def joined_items(decision: Decision) -> list[Item]:
    """What came to the task of a decision after it was made: it decides that too."""
    return [item for item in answered_items(decision) if item.answered_at is None]


def note_joined(decision: Decision, *, now: datetime) -> None:
    """A decision that waits answers what came to its task meanwhile, as of when it was made."""
    _note(decision, joined_items(decision), actor="system", now=now)


def _note(decision: Decision, items: Sequence[Item], *, actor: str, now: datetime) -> None:
    answer = OF_OUTCOME.get(Decision.Outcome(decision.outcome))
    if answer is not None:
        note_answers(
            items=items, answer=answer, decided_at=decision.decided_at, actor=actor, now=now
        )


def count_decision(decision: Decision, *, now: datetime) -> None:
    """The minute of a decision is over: the time limits that it meets end, although it waits."""
    count_answers(items=items_of(decision.task), now=now)


def forget_decision(
    decision: Decision,
    *,
    actor: str,
    now: datetime,
    is_undone: bool,
    heard: Mapping[UUID, datetime] | None = None,
) -> None:
    """A decision was taken back: time limits run again, and the task follows them.

    Args:
        decision: neither firm nor standing any more.
        actor: who took it back.
        now: the moment, aware UTC.
        is_undone: reviewers did, without an answer.
        heard: case -> when its person answered.
    """
    if decision.outcome not in OF_OUTCOME:
        return
    items = items_of(decision.task)
    take_answers_back(items=items, actor=actor, now=now, is_undone=is_undone, heard=heard)
    follow_task(decision.task)
