"""Escalations end when the links are gone, and stop when they must: nothing leaves after that."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.cases.models import Case
from staydown_web.escalation.models import Escalation, Report, Site, Watch
from staydown_web.escalation.selectors.policy_grounds import OPEN
from staydown_web.escalation.selectors.policy_links import Pair, links_of
from staydown_web.escalation.services.ladders import ladder
from staydown_web.escalation.services.stopping_corrections import correct_reports

Stopped = Escalation.Stopped
BY_STAFF = (Stopped.STAFF, Stopped.SITE_ANSWERED, Stopped.LAWFUL)
"""Why a person stops an escalation; the other reasons follow from what happened."""
UNSENT = (Report.State.DRAFT, Report.State.SIGNED, Report.State.TO_PASTE)
_WRONGED = (Stopped.OVERTURNED, Stopped.LAWFUL)
"""After these, recipients are told that the report does not stand any more."""
_COOLS = (*BY_STAFF, Stopped.OVERTURNED, Stopped.EXHAUSTED)
AT_ONCE = 100


@transaction.atomic
def stop_escalation(
    *, escalation_id: UUID, reason: str, now: datetime, user: User | None = None
) -> Escalation:
    """Stop an escalation: reports that have not left are cancelled, the site is left alone a while.

    Args:
        escalation_id: of one that is open.
        reason: a value of ``Escalation.Stopped``; of ``BY_STAFF`` where a person stops it.
        now: the moment, aware UTC.
        user: a reviewer, lead or administrator; None: it follows from what happened.

    Returns:
        The escalation, stopped.

    Raises:
        NotAllowedError: the role does not stop escalations.
        RecordConflictError: it is over, or a person cannot give this reason.
        RecordNotFoundError: no such escalation.
    """
    if user is not None and not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators stop an escalation")
    allowed = BY_STAFF if user is not None else tuple(one for one in Stopped.values if one)
    if reason not in allowed:
        raise RecordConflictError("choose why the escalation is stopped")
    escalation = _close(escalation_id, Escalation.State.STOPPED, reason, now)
    actor = f"user:{user.pk}" if user else "system"
    cancelled = cancel_unsent(escalation, actor=actor, now=now)
    if reason in _COOLS:
        _cool(escalation, now)
    corrections = correct_reports(escalation=escalation, now=now) if reason in _WRONGED else 0
    record_event(
        what="escalation_stopped",
        actor=actor,
        at=now,
        case_id=escalation.case_id,
        subject=f"escalation:{escalation.pk}",
        facts={"reason": reason, "cancelled": cancelled, "corrections": corrections},
    )
    return escalation


@transaction.atomic
def end_escalation(*, escalation_id: UUID, now: datetime) -> Escalation:
    """End an escalation whose links are gone; what has not left is not needed.

    Raises:
        RecordConflictError: it is over.
        RecordNotFoundError: no such escalation.
    """
    escalation = _close(escalation_id, Escalation.State.ENDED, "", now)
    cancelled = cancel_unsent(escalation, actor="system", now=now)
    record_event(
        what="escalation_ended",
        actor="system",
        at=now,
        case_id=escalation.case_id,
        subject=f"escalation:{escalation.pk}",
        facts={"cancelled": cancelled, "step": escalation.step},
    )
    return escalation


def end_gone(now: datetime) -> int:
    """End the escalations of which every link is gone.

    Returns:
        How many.
    """
    mine = Watch.objects.filter(location__case=OuterRef("case"), site=OuterRef("site"))
    gone = Exists(mine.filter(state=Watch.State.GONE))
    rows = Escalation.objects.filter(gone, ~Exists(mine.exclude(state=Watch.State.GONE)))
    ids = rows.filter(state__in=OPEN).order_by("opened_at").values_list("pk", flat=True)
    return sum(_end_one(escalation_id, now) for escalation_id in list(ids[:AT_ONCE]))


def end_where_over(*, escalation: Escalation, now: datetime) -> bool:
    """Stop or end an escalation where something says so, whatever the news were.

    Args:
        escalation: open; its row locked, or read in this transaction.
        now: the moment, aware UTC.

    Returns:
        Whether it is over now.
    """
    reason = why_over(escalation)
    if reason is None:
        return False
    if reason:
        stop_escalation(escalation_id=escalation.pk, reason=reason, now=now)
    else:
        end_escalation(escalation_id=escalation.pk, now=now)
    return True


def why_over(escalation: Escalation) -> str | None:
    """Why it cannot go on: a value of ``Stopped``, empty where the links are gone; None: it can."""
    reason = _why_of_case(Case.objects.get(pk=escalation.case_id))
    return reason or _why_of_links((escalation.case_id, escalation.site_id))


def _why_of_case(case: Case) -> str | None:
    if case.closed_for == Case.ClosedFor.MINOR:
        return Stopped.MINOR
    if case.state == Case.State.WITHDRAWN or case.providers_agreed_at is None:
        return Stopped.TAKEN_BACK
    is_over = case.erased_at is not None or case.state == Case.State.CLOSED
    return Stopped.STAFF if is_over else None


def _why_of_links(pair: Pair) -> str | None:
    links = links_of([pair])[pair]
    living = [link for link in links if link.state != Watch.State.GONE]
    if not living:
        return "" if links else None
    if all(link.is_kept for link in living):
        return Stopped.OVERTURNED
    return Stopped.LAWFUL if all(link.is_lawful or link.is_kept for link in living) else None


def cancel_unsent(
    escalation: Escalation,
    *,
    actor: str,
    now: datetime,
    among: QuerySet[Report] | None = None,
) -> int:
    """Cancel reports that have not left; each with an event of its own.

    Args:
        escalation: whose they are.
        actor: who or what cancels.
        now: the moment, aware UTC.
        among: only these; None: all.

    Returns:
        How many.
    """
    rows = Report.objects.filter(escalation=escalation, state__in=UNSENT)
    if among is not None:
        rows = rows.filter(pk__in=among.values("pk"))
    cancelled = 0
    for report_id in list(rows.order_by("pk").values_list("pk", flat=True)):
        waiting = Report.objects.filter(pk=report_id, state__in=UNSENT)
        if waiting.update(state=Report.State.CANCELLED, next_try_at=None):
            cancelled += 1
            record_event(
                what="report_cancelled",
                actor=actor,
                at=now,
                case_id=escalation.case_id,
                subject=f"report:{report_id}",
                facts={"escalation": escalation.pk},
            )
    return cancelled


@transaction.atomic
def _end_one(escalation_id: UUID, now: datetime) -> int:
    try:
        end_escalation(escalation_id=escalation_id, now=now)
    except RecordConflictError:
        return 0  # somebody was quicker
    return 1


def _close(escalation_id: UUID, state: str, reason: str, now: datetime) -> Escalation:
    rows = Escalation.objects.filter(pk=escalation_id)
    changed = rows.filter(state__in=OPEN).update(
        state=state, stopped=reason, ended_at=now, next_step_at=None
    )
    escalation = rows.select_related("case", "site").first()
    if escalation is None:
        raise RecordNotFoundError("there is no such escalation")
    if not changed:
        raise RecordConflictError("this escalation is over")
    return escalation


def _cool(escalation: Escalation, now: datetime) -> None:
    until = now + ladder(escalation.ladder).cool_down
    sites = Site.objects.filter(pk=escalation.site_id)
    sites.exclude(cool_until__gte=until).update(cool_until=until)
