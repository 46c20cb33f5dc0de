"""What a suspension does: what its notifier brings is looked at before it holds anything. ADR-0055.

Their notices are received, judged and answered as all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from staydown_web.banks.models import Entry
from staydown_web.banks.services import quarantine_entries, release_entry
from staydown_web.cases.models import Access, Case, Claim, Contact, Suspension

ASIDE_WITHIN = timedelta(minutes=1)
"""By this, what was set aside when it came is told from what was set aside for a flood."""
LIVING = (Suspension.State.WARNED, Suspension.State.SUSPENDED)


def suspensions_of(case: Case) -> QuerySet[Suspension]:
    """Living warnings and suspensions of whoever filed a case.

    By the address that was given for it, confirmed here or not, else nobody would confirm one; or
    by the helpline that filed it. Never by an address of the network or a device.
    """
    given = case.contacts.filter(role=Contact.Role.NOTIFIER).exclude(state=Contact.State.REFUSED)
    teams = case.accesses.filter(origin=Access.Origin.FILED)
    by_whom = Q(blind__in=given.values("blind")) & ~Q(blind="")
    by_whom |= Q(team__in=teams.values("team"))
    return Suspension.objects.filter(by_whom, state__in=LIVING)


def is_suspended(case: Case, *, now: datetime) -> bool:
    """Whether somebody looks before what this case brings holds anything."""
    state = Suspension.State.SUSPENDED
    return suspensions_of(case).filter(state=state, until__gt=now).exists()


def set_aside(*, case: Case, now: datetime, entry_ids: Sequence[UUID] | None = None) -> int:
    """Keep a suspended notifier's new entries from holding anything until somebody has looked.

    Args:
        case: whose entries.
        now: the moment, aware UTC.
        entry_ids: those that it made just now; all that it alone claims where they are not named.

    Returns:
        How many were set aside; 0 where nobody is suspended.
    """
    if not is_suspended(case, now=now):
        return 0
    if entry_ids is None:
        own = Claim.objects.filter(ended_at=None, item__case=case)
        others = Claim.objects.filter(ended_at=None).exclude(item__case=case)
        new = Entry.objects.filter(pk__in=own.values("entry"), created_at__gte=now - ASIDE_WITHIN)
        alone = new.exclude(pk__in=others.values("entry"))
        entry_ids = list(alone.order_by("pk").values_list("pk", flat=True))
    return len(quarantine_entries(entry_ids=entry_ids, actor="system", now=now))


def release_set_aside(*, suspension: Suspension, actor: str, now: datetime) -> int:
    """Let what was set aside count again, because the suspension was lifted.

    Returns:
        How many entries.
    """
    blind = Q(item__case__contacts__blind=suspension.blind) & ~Q(item__case__contacts__blind="")
    team = Q(
        item__case__accesses__team=suspension.team,
        item__case__accesses__origin=Access.Origin.FILED,
    )
    claims = Claim.objects.filter(ended_at=None).filter(blind if suspension.blind else team)
    aside = Entry.objects.filter(
        state=Entry.State.SEED,
        quarantined_at__lte=F("created_at") + ASIDE_WITHIN,
        created_at__gte=suspension.suspended_at or now,
        pk__in=claims.values("entry"),
    )
    ids = list(aside.order_by("pk").values_list("pk", flat=True))
    for entry_id in ids:
        release_entry(entry_id=entry_id, actor=actor, now=now)
    return len(ids)
