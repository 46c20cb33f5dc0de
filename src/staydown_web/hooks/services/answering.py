"""What a caller that can only store or refuse is told, and how it is counted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import DatabaseError
from django.db.models import F

from staydown_web.hooks.models import Hook
from staydown_web.hooks.services.opening import OpenHook
from staydown_web.screening.models import Verdict

log = logging.getLogger("staydown.hooks")

UNCHECKED = "unchecked"


class Act(StrEnum):
    """The two things a caller can do."""

    STORE = "store"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one call.

    Attributes:
        act: what the caller is to do.
        verdict: ``clear``, ``hold`` or ``block``; ``unchecked`` where there is none.
        check_id: of the check; None where there was none.
        failure: the code of what went wrong, where the failure choice answers; empty otherwise.
    """

    act: Act
    verdict: str
    check_id: UUID | None = None
    failure: str = ""


def answer_verdict(hook: OpenHook, verdict: Verdict, check_id: UUID) -> Answer:
    """What a verdict means to this caller; counted."""
    match verdict:
        case Verdict.CLEAR:
            act, column = Act.STORE, "passed"
        case Verdict.HOLD:
            is_stored = hook.on_hold == Hook.Hold.STORE
            act, column = Act.STORE if is_stored else Act.REFUSE, "held"
        case Verdict.BLOCK:
            act, column = Act.REFUSE, "stopped"
    _count(hook, column)
    return Answer(act, str(verdict), check_id)


def answer_failure(hook: OpenHook, code: str, now: datetime) -> Answer:
    """What the platform chose for failures; counted, and logged without anything of the upload."""
    is_open = hook.on_failure == Hook.Failure.OPEN
    log.warning("hook %s failed %s: %s", hook.hook_id, hook.on_failure, code)
    _count(hook, "failed_open" if is_open else "failed_closed", failure=code, now=now)
    return Answer(Act.STORE if is_open else Act.REFUSE, UNCHECKED, failure=code)


def count_missed(hook: OpenHook, *, n_open: int, n_closed: int, now: datetime) -> None:
    """Add failures that the caller met by itself while we did not answer."""
    if n_open:
        _count(hook, "failed_open", n=n_open, failure="not_answered", now=now)
    if n_closed:
        _count(hook, "failed_closed", n=n_closed, failure="not_answered", now=now)


def _count(
    hook: OpenHook, column: str, *, n: int = 1, failure: str = "", now: datetime | None = None
) -> None:
    changed = {"last_failure": failure, "last_failure_at": now} if failure else {}
    try:
        Hook.objects.filter(pk=hook.hook_id).update(**{column: F(column) + n}, **changed)
    except DatabaseError:
        # An answer must not wait for a number on a page.
        log.warning("hook %s: %s was not counted", hook.hook_id, column)
