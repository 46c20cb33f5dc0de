"""Canaries: entries that stand for no picture, so that whoever asks for one has the bank's hashes.

An honest upload cannot come near one: of all 256-bit values, one in 10^37 lies within 31 bits of
it. A key that asks for one is ended in the same moment, and a person is told.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from staydown import Fingerprint, Signal, SignalType
from staydown.types import ContentKind
from staydown_web.accounts.services import revoke_api_key
from staydown_web.accounts.services.keys import forget_keys
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry, Response
from staydown_web.banks.selectors import EntryFacts
from staydown_web.banks.services import make_bank, set_policy, take_in_entries
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError

BANK: Final = "canaries"
"""The slug of their bank. It is given to replicas and partners like any other: that is its use."""

MOST_AT_ONCE: Final = 10_000
_HASH_BYTES: Final = 32
_QUALITY: Final = 100


@transaction.atomic
def plant_canaries(*, count: int, actor: str, now: datetime) -> int:
    """Add canaries. Where one is asked for, the answer is "hold", as for any seed.

    Args:
        count: how many; a hundredth of the bank stops most who try its hashes after a hundred.
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        How many there are now.

    Raises:
        FieldsError: none, or more than ``MOST_AT_ONCE``.
    """
    if not 0 < count <= MOST_AT_ONCE:
        raise FieldsError({"count": f"a number from 1 to {MOST_AT_ONCE}"})
    bank = Bank.objects.filter(slug=BANK).first() or _make_bank(actor, now)
    raws = [_drawn().to_bytes() for _ in range(count)]
    take_in_entries(bank=bank, raws=raws, origin=Entry.Origin.IMPORT, actor=actor, now=now)
    record_event(what="canaries_planted", actor=actor, at=now, facts={"count": count})
    return Entry.objects.filter(bank=bank).count()


def look_for_canaries(*, matched: Iterable[EntryFacts], actor: str, now: datetime) -> bool:
    """End the key that asked, where one of the entries that matched is a canary.

    Args:
        matched: the entries that match what a program asked for.
        actor: who asked, as the audit names it.
        now: the moment, aware UTC.

    Returns:
        Whether there was one.

    Cost: nothing where there is none; else one transaction.
    """
    found = [facts.entry_id for facts in matched if facts.bank == BANK]
    kind, _, key = actor.partition(":")
    if not found or kind != "key":
        return False
    with transaction.atomic():
        _end_key(UUID(key), now)
        record_event(
            what="canary_asked", actor=actor, at=now, subject=actor, facts={"entries": found}
        )
    return True


def _end_key(key_id: UUID, now: datetime) -> None:
    try:
        revoke_api_key(key_id=key_id, actor="system", now=now)
    except (RecordConflictError, RecordNotFoundError):
        return  # ended a moment ago by another of its calls, or the secret of a hook
    # Other processes see it within a second; this one need not wait that long.
    transaction.on_commit(forget_keys)


def _make_bank(actor: str, now: datetime) -> Bank:
    bank = make_bank(name="Canaries", slug=BANK, kind=Bank.Kind.REPORTED, actor=actor, now=now)
    hold = dict.fromkeys(("on_identical", "on_same", "on_part"), Response.HOLD)
    return set_policy(bank=bank, actor=actor, now=now, **hold)


def _drawn() -> Fingerprint:
    signal = Signal.of(SignalType.PDQ, secrets.token_bytes(_HASH_BYTES), _QUALITY)
    return Fingerprint(ContentKind.PHOTO, (signal,))
