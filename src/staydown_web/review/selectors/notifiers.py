"""Who files without an account, and whether notices of theirs were refused before. ADR-0055.

A hint for a reviewer, and what a warning has to rest on; nothing here has an effect by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Approval, Team
from staydown_web.cases.models import Access, Case, Contact, Suspension
from staydown_web.cases.services.suspensions import LIVING
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.complaining import tasks_behind

FALSE_GROUNDS = frozenset({"not_intimate", "not_the_person"})
"""Grounds on which a notice was refused as not true. Satire, consent and public interest are for
weighing, and a wrong match is our own mistake: neither counts against anybody. ADR-0055."""
MOST_LOOKED_AT = 60
_PLAIN = ("identical", "same", "part")


@dataclass(frozen=True, slots=True)
class Notifier:
    """Who filed: one confirmed address, known by its blind digest, or one helpline's account.

    Attributes:
        blind: of the address; empty for a helpline.
        team: the helpline; None for an address.
    """

    blind: str
    team: Team | None


@dataclass(frozen=True, slots=True)
class History:
    """What became of a notifier's notices.

    Attributes:
        notifier: whose.
        filed: how many cases.
        refused: numbers of the cases that were refused as not true, newest first.
        refused_since: how many of those since the warning; 0 where there is none.
        suspension: the living warning or suspension; None where there is none.
    """

    notifier: Notifier
    filed: int
    refused: list[str]
    refused_since: int
    suspension: Suspension | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a reviewer is shown beside a claim.

    Attributes:
        case_number: of the case.
        filed: earlier cases of the same confirmed address or helpline.
        refused: of those, how many were refused as not true.
        state: of a living ``Suspension``; empty where there is none.
    """

    case_number: str
    filed: int
    refused: int
    state: str


def notifier_of(case: Case) -> Notifier | None:
    """Who filed a case; None where nobody can be recognised: no address was confirmed."""
    filed = case.accesses.select_related("team").filter(origin=Access.Origin.FILED).first()
    if filed is not None:
        return Notifier("", filed.team)
    confirmed = case.contacts.filter(role=Contact.Role.NOTIFIER, state=Contact.State.CONFIRMED)
    blind = confirmed.values_list("blind", flat=True).first()
    return Notifier(blind, None) if blind else None


def notifier_in(suspension: Suspension) -> Notifier:
    """Whom a warning or suspension is about."""
    return Notifier(suspension.blind, suspension.team)


def cases_by(notifier: Notifier) -> QuerySet[Case]:
    """All cases of a notifier, newest first."""
    if notifier.team is not None:
        own = Q(accesses__team=notifier.team, accesses__origin=Access.Origin.FILED)
    else:
        own = Q(
            contacts__blind=notifier.blind,
            contacts__role=Contact.Role.NOTIFIER,
            contacts__state=Contact.State.CONFIRMED,
        )
    return Case.objects.filter(own).distinct().order_by("-filed_at")


def history_of(notifier: Notifier) -> History:
    """What became of a notifier's notices."""
    cases = cases_by(notifier)
    refused = {case: at for case in cases[:MOST_LOOKED_AT] if (at := refused_at(case))}
    suspension = suspension_of(notifier)
    since = suspension.warned_at if suspension else None
    return History(
        notifier=notifier,
        filed=cases.count(),
        refused=[case.number for case in refused],
        refused_since=sum(case.filed_at > since for case in refused) if since else 0,
        suspension=suspension,
    )


def suspension_of(notifier: Notifier) -> Suspension | None:
    """The living warning or suspension of a notifier."""
    living = Suspension.objects.filter(state__in=LIVING)
    own = (
        living.filter(team=notifier.team) if notifier.team else living.filter(blind=notifier.blind)
    )
    return own.first()


def refused_at(case: Case) -> datetime | None:
    """When a case was refused as not true, by a firm decision that no complaint reversed."""
    firm = _refusals().filter(task__in=tasks_behind(case).values("pk"))
    return _first(one for one in firm.order_by("made_firm_at"))


def patterns_of(task: Task) -> list[Pattern]:
    """Earlier refused notices of those who filed the cases behind a task; none for most."""
    found = []
    for case in cases_of(task):
        notifier = notifier_of(case)
        if notifier is None:
            continue
        history = history_of(notifier)
        refused = [number for number in history.refused if number != case.number]
        if refused or history.suspension:
            state = history.suspension.state if history.suspension else ""
            found.append(Pattern(case.number, history.filed - 1, len(refused), state))
    return found


def refusals_of_picture(task: Task) -> int:
    """How often the same reported picture was refused before as not true, whoever reported it."""
    entries = task.copies.filter(hits__kind__in=_PLAIN).values("hits__entry")
    others = _refusals().filter(
        task__copies__hits__entry__in=entries, task__copies__hits__kind__in=_PLAIN
    )
    found = others.exclude(task_id=task.pk).distinct()
    return sum(1 for one in found if set(one.grounds) & FALSE_GROUNDS)


def living_suspensions() -> QuerySet[Suspension]:
    """All warnings and suspensions that hold, those with an open complaint first."""
    rows = Suspension.objects.select_related("case", "team", "warned_by", "asked_by", "granted_by")
    return rows.filter(state__in=LIVING).order_by("-appeal", "warned_at")


def ended_suspensions() -> QuerySet[Suspension]:
    """The last ones that ended."""
    rows = Suspension.objects.select_related("case", "team", "warned_by", "ended_by")
    return rows.exclude(state__in=LIVING).order_by("-ended_at")[:20]


def case_numbered(number: str) -> Case | None:
    """A case by its number."""
    return Case.objects.filter(number=number).first()


def approval_waits(suspension_id: UUID) -> bool:
    """Whether a lead asked to suspend, and nobody answered yet."""
    return Approval.objects.filter(
        what="notifier_suspension",
        state=Approval.State.ASKED,
        facts__suspension=str(suspension_id),
    ).exists()


def _refusals() -> QuerySet[Decision]:
    later = Decision.objects.filter(reverses=OuterRef("pk"), undone_at__isnull=True)
    return Decision.objects.filter(
        ~Exists(later),
        outcome=Decision.Outcome.RESTORE,
        made_firm_at__isnull=False,
        undone_at__isnull=True,
    )


def _first(decisions: Iterable[Decision]) -> datetime | None:
    for one in decisions:
        if set(one.grounds) & FALSE_GROUNDS:
            return one.made_firm_at
    return None
