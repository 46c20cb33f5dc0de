"""Exchanges are made, changed, tried out and switched off by one person; each gets its own bank."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Response
from staydown_web.banks.services import make_bank, set_policy
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.fetching import Fetcher
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.partners import open_partner
from staydown_web.exchanges.partners.wire import FeedbackKind, Kind
from staydown_web.exchanges.selectors import exchange_of, secrets_of

POLICY = ("on_identical", "on_same", "on_part", "on_altered")
LOGS = dict.fromkeys(POLICY, str(Response.LOG))
"""What the bank of an exchange on trial does."""
FIRST_POLICY = {
    "on_identical": str(Response.BLOCK),
    "on_same": str(Response.BLOCK),
    "on_part": str(Response.HOLD),
    "on_altered": str(Response.LOG),
}
"""As for every new bank; seeds hold at most."""
LEAST_EVERY_S = 60
MOST_EVERY_S = 7 * 24 * 3600
_LONGEST_NAME = 80


@transaction.atomic
def make_exchange(
    *,
    kind: str,
    name: str,
    config: Mapping[str, str],
    secrets: Mapping[str, str],
    actor: str,
    now: datetime,
    every_s: int = 900,
    tells: Sequence[str] = (),
) -> Exchange:
    """Make an exchange, switched off, with a bank of its own. Nothing is asked of the partner yet.

    Args:
        kind: a value of ``Kind``.
        name: what people here call it; unique.
        config: settings that are no secret, by the names of the partner's fields.
        secrets: credentials, by the names of the partner's fields.
        actor: who makes it.
        now: the moment.
        every_s: seconds from the end of one fetch to the next.
        tells: kinds of feedback that the partner gets.

    Raises:
        FieldsError: a setting that is missing or wrong, by its name.
    """
    name = name.strip()
    _check(kind, name, every_s, tells)
    open_partner(kind, config, secrets, Fetcher())
    made_id = new_id()
    exchange = Exchange(
        id=made_id,
        kind=kind,
        name=name,
        bank=_bank(name, made_id, actor, now),
        config=dict(config),
        secrets_box=_sealed(made_id, secrets),
        policy=FIRST_POLICY,
        tells=sorted(set(tells)),
        every_s=every_s,
        made_at=now,
        state_at=now,
    )
    exchange.save(force_insert=True)
    _record("exchange_made", exchange, actor, now, kind=kind)
    return exchange


@transaction.atomic
def change_exchange(
    *,
    exchange_id: UUID,
    actor: str,
    now: datetime,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    every_s: int | None = None,
    tells: Sequence[str] | None = None,
    policy: Mapping[str, str] | None = None,
) -> Exchange:
    """Change settings; what is None stays, and so does each credential that is empty.

    An exchange that stood still because of its credentials is tried again at once.

    Raises:
        FieldsError: a setting that is wrong, by its name.
        RecordConflictError: a policy for an exchange that is on; that is asked for with its bank.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    new_every_s = exchange.every_s if every_s is None else every_s
    new_tells = exchange.tells if tells is None else tells
    _check(exchange.kind, exchange.name, new_every_s, new_tells, but=exchange_id)
    new_config = dict(exchange.config if config is None else config)
    given = {name: value for name, value in (secrets or {}).items() if value}
    new_secrets = {**secrets_of(exchange), **given}
    open_partner(exchange.kind, new_config, new_secrets, Fetcher())
    rows = Exchange.objects.filter(pk=exchange_id)
    if policy is not None:
        _check_policy(policy)
        if not rows.exclude(state=Exchange.State.ON).update(policy={**exchange.policy, **policy}):
            raise RecordConflictError("this exchange is on: ask for another policy of its bank")
    rows.update(
        config=new_config,
        secrets_box=_sealed(exchange_id, new_secrets),
        every_s=new_every_s,
        tells=sorted(set(new_tells)),
    )
    if config is not None or given:
        rows.update(is_stopped=False, failures=0, error_code="", next_try_at=now)
    changed = {"secrets": bool(given), "every_s": new_every_s, "tells": sorted(set(new_tells))}
    _record("exchange_changed", exchange, actor, now, **changed)
    return exchange_of(exchange_id)


@transaction.atomic
def start_trial(*, exchange_id: UUID, actor: str, now: datetime) -> Exchange:
    """Fetch the list from now on; its matches are only noted. From off, or back from on.

    Raises:
        RecordConflictError: it is on trial already.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    _leave(exchange, Exchange.State.TRIAL, now)
    set_policy(bank=exchange.bank, actor=actor, now=now, is_active=True, **LOGS)
    Exchange.objects.filter(pk=exchange_id).update(
        next_try_at=now, is_stopped=False, failures=0, error_code=""
    )
    _record("exchange_tried", exchange, actor, now)
    return exchange_of(exchange_id)


@transaction.atomic
def switch_off(*, exchange_id: UUID, actor: str, now: datetime) -> Exchange:
    """Stop fetching; nothing of the list counts until it has been on trial again.

    Raises:
        RecordConflictError: it is off already.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    _leave(exchange, Exchange.State.OFF, now)
    set_policy(bank=exchange.bank, actor=actor, now=now, is_active=False)
    _record("exchange_stopped", exchange, actor, now)
    return exchange_of(exchange_id)


@transaction.atomic
def fetch_now(*, exchange_id: UUID, actor: str, now: datetime) -> Exchange:
    """Let the worker fetch at once, also where it waits after a failure or stood still.

    Raises:
        RecordConflictError: the exchange is off.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    rows = Exchange.objects.filter(pk=exchange_id).exclude(state=Exchange.State.OFF)
    if not rows.update(next_try_at=now, is_stopped=False):
        raise RecordConflictError("this exchange is off; start its trial first")
    _record("exchange_fetch_asked", exchange, actor, now)
    return exchange_of(exchange_id)


def try_exchange(*, exchange_id: UUID, actor: str, now: datetime) -> None:
    """Prove address and credentials without changing anything at the partner.

    Raises:
        ExchangeAuthError, ExchangePayloadError, ExchangeUnavailableError: what is wrong.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    _record("exchange_probed", exchange, actor, now)
    partner = open_partner(exchange.kind, dict(exchange.config), secrets_of(exchange), Fetcher())
    partner.try_out()


def _leave(exchange: Exchange, state: Exchange.State, now: datetime) -> None:
    """Go to another state; what the bank does while it is on is kept for the next time."""
    was_on = exchange.state == Exchange.State.ON
    kept = {name: getattr(exchange.bank, name) for name in POLICY} if was_on else exchange.policy
    rows = Exchange.objects.filter(pk=exchange.pk, state=exchange.state).exclude(state=state)
    if not rows.update(state=state, state_at=now, policy=kept):
        raise RecordConflictError("this exchange is in that state already")


def _bank(name: str, exchange_id: UUID, actor: str, now: datetime) -> Bank:
    # The end of the id keeps it apart from a bank that people named alike.
    slug = f"{slugify(name)[:45] or 'exchange'}-{exchange_id.hex[-8:]}"
    bank = make_bank(name=name, slug=slug, kind=Bank.Kind.REPORTED, actor=actor, now=now)
    return set_policy(bank=bank, actor=actor, now=now, is_active=False)


def _sealed(exchange_id: UUID, secrets: Mapping[str, str]) -> bytes:
    return seal(json.dumps(dict(secrets)).encode(), context=f"exchange-secrets:{exchange_id}")


def _check(
    kind: str, name: str, every_s: int, tells: Sequence[str], *, but: UUID | None = None
) -> None:
    wrong: dict[str, str] = {}
    named = Exchange.objects.filter(name=name)
    if but is not None:
        named = named.exclude(pk=but)
    if kind not in Kind.values:
        wrong["kind"] = "one of: " + ", ".join(Kind.values)
    if not name or len(name) > _LONGEST_NAME:
        wrong["name"] = f"1 to {_LONGEST_NAME} characters"
    elif named.exists():
        wrong["name"] = "there is an exchange of this name already"
    if not LEAST_EVERY_S <= every_s <= MOST_EVERY_S:
        wrong["every_s"] = f"{LEAST_EVERY_S} to {MOST_EVERY_S} seconds"
    if not set(tells) <= {str(kind) for kind in FeedbackKind}:
        wrong["tells"] = "any of: " + ", ".join(FeedbackKind)
    if wrong:
        raise FieldsError(wrong)


def _check_policy(policy: Mapping[str, str]) -> None:
    wrong = {
        name: "one of: " + ", ".join(Response.values)
        for name, value in policy.items()
        if name not in POLICY or value not in Response.values
    }
    if wrong:
        raise FieldsError(wrong)


def _record(what: str, exchange: Exchange, actor: str, now: datetime, **facts: object) -> None:
    record_event(what=what, actor=actor, at=now, subject=f"exchange:{exchange.pk}", facts=facts)
