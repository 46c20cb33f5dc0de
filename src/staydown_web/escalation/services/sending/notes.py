"""What a try came to, written down: the report's new state and the line of the audit, together."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.fetching import outcome_facts
from staydown_web.base.retrying import REPORT
from staydown_web.escalation.models import Report
from staydown_web.escalation.services.interfaces import FORMATS, Ended, Handed
from staydown_web.escalation.services.ladders import ladder
from staydown_web.escalation.services.outcomes import record_outcome
from staydown_web.escalation.services.sending.rules import FIRST_NEWS, QUIET
from staydown_web.escalation.services.sending.trails import Trail

ACTOR = "system"


def note_handed(report: Report, handed: Handed, trail: Trail, now: datetime) -> None:
    """What the other side did with a report that was handed over."""
    match handed.ended:
        case Ended.TAKEN:
            _note_taken(report, handed, trail.closed(said=handed.said), now)
        case Ended.REFUSED:
            _give_up(report, handed, trail, now)
        case Ended.PERSON:
            hand_to_person(report, handed.why, trail, now)
        case Ended.LATER | Ended.UNKNOWN:
            _put_off(report, handed, trail, now)


@transaction.atomic
def cancel(report: Report, reason: str, trail: Trail | None, now: datetime) -> None:
    """A report that may not leave any more; it never does."""
    if _end(report, Report.State.CANCELLED, trail.closed(why=reason) if trail else None):
        record(report, "report_cancelled", now, reason=reason)


def put_back(report: Report, trail: Trail, next_try_at: datetime) -> None:
    """As if it had not been taken in hand: looked at again later, without a try counted."""
    _mine(report).update(
        tries=report.tries - 1, next_try_at=next_try_at, proof_box=trail.closed().sealed(report)
    )


@transaction.atomic
def hand_to_person(report: Report, reason: str, trail: Trail, now: datetime) -> None:
    """Wait for somebody who looks whether it arrived, or sends it by hand, and says so."""
    if _end(report, Report.State.TO_PASTE, trail.closed(why=reason)):
        record(report, "report_handed_over", now, reason=reason, tries=report.tries)


@transaction.atomic
def _note_taken(report: Report, handed: Handed, trail: Trail, now: datetime) -> None:
    is_call = report.format in FORMATS
    values: dict[str, Any] = {
        "state": Report.State.DELIVERED if is_call else Report.State.SENT,
        "sent_at": now,
        "delivered_at": now if is_call else None,
        "next_try_at": now + (FIRST_NEWS if is_call else QUIET),
        "remote_id": handed.remote_id,
        "proof_box": trail.sealed(report),
    }
    if is_call and not handed.remote_id:
        values["next_try_at"] = None
    if report.due_at is None and (time := _time_to_answer(report)):
        values["due_at"] = now + time
    # Whoever has it in hand by now: it has arrived. Unless it came back before this was noted.
    if not Report.objects.filter(pk=report.pk, state=Report.State.SIGNED).update(**values):
        return
    facts = outcome_facts(tries=report.tries, status=handed.status)
    record(report, "report_sent", now, format=report.format, **facts)
    if is_call:
        record(report, "report_delivered", now, format=report.format)


@transaction.atomic
def _give_up(report: Report, handed: Handed, trail: Trail, now: datetime) -> None:
    if _end(report, Report.State.DEAD, trail.closed(said=handed.said, why=handed.why)):
        facts = outcome_facts(tries=report.tries, status=handed.status, error=handed.error)
        record(report, "report_given_up", now, reason=handed.why, **facts)


def _time_to_answer(report: Report) -> timedelta | None:
    """How long a provider has by the ladder's step; notices to sites are timed by the law."""
    escalation = report.escalation
    if report.purpose != Report.Purpose.PROVIDER or escalation is None:
        return None
    step = ladder(escalation.ladder).step(report.step)
    return step.answer_within if step else None


def _put_off(report: Report, handed: Handed, trail: Trail, now: datetime) -> None:
    is_doubtful = handed.ended == Ended.UNKNOWN
    again = REPORT.next_try(tries=report.tries, now=now, retry_after_s=handed.retry_after_s)
    if is_doubtful and FORMATS.get(report.format) == timedelta(0):
        hand_to_person(report, "may_have_arrived", trail.closed(is_doubtful=True), now)
    elif again is None:
        _give_up(report, handed, trail, now)
    else:
        closed = trail.closed(is_doubtful=is_doubtful)
        _mine(report).update(next_try_at=again, proof_box=closed.sealed(report))


def _end(report: Report, state: str, trail: Trail | None) -> bool:
    values: dict[str, Any] = {"state": state, "next_try_at": None}
    if trail is not None:
        values["proof_box"] = trail.sealed(report)
    return bool(_mine(report).update(**values))


def _mine(report: Report) -> Any:
    """The row while this worker holds it: as long as nobody else took it in hand since."""
    return Report.objects.filter(pk=report.pk, state=Report.State.SIGNED, tries=report.tries)


def record(report: Report, what: str, now: datetime, **facts: object) -> None:
    """One line of the audit about a report."""
    record_event(
        what=what,
        actor=ACTOR,
        at=now,
        case_id=report.case_id,
        subject=f"report:{report.pk}",
        facts={"purpose": report.purpose, **facts},
    )


def note_outcome(report: Report, outcome: str, now: datetime) -> None:
    """What came of a report, as a machine said it; nothing where that is known, or a person's."""
    with suppress(RecordConflictError):
        record_outcome(report_id=report.pk, outcome=outcome, system=True, now=now)
