"""Members for administrators, and what they doubt for lead reviewers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from staydown_web.accounts.models import Approval
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.federation.models import FeedEvent, Member, MemberKey, Opinion, RemoteEntry, Told
from staydown_web.federation.services.own_keys import current_key, own_identity

_GROUP, _GROUPS = 4, 8
_MOST_DOUBTS = 500
_GONE = FeedEvent.What.WITHDRAW


@dataclass(frozen=True, slots=True)
class Card:
    """What our people tell those of another installation, by another way than the network.

    Attributes:
        address: of this installation.
        fingerprint: of its key in use, in groups of four.
    """

    address: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One member.

    Attributes:
        member: with its bank.
        fingerprint: of its newest key, in groups of four.
        banks: of ours that it is given from.
        given: living entries of ours that it knows.
        brought: living entries of its own here.
        disputed: entries that it doubts, whosever they are.
        approval: of what is asked for now; None where nothing is.
        asked_gives: in words, what is asked for.
    """

    member: Member
    fingerprint: str
    banks: list[Bank]
    given: int
    brought: int
    disputed: int
    approval: Approval | None
    asked_gives: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry that matches here and that a member doubts.

    Attributes:
        opinion: with its member.
        entry: ours that stands for it, with its bank.
        is_ours: whether it is from here.
    """

    opinion: Opinion
    entry: Entry
    is_ours: bool


def own_card(address: str, now: datetime) -> Card:
    """What to tell the others."""
    return Card(address, in_groups(current_key(now).fingerprint))


def in_groups(fingerprint: str) -> str:
    """The 32 digits of a fingerprint that people compare, four and four."""
    most = fingerprint[: _GROUP * _GROUPS]
    return " ".join(most[at : at + _GROUP] for at in range(0, len(most), _GROUP))


def members_with_counts() -> QuerySet[Member]:
    """Every member, with the living entries it was given and brought; expelled ones last."""
    told = Told.objects.filter(member=OuterRef("pk")).exclude(what=_GONE)
    brought = RemoteEntry.objects.filter(member=OuterRef("pk"), entry_id__isnull=False)
    rows = Member.objects.annotate(n_told=_counted(told), n_brought=_counted(brought))
    return rows.order_by("expelled_at", "name", "asked_at")


def _counted(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are of each member; a join of two of them would multiply."""
    counts = rows.order_by().values("member").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def member_named(member_id: UUID) -> Member:
    """One member.

    Raises:
        RecordNotFoundError: there is none.
    """
    member = Member.objects.select_related("bank").filter(pk=member_id).first()
    if member is None:
        raise RecordNotFoundError("there is no such member")
    return member


def member_page(member_id: UUID, now: datetime) -> MemberPage:
    """One member with what was agreed, and what came and went.

    Raises:
        RecordNotFoundError: there is none.
    """
    member = member_named(member_id)
    key = MemberKey.objects.filter(member=member).order_by("-number").first()
    own = Told.objects.filter(member=member, origin=own_identity(now)).exclude(what=_GONE)
    gives = dict(Member.Gives.choices).get(member.asked.get("gives", ""), "")
    return MemberPage(
        member=member,
        fingerprint=in_groups(key.fingerprint) if key else "",
        banks=list(Bank.objects.filter(pk__in=member.gives_banks).order_by("name")),
        given=own.count(),
        brought=RemoteEntry.objects.filter(member=member, entry_id__isnull=False).count(),
        disputed=Opinion.objects.filter(member=member, what=FeedEvent.What.DISPUTE).count(),
        approval=_approval(member),
        asked_gives=str(gives),
    )


def _approval(member: Member) -> Approval | None:
    if member.approval_id is None or not member.asked:
        return None
    return Approval.objects.filter(pk=member.approval_id).first()


def banks_to_give() -> QuerySet[Bank]:
    """Banks of ours: not lawful ones, and not what came from members or partners."""
    banks = Bank.objects.filter(kind=Bank.Kind.REPORTED, is_active=True)
    banks = banks.filter(members__isnull=True, exchange__isnull=True)
    return banks.order_by("name")


def doubts(now: datetime) -> list[Doubt]:
    """Living entries that a member doubts and that nobody here looked at since, oldest first."""
    rows = list(
        Opinion.objects.filter(what=FeedEvent.What.DISPUTE, looked_at__isnull=True)
        .select_related("member")
        .order_by("at", "pk")[:_MOST_DOUBTS]
    )
    if not rows:
        return []
    identity = own_identity(now)
    ids = _entries_under(rows, identity)
    entries = Entry.objects.select_related("bank").exclude(state=Entry.State.WITHDRAWN)
    living = entries.filter(bank__is_active=True).in_bulk(list(ids.values()))
    return [
        Doubt(row, living[entry_id], is_ours=row.origin == identity)
        for row in rows
        if (entry_id := ids.get((row.origin, row.subject))) in living
    ]


def _entries_under(rows: list[Opinion], identity: str) -> dict[tuple[str, str], UUID]:
    """Origin and id of an entry -> ours that stands for it."""
    subjects = [row.subject for row in rows]
    own = Told.objects.filter(origin=identity, subject__in=subjects)
    found = {(identity, row.subject): row.entry_id for row in own}
    theirs = RemoteEntry.objects.filter(subject__in=subjects, entry_id__isnull=False)
    for row in theirs.exclude(member__state=Member.State.EXPELLED).select_related("member"):
        if row.entry_id is not None:
            found[(row.member.identity, row.subject)] = row.entry_id
    return found
