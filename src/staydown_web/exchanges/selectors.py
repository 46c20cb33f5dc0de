"""Reads of exchanges: how each stands, what came, what they were told."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from staydown_web.accounts.models import Approval
from staydown_web.banks.models import Entry
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import unseal
from staydown_web.exchanges.models import (
    Contributed,
    DryRun,
    DryRunDay,
    DryRunEntry,
    Exchange,
    Outgoing,
    Run,
)

APPROVALS = ("exchange_on", "exchange_trust", "exchange_contribution")
"""What takes a second person: switching on, taking their entries as confirmed, giving ours."""


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
    """Every exchange with its bank, in alphabetical order."""
    return list(Exchange.objects.select_related("bank").order_by("name"))


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


@dataclass(frozen=True, slots=True)
class Share:
    """A share of uploads as a sample shows it, with the range in which the true one lies.

    ``least`` and ``most`` hold it 19 times of 20. Source: Wilson's interval.
    """

    count: int
    of: int
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class TriedDay:
    """A day of a dry run, over all platforms: uploads seen, looked at, and what became of them."""

    day: date
    seen: int
    looked: int
    logged: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What a dry run came to.

    Attributes:
        days: by day, oldest first.
        seen: clear uploads in these days that had a hash; ``other``: that had none.
        looked: of the first, how many were kept and looked at.
        logged: would only be noted; ``held``, ``blocked``: more than that.
        stopped: the share that would be held or blocked.
        least_a_day: with ``most_a_day``, how many uploads that is on a day.
        most_a_day: see ``least_a_day``.
        has_whole_day: False where today is all there is, which is not over yet.
        kinds: matched uploads by the kind of match.
        distances: matched uploads by how many bits the hashes differ: 0, up to 8, 16, 24, 31.
        entries: how many entries matched anything.
        most: those that matched most.
    """

    days: list[TriedDay]
    seen: int
    other: int
    looked: int
    logged: int
    held: int
    blocked: int
    stopped: Share
    least_a_day: int
    most_a_day: int
    has_whole_day: bool
    kinds: dict[str, int]
    distances: list[tuple[int, int, int]]
    entries: int
    most: list[DryRunEntry]


_BANDS = ((0, 0), (1, 8), (9, 16), (17, 24), (25, 31))
_SHOWN_ENTRIES = 50


def last_dry_run(exchange: Exchange) -> DryRun | None:
    """The newest dry run of a list."""
    return DryRun.objects.filter(exchange=exchange).order_by("-asked_at").first()


def tried_by(run: DryRun) -> Tried:
    """What a dry run came to, or has come to so far."""
    rows = list(run.days.order_by("day"))
    days = _by_day(rows)
    whole = [d for d in days if d.day < run.asked_at.date()] or days
    stopped = share_of(sum(r.held + r.blocked for r in rows), sum(r.looked for r in rows))
    a_day = sum(d.seen for d in whole) / len(whole) if whole else 0.0
    kinds: Counter[str] = Counter()
    bits: Counter[int] = Counter()
    for row in rows:
        kinds.update(row.kinds)
        bits.update({int(n): count for n, count in row.distances.items()})
    entries = DryRunEntry.objects.filter(run=run)
    return Tried(
        days=days,
        seen=sum(r.seen for r in rows),
        other=sum(r.other for r in rows),
        looked=stopped.of,
        logged=sum(r.logged for r in rows),
        held=sum(r.held for r in rows),
        blocked=sum(r.blocked for r in rows),
        stopped=stopped,
        least_a_day=round(stopped.least * a_day),
        most_a_day=math.ceil(stopped.most * a_day),
        has_whole_day=any(d.day < run.asked_at.date() for d in days),
        kinds=dict(kinds.most_common()),
        distances=[(lo, hi, sum(bits[n] for n in range(lo, hi + 1))) for lo, hi in _BANDS],
        entries=entries.count(),
        most=list(
            entries.select_related("entry").order_by("-uploads", "entry_id")[:_SHOWN_ENTRIES]
        ),
    )


def share_of(count: int, of: int) -> Share:
    """A share with the range in which the true one lies, 19 times of 20."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    z, p = 1.96, count / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    least = max(0.0, middle - reach) if count else 0.0
    return Share(count, of, least, min(1.0, middle + reach))


def _by_day(rows: list[DryRunDay]) -> list[TriedDay]:
    by_day: defaultdict[date, list[DryRunDay]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    return [
        TriedDay(
            day,
            sum(r.seen for r in mine),
            sum(r.looked for r in mine),
            sum(r.logged for r in mine),
            sum(r.held + r.blocked for r in mine),
        )
        for day, mine in sorted(by_day.items())
    ]


def _only(rows: QuerySet[Exchange]) -> Exchange:
    found = rows.select_related("bank").first()
    if found is None:
        raise RecordNotFoundError("there is no such exchange")
    return found
