"""What a site is for, and whether it is safe to invite its reply: each takes two people."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.services import ask_approval, use_approval
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.sealing import seal
from staydown_web.escalation.models import Report, Site
from staydown_web.escalation.services.ladders import USER_CONTENT_ROLES
from staydown_web.escalation.services.stopping import UNSENT, cancel_unsent

KIND, UNSAFE = "site_kind", "site_unsafe"
UNSAFE_REASONS = ("extorts", "publishes_complaints", "retaliates", "names_people", "other")
"""Why a site is not invited to reply."""


def set_site_kind(*, site_id: UUID, kind: str, reason: str, user: User, now: datetime) -> Approval:
    """Ask that a site is handled as one of a kind; a second person grants it.

    Args:
        site_id: of the site.
        kind: a value of ``Site.Kind``.
        reason: why, in the asker's words; no addresses and no names.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role does not ask this.
        RecordConflictError: it is of this kind, there is no such kind, or it was asked already.
        RecordNotFoundError: no such site.
    """
    site = _site(site_id, user)
    if kind not in Site.Kind.values or site.kind == kind:
        raise RecordConflictError("choose another kind than the site has")
    return _ask(KIND, site, {"kind": kind}, reason=reason, user=user, now=now)


def set_unsafe(
    *, site_id: UUID, unsafe_reason: str, reason: str, user: User, now: datetime
) -> Approval:
    """Ask that a site is not invited to reply, or is again; a second person grants it.

    Args:
        site_id: of the site.
        unsafe_reason: one of ``UNSAFE_REASONS``; empty: it is safe to invite it.
        reason: why, in the asker's words; no addresses and no names.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role does not ask this.
        RecordConflictError: it is so already, no such reason, or it was asked already.
        RecordNotFoundError: no such site.
    """
    site = _site(site_id, user)
    if unsafe_reason not in ("", *UNSAFE_REASONS) or site.unsafe_reason == unsafe_reason:
        raise RecordConflictError("choose something else than holds already")
    facts = {"unsafe": unsafe_reason}
    return _ask(UNSAFE, site, facts, reason=reason, user=user, now=now)


def carry_out_site_approvals(now: datetime) -> int:
    """Carry out what a second person has granted.

    Returns:
        How many.
    """
    granted = Approval.objects.filter(
        what__in=(KIND, UNSAFE), state=Approval.State.GRANTED, expires_at__gt=now
    ).order_by("answered_at")
    return sum(_carry_out(approval, now) for approval in granted)


def _site(site_id: UUID, user: User) -> Site:
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators say what a site is for")
    site = Site.objects.filter(pk=site_id).first()
    if site is None:
        raise RecordNotFoundError("there is no such site")
    return site


def _ask(
    what: str, site: Site, facts: dict[str, str], *, reason: str, user: User, now: datetime
) -> Approval:
    asked = Approval.objects.filter(what=what, facts__site=str(site.pk), expires_at__gt=now)
    if asked.filter(state=Approval.State.ASKED).exists():
        raise RecordConflictError("this was asked already and waits for a second person")
    facts = {"site": str(site.pk), **facts}
    return ask_approval(what=what, facts=facts, reason=reason, user=user, now=now)


@transaction.atomic
def _carry_out(approval: Approval, now: datetime) -> int:
    try:
        used = use_approval(approval_id=approval.pk, what=approval.what, now=now)
    except RecordConflictError:
        return 0  # another worker was quicker
    site = Site.objects.filter(pk=str(used.facts["site"])).first()
    if site is None:
        return 1
    if used.what == KIND:
        _set_kind(site, used, now)
    else:
        Site.objects.filter(pk=site.pk).update(unsafe_reason=str(used.facts["unsafe"]))
        _record("site_safety_set", site, used, now, unsafe=str(used.facts["unsafe"]))
    return 1


def _set_kind(site: Site, approval: Approval, now: datetime) -> None:
    kind = str(approval.facts["kind"])
    Site.objects.filter(pk=site.pk).update(
        kind=kind,
        kind_set_by=approval.answered_by,
        kind_reason_box=seal(approval.reason.encode(), context=f"site-kind:{site.pk}"),
    )
    if kind == Site.Kind.USER_CONTENT:
        _cancel_forbidden(site, now)
    _record("site_kind_set", site, approval, now, kind=kind)


def _cancel_forbidden(site: Site, now: datetime) -> None:
    """What may not be said of a site where people post does not leave."""
    rows = Report.objects.filter(
        site=site, purpose=Report.Purpose.PROVIDER, state__in=UNSENT
    ).select_related("escalation")
    for report in rows:
        if report.escalation is None:
            continue
        if report.targets_domain or report.role not in USER_CONTENT_ROLES:
            among = Report.objects.filter(pk=report.pk)
            cancel_unsent(report.escalation, actor="system", now=now, among=among)


def _record(what: str, site: Site, approval: Approval, now: datetime, **facts: str) -> None:
    record_event(
        what=what,
        actor=f"user:{approval.answered_by_id}",
        at=now,
        subject=f"site:{site.pk}",
        facts={"approval": approval.pk, **facts},
    )
