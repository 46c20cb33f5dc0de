"""The life of an agreement: asked for, granted by two people, in use, ended."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import Platform, User
from staydown_web.accounts.services import ask_approval, create_api_key, use_approval
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.replicas.models import Replica

REPLICA_COPY = "replica_copy"
MOST_DAYS = 366
MOST_STALE_HOURS = 72
"""After three days without a word nobody can say what has been withdrawn. Source: ADR-0076."""
LOCK_BYTES = 32


@transaction.atomic
def ask_replica(
    *,
    platform: Platform,
    name: str,
    banks: Sequence[Bank],
    public_key: str,
    days: int,
    stale_hours: int,
    sees_details: bool,
    reason: str,
    user: User,
    now: datetime,
) -> Replica:
    """Ask that a program near a platform may hold a copy of banks; two others have to grant it.

    Args:
        platform: whose program.
        name: what people call it.
        banks: which it may hold.
        public_key: of the program, 64 hex digits, as ``staydown edge key`` prints it.
        days: how long the agreement holds, from its start.
        stale_hours: how long the program may answer without a word from here.
        sees_details: whether it may show kind, score and evidence, and act on altered copies.
        reason: why, in the asker's words.
        user: who asks.
        now: the moment, aware UTC.

    Raises:
        FieldsError: no bank, a key that is none, or a time out of range.
    """
    _check(
        name=name,
        banks=banks,
        public_key=public_key,
        days=days,
        stale_hours=stale_hours,
        reason=reason,
    )
    replica_id = new_id()
    facts = {
        "replica": str(replica_id),
        "apart": str(replica_id),
        "platform": str(platform.pk),
        "banks": sorted(str(bank.pk) for bank in banks),
        "days": days,
        "hours": stale_hours,
    }
    first, second = (
        ask_approval(
            what=REPLICA_COPY, facts={**facts, "part": part}, reason=reason, user=user, now=now
        )
        for part in (1, 2)
    )
    made = Replica.objects.create(
        id=replica_id,
        platform=platform,
        name=name.strip(),
        public_key=public_key,
        reason=reason,
        days=days,
        stale_hours=stale_hours,
        sees_details=sees_details,
        asked_by=user,
        asked_at=now,
        first_approval=first,
        second_approval=second,
    )
    made.banks.set(banks)
    _record("replica_asked", made, f"user:{user.pk}", now, banks=len(banks), days=days)
    return made


@transaction.atomic
def start_replica(*, replica_id: UUID, user: User, now: datetime) -> tuple[Replica, str]:
    """Begin what two people granted; the key of the program is given here once.

    Raises:
        RecordNotFoundError: no such agreement.
        RecordConflictError: not granted twice, begun before, or ended.
        NotAllowedError: the two who granted it are not two others.
    """
    replica = _named(replica_id)
    if replica.state != Replica.State.ASKED:
        raise RecordConflictError("this agreement was begun before, or has ended")
    granted = {
        use_approval(approval_id=approval_id, what=REPLICA_COPY, now=now).answered_by_id
        for approval_id in (replica.first_approval_id, replica.second_approval_id)
    }
    if len(granted - {replica.asked_by_id, None}) != 2:
        raise NotAllowedError("two different people besides the asker must grant this")
    actor = f"user:{user.pk}"
    key, text = create_api_key(
        platform=replica.platform,
        name=replica.name,
        scopes=["replica", *(["match:detail"] if replica.sees_details else [])],
        per_minute=0,
        actor=actor,
        now=now,
    )
    changed = Replica.objects.filter(pk=replica_id, state=Replica.State.ASKED).update(
        state=Replica.State.ACTIVE,
        api_key=key,
        lock_box=seal(secrets.token_bytes(LOCK_BYTES), context=lock_context(replica_id)),
        started_at=now,
        expires_at=now + timedelta(days=replica.days),
    )
    if not changed:
        raise RecordConflictError("somebody was quicker")
    _record("replica_started", replica, actor, now, days=replica.days)
    return _named(replica_id), text


@transaction.atomic
def end_replica(*, replica_id: UUID, user: User, now: datetime) -> Replica:
    """End an agreement at once; one person is enough.

    At its next word with us, within seconds, the program is told to destroy its copy. Our half of
    the key of its disk is gone with this, so that the copy of a program that never calls again
    stays sealed.

    Raises:
        RecordNotFoundError: no such agreement.
        RecordConflictError: it has ended before.
    """
    replica = _named(replica_id)
    if not _end(replica, user, now):
        raise RecordConflictError("this agreement has ended before")
    _record("replica_revoked", replica, f"user:{user.pk}", now)
    return _named(replica_id)


def end_expired(now: datetime) -> int:
    """End agreements whose time is over.

    Returns:
        How many.
    """
    over = Replica.objects.filter(state=Replica.State.ACTIVE, expires_at__lte=now)
    return sum(_end_expired(replica, now) for replica in over)


def lock_context(replica_id: UUID) -> str:
    """What the sealed half of a key is bound to."""
    return f"replica:{replica_id}"


@transaction.atomic
def _end_expired(replica: Replica, now: datetime) -> bool:
    if not _end(replica, None, now):
        return False
    _record("replica_expired", replica, "system", now)
    return True


def _end(replica: Replica, user: User | None, now: datetime) -> bool:
    living = Replica.objects.filter(pk=replica.pk).exclude(state=Replica.State.ENDED)
    return bool(
        living.update(state=Replica.State.ENDED, lock_box=None, ended_at=now, ended_by=user)
    )


def _named(replica_id: UUID) -> Replica:
    found = Replica.objects.select_related("platform").filter(pk=replica_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such agreement")
    return found


def _record(what: str, replica: Replica, actor: str, now: datetime, **facts: int) -> None:
    record_event(
        what=what,
        actor=actor,
        at=now,
        subject=f"replica:{replica.pk}",
        facts={"platform": replica.platform_id, **facts},
    )


def _check(
    *, name: str, banks: Sequence[Bank], public_key: str, days: int, stale_hours: int, reason: str
) -> None:
    wrong = {}
    if not name.strip() or len(name) > 120:
        wrong["name"] = "a name of 1 to 120 characters"
    if not banks:
        wrong["banks"] = "at least one"
    if not _is_key(public_key):
        wrong["public_key"] = "64 hex digits, as `staydown edge key` prints them"
    if not 1 <= days <= MOST_DAYS:
        wrong["days"] = f"1 to {MOST_DAYS}"
    if not 1 <= stale_hours <= MOST_STALE_HOURS:
        wrong["stale_hours"] = f"1 to {MOST_STALE_HOURS}"
    if not reason.strip() or len(reason) > 500:
        wrong["reason"] = "1 to 500 characters"
    if wrong:
        raise FieldsError(wrong)


def _is_key(text: str) -> bool:
    try:
        return len(text) == 64 and len(bytes.fromhex(text)) == 32 and text == text.lower()
    except ValueError:
        return False
