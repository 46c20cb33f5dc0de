"""Entries go to the Transparency Database: in batches, once, and on after whatever falls over.

A batch is claimed by conditional UPDATEs before it is sent. Where no answer comes, nobody knows
whether the database has it: it is asked, entry by entry, before anything is sent again. ADR-0052.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown.errors import StaydownError
from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.fetching import Answer, outcome_facts
from staydown_web.base.ids import new_id
from staydown_web.base.retrying import SUBMISSION
from staydown_web.reports.models import Submission
from staydown_web.reports.selectors.entry_rules import BATCH_MOST, problems_in
from staydown_web.reports.selectors.payloads import (
    is_for_database,
    leaks_of,
    payload_of,
    unsubmitted,
)
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services.database_calls import ask_for, is_on, send_entries
from staydown_web.review.selectors.known import known_of

State = Submission.State
_CLAIM = timedelta(minutes=3)
"""Longer than a call can take; what is claimed longer was claimed by a process that died."""
_CREATED = 201
_NOT_THERE = 404
_THERE = (200, 302)
"""The database answers 302 where it has an entry. Source: its public repository."""
_INVALID = 422
_NOT_STORED = (400, 401, 403, 404, 405, 413, 415, 429)
"""Answers after which nothing of a batch was stored; after others nobody knows."""
_AT_ONCE = 200

Clock = Callable[[], datetime]


def queue_submissions(now: datetime) -> int:
    """Make an entry for each statement that has none; statements of before are caught up with.

    Returns:
        How many; 0 where the database is not set.
    """
    if not is_on():
        return 0
    made = 0
    for statement in unsubmitted()[:_AT_ONCE]:
        if not is_for_database(said_by(statement)):
            state, why = State.STOPPED, "outside_eea"
        else:
            state, why = State.WAITING, ""
        # Its own random id, so that the entry leads to no record of ours.
        _row, is_new = Submission.objects.get_or_create(
            statement=statement,
            defaults={
                "puid": new_id().hex,
                "state": state,
                "why": why,
                "next_try_at": now,
                "made_at": now,
            },
        )
        made += is_new
    return made


def submit_due(*, now: datetime, clock: Clock) -> int:
    """Send what is due: first ask about what may have arrived, then one batch, then single ones.

    Args:
        now: which are due.
        clock: reads the moment of each call, because a run can take minutes.

    Returns:
        How many entries were looked at.
    """
    if not is_on():
        return 0
    due = Submission.objects.filter(next_try_at__lte=now).order_by("made_at", "id")
    due.filter(state=State.SENDING).update(state=State.UNSURE)
    unsure = list(due.filter(state=State.UNSURE).values_list("pk", flat=True)[:BATCH_MOST])
    asked = sum(_ask(pk, clock) for pk in unsure)
    batch = _claim(due.filter(state=State.WAITING, is_alone=False)[:BATCH_MOST], clock())
    sent = _send(batch, clock)
    alone = due.filter(state=State.WAITING, is_alone=True).values_list("pk", flat=True)
    for pk in list(alone[:BATCH_MOST]):
        sent += _send(_claim(Submission.objects.filter(pk=pk), clock()), clock)
    return asked + sent


@transaction.atomic
def send_again(*, submission: Submission, actor: str, now: datetime) -> None:
    """Send an entry that waits for a person once more, under the same ``puid``.

    Raises:
        RecordConflictError: it waits already, was taken, or is not for the database.
    """
    again = (State.STOPPED, State.REFUSED, State.GIVEN_UP)
    rows = Submission.objects.filter(pk=submission.pk, state__in=again).exclude(
        why__in=("outside_eea", "minor")
    )
    # It may have arrived before it was given up: asked first.
    fresh = {"why": "", "http_status": None, "tries": 0, "next_try_at": now, "is_alone": True}
    if not rows.update(state=State.UNSURE, **fresh):
        raise RecordConflictError("this entry waits already, or was taken")
    _record("submission_asked", [submission.pk], now, actor=actor)


def _claim(rows: Iterable[Submission], now: datetime) -> list[Submission]:
    """Those of the rows that are ours alone from now on."""
    mine = []
    for row in rows:
        claimed = Submission.objects.filter(pk=row.pk, state=State.WAITING, tries=row.tries)
        if claimed.update(state=State.SENDING, tries=F("tries") + 1, next_try_at=now + _CLAIM):
            row.refresh_from_db()
            mine.append(row)
    return mine


def _send(rows: list[Submission], clock: Clock) -> int:
    """Send claimed entries; those that name somebody, or that the schema refuses, stay here."""
    pairs = [(row, payload) for row in rows if (payload := _checked(row, clock())) is not None]
    if not pairs:
        return len(rows)
    going, answer, error = [row for row, _payload in pairs], None, None
    started = time.monotonic()
    try:
        answer = send_entries([payload for _row, payload in pairs])
    except StaydownError as caught:
        error = caught
    took = int((time.monotonic() - started) * 1_000)
    _note(going, answer, error, took, clock())
    return len(rows)


def _checked(row: Submission, now: datetime) -> dict[str, object] | None:
    """The entry, where it may go; else it is stopped here, and a person has to look."""
    statement = row.statement
    payload = payload_of(said_by(statement), puid=row.puid)
    leaks = leaks_of(payload, known_of(statement.decision.task))
    problems = [] if leaks else problems_in(payload)
    if not leaks and not problems:
        return payload
    why = leaks[0].kind if leaks else "schema"
    _move([row.pk], State.SENDING, "submission_stopped", now, state=State.STOPPED, why=why)
    return None


def _note(
    rows: list[Submission],
    answer: Answer | None,
    error: StaydownError | None,
    took_ms: int,
    now: datetime,
) -> None:
    ids = [row.pk for row in rows]
    status = answer.status if answer else None
    tries = max(row.tries for row in rows)
    facts = outcome_facts(tries=tries, status=status, error=error, duration_ms=took_ms)
    if status == _CREATED:
        values = {"state": State.SENT, "sent_at": now, "http_status": status, "why": ""}
        _move(ids, State.SENDING, "submission_sent", now, facts=facts, **values)
    elif status == _INVALID and len(rows) > 1:
        # One bad entry refuses the whole batch: each goes by itself, after it was asked for.
        values = {"state": State.UNSURE, "is_alone": True, "next_try_at": now}
        _move(ids, State.SENDING, "submission_split", now, facts=facts, **values)
    elif status == _INVALID:
        again = {"is_alone": True, "next_try_at": now}
        values = {"state": State.UNSURE, "http_status": status, **again}
        _move(ids, State.SENDING, "submission_failed", now, facts=facts, **values)
    else:
        _later(rows, answer, facts, now)


def _later(
    rows: list[Submission], answer: Answer | None, facts: dict[str, object], now: datetime
) -> None:
    """Nothing was taken, or nobody knows: again by the rule, asked first where it may be there."""
    state = State.WAITING if answer and answer.status in _NOT_STORED else State.UNSURE
    after = answer.retry_after_s if answer else None
    status = answer.status if answer else None
    for row in rows:
        next_try = SUBMISSION.next_try(tries=row.tries, now=now, retry_after_s=after)
        values = {"state": state, "next_try_at": next_try or now, "http_status": status}
        what = "submission_failed"
        if next_try is None:
            values |= {"state": State.GIVEN_UP, "why": "no_answer"}
            what = "submission_given_up"
        _move([row.pk], State.SENDING, what, now, facts=facts, **values)


def _ask(submission_id: UUID, clock: Clock) -> int:
    """Whether the database has an entry that was sent without an answer."""
    now = clock()
    mine = Submission.objects.filter(pk=submission_id, state=State.UNSURE, next_try_at__lte=now)
    if not mine.update(next_try_at=now + _CLAIM):
        return 0
    row = Submission.objects.get(pk=submission_id)
    answer: Answer | None = None
    error: StaydownError | None = None
    try:
        answer = ask_for(row.puid)
    except StaydownError as caught:
        error = caught
    _answered(row, answer, error, clock())
    return 1


def _answered(
    row: Submission, answer: Answer | None, error: StaydownError | None, now: datetime
) -> None:
    status = answer.status if answer else None
    facts = outcome_facts(tries=row.tries, status=status, error=error)
    if status in _THERE:
        values = {"state": State.SENT, "sent_at": now, "why": ""}
        _move([row.pk], State.UNSURE, "submission_sent", now, facts=facts, **values)
    elif status == _NOT_THERE and row.http_status == _INVALID:
        values = {"state": State.REFUSED, "why": "invalid"}
        _move([row.pk], State.UNSURE, "submission_refused", now, facts=facts, **values)
    elif status == _NOT_THERE:
        values = {"state": State.WAITING, "next_try_at": now}
        _move([row.pk], State.UNSURE, "", now, facts=facts, **values)
    else:
        _ask_later(row, answer, facts, now)


def _ask_later(
    row: Submission, answer: Answer | None, facts: dict[str, object], now: datetime
) -> None:
    after = answer.retry_after_s if answer else None
    next_try = SUBMISSION.next_try(tries=max(1, row.tries), now=now, retry_after_s=after)
    values = {"tries": row.tries + 1, "next_try_at": next_try or now}
    what = "submission_failed"
    if next_try is None:
        values |= {"state": State.GIVEN_UP, "why": "no_answer"}
        what = "submission_given_up"
    _move([row.pk], State.UNSURE, what, now, facts=facts, **values)


@transaction.atomic
def _move(
    ids: list[UUID],
    before: Submission.State,
    what: str,
    now: datetime,
    *,
    facts: dict[str, object] | None = None,
    **values: object,
) -> None:
    rows = Submission.objects.filter(pk__in=ids, state=before)
    if rows.update(**values) and what:
        _record(what, ids, now, facts=facts)


def _record(
    what: str,
    ids: list[UUID],
    now: datetime,
    *,
    facts: dict[str, object] | None = None,
    actor: str = "system",
) -> None:
    subject = f"submission:{ids[0]}" if len(ids) == 1 else ""
    told = {**(facts or {}), "entries": len(ids)}
    record_event(what=what, actor=actor, at=now, subject=subject, facts=told)
