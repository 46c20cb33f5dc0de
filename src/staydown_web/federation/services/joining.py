"""Members are invited, agreed with, paused and expelled."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.accounts.services import ask_approval, use_approval
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank
from staydown_web.banks.services import make_bank, set_policy
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.base.fetching import Fetcher
from staydown_web.federation.models import (
    FeedEvent,
    Member,
    MemberKey,
    Opinion,
    RemoteEntry,
    Told,
)
from staydown_web.federation.services.calling import ask_keys
from staydown_web.federation.services.member_keys import keep_chain, read_chain
from staydown_web.federation.services.own_keys import own_identity
from staydown_web.federation.services.taking import drop_entries

MEMBER_AGREEMENT = "member_agreement"
LEAST_COMPARED = 32
"""Hex digits of a fingerprint that people compare: 128 bits."""
_AT_ONCE = 200
_NOT_HEX = re.compile(r"[^0-9a-f]")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed with a member.

    Attributes:
        gives: of ``Member.Gives``.
        gives_banks: ids of banks of ours, as texts.
        takes: whether its fingerprints are taken in.
        cap_day: most events of it that are taken in on one day.
        cap_total: most living entries of it.
    """

    gives: str
    gives_banks: list[str]
    takes: bool
    cap_day: int
    cap_total: int


def ask_member(
    *,
    name: str,
    address: str,
    is_private: bool,
    compared: str,
    agreement: Agreement,
    reason: str,
    user: User,
    fetcher: Fetcher,
    now: datetime,
) -> Member:
    """Look an installation up, check that it is the one that is meant, and ask a second person.

    Args:
        name: as people here call it.
        address: its scheme, host and port.
        is_private: whether it lies in a private network of ours.
        compared: the fingerprint that its people told ours by another way; 32 digits or more.
        agreement: what is asked for.
        reason: in words.
        user: who asks.
        fetcher: the way out.
        now: the moment, aware UTC.

    Raises:
        FieldsError: the fingerprint is another one, or it is this installation itself.
        RecordConflictError: it is a member already.
        ExchangeError, FetchRefusedError, FetchError: it cannot be asked.
    """
    identity, values = ask_keys(address=address, is_private=is_private, fetcher=fetcher)
    chain = read_chain(values)
    told = _NOT_HEX.sub("", compared.lower())
    if len(told) < LEAST_COMPARED or not chain[-1].fingerprint.startswith(told):
        raise FieldsError({"compared": _("What answers at this address has another fingerprint.")})
    if identity != chain[0].fingerprint or identity == own_identity(now):
        raise FieldsError({"address": _("This is not another installation.")})
    try:
        with transaction.atomic():
            member = Member.objects.create(
                name=name,
                address=address,
                is_private=is_private,
                identity=identity,
                takes=agreement.takes,
                cap_day=agreement.cap_day,
                cap_total=agreement.cap_total,
                asked_at=now,
            )
            keep_chain(member, chain, now=now)
            _ask(member, agreement, reason, user, now)
    except IntegrityError:
        raise RecordConflictError("this installation is a member already") from None
    member.refresh_from_db()
    return member


@transaction.atomic
def ask_agreement(
    *, member: Member, agreement: Agreement, reason: str, user: User, now: datetime
) -> None:
    """Ask a second person for another agreement with a member; the one in force stays meanwhile.

    Raises:
        RecordConflictError: the member was expelled.
    """
    if member.state == Member.State.EXPELLED:
        raise RecordConflictError("this member was expelled; invite it anew")
    _ask(member, agreement, reason, user, now)


@transaction.atomic
def start_agreement(*, member_id: UUID, actor: str, now: datetime) -> Member:
    """Put what a second person granted into force.

    Raises:
        RecordConflictError: it was not granted, or has lapsed.
        RecordNotFoundError: no such member, or nothing was asked.
    """
    member = _locked(member_id)
    if member.approval_id is None or not member.asked or member.state == Member.State.EXPELLED:
        raise RecordNotFoundError("nothing was asked for this member")
    approval = use_approval(approval_id=member.approval_id, what=MEMBER_AGREEMENT, now=now)
    if approval.facts.get("member") != str(member.pk):
        raise NotAllowedError("this approval is for another member")
    agreed = Agreement(**member.asked)
    takes_anew = agreed.takes and not member.takes
    for name, value in asdict(agreed).items():
        setattr(member, name, value)
    if member.bank is None:
        member.bank = _make_bank(member, actor, now)
    if member.state == Member.State.ASKED:
        member.state, member.started_at = Member.State.ACTIVE, now
    if takes_anew:
        # What it said before is read again: repetition changes nothing but what was left out.
        member.cursor, member.cursor_digest, member.cursor_key = 0, "", 0
    member.asked, member.sweep_at, member.sweep_after = {}, now, None
    member.next_read_at = now
    member.save()
    facts = {"gives": member.gives, "banks": len(member.gives_banks), "takes": member.takes}
    _record("member_agreed", member, actor, now, **facts)
    return member


@transaction.atomic
def stop_giving(*, member_id: UUID, actor: str, now: datetime) -> None:
    """Give a member nothing any more: it is told to withdraw everything it got.

    Raises:
        RecordConflictError: it gets nothing, or was expelled.
    """
    members = Member.objects.filter(pk=member_id, state__in=_LIVING)
    given = members.exclude(gives=Member.Gives.NOTHING)
    values = {"gives": Member.Gives.NOTHING, "gives_banks": []}
    if not given.update(**values, sweep_at=now, sweep_after=None):
        raise RecordConflictError("this member gets nothing as it is")
    _record("member_giving_ended", Member.objects.get(pk=member_id), actor, now)


@transaction.atomic
def pause_member(*, member_id: UUID, actor: str, now: datetime) -> None:
    """Take nothing new of a member, and give it nothing new; withdrawals go on both ways.

    Raises:
        RecordConflictError: it is not active.
    """
    members = Member.objects.filter(pk=member_id, state=Member.State.ACTIVE)
    ahead = {"ahead": F("cursor"), "ahead_digest": F("cursor_digest"), "ahead_key": F("cursor_key")}
    if not members.update(state=Member.State.PAUSED, pause=Member.Pause.PERSON, **ahead):
        raise RecordConflictError("this member is not active")
    _record("member_paused", Member.objects.get(pk=member_id), actor, now, why="person")


@transaction.atomic
def resume_member(*, member_id: UUID, actor: str, now: datetime) -> None:
    """Go on with a member where it was left; today's count begins anew.

    Raises:
        RecordConflictError: it is not paused.
    """
    members = Member.objects.filter(pk=member_id, state=Member.State.PAUSED)
    values = {"pause": Member.Pause.NONE, "day_count": 0, "error": "", "failures": 0}
    times = {"next_read_at": now, "sweep_at": now, "sweep_after": None}
    if not members.update(state=Member.State.ACTIVE, **values, **times):
        raise RecordConflictError("this member is not paused")
    _record("member_resumed", Member.objects.get(pk=member_id), actor, now)


@transaction.atomic
def expel_member(*, member_id: UUID, actor: str, now: datetime) -> None:
    """End it with a member, and undo what it brought.

    Its bank rests from this moment, so that nothing of it matches within a second; its entries and
    what it said are destroyed in the background. Its calls are refused, and no fingerprint stays in
    our feed for it. Who is invited again begins with nothing.

    Raises:
        RecordConflictError: it was expelled before.
    """
    members = Member.objects.filter(pk=member_id).exclude(state=Member.State.EXPELLED)
    values = {"pause": Member.Pause.NONE, "asked": {}, "gives": Member.Gives.NOTHING}
    if not members.update(state=Member.State.EXPELLED, expelled_at=now, gives_banks=[], **values):
        raise RecordConflictError("this member was expelled before")
    member = Member.objects.select_related("bank").get(pk=member_id)
    FeedEvent.objects.filter(member=member).update(box=None)
    MemberKey.objects.filter(member=member).update(ends_at=now)
    Opinion.objects.filter(member=member).delete()
    if member.bank is not None:
        set_policy(bank=member.bank, actor=actor, now=now, is_active=False)
    _record("member_expelled", member, actor, now)


def clear_expelled(now: datetime) -> int:
    """Destroy a part of what expelled members brought.

    Returns:
        How many entries; 0 when nothing is left.
    """
    member = Member.objects.filter(state=Member.State.EXPELLED, cleared_at__isnull=True).first()
    if member is None:
        return 0
    with transaction.atomic():
        rows = list(RemoteEntry.objects.filter(member=member).order_by("pk")[:_AT_ONCE])
        RemoteEntry.objects.filter(pk__in=[row.pk for row in rows]).delete()
        drop_entries({row.entry_id for row in rows if row.entry_id is not None}, now=now)
        if not rows:
            Told.objects.filter(member=member).delete()
            Member.objects.filter(pk=member.pk).update(cleared_at=now)
            _record("member_cleared", member, "system", now)
    return max(1, len(rows))


_LIVING = (Member.State.ASKED, Member.State.ACTIVE, Member.State.PAUSED)


def _ask(member: Member, agreement: Agreement, reason: str, user: User, now: datetime) -> None:
    facts: dict[str, Any] = {
        "member": str(member.pk),
        "name": member.name,
        "gives": agreement.gives,
        "banks": len(agreement.gives_banks),
        "takes": agreement.takes,
        "cap_day": agreement.cap_day,
        "cap_total": agreement.cap_total,
    }
    asked = ask_approval(what=MEMBER_AGREEMENT, facts=facts, reason=reason, user=user, now=now)
    Member.objects.filter(pk=member.pk).update(asked=asdict(agreement), approval_id=asked.pk)
    _record("member_asked", member, f"user:{user.pk}", now, approval=asked.pk)


def _make_bank(member: Member, actor: str, now: datetime) -> Bank:
    return make_bank(
        name=_("From %(name)s") % {"name": member.name},
        slug=f"member-{member.pk.hex[:12]}",
        kind=Bank.Kind.REPORTED,
        actor=actor,
        now=now,
    )


def _locked(member_id: UUID) -> Member:
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise RecordNotFoundError("there is no such member")
    return member


def _record(what: str, member: Member, actor: str, now: datetime, **facts: Any) -> None:
    record_event(what=what, actor=actor, at=now, subject=f"member:{member.pk}", facts=facts)
