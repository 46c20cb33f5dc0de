"""How a decision restricts something, on which ground first, and what software had a part in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from staydown_web.accounts.models import User
from staydown_web.base.errors import FieldsError
from staydown_web.base.sealing import seal
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.care import has_opened
from staydown_web.review.selectors.drafting import automation_of
from staydown_web.review.selectors.grounds import (
    INSTEAD_OF_OPENING,
    LOOK_FIRST,
    LOOK_NEEDS,
    nobody_looks,
)
from staydown_web.review.selectors.minors import may_say_looked

_RESTRICTIONS = {
    Decision.Outcome.REMOVE: (Decision.Restriction.REMOVED, Decision.Duration.PERMANENT),
    Decision.Outcome.HOLD: (Decision.Restriction.DISABLED, Decision.Duration.UNTIL_REVIEW),
    Decision.Outcome.RESTORE: ("", Decision.Duration.PERMANENT),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a reviewer said beside outcome, grounds and facts.

    Attributes:
        restriction: of ``Decision.Restriction``; empty for the usual one of the outcome.
        scope: of ``Decision.Scope``.
        ends_on: the last day of a restriction that ends by itself; None where it does not.
        needs: what a ground to keep it needs and was confirmed, as ``ground:need``.
        why: why it is kept, for a colleague who decides on a complaint.
        unopened: of ``Decision.Unopened``: why who says that they looked did not open the copy
            here; empty where they did, or where nothing they say needs it.
        language: in which the facts are written, as a code; empty where nobody said so.
    """

    restriction: str = ""
    scope: str = Decision.Scope.WORLD
    ends_on: date | None = None
    needs: tuple[str, ...] = ()
    why: str = ""
    unopened: str = ""
    language: str = ""


def check_looked(task: Task, user: User, terms: Terms) -> None:
    """Nobody says that they looked at a copy that they did not open, unless they say why.

    Raises:
        FieldsError: no opening of a copy of this task by this reviewer is counted, and they give no
            reason with which they can have looked; or nobody opens it any more.
    """
    if not LOOK_NEEDS & set(terms.needs) or has_opened(task, user):
        return
    if not may_say_looked(task, user):
        raise FieldsError({"needs": nobody_looks()})
    if terms.unopened not in INSTEAD_OF_OPENING:
        raise FieldsError({"unopened": str(LOOK_FIRST)})


def set_terms(made: Decision, terms: Terms) -> None:
    """Write the terms into a decision that is not stored yet."""
    outcome = Decision.Outcome(made.outcome)
    usual, duration = _RESTRICTIONS[outcome]
    made.ground_id = made.grounds[0] if made.grounds else ""
    made.automation = automation_of(made.task)
    made.restriction, made.duration = usual, duration
    made.facts_language = terms.language
    if outcome == Decision.Outcome.REMOVE:
        made.restriction = terms.restriction or usual
        made.scope = terms.scope
        if terms.ends_on is not None:
            made.duration, made.ends_on = Decision.Duration.LIMITED, terms.ends_on
    if terms.needs or terms.why:
        told = {"needs": list(terms.needs), "why": terms.why}
        told |= {"unopened": str(terms.unopened)} if terms.unopened else {}
        made.needs_box = seal(json.dumps(told).encode(), context=f"decision-needs:{made.pk}")
