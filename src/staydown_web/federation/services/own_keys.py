"""The keys of this installation towards others: each stated by the one before it.

They are ed25519 keys in a folder of their own, apart from those that sign receipts, so that either
can be changed alone. The fingerprint of the first is the identity by which members know us.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import write_once
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import (
    SigningKey,
    change_signing_key,
    destroy_old_keys,
    private_keys,
    signing_key,
)
from staydown_web.federation.models import KeyStatement
from staydown_web.federation.services.wire import Statement, make_statement, read_statement

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
    keys = {key.fingerprint: key for key in private_keys(folder)}
    if stated is None or stated.fingerprint not in keys:
        stated = _stated_in_files(folder) or _state_first(folder, now)
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
    statement = make_statement(key, number=key.number, at=now, before=before)
    announce(statement.to_dict(), before)
    _keep(statement)
    record_event(what="federation_key_changed", actor=actor, at=now, facts={"number": key.number})


def _state_first(folder: Path, now: datetime) -> KeyStatement:
    first = signing_key(folder)
    if first.number != 1:
        raise ConfigError(f"the statements of the keys in {folder} are gone; restore them")
    return _keep(make_statement(first, number=1, at=now, before=None))


def _keep(statement: Statement) -> KeyStatement:
    """Keep a statement in the database, and beside the key: a database can be an older copy."""
    # Two processes at the same moment make the same statement of the same key, but for its moment.
    with suppress(FileExistsError):
        text = json.dumps(statement.to_dict()).encode()
        write_once(_folder() / f"{statement.number:04}.statement", text)
    return _stated_in_files(_folder()) or _row(statement)


def _stated_in_files(folder: Path) -> KeyStatement | None:
    """Take in statements that lie beside the keys; gives the newest there is."""
    for path in sorted(folder.glob("*.statement")):
        _row(read_statement(json.loads(path.read_bytes())))
    return KeyStatement.objects.order_by("-number").first()


def _row(statement: Statement) -> KeyStatement:
    facts = {
        "public": statement.public,
        "fingerprint": statement.fingerprint,
        "previous": statement.previous,
        "signature": statement.signature,
        "at": datetime.fromisoformat(statement.at),
    }
    return KeyStatement.objects.get_or_create(number=statement.number, defaults=facts)[0]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _folder() -> Path:
    folder = installation_keys().folder / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
