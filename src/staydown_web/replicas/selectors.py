"""Agreements on local copies, and how each of them does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.accounts.models import Approval
from staydown_web.accounts.services import Caller
from staydown_web.banks.models import EntryChange
from staydown_web.base.errors import NotAllowedError, RecordNotFoundError, ReplicaEndedError
from staydown_web.replicas.models import Replica

SILENT_AFTER = timedelta(minutes=2)
"""A program that works is heard every half minute."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agreement stands, for its page.

    Attributes:
        replica: the agreement.
        banks: the names of its banks.
        granted: how many of the two have granted it.
        is_refused: whether one refused, or a request lapsed: it can only be ended then.
        can_start: whether both granted it, so that it can begin.
        is_silent: in use, but not heard of for some minutes.
        behind: how many changes it has not yet asked for; None where it never did.
    """

    replica: Replica
    banks: list[str]
    granted: int
    is_refused: bool
    can_start: bool
    is_silent: bool
    behind: int | None


def standing(replica: Replica, now: datetime) -> Standing:
    """How an agreement stands at this moment."""
    approvals = (replica.first_approval, replica.second_approval)
    granted = sum(a.state in {Approval.State.GRANTED, Approval.State.DONE} for a in approvals)
    is_asked = replica.state == Replica.State.ASKED
    is_dead = any(
        a.state in {Approval.State.REFUSED, Approval.State.LAPSED} or a.expires_at <= now
        for a in approvals
    )
    seen = replica.seen_at
    heard = seen or replica.started_at
    return Standing(
        replica=replica,
        banks=[bank.name for bank in replica.banks.order_by("name")],
        granted=granted,
        is_refused=is_asked and is_dead,
        can_start=is_asked and granted == len(approvals) and not is_dead,
        is_silent=replica.is_in_use(now) and heard is not None and now - heard > SILENT_AFTER,
        behind=None if seen is None else _changes_after(replica.seen_seq),
    )


def all_replicas(now: datetime) -> list[Standing]:
    """Every agreement, those in use first, then the newest."""
    order = {Replica.State.ACTIVE: 0, Replica.State.ASKED: 1, Replica.State.ENDED: 2}
    rows = sorted(_rows().order_by("-asked_at"), key=lambda r: order[Replica.State(r.state)])
    return [standing(replica, now) for replica in rows]


def replica_named(replica_id: UUID) -> Replica:
    """One agreement.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = _rows().filter(pk=replica_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such agreement")
    return found


def replica_of(caller: Caller, now: datetime) -> Replica:
    """The agreement by which a program reads.

    Raises:
        NotAllowedError: its key belongs to none.
        ReplicaEndedError: it was revoked, or has expired: the copy is to be destroyed.
    """
    found = Replica.objects.filter(api_key_id=caller.key_id).first()
    if found is None:
        raise NotAllowedError("this key belongs to no agreement on a local copy; ask the hub")
    if not found.is_in_use(now):
        raise ReplicaEndedError("this agreement has ended; the local copy is to be destroyed")
    return found


def has_news(seq: int) -> bool:
    """Whether anything changed after a number."""
    return EntryChange.objects.filter(seq__gt=seq).exists()


def _changes_after(seq: int) -> int:
    return EntryChange.objects.filter(seq__gt=seq).count()


def _rows() -> QuerySet[Replica]:
    return Replica.objects.select_related(
        "platform", "asked_by", "ended_by", "first_approval", "second_approval"
    )
