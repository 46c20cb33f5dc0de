"""A provider or a site says that a report is wrong: the ladder waits until two people answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal_for_case
from staydown_web.escalation.models import Appeal, Escalation, Report
from staydown_web.escalation.selectors.policy_grounds import OPEN
from staydown_web.escalation.services.stopping import stop_escalation
from staydown_web.escalation.services.stopping_corrections import correct_reports


@transaction.atomic
def record_appeal(
    *,
    escalation_id: UUID,
    side: str,
    text: str,
    now: datetime,
    report_id: UUID | None = None,
    user: User | None = None,
) -> Appeal:
    """Note that somebody appeals; from now on no step is taken and nothing more is signed.

    Args:
        escalation_id: of any state: one that is over can be appealed too.
        side: a value of ``Appeal.Side``.
        text: what they wrote; sealed for the case.
        now: the moment, aware UTC.
        report_id: of the report that it is about, where that is known.
        user: who enters it; None: it came in by itself.

    Raises:
        NotAllowedError: the role does not enter appeals.
        RecordConflictError: no such side.
        RecordNotFoundError: no such escalation, or no such report of it.
        SealError: the case was erased.
    """
    _check_role(user)
    if side not in Appeal.Side.values:
        raise RecordConflictError("choose who appeals")
    escalation = Escalation.objects.filter(pk=escalation_id).first()
    if escalation is None:
        raise RecordNotFoundError("there is no such escalation")
    if report_id and not Report.objects.filter(pk=report_id, escalation=escalation).exists():
        raise RecordNotFoundError("there is no such report")
    made = Appeal(id=new_id(), escalation=escalation, report_id=report_id, side=side, made_at=now)
    made.box = seal_for_case(escalation.case_id, text, context=f"appeal:{made.pk}")
    made.save(force_insert=True)
    _record("appeal_recorded", made, escalation, user, now, side=side)
    return made


@transaction.atomic
def answer_appeal(*, appeal_id: UUID, upholds: bool, user: User, now: datetime) -> Appeal:
    """One person's answer; the second that agrees settles it.

    Another answer takes the place of the first, and waits for a second itself. Where two say that
    the appeal is right, the escalation stops and recipients get a correction.

    Args:
        appeal_id: of one that waits.
        upholds: the appeal is right.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role does not answer, or this person gave the answer that waits.
        RecordConflictError: it was answered.
        RecordNotFoundError: no such appeal.
    """
    _check_role(user)
    rows = Appeal.objects.filter(pk=appeal_id)
    appeal = rows.select_for_update(of=("self",)).select_related("escalation__site").first()
    if appeal is None:
        raise RecordNotFoundError("there is no such appeal")
    waiting = rows.filter(state=Appeal.State.OPEN)
    if appeal.first_by_id == user.pk and appeal.first_upholds == upholds:
        raise NotAllowedError("you gave this answer; another person must agree")
    if appeal.first_by_id in (None, user.pk) or appeal.first_upholds != upholds:
        changed = waiting.update(first_by=user, first_upholds=upholds)
        what = "appeal_answered"
    else:
        state = Appeal.State.UPHELD if upholds else Appeal.State.REFUSED
        changed = waiting.update(state=state, second_by=user, settled_at=now)
        what = "appeal_settled"
    if not changed:
        raise RecordConflictError("this appeal was answered before")
    _record(what, appeal, appeal.escalation, user, now, upholds=upholds)
    appeal.refresh_from_db()
    if appeal.state == Appeal.State.UPHELD:
        _carry_out(appeal.escalation, now)
    return appeal


def _carry_out(escalation: Escalation, now: datetime) -> None:
    if escalation.state in OPEN:
        reason = Escalation.Stopped.OVERTURNED
        stop_escalation(escalation_id=escalation.pk, reason=reason, now=now)
    else:
        correct_reports(escalation=escalation, now=now)


def _check_role(user: User | None) -> None:
    if user is not None and not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators deal with appeals")


def _record(
    what: str,
    appeal: Appeal,
    escalation: Escalation,
    user: User | None,
    now: datetime,
    **facts: object,
) -> None:
    record_event(
        what=what,
        actor=f"user:{user.pk}" if user else "system",
        at=now,
        case_id=escalation.case_id,
        subject=f"appeal:{appeal.pk}",
        facts={"escalation": escalation.pk, **facts},
    )
