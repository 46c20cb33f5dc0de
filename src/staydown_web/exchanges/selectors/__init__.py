"""Reads of exchanges: how each stands, what came, what they were told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Approval
from staydown_web.banks.models import Entry, EntryChange
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import unseal
from staydown_web.exchanges.models import Contributed, Doubt, Exchange, Outgoing, Run

APPROVALS = ("exchange_on", "exchange_trust", "exchange_contribution")
"""What takes a second person: switching on, taking their entries as confirmed, giving ours."""
_ANSWERS = (EntryChange.What.CONFIRMED, EntryChange.What.DISPUTED, EntryChange.What.SETTLED)
"""What a person does to an entry who has looked at it."""
_MOST_DOUBTS = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of an exchange.

    Attributes:
        listed, withdrawn, left_out: keys of the partner's list; those left out have no signal that
            we can use.
        seeds, confirmed, disputed: entries of its bank that live.
        due, sent, dead: what the partner is to be told, was told, or could not be told.
        given: entries of ours that the partner has now.
    """

    listed: int
    withdrawn: int
    left_out: int
    seeds: int
    confirmed: int
    disputed: int
    due: int
    sent: int
    dead: int
    given: int


def exchanges() -> list[Exchange]:
    """Every exchange with its bank, in alphabetical order; without those that were left."""
    rows = Exchange.objects.filter(left_at__isnull=True).select_related("bank")
    return list(rows.order_by("name"))


def exchanges_left() -> list[tuple[Exchange, int]]:
    """Exchanges that were left and are not gone yet, with the entries that still are to go."""
    rows = Exchange.objects.filter(left_at__isnull=False).annotate(
        living=Count("bank__entries", filter=~Q(bank__entries__state=Entry.State.WITHDRAWN))
    )
    return [(row, row.living) for row in rows.order_by("name")]


def doubts() -> list[Doubt]:
    """What partners doubt though a person here has confirmed it, oldest first.

    Left out is what no longer counts, and what somebody here has looked at since.
    """
    rows = unanswered_doubts().filter(
        entry__state=Entry.State.CONFIRMED,
        entry__bank__is_active=True,
        exchange__left_at__isnull=True,
    )
    rows = rows.select_related("exchange", "entry__bank")
    return list(rows.order_by("at", "pk")[:_MOST_DOUBTS])


def unanswered_doubts() -> QuerySet[Doubt]:
    """Those of which nobody noted that they looked, or decided on the entry since."""
    answered = EntryChange.objects.filter(
        entry=OuterRef("entry"), at__gt=OuterRef("at"), what__in=_ANSWERS, actor__startswith="user:"
    )
    return Doubt.objects.filter(~Exists(answered), looked_at__isnull=True)


def exchange_of(exchange_id: UUID) -> Exchange:
    """One exchange with its bank.

    Raises:
        RecordNotFoundError: there is none of this id.
    """
    return _only(Exchange.objects.filter(pk=exchange_id))


def exchange_named(name: str) -> Exchange:
    """One exchange with its bank, by its name.

    Raises:
        RecordNotFoundError: there is none of this name.
    """
    return _only(Exchange.objects.filter(name=name))


def counts_of(exchange: Exchange) -> Counts:
    """How much there is of an exchange."""
    entries = Entry.objects.filter(bank_id=exchange.bank_id).aggregate(
        seeds=Count("pk", filter=Q(state=Entry.State.SEED)),
        confirmed=Count("pk", filter=Q(state=Entry.State.CONFIRMED)),
        disputed=Count("pk", filter=Q(state=Entry.State.DISPUTED)),
    )
    told = Outgoing.objects.filter(exchange=exchange).aggregate(
        due=Count("pk", filter=Q(state=Outgoing.State.DUE)),
        sent=Count("pk", filter=Q(state=Outgoing.State.SENT)),
        dead=Count("pk", filter=Q(state=Outgoing.State.DEAD)),
    )
    given = Contributed.objects.filter(exchange=exchange, state=Contributed.State.GIVEN).count()
    return Counts(
        listed=exchange.listed,
        withdrawn=exchange.withdrawn,
        left_out=exchange.left_out,
        given=given,
        **entries,
        **told,
    )


def runs_of(exchange: Exchange, *, limit: int = 50) -> list[Run]:
    """The last fetches, newest first."""
    return list(Run.objects.filter(exchange=exchange).order_by("-pk")[:limit])


def outgoing_of(exchange: Exchange, *, state: str = "") -> QuerySet[Outgoing]:
    """What the partner is told, newest first; of one state or of all."""
    rows = Outgoing.objects.filter(exchange=exchange)
    return (rows.filter(state=state) if state else rows).order_by("-made_at", "-pk")


def waiting_approval(exchange: Exchange, *, what: str, now: datetime) -> Approval | None:
    """The open request for a second person, if there is one.

    Args:
        exchange: of which exchange.
        what: one of ``APPROVALS``.
        now: the moment.
    """
    asked = Approval.objects.filter(
        what=what,
        state__in=[Approval.State.ASKED, Approval.State.GRANTED],
        expires_at__gt=now,
        facts__exchange=str(exchange.pk),
    )
    return asked.order_by("-asked_at").first()


def secrets_of(exchange: Exchange) -> dict[str, str]:
    """The credentials of an exchange; for the partner's code alone, never for a page."""
    if exchange.secrets_box is None:
        return {}
    opened = unseal(exchange.secrets_box, context=f"exchange-secrets:{exchange.pk}")
    secrets: dict[str, str] = json.loads(opened)
    return secrets


def checkpoint_of(exchange: Exchange) -> str:
    """Where the last page that was taken in ended; empty before the first."""
    if exchange.checkpoint_box is None:
        return ""
    opened = unseal(exchange.checkpoint_box, context=f"exchange-checkpoint:{exchange.pk}")
    return opened.decode()


def _only(rows: QuerySet[Exchange]) -> Exchange:
    found = rows.filter(left_at__isnull=True).select_related("bank").first()
    if found is None:
        raise RecordNotFoundError("there is no such exchange")
    return found
