"""Sheets from the tray into the database, by the hundred, in as few steps as Python allows.

Only SQLite has a tray, so values stay what they are to SQLite all the way: ids of 32 digits,
moments and JSON as text. To make objects of them in between took as long as the database.
Source: ADR-0110.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import DataError, IntegrityError, transaction

from staydown_web.accounts.models import ApiKey
from staydown_web.audit.services import NewEvent, move_cursor, record_events
from staydown_web.banks.models import Entry
from staydown_web.base.errors import AuditFactError
from staydown_web.base.rows import MOST_KEYS, PreparedRead, insert_plain_rows, sqlite_moment
from staydown_web.screening.models import Copy, Hit, RememberedCheck
from staydown_web.screening.services.sheets import ANSWER, COPY, HIT

_DIGITS = 32
_DASHED = 36
_UTC = "+00:00"
_ID, _API_KEY = COPY.index("id"), COPY.index("api_key")
_OF_COPY, _OF_ENTRY = HIT.index("copy"), HIT.index("entry")

_OF_ONE = (IntegrityError, DataError, AuditFactError, ValueError)
"""What is wrong with one finding, and not with the database."""

log = logging.getLogger("staydown.recorder")


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """A sheet whose values are what SQLite has.

    Attributes:
        copy: in the order of ``COPY``, without the two moments at the end: it is seen when it is
            taken in. None where the copy is known already.
        hits, events, answer: as of a ``Sheet``.
    """

    copy: tuple[Any, ...] | None
    hits: list[tuple[Any, ...]]
    events: list[NewEvent]
    answer: tuple[Any, ...] | None


def read_plain(text: bytes) -> PlainSheet:
    """A sheet as ``sheet_texts`` writes it.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it is none.
    """
    *_, copy, hits, events, answer = orjson.loads(text)
    return PlainSheet(
        None if copy is None else _copy(copy),
        [_hit(row) for row in hits],
        [
            NewEvent(what, actor, datetime.fromisoformat(at), subject=subject, facts=facts)
            for what, actor, at, subject, facts in events
        ],
        None if answer is None else _answer(answer),
    )


def plain_or_none(text: bytes) -> PlainSheet | None:
    """None where nobody can read it: it must not hold up those that come after it."""
    try:
        return read_plain(text)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        log.error("a finding was left out (%s)", type(error).__name__)  # noqa: TRY400 - a trace could hold it
        return None


def take_in_sheets(
    sheets: Sequence[PlainSheet], *, now: datetime, reader: str = "", until: int = 0
) -> None:
    """Add the rows of findings that were durable elsewhere before; what is there is passed over.

    What cannot be stored at all, such as of a platform that is gone, is left out.

    Args:
        sheets: in the order in which they were drawn up.
        now: the moment, aware UTC. Copies are seen as of now: who reads on from the last copy that
            was seen must not miss one.
        reader: whose cursor is moved with them; empty for nobody's.
        until: how far it is moved. Where it is there already, another has taken them in.

    Raises:
        DatabaseError: the database does not take anything now.
    """
    try:
        _take_in(sheets, now, reader, until)
    except _OF_ONE:
        for sheet in sheets:
            try:
                _take_in([sheet], now)
            except _OF_ONE as error:
                log.error("a finding was left out (%s)", type(error).__name__)  # noqa: TRY400 - a trace could hold it
        _take_in([], now, reader, until)


@transaction.atomic(durable=True)
def _take_in(sheets: Sequence[PlainSheet], now: datetime, reader: str = "", until: int = 0) -> None:
    if reader and not move_cursor(reader=reader, seq=until):
        return
    hits = [row for sheet in sheets for row in sheet.hits]
    answers = [sheet.answer for sheet in sheets if sheet.answer is not None]
    new = [sheet.copy for sheet in sheets if sheet.copy is not None]
    there = _present(_COPIES, {copy[_ID] for copy in new} | {row[_OF_COPY] for row in hits})
    entries = _present(_ENTRIES, {row[_OF_ENTRY] for row in hits})
    keys = {copy[_API_KEY] for copy in new} | {answer[0] for answer in answers}
    keys = _present(_KEYS, keys - {None})
    seen_at = sqlite_moment(now)
    copies: list[tuple[Any, ...]] = []
    events: list[NewEvent] = []
    for sheet in sheets:
        copy = sheet.copy
        if copy is not None and copy[_ID] not in there:
            there.add(copy[_ID])
            if copy[_API_KEY] not in keys:
                copy = (*copy[:_API_KEY], None, *copy[_API_KEY + 1 :])
            copies.append((*copy, seen_at, seen_at))
            events += sheet.events
    answers = [answer for answer in answers if answer[0] in keys]
    insert_plain_rows(RememberedCheck, ANSWER, answers, ignore_conflicts=True)
    insert_plain_rows(Copy, COPY, copies)
    # A copy that is no longer there, or an entry: such hits are left out.
    hits = [row for row in hits if row[_OF_COPY] in there and row[_OF_ENTRY] in entries]
    insert_plain_rows(Hit, HIT, hits, ignore_conflicts=True)
    # Last: whoever records an event holds the chain until the transaction ends.
    record_events(events)


def _present(rows: PreparedRead, ids: Iterable[str]) -> set[str]:
    """Which of these are in the database."""
    wanted = [*ids]
    return {
        str(row[0]).replace("-", "")
        for first in range(0, len(wanted), MOST_KEYS)
        for row in rows.plain_rows(wanted[first : first + MOST_KEYS])
    }


def _present_of(model: type[Copy | Entry | ApiKey]) -> PreparedRead:
    return PreparedRead(
        lambda ids: model.objects.filter(pk__in=ids).values_list("pk"), lambda n: UUID(int=n)
    )


_COPIES, _ENTRIES, _KEYS = _present_of(Copy), _present_of(Entry), _present_of(ApiKey)


def _copy(row: Sequence[Any]) -> tuple[Any, ...]:
    id_, platform, source, state, verdict, group, content_ref, account, *more = row
    url_box, kind, check_id, key, repeats, _seen_at, _state_at = more
    box = None if url_box is None else base64.b64decode(url_box)
    check_id = None if check_id is None else _hex(check_id)
    key = None if key is None else _hex(key)
    texts = (source, state, verdict, group, content_ref, account, box, kind)
    return (_hex(id_), _hex(platform), *texts, check_id, key, repeats)


def _hit(row: Sequence[Any]) -> tuple[Any, ...]:
    id_, copy, entry, kind, score, response, evidence, at = row
    shown = orjson.dumps(evidence).decode()
    return (_hex(id_), _hex(copy), _hex(entry), kind, score, response, shown, _moment(at))


def _answer(row: Sequence[Any]) -> tuple[Any, ...]:
    key, token, request, answer, at = row
    return (_hex(key), token, request, orjson.dumps(answer).decode(), _moment(at))


def _hex(id_: str) -> str:
    digits = id_.replace("-", "")
    if len(digits) != _DIGITS or len(id_) != _DASHED:
        raise ValueError("an id has 32 digits")
    return digits


def _moment(at: str) -> str:
    """As Django writes it, see ``sqlite_moment``."""
    if at.endswith(_UTC):
        return f"{at[:10]} {at[11:-6]}"
    return sqlite_moment(datetime.fromisoformat(at))
