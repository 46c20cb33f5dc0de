"""The keys of this installation towards others: each stated by the one before it.

They are ed25519 keys in a folder of their own, apart from those that sign receipts, so that either
can be changed alone. The fingerprint of the first is the identity by which members know us.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import ConfigError
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import (
    SigningKey,
    change_signing_key,
    destroy_old_keys,
    private_keys,
    signing_key,
)
from staydown_web.federation.models import KeyStatement
from staydown_web.federation.services.wire import Statement, make_statement

_FOLDER = "federation"


def own_identity(now: datetime) -> str:
    """The name by which members know this installation: 64 hex digits, for good."""
    current_key(now)
    return str(KeyStatement.objects.order_by("number").values_list("fingerprint", flat=True)[0])


def current_key(now: datetime) -> SigningKey:
    """The newest key that was stated; the first one is made and stated here.

    Raises:
        ConfigError: its private half is not here.
    """
    folder = _folder()
    stated = KeyStatement.objects.order_by("-number").first()
    if stated is None:
        first = signing_key(folder)
        if first.number != 1:
            raise ConfigError("the statements of this installation's keys are gone; restore them")
        stated = _keep(make_statement(first, number=1, at=now, before=None), first, now)
    keys = {key.fingerprint: key for key in private_keys(folder)}
    if stated.fingerprint not in keys:
        raise ConfigError(f"a key in {folder} is missing; restore it from your copy of the keys")
    return keys[stated.fingerprint]


def own_statements() -> list[dict[str, Any]]:
    """Every key there ever was, oldest first, as others check them."""
    return [
        Statement(row.number, row.public, row.previous, _moment(row.at), row.signature).to_dict()
        for row in KeyStatement.objects.order_by("number")
    ]


def change_key(
    *, actor: str, now: datetime, announce: Callable[[dict[str, Any], SigningKey], None]
) -> SigningKey:
    """Make a new key, let the one before it state it, tell members, and destroy the old one.

    A kill in between leaves both private halves: the next call, or ``finish_change``, goes on.

    Args:
        actor: who asks.
        now: the moment, aware UTC.
        announce: puts the statement into every feed, signed by the old key; in this transaction.
    """
    current_key(now)
    folder = _folder()
    if len(private_keys(folder)) == 1:
        change_signing_key(folder)
    finish_change(actor=actor, now=now, announce=announce)
    return current_key(now)


def finish_change(
    *, actor: str, now: datetime, announce: Callable[[dict[str, Any], SigningKey], None]
) -> bool:
    """Finish a change of the key that was cut off.

    Returns:
        True where there was one.
    """
    keys = private_keys(_folder())
    for before, key in pairwise(keys):
        _state_next(before, key, actor, now, announce)
    return len(keys) > 1 and destroy_old_keys(_folder()) > 0


@transaction.atomic
def _state_next(
    before: SigningKey,
    key: SigningKey,
    actor: str,
    now: datetime,
    announce: Callable[[dict[str, Any], SigningKey], None],
) -> None:
    if KeyStatement.objects.filter(fingerprint=key.fingerprint).exists():
        return
    at = now.replace(microsecond=0)
    statement = make_statement(key, number=key.number, at=at, before=before)
    announce(statement.to_dict(), before)
    _keep(statement, key, at)
    record_event(what="federation_key_changed", actor=actor, at=now, facts={"number": key.number})


def _keep(statement: Statement, key: SigningKey, at: datetime) -> KeyStatement:
    facts = {
        "public": statement.public,
        "fingerprint": key.fingerprint,
        "previous": statement.previous,
        "signature": statement.signature,
        "at": at.replace(microsecond=0),
    }
    # Two processes at the same moment make the same statement of the same key.
    return KeyStatement.objects.get_or_create(number=statement.number, defaults=facts)[0]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _folder() -> Path:
    folder = installation_keys().folder / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
