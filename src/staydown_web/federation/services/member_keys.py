"""Keys of other installations: learnt by statements alone, each signed by the one before it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from staydown_web.base.errors import ExchangePayloadError, FeedBrokenError
from staydown_web.federation.models import Member, MemberKey
from staydown_web.federation.services.wire import Statement, follows, read_statement

OVERLAP = timedelta(days=1)
"""How long a key still signs calls after a later one is known: processes over there change it one
after the other. In a feed an older key never comes after a newer one."""
_MOST_TEXT = 8_000
_MOST_STATEMENTS = 200


def statements_in(text: str) -> list[Any]:
    """Statements out of the field of a call; empty where it cannot be read."""
    try:
        found = json.loads(base64.b64decode(text, validate=True)) if len(text) < _MOST_TEXT else []
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def read_chain(values: Sequence[Any]) -> list[Statement]:
    """A whole chain of statements, from the first key on.

    Raises:
        ExchangePayloadError: it has a gap, or one that the one before did not sign.
    """
    chain: list[Statement] = []
    for value in values[:_MOST_STATEMENTS]:
        statement = read_statement(value)
        if not follows(statement, chain[-1] if chain else None):
            raise ExchangePayloadError("the keys of the installation do not follow each other")
        chain.append(statement)
    if not chain:
        raise ExchangePayloadError("the installation states no key")
    return chain


def keep_chain(member: Member, chain: Sequence[Statement], *, now: datetime) -> None:
    """Keep the keys of a new member; only the last one signs."""
    for statement in chain:
        is_last = statement is chain[-1]
        _keep(member, statement, now, ends_at=None if is_last else now)


def learn_keys(member: Member, values: Sequence[Any], *, now: datetime) -> None:
    """Take in later keys of a member, inside the caller's transaction.

    What is known is passed over; a key that the newest known one did not sign is refused.

    Raises:
        FeedBrokenError: a key that does not follow.
    """
    newest = MemberKey.objects.filter(member=member).order_by("-number").first()
    if newest is None:
        raise FeedBrokenError("the member has no key")
    before = Statement(newest.number, newest.public, "", "", "")
    for value in values[:_MOST_STATEMENTS]:
        statement = read_statement(value)
        if statement.number <= before.number:
            continue
        if not follows(statement, before):
            raise FeedBrokenError("a key of the member was not stated by the one before it")
        living = MemberKey.objects.filter(member=member, ends_at__isnull=True)
        living.update(ends_at=now + OVERLAP)
        _keep(member, statement, now, ends_at=None)
        before = statement


def _keep(member: Member, statement: Statement, now: datetime, *, ends_at: datetime | None) -> None:
    MemberKey.objects.get_or_create(
        member=member,
        number=statement.number,
        defaults={
            "public": statement.public,
            "fingerprint": statement.fingerprint,
            "learnt_at": now,
            "ends_at": ends_at,
        },
    )
