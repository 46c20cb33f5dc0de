"""A warning or suspension, on the page of a case of whoever has it. ADR-0055."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from staydown_web.accounts.models import Team
from staydown_web.base.sealing import unseal
from staydown_web.cases.models import Case, Contact, Suspension
from staydown_web.cases.services.suspensions import LIVING, suspensions_of


@dataclass(frozen=True, slots=True)
class Limit:
    """What holds for the notices of whoever reads the page.

    Attributes:
        suspension: the warning or suspension.
        is_suspended: suspended, and not only warned.
        until: when it ends by itself.
        text: what they were told; empty after it was erased.
        may_complain: a complaint is possible now.
        is_waiting: their complaint waits.
        answer: what was answered to it; empty where nothing was.
    """

    suspension: Suspension
    is_suspended: bool
    until: datetime
    text: str
    may_complain: bool
    is_waiting: bool
    answer: str


def limit_of(case: Case) -> Limit | None:
    """What is shown on a person's page; None for nearly everybody.

    Only where the address was confirmed for this very case: whoever merely typed it reads nothing.
    """
    confirmed = case.contacts.filter(role=Contact.Role.NOTIFIER, state=Contact.State.CONFIRMED)
    one = suspensions_of(case).filter(blind__in=confirmed.values("blind")).first()
    return _limit(one) if one else None


def limit_of_team(team: Team | None) -> Limit | None:
    """What a helpline reads in its console; None for nearly every one."""
    living = Suspension.objects.filter(team=team, state__in=LIVING) if team else None
    one = living.first() if living is not None else None
    return _limit(one) if one else None


def _limit(one: Suspension) -> Limit:
    is_suspended = one.state == Suspension.State.SUSPENDED
    return Limit(
        suspension=one,
        is_suspended=is_suspended,
        until=one.until,
        text=_opened(one, "text"),
        may_complain=is_suspended and one.appeal == Suspension.Appeal.NONE,
        is_waiting=one.appeal == Suspension.Appeal.OPEN,
        answer=_opened(one, "answer"),
    )


def _opened(one: Suspension, what: str) -> str:
    box = one.text_box if what == "text" else one.answer_box
    return "" if box is None else unseal(box, context=f"suspension-{what}:{one.pk}").decode()
