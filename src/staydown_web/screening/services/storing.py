"""One transaction for a group of findings: copies, hits, events, remembered answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet

from staydown_web.audit.services import NewEvent, record_events
from staydown_web.banks.models import Entry, Response
from staydown_web.base.ids import new_ordered_id
from staydown_web.base.rows import PreparedRead, insert_rows
from staydown_web.base.sealing import seal
from staydown_web.screening.models import BlockWeek, Copy, Hit, RememberedCheck, Verdict
from staydown_web.screening.services.copies import url_context
from staydown_web.screening.services.findings import (
    Finding,
    Pending,
    Place,
    Recorded,
    Repeat,
    Stored,
)

_COPY = (
    *("id", "platform", "source", "state", "verdict", "group", "content_ref", "account_blind"),
    *("url_box", "content_kind", "check_id", "api_key", "repeats", "seen_at", "state_at"),
)
_AT_ONCE = 500
_HIT = ("id", "copy", "entry", "kind", "score", "response", "evidence", "at")
_EVENTS = {Copy.State.HELD: "copy_held", Copy.State.BLOCKED: "copy_blocked"}


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
    known = _known_places([one.finding for one in batch])
    for one in batch:
        prior = known.get(one.finding.place)
        if prior is not None and prior.state == one.finding.state and prior.check_id is not None:
            one.check_id = prior.check_id
    copies: list[tuple[Any, ...]] = []
    hits: list[tuple[Any, ...]] = []
    events: list[NewEvent] = []
    for one in _with_first_answers(batch):
        finding = one.finding
        stored = known.get(finding.place)
        if stored is None or stored.state != finding.state:
            stored = Stored(new_ordered_id(), str(finding.state), one.check_id)
            known[finding.place] = stored
            copies.append(_copy_row(finding, stored))
            events += _events_of(finding, stored.copy_id)
        hits += _hit_rows(finding, stored.copy_id)
        one.result = Recorded(stored.check_id or one.check_id, stored.copy_id)
    insert_rows(Copy, _COPY, copies)
    insert_rows(Hit, _HIT, hits, ignore_conflicts=True)
    # Last: whoever records an event holds the chain until the transaction ends.
    record_events(events)


def is_stored(finding: Finding, recorded: Recorded) -> bool:
    """Whether the newest copy of some content is this one, in the same state, with all its hits."""
    stored = _known_places([finding]).get(finding.place)
    if stored is None or stored.copy_id != recorded.copy_id or stored.state != finding.state:
        return False
    return finding.signature <= {tuple(row) for row in _HITS.rows([stored.copy_id])}


@transaction.atomic
def store_repeats(repeats: Sequence[Repeat]) -> None:
    """Count checks of the same content again: one statement for all of the same count."""
    by_count: defaultdict[int, list[UUID]] = defaultdict(list)
    blocks: Counter[tuple[UUID, date]] = Counter()
    for repeat in repeats:
        by_count[repeat.count].append(repeat.copy_id)
        if repeat.finding.state == Copy.State.BLOCKED:
            week = monday_of(repeat.finding.now)
            for entry_id in blocking_entries(repeat.finding):
                blocks[entry_id, week] += repeat.count
    for count, ids in by_count.items():
        for at in range(0, len(ids), _AT_ONCE):
            copies = Copy.objects.filter(pk__in=ids[at : at + _AT_ONCE])
            copies.update(repeats=F("repeats") + count)
    add_blocks(blocks)


def add_blocks(blocks: Mapping[tuple[UUID, date], int]) -> None:
    """Count uploads that were stopped because of entries, by entry and week.

    Entries that are gone are left out.
    """
    entries = {entry for entry, _ in blocks}
    living = set(Entry.objects.filter(pk__in=entries).values_list("pk", flat=True))
    by_count: defaultdict[tuple[date, int], list[UUID]] = defaultdict(list)
    for (entry_id, week), count in blocks.items():
        if entry_id in living:
            by_count[week, count].append(entry_id)
    for (week, count), ids in by_count.items():
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            rows = [BlockWeek(entry_id=entry_id, week=week) for entry_id in some]
            BlockWeek.objects.bulk_create(rows, ignore_conflicts=True)
            weeks = BlockWeek.objects.filter(entry_id__in=some, week=week)
            weeks.update(count=F("count") + count)


def monday_of(at: datetime) -> date:
    """The first day of the week of a moment."""
    day = at.date()
    return day - timedelta(days=day.weekday())


def blocking_entries(finding: Finding) -> list[UUID]:
    """The entries because of which an upload was stopped."""
    return [j.facts.entry_id for j in finding.judged if j.speaks and j.response == Response.BLOCK]


def _known_places(findings: Sequence[Finding]) -> dict[Place, Stored]:
    """What is stored already of the same content at the same place, the newest of each."""
    groups = list(dict.fromkeys(f.group for f in findings))
    return {tuple(row[:5]): Stored(*row[5:]) for row in _PLACES.rows(groups)}


def _places_query(groups: Sequence[str]) -> QuerySet[Copy, Any]:
    copies = Copy.objects.filter(group__in=groups).exclude(source=Copy.Source.NOTICE)
    return copies.order_by("seen_at").values_list(
        "platform_id",
        "source",
        "group",
        "content_ref",
        "account_blind",
        "pk",
        "state",
        "check_id",
    )


_PLACES = PreparedRead(_places_query, "group {}".format)


def _hits_query(copies: Sequence[UUID]) -> QuerySet[Hit, Any]:
    hits = Hit.objects.filter(copy__in=copies)
    return hits.values_list("entry_id", "kind", "response")


_HITS = PreparedRead(_hits_query, lambda n: UUID(int=n))


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
            answer=_answer(one),
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
        if kept is None or kept.answer["by"] == str(one.pending_id):
            fresh.append(one)
        else:
            answer = {**kept.answer, "request": kept.request_digest}
            one.result = Recorded(UUID(answer["check_id"]), None, answer)
    return fresh


def _answer(one: Pending) -> dict[str, object]:
    return {
        "verdict": str(one.finding.verdict),
        "check_id": str(one.check_id),
        "matches": list(one.finding.matches),
        "by": str(one.pending_id),
    }


def _copy_row(finding: Finding, stored: Stored) -> tuple[Any, ...]:
    url = finding.url
    return (
        stored.copy_id,
        finding.platform_id,
        str(finding.source),
        stored.state,
        str(finding.verdict),
        finding.group,
        finding.content_ref,
        finding.account,
        seal(url.encode(), context=url_context(stored.copy_id)) if url else None,
        finding.content_kind,
        stored.check_id,
        finding.key_id,
        0,
        finding.now,
        finding.now,
    )


def _hit_rows(finding: Finding, copy_id: UUID) -> list[tuple[Any, ...]]:
    return [
        (
            new_ordered_id(),
            copy_id,
            j.facts.entry_id,
            str(j.match.kind),
            j.match.score,
            str(j.response),
            j.match.evidence.to_dict(),
            finding.now,
        )
        for j in finding.judged
    ]


def _events_of(finding: Finding, copy_id: UUID) -> list[NewEvent]:
    what = _EVENTS.get(finding.state)
    if what is None or finding.verdict == Verdict.CLEAR:
        return []
    entries = [j.facts.entry_id for j in finding.judged if j.speaks]
    if finding.state == Copy.State.BLOCKED:
        entries = blocking_entries(finding)
    return [
        NewEvent(
            what,
            finding.actor,
            finding.now,
            subject=f"copy:{copy_id}",
            facts={"entries": entries[:100]},
        )
    ]
