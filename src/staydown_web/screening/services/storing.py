"""One transaction for a group of findings: copies, hits, events, remembered answers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from uuid import UUID

from django.db import DatabaseError, transaction

from staydown_web.banks.models import Entry
from staydown_web.base.rows import MOST_KEYS, PreparedRead, count_rows_up, insert_rows
from staydown_web.screening.models import BlockedTogether, BlockWeek, Copy, RememberedCheck
from staydown_web.screening.services.findings import Pending, Recorded, Repeat
from staydown_web.screening.services.sheets import (
    Sheet,
    answer_of,
    blocking_entries,
    draw_up,
    known_places,
    write_sheets,
)


def write_group(batch: Sequence[Pending]) -> None:
    """Store findings; each has its result when this returns, or its error.

    Raises:
        DatabaseError: the only finding of the group could not be stored.
    """
    try:
        _write(batch)
    except DatabaseError:
        if len(batch) == 1:
            raise
        # One that cannot be stored, such as of an entry that is gone, must not cost the others.
        for one in batch:
            try:
                _write([one])
            except DatabaseError as error:
                one.error = error


@transaction.atomic
def _write(batch: Sequence[Pending]) -> None:
    known = known_places([one.finding for one in batch])
    for one in batch:
        prior = known.get(one.finding.place)
        if prior is not None and prior.state == one.finding.state and prior.check_id is not None:
            one.check_id = prior.check_id
    sheets: list[Sheet] = []
    for one in _with_first_answers(batch):
        place = one.finding.place
        known[place], sheet = draw_up(one, known.get(place))
        sheets.append(sheet)
        one.result = Recorded(known[place].check_id or one.check_id, known[place].copy_id)
    write_sheets(sheets)


@transaction.atomic
def store_repeats(repeats: Sequence[Repeat]) -> None:
    """Count checks of the same content again."""
    blocks: Counter[tuple[UUID, date]] = Counter()
    stopped: Counter[tuple[frozenset[UUID], date]] = Counter()
    for repeat in repeats:
        if repeat.finding.state == Copy.State.BLOCKED:
            week = monday_of(repeat.finding.now)
            entry_ids = frozenset(blocking_entries(repeat.finding))
            stopped[entry_ids, week] += repeat.count
            for entry_id in entry_ids:
                blocks[entry_id, week] += repeat.count
    counted = [(repeat.count, repeat.copy_id) for repeat in repeats]
    # In one order, so that two who count the same copies never wait for each other.
    count_rows_up(Copy, "repeats", sorted(counted, key=itemgetter(1)))
    add_blocks(blocks)
    add_together(stopped)


def not_stored(repeats: Sequence[Repeat]) -> list[Repeat]:
    """Those whose copy is not in the database: it lies in the tray yet, or is gone."""
    ids = [repeat.copy_id for repeat in repeats]
    there = {
        pk
        for first in range(0, len(ids), MOST_KEYS)
        for (pk,) in _COPIES.rows(ids[first : first + MOST_KEYS])
    }
    return [repeat for repeat in repeats if repeat.copy_id not in there]


_COPIES = PreparedRead(
    lambda ids: Copy.objects.filter(pk__in=ids).values_list("pk"), lambda n: UUID(int=n)
)


def add_blocks(blocks: Mapping[tuple[UUID, date], int]) -> None:
    """Count uploads that were stopped because of entries, by entry and week.

    Entries that are gone are left out.
    """
    living = _living(entry for entry, _ in blocks)
    found = [(entry_id, week, count) for (entry_id, week), count in blocks.items()]
    rows = sorted(row for row in found if row[0] in living)
    insert_rows(BlockWeek, ("entry", "week", "count"), rows, adds_up="count")


def add_together(stopped: Mapping[tuple[frozenset[UUID], date], int]) -> None:
    """Note which uploads that were stopped count for several entries, so that none counts twice.

    Args:
        stopped: all the entries because of which an upload was stopped, and the week -> how many
            such uploads. Those of one entry alone need no note.
    """
    several = {key: count for key, count in stopped.items() if len(key[0]) > 1}
    living = _living(entry for entry_ids, _ in several for entry in entry_ids)
    rows = [
        (entry_id, week, _digest_of(entry_ids), count)
        for (entry_ids, week), count in several.items()
        for entry_id in entry_ids & living
    ]
    # In one order, so that two who write the same rows never wait for each other.
    insert_rows(
        BlockedTogether, ("entry", "week", "together", "count"), sorted(rows), adds_up="count"
    )


def monday_of(at: datetime) -> date:
    """The first day of the week of a moment."""
    day = at.date()
    return day - timedelta(days=day.weekday())


def _living(entry_ids: Iterable[UUID]) -> set[UUID]:
    return set(Entry.objects.filter(pk__in=set(entry_ids)).values_list("pk", flat=True))


def _digest_of(entry_ids: Iterable[UUID]) -> str:
    return hashlib.sha256(b"".join(one.bytes for one in sorted(entry_ids))).hexdigest()


def _with_first_answers(batch: Sequence[Pending]) -> list[Pending]:
    """Remember the answers that came with an idempotency key; those given before keep theirs."""
    asked = {
        (one.finding.key_id, one.finding.token): one
        for one in reversed(batch)
        if one.finding.token and one.finding.key_id is not None
    }
    rows = [
        RememberedCheck(
            api_key_id=key_id,
            token_digest=token,
            request_digest=one.finding.request,
            answer=answer_of(one),
            at=one.finding.now,
        )
        for (key_id, token), one in asked.items()
    ]
    if not rows:
        return list(batch)
    RememberedCheck.objects.bulk_create(rows, ignore_conflicts=True)
    tokens = [row.token_digest for row in rows]
    answers = {
        (row.api_key_id, row.token_digest): row
        for row in RememberedCheck.objects.filter(token_digest__in=tokens)
    }
    fresh = []
    for one in batch:
        key_id, token = one.finding.key_id, one.finding.token
        kept = answers.get((key_id, token)) if key_id is not None else None
        if kept is None or kept.answer["by"] == str(one.copy_id):
            fresh.append(one)
        else:
            answer = {**kept.answer, "request": kept.request_digest}
            one.result = Recorded(UUID(answer["check_id"]), None, answer)
    return fresh
