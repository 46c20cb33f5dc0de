"""One transaction for a group of findings: copies, hits, events, remembered answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F

from staydown_web.audit.services import NewEvent, record_events
from staydown_web.banks.models import Response
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.screening.models import BlockWeek, Copy, Hit, RememberedCheck, Verdict
from staydown_web.screening.services.copies import url_context
from staydown_web.screening.services.findings import Finding, Pending, Place, Recorded, Repeat

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
    fresh = _with_first_answers(batch)
    copies: list[Copy] = []
    hits: list[Hit] = []
    events: list[NewEvent] = []
    for one in fresh:
        finding = one.finding
        copy = known.get(finding.place)
        if copy is None or copy.state != finding.state:
            copy = _copy_of(one)
            known[finding.place] = copy
            copies.append(copy)
            events += _events_of(finding, copy)
        hits += _hits_of(finding, copy)
        one.result = Recorded(copy.check_id or one.check_id, copy)
    Copy.objects.bulk_create(copies)
    Hit.objects.bulk_create(hits, ignore_conflicts=True)
    record_events(events)


def store_repeats(repeats: Sequence[Repeat]) -> None:
    """Count checks of the same content again."""
    with transaction.atomic():
        for repeat in repeats:
            Copy.objects.filter(pk=repeat.copy_id).update(repeats=F("repeats") + repeat.count)
            if repeat.finding.state == Copy.State.BLOCKED:
                week = monday_of(repeat.finding.now)
                for entry_id in blocking_entries(repeat.finding):
                    add_blocks(entry_id, week, repeat.count)


def add_blocks(entry_id: UUID, week: date, count: int) -> None:
    """Count uploads that were stopped because of an entry."""
    weeks = BlockWeek.objects.filter(entry_id=entry_id, week=week)
    if not weeks.update(count=F("count") + count):
        BlockWeek.objects.get_or_create(entry_id=entry_id, week=week)
        weeks.update(count=F("count") + count)


def monday_of(at: datetime) -> date:
    """The first day of the week of a moment."""
    day = at.date()
    return day - timedelta(days=day.weekday())


def blocking_entries(finding: Finding) -> list[UUID]:
    """The entries because of which an upload was stopped."""
    return [j.facts.entry_id for j in finding.judged if j.speaks and j.response == Response.BLOCK]


def _known_places(findings: Sequence[Finding]) -> dict[Place, Copy]:
    """What is stored already of the same content at the same place, the newest of each."""
    copies = Copy.objects.filter(group__in={f.group for f in findings}).order_by("seen_at")
    return {
        (c.platform_id, c.source, c.group, c.content_ref, c.account_blind): c
        for c in copies.exclude(source=Copy.Source.NOTICE)
    }


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


def _copy_of(one: Pending) -> Copy:
    finding = one.finding
    made_id = new_id()
    url = finding.url
    return Copy(
        id=made_id,
        platform_id=finding.platform_id,
        source=finding.source,
        state=finding.state,
        verdict=finding.verdict,
        group=finding.group,
        content_ref=finding.content_ref,
        account_blind=finding.account,
        url_box=seal(url.encode(), context=url_context(made_id)) if url else None,
        content_kind=finding.content_kind,
        check_id=one.check_id,
        api_key_id=finding.key_id,
        seen_at=finding.now,
        state_at=finding.now,
    )


def _hits_of(finding: Finding, copy: Copy) -> list[Hit]:
    return [
        Hit(
            copy=copy,
            entry_id=j.facts.entry_id,
            kind=str(j.match.kind),
            score=j.match.score,
            response=j.response,
            evidence=j.match.evidence.to_dict(),
            at=finding.now,
        )
        for j in finding.judged
    ]


def _events_of(finding: Finding, copy: Copy) -> list[NewEvent]:
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
            subject=f"copy:{copy.pk}",
            facts={"entries": entries[:100]},
        )
    ]
