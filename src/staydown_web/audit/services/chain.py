"""Events are appended here, one after the other, each sealed to the one before.

The writer holds the chain until its transaction ends: by SQLite's one writer (``IMMEDIATE``), by
the locked row of ``ChainHead`` on PostgreSQL. So events are recorded last in a transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import QuerySet

from staydown_web.audit.models import ChainHead, Event
from staydown_web.audit.services.facts import clean_actor, clean_facts, clean_subject, clean_what
from staydown_web.base.errors import AuditFactError
from staydown_web.base.rows import PreparedRead, insert_rows, update_row

_HEAD = 1
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_COLUMNS = ("seq", "at", "what", "actor", "case_id", "subject", "facts", "previous", "digest")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be recorded; see ``audit.models.Event`` for the fields."""

    what: str
    actor: str
    at: datetime
    case_id: UUID | None = None
    subject: str = ""
    facts: dict[str, Any] | None = None


def record_event(
    *,
    what: str,
    actor: str,
    at: datetime,
    case_id: UUID | None = None,
    subject: str = "",
    facts: dict[str, Any] | None = None,
) -> Event:
    """Append one event, inside the caller's transaction: both are kept or neither is.

    Args:
        what: a name with a past participle, such as ``case_filed``.
        actor: ``system``, ``person``, ``user:<id>``, ``key:<id>`` or ``contact:<id>``.
        at: the moment, aware.
        case_id: the case it belongs to, if any.
        subject: ``<kind>:<id>`` of what it happened to, or empty.
        facts: opaque ids, states, counts and moments by name; never what a person wrote.

    Raises:
        AuditFactError: a field that could hold an address, a hash, a name or a sentence.
    """
    return Event(**_append([NewEvent(what, actor, at, case_id, subject, facts)])[0])


def record_events(rows: Sequence[NewEvent]) -> int:
    """Append many events in one go, in their order, inside the caller's transaction.

    Returns:
        How many; 0 for none.

    Raises:
        AuditFactError: as ``record_event``; then none is appended.
    """
    return len(_append(rows)) if rows else 0


def event_digest(
    *,
    seq: int,
    at: datetime,
    what: str,
    actor: str,
    case_id: UUID | None,
    subject: str,
    facts: Any,
    previous: str,
) -> str:
    """SHA-256 over one canonical text of an event and the digest before it; 64 hex digits.

    The text is a JSON array of the eight fields in this order, keys sorted, no spaces, ASCII; the
    moment in UTC with microseconds. Source: ADR-0036.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [seq, moment, what, actor, str(case_id or ""), subject, facts, previous]
    return hashlib.sha256(_CANONICAL.encode(fields).encode()).hexdigest()


def _digest_of_clean(
    *,
    seq: int,
    at: datetime,
    what: str,
    actor: str,
    case_id: UUID | None,
    subject: str,
    facts: dict[str, Any],
    previous: str,
) -> str:
    """As ``event_digest``, sooner, of what was cleaned: texts, whole numbers, lists and objects.

    Of those orjson writes the same as the canonical form, unless a digit is not an ASCII one.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = (seq, moment, what, actor, str(case_id or ""), subject, facts, previous)
    try:
        text = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a name that is more than a text
        text = b""
    if not text or not text.isascii():
        text = _CANONICAL.encode(fields).encode()
    return hashlib.sha256(text).hexdigest()


@transaction.atomic(savepoint=False)
def _append(rows: Sequence[NewEvent]) -> list[dict[str, Any]]:
    """The fields of the events, by name."""
    cleaned = [_cleaned(row) for row in rows]
    seq, previous = _locked_head()
    events = []
    for fields in cleaned:
        seq += 1
        digest = _digest_of_clean(seq=seq, previous=previous, **fields)
        events.append({"seq": seq, "previous": previous, "digest": digest, **fields})
        previous = digest
    insert_rows(Event, _COLUMNS, [[e[name] for name in _COLUMNS] for e in events])
    update_row(ChainHead, _HEAD, {"seq": seq, "digest": previous})
    return events


def _cleaned(row: NewEvent) -> dict[str, Any]:
    if row.at.tzinfo is None:
        raise AuditFactError("the moment of an event has no time zone")
    return {
        "at": row.at,
        "what": clean_what(row.what),
        "actor": clean_actor(row.actor),
        "case_id": row.case_id,
        "subject": clean_subject(row.subject),
        "facts": clean_facts(row.facts),
    }


def _locked_head() -> tuple[int, str]:
    """Number and digest of the last event; nobody else appends until the transaction ends."""
    found = _HEADS.rows([_HEAD])
    if not found:
        # The first event of an installation makes the row; two at once are told apart by its key.
        ChainHead.objects.get_or_create(pk=_HEAD)
        found = _HEADS.rows([_HEAD])
    seq, digest = found[0]
    return seq, digest


def _heads(keys: Sequence[int]) -> QuerySet[ChainHead, Any]:
    heads = ChainHead.objects.select_for_update().filter(pk__in=keys)
    return heads.values_list("seq", "digest")


_HEADS = PreparedRead(_heads, lambda n: n + 1_000)
