"""What takes a second person: switching a list on, believing it, and giving it entries of ours."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.services import ask_approval, use_approval
from staydown_web.audit.services import record_event
from staydown_web.banks.services import set_policy
from staydown_web.base.errors import RecordConflictError, RecordError
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.partners import partner_class
from staydown_web.exchanges.selectors import APPROVALS, exchange_of, waiting_approval
from staydown_web.exchanges.services.making import POLICY

ON, TRUST, CONTRIBUTION = APPROVALS


def ask_on(*, exchange_id: UUID, reason: str, user: User, now: datetime) -> Approval:
    """Ask that matches with the list do what its policy says.

    Raises:
        RecordConflictError: it is not on trial, was not fetched whole yet, or was asked already.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    if exchange.state != Exchange.State.TRIAL or exchange.fetched_at is None:
        raise RecordConflictError("first let its trial fetch the whole list")
    policy = {name: str(exchange.policy[name]) for name in POLICY}
    return _ask(exchange, ON, facts=policy, reason=reason, user=user, now=now)


def ask_trust(*, exchange_id: UUID, reason: str, user: User, now: datetime) -> Approval:
    """Ask that its entries count as confirmed, so that they may block.

    Raises:
        RecordConflictError: they do, or it was asked already.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    if exchange.is_trusted:
        raise RecordConflictError("its entries count as confirmed already")
    return _ask(exchange, TRUST, facts={}, reason=reason, user=user, now=now)


def ask_contribution(*, exchange_id: UUID, reason: str, user: User, now: datetime) -> Approval:
    """Ask that confirmed entries of people who agreed go to the partner.

    Raises:
        RecordConflictError: they do, the partner takes none, or it was asked already.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    if exchange.contributes:
        raise RecordConflictError("it is given entries already")
    if not partner_class(exchange.kind).takes_entries:
        raise RecordConflictError("this partner takes no entries")
    return _ask(exchange, CONTRIBUTION, facts={}, reason=reason, user=user, now=now)


def carry_out_granted(now: datetime) -> int:
    """Carry out what a second person has granted.

    Returns:
        How many.
    """
    granted = Approval.objects.filter(
        what__in=APPROVALS, state=Approval.State.GRANTED, expires_at__gt=now
    ).order_by("answered_at")
    return sum(_carry_out(approval, now) for approval in granted)


@transaction.atomic
def end_trust(*, exchange_id: UUID, actor: str, now: datetime) -> None:
    """From now on its entries are seeds; those that no person here has confirmed become seeds.

    Raises:
        RecordConflictError: it was not trusted.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    _end(exchange, "is_trusted", actor, now)
    Exchange.objects.filter(pk=exchange_id).update(is_trust_settled=False)


@transaction.atomic
def end_contribution(*, exchange_id: UUID, actor: str, now: datetime) -> None:
    """Give no more; all that was given is taken back.

    Raises:
        RecordConflictError: it was given nothing.
        RecordNotFoundError: no such exchange.
    """
    _end(exchange_of(exchange_id), "contributes", actor, now)


def _ask(
    exchange: Exchange,
    what: str,
    *,
    facts: dict[str, str],
    reason: str,
    user: User,
    now: datetime,
) -> Approval:
    if waiting_approval(exchange, what=what, now=now) is not None:
        raise RecordConflictError("this was asked already and waits for a second person")
    facts = {"exchange": str(exchange.pk), "bank": str(exchange.bank_id), **facts}
    return ask_approval(what=what, facts=facts, reason=reason, user=user, now=now)


def _carry_out(approval: Approval, now: datetime) -> int:
    actor = f"user:{approval.answered_by_id}"
    with transaction.atomic():
        try:
            used = use_approval(approval_id=approval.pk, what=approval.what, now=now)
        except RecordConflictError:
            return 0  # another worker was quicker
        try:
            exchange = exchange_of(UUID(str(used.facts["exchange"])))
            _do(exchange, used, actor, now)
        except RecordError:
            return 1  # what it was about has changed: it is used up, and asked anew
    return 1


def _do(exchange: Exchange, approval: Approval, actor: str, now: datetime) -> None:
    rows = Exchange.objects.filter(pk=exchange.pk)
    if approval.what == ON:
        policy = {name: str(approval.facts[name]) for name in POLICY}
        trial = rows.filter(state=Exchange.State.TRIAL)
        if not trial.update(state=Exchange.State.ON, state_at=now, policy=policy):
            raise RecordConflictError("this exchange is not on trial any more")
        set_policy(bank=exchange.bank, actor=actor, now=now, is_active=True, **policy)
        name = "exchange_switched_on"
    elif approval.what == TRUST:
        rows.update(is_trusted=True, is_trust_settled=False)
        name = "exchange_trusted"
    else:
        rows.update(contributes=True)
        name = "exchange_contribution_begun"
    record_event(what=name, actor=actor, at=now, subject=f"exchange:{exchange.pk}")


def _end(exchange: Exchange, name: str, actor: str, now: datetime) -> None:
    rows = Exchange.objects.filter(pk=exchange.pk, **{name: True})
    if not rows.update(**{name: False}):
        raise RecordConflictError("this has ended already")
    what = "exchange_trust_ended" if name == "is_trusted" else "exchange_contribution_ended"
    record_event(what=what, actor=actor, at=now, subject=f"exchange:{exchange.pk}")
