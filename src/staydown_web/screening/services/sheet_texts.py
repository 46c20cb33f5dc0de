"""A sheet of rows as text, in which it lies in the tray."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from staydown_web.audit.services import NewEvent
from staydown_web.screening.services.sheets import ANSWER, COPY, HIT, Sheet

log = logging.getLogger("staydown.recorder")

_IDS = {"id", "platform", "check_id", "api_key", "copy", "entry"}
_MOMENTS = {"at", "seen_at", "state_at"}
_BYTES = {"url_box"}


def write_sheet(sheet: Sheet) -> bytes:
    """A sheet as JSON: addresses are sealed in it and nobody is named, as in its rows."""
    return orjson.dumps(
        {
            "copy": sheet.copy,
            "hits": sheet.hits,
            "events": [[e.what, e.actor, e.at, e.subject, e.facts] for e in sheet.events],
            "answer": sheet.answer,
        },
        default=_plain,
    )


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not written")


def read_sheet(text: bytes) -> Sheet:
    """The sheet again.

    Raises:
        ValueError, TypeError, LookupError: it is none.
    """
    found = orjson.loads(text)
    return Sheet(
        copy=None if found["copy"] is None else _row(COPY, found["copy"]),
        hits=[_row(HIT, row) for row in found["hits"]],
        events=[
            NewEvent(what, actor, datetime.fromisoformat(at), subject=subject, facts=facts)
            for what, actor, at, subject, facts in found["events"]
        ],
        answer=None if found["answer"] is None else _row(ANSWER, found["answer"]),
    )


def read_or_none(text: bytes) -> Sheet | None:
    """None where nobody can read it: it must not hold up those that come after it."""
    try:
        return read_sheet(text)
    except (ValueError, TypeError, LookupError) as error:
        log.error("a finding was left out (%s)", type(error).__name__)  # noqa: TRY400 - a trace could hold it
        return None


def _row(fields: Sequence[str], values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_value(name, value) for name, value in zip(fields, values, strict=True))


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _IDS:
        return UUID(value)
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    return base64.b64decode(value) if name in _BYTES else value
