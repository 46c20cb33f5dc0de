"""A sheet of rows as text, in which it lies in the tray."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from staydown_web.audit.services import NewEvent
from staydown_web.screening.services.sheets import ANSWER, COPY, HIT, Sheet

_Reader = Callable[[Any], Any]


Head = tuple[float, str, str, str, str, str]
"""Beside a sheet: when it was put there, the name of the content's place, its state, copy and
check, and the name of the idempotency key; the last two empty where there is none."""


def write_sheet(head: Head, sheet: Sheet) -> bytes:
    """A sheet as JSON: addresses are sealed in it and nobody is named, as in its rows."""
    events = [[e.what, e.actor, e.at, e.subject, e.facts] for e in sheet.events]
    return orjson.dumps((*head, sheet.copy, sheet.hits, events, sheet.answer), default=_plain)


def head_of(text: bytes) -> Head:
    """What stands beside a sheet; of one that nobody can read, as if it had lain there for ever."""
    try:
        moment, place, state, copy_id, check_id, token, *_ = orjson.loads(text)
        return float(moment), place, state, copy_id, check_id, token
    except (ValueError, TypeError):
        return 0.0, "", "", "", "", ""


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not written")


def read_sheet(text: bytes) -> Sheet:
    """The sheet again.

    Raises:
        ValueError, TypeError, LookupError: it is none.
    """
    *_, copy, hits, events, answer = orjson.loads(text)
    return Sheet(
        copy=None if copy is None else _row(_OF_COPY, copy),
        hits=[_row(_OF_HIT, row) for row in hits],
        events=[
            NewEvent(what, actor, datetime.fromisoformat(at), subject=subject, facts=facts)
            for what, actor, at, subject, facts in events
        ],
        answer=None if answer is None else _row(_OF_ANSWER, answer),
    )


def _row(readers: Sequence[_Reader | None], values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(
        [
            value if read is None or value is None else read(value)
            for read, value in zip(readers, values, strict=True)
        ]
    )


@lru_cache(maxsize=256)
def _id(text: str) -> UUID:
    """Platform, key and copy stand in more than one row."""
    return UUID(text)


def _readers(fields: Sequence[str]) -> tuple[_Reader | None, ...]:
    known: dict[str, _Reader] = {
        **dict.fromkeys(("id", "platform", "check_id", "api_key", "copy", "entry"), _id),
        **dict.fromkeys(("at", "seen_at", "state_at"), datetime.fromisoformat),
        "url_box": base64.b64decode,
    }
    return tuple(known.get(name) for name in fields)


_OF_COPY, _OF_HIT, _OF_ANSWER = _readers(COPY), _readers(HIT), _readers(ANSWER)
