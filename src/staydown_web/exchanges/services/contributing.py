"""Which entries of ours a partner has: confirmed ones of people who agreed, and no others.

Whatever ends that (a withdrawal, a reversal, a dispute, consent taken back, an erased case, the
agreement's end) shows in the same look, so that what was given is taken back within one run.
Source: ADR-0069.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from staydown_web.audit.models import ChainHead
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal, unseal
from staydown_web.cases.models import Claim
from staydown_web.cases.selectors import entries_agreed
from staydown_web.exchanges.models import Contributed, Exchange, Outgoing
from staydown_web.exchanges.services.telling import add_outgoing

READER = "exchange_contributions"
GIVEN = "given"
WITHDRAWN = "withdrawn"
_KINDS = (
    *("entry_confirmed", "entry_unconfirmed", "entry_disputed", "entry_withdrawn", "entry_shared"),
    *("entry_quarantined", "entry_settled", "partners_agreed", "partners_ended"),
    *("complaint_settled", "case_erased"),
    *("exchange_contribution_begun", "exchange_contribution_ended"),
)
_OURS = (Entry.Origin.NOTICE, Entry.Origin.COPY)
_LIVING = (Contributed.State.DUE, Contributed.State.GIVEN)
_AT_ONCE = 500


def follow_news(now: datetime) -> int:
    """Look at all contributions where something happened that can change them.

    Returns:
        How many events there were.
    """
    news = events_after(reader=READER, kinds=_KINDS, limit=_AT_ONCE)
    if news:
        # Looked at first, passed by after: a worker that dies in between looks once more.
        settle_contributions(now)
        move_cursor(reader=READER, seq=news[-1].seq)
    return len(news)


def settle_contributions(now: datetime) -> int:
    """Bring what partners have to what they may have.

    Returns:
        How many entries are to be given or taken back.
    """
    changed = 0
    living = Contributed.objects.filter(state__in=_LIVING).order_by("pk")
    if living.exists():
        changed += _take_back(list(living.values_list("pk", "exchange_id", "entry_id")), now)
    receiving = Exchange.objects.filter(state=Exchange.State.ON, contributes=True)
    for exchange_id in receiving.order_by("pk").values_list("pk", flat=True):
        changed += _give(exchange_id, now)
    return changed


def may_leave(entry_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Those of these entries that partners may have at this moment."""
    found: set[UUID] = set()
    for at in range(0, len(entry_ids), _AT_ONCE):
        entries = Entry.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            pk__in=entry_ids[at : at + _AT_ONCE],
            state=Entry.State.CONFIRMED,
            origin__in=_OURS,
            bank__kind=Bank.Kind.REPORTED,
            is_exact_only=False,
        )
        found |= entries_agreed(list(entries.values_list("pk", flat=True)))
    return found


def _take_back(rows: Sequence[tuple[UUID, UUID, UUID]], now: datetime) -> int:
    agreed = may_leave(list({entry_id for _, _, entry_id in rows}), now)
    receiving = set(Exchange.objects.filter(contributes=True).values_list("pk", flat=True))
    over = [row for row in rows if row[2] not in agreed or row[1] not in receiving]
    return sum(_take_one_back(*row, now) for row in over)


@transaction.atomic
def _take_one_back(contributed_id: UUID, exchange_id: UUID, entry_id: UUID, now: datetime) -> int:
    mine = Contributed.objects.filter(pk=contributed_id, state__in=_LIVING)
    if not mine.update(state=Contributed.State.ENDING):
        return 0
    unsent = Outgoing.objects.filter(
        contributed_id=contributed_id, what=GIVEN, state=Outgoing.State.DUE, tries=0
    )
    if unsent.delete()[0]:
        end_contributed([contributed_id], now)  # it never left
        return 1
    add_outgoing(
        *(exchange_id, entry_id, WITHDRAWN),
        cause=_last_event(),
        now=now,
        contributed_id=contributed_id,
    )
    return 1


def _give(exchange_id: UUID, now: datetime) -> int:
    claims = Claim.objects.filter(
        ended_at__isnull=True,
        item__case__partners_agreed_at__isnull=False,
        entry__state=Entry.State.CONFIRMED,
    )
    had = Contributed.objects.filter(exchange_id=exchange_id).exclude(state="ended")
    ids = list(
        claims.exclude(entry__in=had.values("entry_id"))
        .order_by("entry_id")
        .values_list("entry_id", flat=True)
        .distinct()
    )
    allowed = may_leave(ids, now)
    return sum(_give_one(exchange_id, pk, now) for pk in ids if pk in allowed)


@transaction.atomic
def _give_one(exchange_id: UUID, entry_id: UUID, now: datetime) -> int:
    entry = Entry.objects.filter(pk=entry_id, state=Entry.State.CONFIRMED).first()
    living = Contributed.objects.filter(exchange_id=exchange_id, entry_id=entry_id).exclude(
        state=Contributed.State.ENDED
    )
    if entry is None or entry.box is None or living.exists():
        return 0
    made_id = new_id()
    raw = unseal(entry.box, context=f"entry:{entry.pk}")
    Contributed.objects.create(
        id=made_id,
        exchange_id=exchange_id,
        entry=entry,
        raw_box=seal(raw, context=f"contributed-raw:{made_id}"),
        made_at=now,
    )
    add_outgoing(exchange_id, entry_id, GIVEN, cause=_last_event(), now=now, contributed_id=made_id)
    return 1


def end_contributed(ids: Sequence[UUID], now: datetime) -> None:
    """The partner has them no more: what it took to take them back is destroyed."""
    Contributed.objects.filter(pk__in=ids).update(
        state=Contributed.State.ENDED, raw_box=None, key_box=None, ended_at=now
    )


def _last_event() -> int:
    return ChainHead.objects.values_list("seq", flat=True).first() or 0
