"""Escalations in the order in which a person is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from staydown_web.escalation.models import Escalation, Kinship, Reply, Report
from staydown_web.escalation.selectors.sites import domain_of

SIGN, PASTE, READ, OPEN, STOPPED, ENDED = 1, 2, 3, 4, 5, 6
"""What an escalation waits for: the first ones need a person."""
_NEEDS = {SIGN: "sign", PASTE: "paste", READ: "read", OPEN: "open", STOPPED: "stopped"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the list.

    Attributes:
        escalation: the row, with its case.
        domain: of the site.
        needs: ``sign``, ``paste``, ``read``, ``open``, ``stopped`` or ``ended``.
    """

    escalation: Escalation
    domain: str
    needs: str


def waiting_escalations() -> QuerySet[Escalation]:
    """All of them: those that need a signature first, those that ended last."""
    reports = Report.objects.filter(escalation=OuterRef("pk"))
    unread = Reply.objects.filter(report__escalation=OuterRef("pk"), read_at__isnull=True)
    is_open = ~Q(state__in=[Escalation.State.ENDED, Escalation.State.STOPPED])
    drafts = Exists(reports.filter(state=Report.State.DRAFT))
    to_paste = Exists(reports.filter(state=Report.State.TO_PASTE))
    rank: Any = Case(
        When(Q(drafts) & is_open, then=Value(SIGN)),
        When(Q(to_paste) & is_open, then=Value(PASTE)),
        When(Q(Exists(unread)), then=Value(READ)),
        When(is_open, then=Value(OPEN)),
        When(state=Escalation.State.STOPPED, then=Value(STOPPED)),
        default=Value(ENDED),
        output_field=IntegerField(),
    )
    rows = Escalation.objects.select_related("case", "site").annotate(rank=rank)
    return rows.order_by("rank", "opened_at", "number")


def waiting_rows(escalations: Any) -> list[Waiting]:
    """Lines of some of ``waiting_escalations``."""
    return [Waiting(one, domain_of(one.site), _NEEDS.get(one.rank, "ended")) for one in escalations]


def open_kinships() -> int:
    """How many pairs of sites wait for a person's word."""
    return Kinship.objects.filter(state=Kinship.State.PROPOSED).count()
