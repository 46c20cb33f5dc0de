"""Exchanges by HMA's names: made, switched, left; and credentials of a kind of partner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, HmaRefusedError
from staydown_web.base.sealing import seal, unseal
from staydown_web.exchanges import services as engine
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.selectors import exchanges, secrets_of
from staydown_web.hma.models import HmaBank, HmaCredentials
from staydown_web.hma.selectors import BANK_NAME
from staydown_web.hma.services.banks import name_bank
from staydown_web.hma.services.callers import HmaCaller
from staydown_web.hma.services.partners import APIS, Api, api_name_of


@dataclass(frozen=True, slots=True)
class Named:
    """An exchange under HMA's name.

    Attributes:
        name: HMA's name of it, which is that of its bank.
        exchange: ours.
    """

    name: str
    exchange: Exchange

    @property
    def api(self) -> str:
        """HMA's name of its kind."""
        return api_name_of(self.exchange.kind)


def named_exchanges(*, now: datetime) -> list[Named]:
    """Every exchange, in the order of names; those that have none get one."""
    found = exchanges()
    names = dict(
        HmaBank.objects.filter(bank__in=[row.bank_id for row in found]).values_list("bank", "name")
    )
    made = [
        Named(names.get(row.bank_id) or name_bank(bank=row.bank, now=now).name, row)
        for row in found
    ]
    return sorted(made, key=lambda row: row.name)


def exchange_named(name: str, *, now: datetime) -> Named:
    """One exchange.

    Raises:
        HmaRefusedError: 404; there is none of this name.
    """
    for row in named_exchanges(now=now):
        if row.name == name:
            return row
    raise HmaRefusedError(f"Exchange '{name}' not found", status=404)


def api_named(name: str, *, status: int, words: str) -> Api:
    """A kind of partner.

    Raises:
        HmaRefusedError: there is none of this name.
    """
    api = APIS.get(name)
    if api is None:
        raise HmaRefusedError(words, status=status)
    return api


@transaction.atomic
def make_named_exchange(
    *,
    name: str,
    api: str,
    settings: Mapping[str, Any],
    credentials: Any,
    caller: HmaCaller,
    now: datetime,
) -> Named:
    """Make an exchange and its bank, and begin its trial: its list is read, its matches only noted.

    That they hold or block takes two people, on the pages of exchanges.

    Raises:
        HmaRefusedError: a name, kind, setting or credential that cannot be used.
    """
    kind = api_named(api, status=400, words=f"No such exchange type '{api}'")
    if not BANK_NAME.fullmatch(name):
        raise HmaRefusedError("Collaboration names must be UPPER_WITH_UNDERSCORE")
    if HmaBank.objects.filter(name=name, deleted_at__isnull=True).exists():
        raise HmaRefusedError("there is a bank or exchange of this name already", status=403)
    config = kind.config_of(settings)
    secrets, addresses = kind.secrets_of(credentials) if credentials else _secrets_of_api(api)
    try:
        made = engine.make_exchange(
            kind=kind.kind,
            name=_free_name(name),
            config=config | addresses,
            secrets=secrets,
            actor=caller.actor,
            now=now,
        )
    except FieldsError as error:
        raise _refused(error) from None
    try:
        with transaction.atomic():
            HmaBank.objects.create(bank=made.bank, name=name, made_at=now)
    except IntegrityError:
        raise HmaRefusedError(
            "there is a bank or exchange of this name already", status=403
        ) from None
    if settings.get("enabled", True):
        made = engine.start_trial(exchange_id=made.pk, actor=caller.actor, now=now)
    return Named(name, made)


def switch_exchange(*, named: Named, is_on: bool, caller: HmaCaller, now: datetime) -> Named:
    """Begin the trial of an exchange that is off, or switch one off."""
    is_off = named.exchange.state == Exchange.State.OFF
    if is_on == (not is_off):
        return named
    change = engine.start_trial if is_on else engine.switch_off
    changed = change(exchange_id=named.exchange.pk, actor=caller.actor, now=now)
    return Named(named.name, changed)


@transaction.atomic
def delete_exchange(*, name: str, caller: HmaCaller, now: datetime) -> None:
    """Leave an exchange, which frees its name here; one that is not there is done too."""
    for row in named_exchanges(now=now):
        if row.name == name:
            engine.leave_exchange(exchange_id=row.exchange.pk, actor=caller.actor, now=now)
            HmaBank.objects.filter(bank_id=row.exchange.bank_id).update(deleted_at=now)


def has_credentials(named: Named) -> bool:
    """Whether an exchange has credentials."""
    return any(secrets_of(named.exchange).values())


def credential_status(named: Named) -> dict[str, Any]:
    """Whether an exchange has credentials, and whose; never which."""
    has_some = has_credentials(named)
    source = None
    if has_some:
        is_of_api = secrets_of(named.exchange) == _secrets_of_api(named.api)[0]
        source = "api" if is_of_api else "exchange"
    return {"supports_auth": named.api in APIS, "has_credentials": has_some, "source": source}


def set_credentials(*, named: Named, credentials: Any, caller: HmaCaller, now: datetime) -> Named:
    """Give an exchange credentials of its own, or with none those of its kind.

    Raises:
        HmaRefusedError: credentials that cannot be used.
    """
    kind = api_named(named.api, status=400, words=f"Exchange API '{named.api}' has no credentials")
    secrets, addresses = kind.secrets_of(credentials) if credentials else _secrets_of_api(named.api)
    if not secrets:
        raise HmaRefusedError(
            "an exchange cannot be without credentials; switch it off, or set those of its API"
        )
    return _given(named, secrets, addresses, caller, now)


def has_api_credentials(api: str) -> bool:
    """Whether a kind of partner has credentials."""
    return HmaCredentials.objects.filter(api=api).exists()


@transaction.atomic
def set_api_credentials(*, api: str, credentials: Any, caller: HmaCaller, now: datetime) -> None:
    """Set or clear the credentials of a kind; exchanges that used them use the new ones.

    Raises:
        HmaRefusedError: credentials that cannot be used.
    """
    before, _ = _secrets_of_api(api)
    HmaCredentials.objects.filter(api=api).delete()
    if credentials:
        secrets, addresses = APIS[api].secrets_of(credentials)
        text = json.dumps({"secrets": secrets, "addresses": addresses})
        box = seal(text.encode(), context=f"hma-credentials:{api}")
        HmaCredentials.objects.create(api=api, box=box, set_at=now)
        for row in named_exchanges(now=now):
            theirs = {k: v for k, v in secrets_of(row.exchange).items() if v}
            if row.api == api and (not theirs or theirs == before):
                _given(row, secrets, addresses, caller, now)
    record_event(
        what="hma_credentials_changed",
        actor=caller.actor,
        at=now,
        subject=f"hma_api:{api}",
        facts={"is_set": bool(credentials)},
    )


def _free_name(name: str) -> str:
    """What people here call an exchange: HMA's name.

    An exchange that was left keeps its name until its entries are gone, which can take a while
    and is no business of a program: until then the new one has a number behind it.
    """
    if not Exchange.objects.filter(name=name, left_at__isnull=False).exists():
        return name
    alike = Exchange.objects.filter(name__startswith=f"{name}_")
    taken = set(alike.values_list("name", flat=True))
    return next(f"{name}_{n}" for n in range(2, len(taken) + 3) if f"{name}_{n}" not in taken)


def _given(
    named: Named,
    secrets: Mapping[str, str],
    addresses: Mapping[str, str],
    caller: HmaCaller,
    now: datetime,
) -> Named:
    config = {**named.exchange.config, **addresses} if addresses else None
    try:
        changed = engine.change_exchange(
            exchange_id=named.exchange.pk,
            actor=caller.actor,
            now=now,
            config=config,
            secrets=secrets,
        )
    except FieldsError as error:
        raise _refused(error) from None
    return Named(named.name, changed)


def _secrets_of_api(api: str) -> tuple[dict[str, str], dict[str, str]]:
    """Credentials of a kind by our names, and what of them belongs to settings."""
    row = HmaCredentials.objects.filter(api=api).first()
    if row is None:
        return {}, {}
    opened = json.loads(unseal(row.box, context=f"hma-credentials:{api}"))
    return opened["secrets"], opened["addresses"]


def _refused(error: FieldsError) -> HmaRefusedError:
    wrong = "; ".join(f"{name}: {words}" for name, words in sorted(error.fields.items()))
    return HmaRefusedError(f"Failed to parse `api_json` - {wrong}")
