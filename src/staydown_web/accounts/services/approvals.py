"""The two-person rule: one asks, another grants, and what was granted is used once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import Approval, User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError

VALID_FOR = timedelta(days=7)
"""A request that nobody answers in a week lapses: by then what it was about has changed."""


@transaction.atomic
def ask_approval(
    *, what: str, facts: dict[str, Any], reason: str, user: User, now: datetime
) -> Approval:
    """Ask for a second person.

    Args:
        what: the kind of change, such as ``bank_policy``.
        facts: what exactly; opaque ids, states and counts only, because they are shown and kept.
            Requests with the same ``apart`` are never granted by the same person.
        reason: why, in the asker's words.
        user: who asks; may never be the one who grants.
        now: the moment.
    """
    asked = Approval.objects.create(
        what=what,
        facts=facts,
        reason=reason,
        asked_by=user,
        asked_at=now,
        expires_at=now + VALID_FOR,
    )
    record_event(
        what="approval_asked",
        actor=f"user:{user.pk}",
        at=now,
        subject=f"approval:{asked.pk}",
        facts={"what": what},
    )
    return asked


def grant_approval(*, approval_id: UUID, user: User, now: datetime) -> Approval:
    """Grant what somebody else asked.

    Raises:
        NotAllowedError: the asker cannot grant it.
        RecordConflictError: answered already, or lapsed.
        RecordNotFoundError: no such request.
    """
    return _answer(approval_id, Approval.State.GRANTED, user, now)


def refuse_approval(*, approval_id: UUID, user: User, now: datetime) -> Approval:
    """Refuse what somebody asked; the asker may take it back so.

    Raises:
        RecordConflictError: answered already, or lapsed.
        RecordNotFoundError: no such request.
    """
    return _answer(approval_id, Approval.State.REFUSED, user, now)


@transaction.atomic
def use_approval(*, approval_id: UUID, what: str, now: datetime) -> Approval:
    """Use what was granted; it works once.

    Raises:
        RecordConflictError: not granted, of another kind, used already, or lapsed.
        RecordNotFoundError: no such request.
    """
    rows = Approval.objects.filter(pk=approval_id)
    changed = rows.filter(
        what=what, state=Approval.State.GRANTED, expires_at__gt=now, answered_by__isnull=False
    ).update(state=Approval.State.DONE)
    if not changed:
        raise _why_not(rows.first())
    return rows.get()


@transaction.atomic
def _answer(approval_id: UUID, state: Approval.State, user: User, now: datetime) -> Approval:
    rows = Approval.objects.select_related("asked_by").filter(pk=approval_id)
    asked = rows.first()
    if asked is None:
        raise _why_not(None)
    is_own = asked.asked_by_id == user.pk
    if is_own and state == Approval.State.GRANTED:
        raise NotAllowedError("another person must grant what you asked for")
    if state == Approval.State.GRANTED and _granted_its_twin(asked, user):
        raise NotAllowedError("this takes two people, and you granted it once; another must now")
    changed = rows.filter(state=Approval.State.ASKED, expires_at__gt=now).update(
        state=state, answered_by=None if is_own else user, answered_at=now
    )
    if not changed:
        raise _why_not(asked)
    record_event(
        what=f"approval_{state}",
        actor=f"user:{user.pk}",
        at=now,
        subject=f"approval:{approval_id}",
        facts={"what": asked.what},
    )
    return rows.get()


def _granted_its_twin(asked: Approval, user: User) -> bool:
    """Whether this person granted another request of those that are to be granted apart."""
    together = asked.facts.get("apart")
    if not together:
        return False
    twins = Approval.objects.filter(facts__apart=together, answered_by=user)
    return twins.filter(state__in=(Approval.State.GRANTED, Approval.State.DONE)).exists()


def _why_not(asked: Approval | None) -> RecordConflictError | RecordNotFoundError:
    if asked is None:
        return RecordNotFoundError("there is no such request")
    return RecordConflictError("this request was answered already, or has lapsed; ask again")
