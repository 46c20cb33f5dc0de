"""Keys of platforms' programs: made once, known by their digest, checked without slow hashing."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from staydown_web.accounts.models import ApiKey, Platform
from staydown_web.accounts.services.rates import allow_call
from staydown_web.audit.services import record_event
from staydown_web.base.errors import (
    FieldsError,
    KeyMissingError,
    KeyUnknownError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.base.ids import new_token
from staydown_web.base.sealing import digest_token

KNOWN_SCOPES = {
    "check": "check uploads",
    "match:detail": "see kind, score and evidence of matches",
    "library": "report what a scan of the library found",
    "hits": "read what was found",
    "orders": "read orders and answer them",
    "banks:read": "see banks and what they hold, by id",
    "banks:write": "change banks, add to them and take out",
    "exchanges": "see and change the lists of partners",
    "replica": "keep a copy of the banks that were agreed on",
}
"""What a key may be made for."""

_SEEN_FOR_S = 0.6
"""How long a process believes what it read of a key: a revoked one ends within a second."""
_READING_S = 0.3
"""How much longer while one thread reads it anew: a thousand calls a second must not all read."""
_MOST_KEPT = 10_000
_PREFIX = "sd_"
MOST_OVERLAP = timedelta(days=30)
"""The longest that the text before a new one is taken: a month of releases of a program."""

log = logging.getLogger("staydown.keys")


@dataclass(frozen=True, slots=True)
class Caller:
    """The program behind a call.

    Attributes:
        platform_id: whose program it is.
        key_id: which key it used.
        scopes: what that key may do.
    """

    platform_id: UUID
    key_id: UUID
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """How the audit names it."""
        return f"key:{self.key_id}"


@dataclass(slots=True)
class _Known:
    caller: Caller
    per_minute: int
    until: float
    is_being_read: bool = False


_known: dict[str, _Known] = {}


@transaction.atomic
def create_api_key(
    *,
    platform: Platform,
    name: str,
    scopes: Sequence[str],
    per_minute: int,
    actor: str,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key; its text is given here once and kept nowhere.

    Args:
        platform: whose program will use it.
        name: what people call it.
        scopes: what it may do; see ``KNOWN_SCOPES``.
        per_minute: calls a minute; 0 for no limit.
        actor: who asks.
        now: the moment, aware UTC.

    Raises:
        FieldsError: no name, an unknown scope, or a limit below 0.
    """
    wrong = {}
    if not name.strip() or len(name) > 120:
        wrong["name"] = "a name of 1 to 120 characters"
    if not scopes or any(scope not in KNOWN_SCOPES for scope in scopes):
        wrong["scopes"] = "some of: " + ", ".join(KNOWN_SCOPES)
    if per_minute < 0:
        wrong["per_minute"] = "0 for no limit, or a number above it"
    if wrong:
        raise FieldsError(wrong)
    text = _PREFIX + new_token()
    key = ApiKey.objects.create(
        platform=platform,
        name=name.strip(),
        digest=digest_token(text),
        scopes=sorted(set(scopes)),
        per_minute=per_minute,
        created_at=now,
    )
    record_event(
        what="key_created",
        actor=actor,
        at=now,
        subject=f"key:{key.pk}",
        facts={"platform": platform.pk, "scopes": key.scopes, "per_minute": per_minute},
    )
    return key, text


@transaction.atomic
def revoke_api_key(*, key_id: UUID, actor: str, now: datetime) -> None:
    """End a key; every process refuses it within a second.

    Raises:
        RecordNotFoundError: no such key.
        RecordConflictError: it was revoked before.
    """
    keys = ApiKey.objects.filter(pk=key_id)
    if not keys.filter(revoked_at__isnull=True).update(revoked_at=now):
        if keys.exists():
            raise RecordConflictError("this key was revoked before")
        raise RecordNotFoundError("no such key")
    record_event(what="key_revoked", actor=actor, at=now, subject=f"key:{key_id}")


@transaction.atomic
def renew_api_key(
    *, key_id: UUID, overlap: timedelta, actor: str, now: datetime
) -> tuple[ApiKey, str]:
    """Give a key a new text; the one before it is taken for a while. All else of it stays.

    Args:
        key_id: of the key.
        overlap: for how long both count; 0 ends the old text at once.
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        The key and its new text, which is given here once and kept nowhere.

    Raises:
        FieldsError: an overlap below 0, or above ``MOST_OVERLAP``.
        RecordNotFoundError: no such key, or it was revoked.
    """
    if not timedelta() <= overlap <= MOST_OVERLAP:
        raise FieldsError({"overlap": f"from 0 to {MOST_OVERLAP.days} days, such as 24h"})
    text = _PREFIX + new_token()
    living = ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True)
    # One statement: the text that was in use is the old one, whoever else renews meanwhile.
    changed = living.update(
        old_digest=F("digest"),
        old_until=now + overlap,
        digest=digest_token(text),
        renewed_at=now,
    )
    if not changed:
        raise RecordNotFoundError("no such key, or it was revoked")
    facts = {"hours": int(overlap.total_seconds() // 3600)}
    record_event(what="key_renewed", actor=actor, at=now, subject=f"key:{key_id}", facts=facts)
    return ApiKey.objects.get(pk=key_id), text


def authenticate(header: str, scope: str) -> Caller:
    """Who calls, by the ``Authorization`` header, and whether they may do this now.

    Args:
        header: the whole value of the header.
        scope: what the call needs.

    Raises:
        KeyMissingError: no key.
        KeyUnknownError: one that is unknown or revoked; both take the same read.
        NotAllowedError: the key lacks the scope.
        RateLimitedError: more calls than the key allows; ``retry_after_s`` says when to try again.

    Cost: a SHA-256; one read of the database a second and key.
    """
    kind, _, text = header.strip().partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise KeyMissingError("no API key; send the header `Authorization: Bearer KEY`")
    digest = digest_token(text.strip())
    known = _known.get(digest)
    if known is None or not _is_current(known):
        known = _read(digest)
    if scope not in known.caller.scopes:
        raise NotAllowedError(f"this key may not do this: it lacks the scope {scope}")
    if known.per_minute:
        allow_call(known.caller.key_id, known.per_minute)
    return known.caller


def key_seen(header: str) -> UUID | None:
    """Which key a header holds, where this process has met it before; the database is not asked.

    It says who asks, so that each gets a fair share; it does not say that they may.
    """
    known = _known.get(digest_token(header.partition(" ")[2].strip()))
    return known.caller.key_id if known is not None else None


def forget_keys() -> None:
    """Read every key anew at its next call."""
    _known.clear()


def _is_current(known: _Known) -> bool:
    """Whether to go by what is known; the first that may not reads it for all."""
    late_s = time.monotonic() - known.until
    if late_s < 0:
        return True
    if known.is_being_read:
        return late_s < _READING_S
    known.is_being_read = True
    return False


def _read(digest: str) -> _Known:
    fits = Q(digest=digest) | Q(old_digest=digest, old_until__gt=datetime.now(UTC))
    key = ApiKey.objects.filter(fits, revoked_at__isnull=True).first()
    if key is None:
        _known.pop(digest, None)
        raise KeyUnknownError("this API key is unknown or was revoked")
    _note_use(key)
    caller = Caller(key.platform_id, key.pk, frozenset(key.scopes))
    known = _Known(caller, key.per_minute, time.monotonic() + _SEEN_FOR_S)
    if len(_known) >= _MOST_KEPT:
        _known.clear()
    _known[digest] = known
    return known


def _note_use(key: ApiKey) -> None:
    """Keep the day of the last use: one write a day and key."""
    today = datetime.now(UTC).date()
    if key.last_used_on != today:
        ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
