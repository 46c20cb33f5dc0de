"""Statements of reasons: of firm decisions, sent by the platform, ended by a later one.

News of decisions comes as events of the audit, each dealt with once in the transaction that moves
this reader's cursor: a statement is made and sent exactly once. ADR-0051. Where somebody reported
it, they are told first, and it waits for them: ADR-0108.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from staydown_web.accounts.models import Platform
from staydown_web.actions.selectors import has_failed, was_never_public
from staydown_web.actions.services import send_parcel
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor, record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.ids import new_id, new_token
from staydown_web.base.jobs import each_apart
from staydown_web.base.sealing import digest_token, seal
from staydown_web.regimes.selectors import FALLBACK, regimes
from staydown_web.regimes.selectors.duties import is_spared
from staydown_web.reports.models import Statement, Submission
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import Said, said_by
from staydown_web.review.models import Decision, StatementTelling, Task
from staydown_web.review.selectors.care import was_opened
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.drafting import (
    automation_of,
    facts_about,
    facts_of,
    stopped_draft,
)
from staydown_web.review.selectors.items import kinds_of
from staydown_web.review.services.foretelling import (
    due_statements,
    end_statement_wait,
    note_statement_answers,
    overtake_statements,
    tell_before_statement,
)
from staydown_web.screening.models import Copy, Verdict

READER = "statements"
_MINOR = "minor"
"""The ground of a case that was closed because someone shown may be under 18."""
_KINDS = ("decision_firm", "decision_undone")
_AT_ONCE = 50
_MOST_NEWS = 10_000
_SILENT = StatementTelling.objects.filter(ended_for__in=("", StatementTelling.End.DROPPED))
_STATED_WITHIN = timedelta(days=30)
"""Later nobody is told any more: what was forgotten after its time is not made again."""


def make_statements(now: datetime) -> int:
    """Make the statements that firm decisions ask for, and end those that hold no more.

    Returns:
        How many decisions were looked at; 0 where there is no news.
    """
    news = events_after(reader=READER, kinds=_KINDS, limit=_AT_ONCE)
    for event in news:
        _deal_with(event, now)
    return len(news)


def make_waiting_statements(now: datetime) -> int:
    """Make the statements for which whoever reported it had their time, or said go.

    Returns:
        Of how many decisions.
    """
    note_statement_answers(now)
    return each_apart(due_statements(now), lambda decision_id: _make_waiting(decision_id, now))


@transaction.atomic
def make_statement(
    *,
    decision: Decision,
    now: datetime,
    copy: Copy | None = None,
    is_stopped_by_software: bool = False,
) -> Statement:
    """The statement of one decision about one copy, sent to the platform's endpoints.

    Args:
        decision: a firm one that restricts something.
        now: the moment, aware UTC.
        copy: the content; None where it is known by its address alone.
        is_stopped_by_software: an upload that was stopped later, because of that decision.

    Returns:
        It; the one made before, where there is one.

    Raises:
        RecordConflictError: the decision is not firm yet, or restricts nothing.
    """
    if decision.made_firm_at is None or not decision.restriction:
        raise RecordConflictError("a statement follows a firm decision that restricts something")
    found = Statement.objects.filter(decision=decision, copy=copy).first()
    if found is not None:
        return found
    made = Statement(id=new_id(), decision=decision, copy=copy, made_at=now)
    said = replace(said_of(decision, copy), token=new_token())
    if is_stopped_by_software:
        said = _of_software(said)
    made.token_digest, made.box = digest_token(said.token), _box(made, said)
    made.save(force_insert=True)
    _record("statement_made", made, now)
    _send("statement.made", made, said, now)
    return made


def state_blocked(now: datetime, *, within: timedelta = _STATED_WITHIN) -> int:
    """Statements for uploads that software stopped, because a person decided on the same before.

    Args:
        now: the moment.
        within: how long ago an upload may have been stopped.

    Returns:
        How many were made.
    """
    behind = _decisions_behind()
    stopped = Copy.objects.filter(
        Exists(behind),
        state=Copy.State.BLOCKED,
        verdict=Verdict.BLOCK,
        tasks__isnull=True,
        statements__isnull=True,
        seen_at__gte=now - within,
    )
    found = list(stopped.annotate(decision=Subquery(behind.values("pk")[:1]))[:_AT_ONCE])
    # A decision is firm a moment before it is known whether somebody is told of it first.
    too_early = _not_dealt_with() | _untold([copy.decision for copy in found]) if found else set()
    made = 0
    for copy in found:
        if copy.decision in too_early:
            continue
        decision = Decision.objects.select_related("task__platform").get(pk=copy.decision)
        make_statement(decision=decision, now=now, copy=copy, is_stopped_by_software=True)
        made += 1
    return made


def _decisions_behind() -> QuerySet[Decision]:
    """Firm removals on the same platform, of content that the same entry recognises, newest first.

    Those that a complaint reversed are left out: they stand behind nothing any more. So are those
    of which nobody is told yet, or at all.
    """
    reversed_ = Decision.objects.filter(reverses=OuterRef("pk"), made_firm_at__isnull=False)
    return Decision.objects.filter(
        ~Exists(reversed_),
        ~Exists(_SILENT.filter(decision=OuterRef("pk"))),
        outcome=Decision.Outcome.REMOVE,
        restriction__in=Decision.Restriction.values,
        made_firm_at__isnull=False,
        undone_at__isnull=True,
        task__platform=OuterRef("platform"),
        task__copies__hits__entry__hits__copy=OuterRef("pk"),
    ).order_by("-made_firm_at")


def _not_dealt_with() -> set[UUID]:
    """Firm decisions of which it is not settled yet when anybody is told."""
    news = events_after(reader=READER, kinds=_KINDS, limit=_MOST_NEWS)
    return {UUID(event.subject.partition(":")[2]) for event in news}


def _untold(decision_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these decisions of which nobody is told yet, or at all; asked after the other."""
    rows = _SILENT.filter(decision__in=set(decision_ids))
    return set(rows.values_list("decision_id", flat=True))


def _of_software(said: Said) -> Said:
    """What is said of an upload that was stopped later: everywhere, for good, by software alone."""
    return replace(
        said,
        automation=str(Decision.Automation.FULL),
        source="own",
        is_notice_of_law=False,
        scope=str(Decision.Scope.WORLD),
        duration=str(Decision.Duration.PERMANENT),
        ends_on=None,
        facts=stopped_draft(is_video=said.content_kind == "video"),
    )


@transaction.atomic
def change_public_facts(*, statement: Statement, facts: str, actor: str, now: datetime) -> None:
    """Say the facts in other words for the public database; the uploader's page stays as it is."""
    said = replace(said_by(statement), public_facts=facts)
    Statement.objects.filter(pk=statement.pk).update(box=_box(statement, said))
    _record("statement_changed", statement, now, actor=actor)


def said_of(decision: Decision, copy: Copy | None, *, facts: str = "") -> Said:
    """What the statement of a decision says, from its facts alone: nothing of whoever asked.

    Args:
        decision: stored, or as it would be.
        copy: the content; None where it is known by its address alone.
        facts: in the reviewer's words, where the decision does not hold them yet.
    """
    task = decision.task
    kinds = kinds_of(task)
    known = regimes()
    grounds = tuple(id_ for id_ in decision.grounds if id_ in known) or (FALLBACK,)
    shown = copy or task.copies.first()
    is_video = shown is not None and shown.content_kind == "video"
    source, is_notice_of_law = _source_of(task, copy)
    return Said(
        restriction=decision.restriction,
        scope=decision.scope,
        duration=decision.duration,
        ends_on=decision.ends_on,
        automation=_automation_of(decision, copy),
        source=source,
        is_notice_of_law=is_notice_of_law,
        grounds=grounds,
        facts=facts_about(decision, facts, copy) if facts else facts_of(decision, copy),
        public_facts="",
        content_kind="video" if is_video else "photo",
        is_synthetic="altered" in kinds,
        content_ref=copy.content_ref if copy else "",
        seen_on=(copy.seen_at if copy else task.made_at).date(),
        # When a copy was found by a notice would tell when somebody asked, to the minute.
        seen_at=copy.seen_at.isoformat() if copy and copy.source == Copy.Source.UPLOAD else "",
        decided_on=decision.decided_at.date(),
        platform=task.platform.name,
        has_disputes=has_disputes(task.platform),
        is_opened=was_opened(decision),
        is_stopped=copy is not None and _is_stopped(decision, copy),
    )


def _is_stopped(decision: Decision, copy: Copy) -> bool:
    """Whether nobody ever saw it, so that it is stopped and not removed."""
    before = decision.before.get("copies", {}).get(str(copy.pk), copy.state)
    # Of what joined later the platform may have said by now that it is blocked.
    return was_never_public(copy, Copy.State.HELD if before == Copy.State.BLOCKED else before)


def has_disputes(platform: Platform) -> bool:
    """Whether its uploaders can have a dispute settled out of court, as far as its size says."""
    return not is_spared("disputes", platform.regimes, size=platform.size)


@transaction.atomic
def _deal_with(event: Event, now: datetime) -> None:
    if not move_cursor(reader=READER, seq=event.seq):
        return  # another worker was quicker
    decision = (
        Decision.objects.select_related("task__platform", "task__case")
        .filter(pk=event.subject.partition(":")[2])
        .first()
    )
    if decision is None or event.what != "decision_firm":
        return  # erased since, or taken back before anybody was told
    overtake_statements(decision, now)
    if decision.grounds == [_MINOR]:
        _keep_from_public(decision)
    is_stated = bool(decision.restriction and _restricted(decision))
    if not (is_stated and tell_before_statement(decision, now)):
        _make_all(decision, now)


@transaction.atomic
def _make_waiting(decision_id: UUID, now: datetime) -> int:
    decision = end_statement_wait(decision_id, now)
    if decision is None:
        return 0
    _make_all(decision, now)
    return 1


def _make_all(decision: Decision, now: datetime) -> None:
    """The statements of a decision, in place of what an earlier one on the same content said."""
    _end_earlier(decision, now)
    if decision.restriction:
        for copy in _restricted(decision):
            make_statement(decision=decision, copy=copy, now=now)


def _restricted(decision: Decision) -> list[Copy | None]:
    """Whose uploaders are told: all copies removed; of a hold, those that were in plain sight.

    Not of a removal that the platform could not do, once somebody has decided anew, firm or not.
    """
    copies = list(decision.task.copies.order_by("seen_at", "id"))
    if decision.outcome == Decision.Outcome.HOLD:
        before = decision.before.get("copies", {})
        return [copy for copy in copies if before.get(str(copy.pk)) == Copy.State.SEEN]
    return [copy for copy in copies if not _is_overtaken(copy, decision)] if copies else [None]


def _is_overtaken(copy: Copy, decision: Decision) -> bool:
    anew = Decision.objects.filter(
        task__copies=copy, decided_at__gt=decision.decided_at, undone_at__isnull=True
    ).exclude(task=decision.task_id)
    # With what failed comes back what is the same content at the same place.
    came_back = anew.filter(task__failed_order__isnull=False, reverses__isnull=True)
    return came_back.exists() or (anew.exists() and has_failed(decision, copy))


def _keep_from_public(decision: Decision) -> None:
    """Someone shown may be under 18: what was said of it before is not published any more."""
    waiting = Submission.objects.filter(
        statement__decision__task=decision.task_id, state=Submission.State.WAITING
    )
    waiting.update(state=Submission.State.STOPPED, why=_MINOR)


def _end_earlier(decision: Decision, now: datetime) -> None:
    """What an earlier decision on the same content said holds no more.

    Nor what one said that the platform could not carry out, so that it came back as a task.
    """
    standing = Statement.objects.filter(state=Statement.State.STANDING)
    earlier = standing.filter(decision__task=decision.task_id).exclude(decision=decision)
    apart = standing.filter(copy__in=decision.task.copies.values("pk"))
    apart = apart.exclude(decision__task=decision.task_id).select_related("decision", "copy")
    is_last = decision.reverses_id is None and decision.outcome != Decision.Outcome.HOLD
    came_back = decision.task.failed_order is not None and is_last
    failed = [
        one for one in apart if one.copy and (came_back or has_failed(one.decision, one.copy))
    ]
    for statement in [*earlier, *failed]:
        ended = Statement.objects.filter(pk=statement.pk, state=Statement.State.STANDING)
        if ended.update(state=Statement.State.ENDED, ended_at=now):
            statement.state, statement.ended_at = Statement.State.ENDED, now
            _record("statement_ended", statement, now)
            if decision.outcome == Decision.Outcome.RESTORE:
                _send("statement.ended", statement, said_by(statement), now)


def _send(what: str, statement: Statement, said: Said, now: datetime) -> None:
    task = statement.decision.task
    send_parcel(
        platform=task.platform,
        what=what,
        subject=f"statement:{statement.pk}",
        data=message_of(statement, said),
        case_id=task.case_id,
        now=now,
    )


def _automation_of(decision: Decision, copy: Copy | None) -> str:
    """What software had a part in as to this copy; in all, where it decided."""
    if decision.automation == Decision.Automation.FULL:
        return str(decision.automation)
    return str(automation_of(decision.task, copy))


def _source_of(task: Task, copy: Copy | None) -> tuple[str, bool]:
    """What led to it, and whether a notice was valid under Article 16 of the DSA.

    Of a copy that a notice named, the notices that named it count.
    """
    if automation_of(task, copy) != Decision.Automation.NONE:
        return "own", False
    cases = cases_of(task).prefetch_related("notices")
    named = list(cases.filter(locations__copy=copy)) if copy else []
    valid = {n.regime for case in named or cases for n in case.notices.all() if n.valid_at}
    is_trusted = any(case.flagger_id is not None for case in named or cases)
    return ("trusted" if is_trusted else "notice"), "eu-dsa" in valid


def _box(statement: Statement, said: Said) -> bytes:
    return seal(json.dumps(said.as_json()).encode(), context=f"statement:{statement.pk}")


def _record(what: str, statement: Statement, now: datetime, *, actor: str = "system") -> None:
    decision = statement.decision
    record_event(
        what=what,
        actor=actor,
        at=now,
        case_id=decision.task.case_id,
        subject=f"statement:{statement.pk}",
        facts={"decision": decision.pk, "restriction": decision.restriction},
    )
