"""Partners as rows, for pages that show what they were told; the telling is tested elsewhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from staydown_web.banks.models import Bank
from staydown_web.banks.services import make_bank
from staydown_web.exchanges.models import Contributed, Exchange, Outgoing
from staydown_web.federation.models import FeedEvent, Member


def make_list(name: str, now: datetime, **changes: object) -> Exchange:
    """A partner's list that takes entries of ours."""
    slug = name.lower().replace(" ", "-")
    bank = make_bank(name=name, slug=slug, kind=Bank.Kind.REPORTED, actor="system", now=now)
    values: dict[str, object] = {"contributes": True, "state": Exchange.State.ON}
    return Exchange.objects.create(
        kind="stopncii", name=name, bank=bank, made_at=now, state_at=now, **values | changes
    )


def make_member(name: str, now: datetime, **changes: object) -> Member:
    """Another installation that gets confirmed entries."""
    values: dict[str, object] = {"state": Member.State.ACTIVE, "gives": Member.Gives.CONFIRMED}
    return Member.objects.create(
        name=name,
        address="https://other.example",
        identity="0" * 64,
        cap_day=100,
        cap_total=1000,
        asked_at=now,
        **values | changes,
    )


def give(exchange: Exchange, entry_id: UUID, at: datetime) -> Contributed:
    """The partner has got an entry."""
    return Contributed.objects.create(
        exchange=exchange,
        entry_id=entry_id,
        state=Contributed.State.GIVEN,
        made_at=at,
        given_at=at,
    )


def doubt(given: Contributed, at: datetime) -> Outgoing:
    """The partner was told that a decision about an entry it got was reversed."""
    return Outgoing.objects.create(
        exchange=given.exchange,
        entry_id=given.entry_id,
        contributed=given,
        what="disputed",
        cause=1,
        state=Outgoing.State.SENT,
        next_try_at=at,
        made_at=at,
        done_at=at,
    )


def tell(member: Member, entry_id: UUID, what: str, at: datetime) -> FeedEvent:
    """An event of our feed for a member."""
    member.feed_seq += 1
    return FeedEvent.objects.create(
        member=member,
        seq=member.feed_seq,
        what=what,
        origin="1" * 64,
        subject="s",
        entry_id=entry_id,
        at=at,
        digest="",
        key="",
        signature="",
    )
