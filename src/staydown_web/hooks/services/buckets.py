"""Objects of buckets: noted when their event comes, then read, checked and dealt with."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from staydown.errors import StaydownError
from staydown_web.base.ids import new_id
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import blind, seal, unseal
from staydown_web.hooks.models import BucketObject, Hook
from staydown_web.hooks.services.answering import Act, Answer, answer_failure, answer_verdict
from staydown_web.hooks.services.checking import try_check
from staydown_web.hooks.services.keeping import open_place
from staydown_web.hooks.services.opening import hook_of
from staydown_web.hooks.services.spooling import spool
from staydown_web.hooks.services.stores import Store
from staydown_web.screening.models import Verdict
from staydown_web.screening.services.copies import MOST_REF

AWAY = "staydown-quarantine/"
"""Where refused objects go in their bucket; what is made there is not looked at again."""
MOST_TRIES = 5
_FIRST_WAIT_S = 2.0
_AT_ONCE = 20
_CALL_S = 20.0

log = logging.getLogger("staydown.hooks")
State = BucketObject.State
_STATES = {Verdict.CLEAR: State.PASSED, Verdict.HOLD: State.HELD, Verdict.BLOCK: State.STOPPED}


@dataclass(frozen=True, slots=True)
class Seen:
    """One version of an object that came into being.

    Attributes:
        key: its name in the bucket.
        version: of a bucket that keeps versions; empty otherwise.
        stamp: what tells this upload from another of the same name.
    """

    key: str
    version: str
    stamp: str


@transaction.atomic
def note_objects(*, hook_id: UUID, seen: Sequence[Seen], now: datetime) -> int:
    """Put objects on the list; those that are on it stay as they are.

    Returns:
        How many objects the event named.
    """
    rows = []
    for one in seen:
        if one.key.startswith(AWAY):
            continue
        name = blind(f"{one.key}\x00{one.stamp}".encode(), purpose=f"object:{hook_id}")
        made = BucketObject(id=new_id(), hook_id=hook_id, blind=name, next_try_at=now, made_at=now)
        plain = json.dumps([one.key, one.version]).encode()
        made.box = seal(plain, context=f"object:{made.pk}")
        rows.append(made)
    BucketObject.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def check_objects(now: datetime) -> int:
    """Deal with the objects that are due, the oldest first.

    Returns:
        How many were dealt with.
    """
    due = BucketObject.objects.filter(
        state=State.DUE, next_try_at__lte=now, hook__key__revoked_at__isnull=True
    )
    rows = due.select_related("hook__key__platform").order_by("next_try_at")[:_AT_ONCE]
    return sum(_deal_with(row, now) for row in rows)


def forget_objects(now: datetime) -> int:
    """Forget what was done with objects, once their event can hardly come again."""
    old = BucketObject.objects.filter(
        Q(done_at__lt=now - keeps("bucket_objects")) | Q(hook__key__revoked_at__isnull=False)
    )
    return old.delete()[0]


def _deal_with(row: BucketObject, now: datetime) -> bool:
    hook = row.hook
    wait = timedelta(seconds=hook.wait_s + 3 * _CALL_S + _FIRST_WAIT_S * 4**row.tries)
    claimed = BucketObject.objects.filter(pk=row.pk, state=State.DUE, tries=row.tries).update(
        tries=row.tries + 1, next_try_at=now + wait
    )
    if not claimed:
        return False
    try:
        _finish(row, _outcome(row, hook, now), now)
    except StaydownError as error:
        return _later(row, hook, error, now)
    return True


def _outcome(row: BucketObject, hook: Hook, now: datetime) -> BucketObject.State:
    """Read, check and act; every step may be done twice."""
    store = Store(open_place(hook), _CALL_S)
    key, version = _name_of(row)
    body = store.read(key, version, max_bytes=hook.max_bytes, now=now)
    if body is None:
        return State.GONE
    opened = hook_of(hook)
    outcome = try_check(
        opened,
        take=lambda clock: spool(io.BytesIO(body), hook.max_bytes, clock),
        content_ref=key if len(key) <= MOST_REF else "",
        is_paced=False,
        now=now,
    )
    answer = answer_verdict(opened, outcome.verdict, outcome.check_id)
    _act(row, hook, answer, now)
    return _STATES[outcome.verdict]


def _act(row: BucketObject, hook: Hook, answer: Answer, now: datetime) -> None:
    """Do with an object what was answered."""
    store, (key, version) = Store(open_place(hook), _CALL_S), _name_of(row)
    refusal = Hook.Refusal(hook.on_refuse)
    if refusal == Hook.Refusal.TAG:
        store.tag(key, version, "pass" if answer.act == Act.STORE else "stop", now=now)
    elif answer.act == Act.REFUSE:
        # What nobody could check is never deleted.
        if refusal == Hook.Refusal.QUARANTINE or answer.failure:
            store.move(key, version, AWAY + key, now=now)
        else:
            store.delete(key, version, now=now)


def _later(row: BucketObject, hook: Hook, error: StaydownError, now: datetime) -> bool:
    """Try again after a while; after the last try the hook's choice is done."""
    if error.retryable and row.tries + 1 < MOST_TRIES:
        wait = timedelta(seconds=_FIRST_WAIT_S * 4**row.tries)
        BucketObject.objects.filter(pk=row.pk, state=State.DUE).update(next_try_at=now + wait)
        return False
    answer = answer_failure(hook_of(hook), error.code, now)
    try:
        _act(row, hook, answer, now)
    except StaydownError as again:
        log.warning("hook %s: the bucket takes no order: %s", hook.pk, again.code)
    _finish(row, State.FAILED, now)
    return True


def _name_of(row: BucketObject) -> tuple[str, str]:
    key, version = json.loads(unseal(row.box or b"", context=f"object:{row.pk}"))
    return key, version


def _finish(row: BucketObject, state: BucketObject.State, now: datetime) -> None:
    BucketObject.objects.filter(pk=row.pk, state=State.DUE).update(
        state=state, done_at=now, box=None
    )
