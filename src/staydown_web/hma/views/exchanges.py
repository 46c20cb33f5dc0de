"""``/c/exchanges…`` and ``/c/exchange/…``: partners' lists."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import HmaRefusedError, NotAllowedError
from staydown_web.exchanges.selectors import runs_of
from staydown_web.hma.forms import read_body, read_json_object
from staydown_web.hma.schemas import ExchangeChange
from staydown_web.hma.services import HmaCaller
from staydown_web.hma.services.exchanges import (
    Named,
    api_named,
    credential_status,
    delete_exchange,
    exchange_named,
    has_api_credentials,
    make_named_exchange,
    named_exchanges,
    set_api_credentials,
    set_credentials,
    switch_exchange,
)
from staydown_web.hma.services.partners import APIS
from staydown_web.hma.views.replies import answer

_NAME = re.compile(r"[A-Z0-9_]+")
_CREDENTIALS = "credential_json"
_SCOPE = "exchanges"


def list_exchanges(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Names of all exchanges."""
    return answer([row.name for row in named_exchanges(now=utc_now())])


def add_exchange(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Make an exchange with its bank; its trial begins."""
    given = read_json_object(request)
    name, settings, api = given.get("bank"), given.get("api_json", {}), given.get("api")
    if name is None:
        raise HmaRefusedError("bank is required")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise HmaRefusedError("Field `bank` must match /^[A-Z0-9_]+$/")
    if not isinstance(settings, dict):
        raise HmaRefusedError("Field `api_json` must be object")
    if api is None:
        raise HmaRefusedError("Field `api_type` is required")
    make_named_exchange(
        name=name,
        api=str(api),
        settings=settings,
        credentials=given.get(_CREDENTIALS),
        caller=caller,
        now=utc_now(),
    )
    return answer({"message": "Created successfully"}, 201)


def list_apis(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Kinds of partner."""
    return answer(list(APIS))


def show_api(request: HttpRequest, caller: HmaCaller, api_name: str) -> HttpResponse:
    """Whether a kind of partner takes credentials and has some."""
    _known_api(api_name)
    return answer(_api_status(api_name))


def update_api(request: HttpRequest, caller: HmaCaller, api_name: str) -> HttpResponse:
    """Set or clear the credentials of a kind of partner."""
    _known_api(api_name)
    given = read_json_object(request)
    if given.get(_CREDENTIALS) is not None:
        set_api_credentials(
            api=api_name, credentials=given[_CREDENTIALS], caller=caller, now=utc_now()
        )
    return answer(_api_status(api_name))


def show_schema(request: HttpRequest, caller: HmaCaller, api_name: str) -> HttpResponse:
    """What settings and credentials a kind of partner needs."""
    words = f"Exchange API '{api_name}' not found"
    return answer(api_named(api_name, status=404, words=words).schema())


def show_exchange(request: HttpRequest, caller: HmaCaller, exchange_name: str) -> HttpResponse:
    """One exchange; its credentials are never shown."""
    row = _within_reach(exchange_name, caller)
    return answer({**_shown(row), "credential_status": credential_status(row)})


def update_exchange(request: HttpRequest, caller: HmaCaller, exchange_name: str) -> HttpResponse:
    """Switch an exchange on, which begins its trial, or off."""
    asked = read_body(request, ExchangeChange)
    row = exchange_named(exchange_name, now=utc_now())
    if asked.enabled is not None:
        row = switch_exchange(named=row, is_on=asked.enabled, caller=caller, now=utc_now())
    return answer(_shown(row))


def remove_exchange(request: HttpRequest, caller: HmaCaller, exchange_name: str) -> HttpResponse:
    """Leave an exchange; one that is not there is done too."""
    deleted = answer({"message": "Exchange deleted"})
    try:
        _within_reach(exchange_name, caller)
    except HmaRefusedError:
        return deleted
    delete_exchange(name=exchange_name, caller=caller, now=utc_now())
    return deleted


def exchange_status(request: HttpRequest, caller: HmaCaller, exchange_name: str) -> HttpResponse:
    """How the last fetches went."""
    row = exchange_named(exchange_name, now=utc_now())
    runs = runs_of(row.exchange, limit=2)
    running = next((run for run in runs if run.ended_at is None), None)
    ended = next((run for run in runs if run.ended_at is not None), None)
    whole = row.exchange.fetched_at
    return answer(
        {
            "checkpoint_ts": None if whole is None else int(whole.timestamp()),
            "running_fetch_start_ts": running and int(running.began_at.timestamp()),
            "last_fetch_complete_ts": (
                int(ended.ended_at.timestamp()) if ended and ended.ended_at else None
            ),
            "last_fetch_succeeded": None if ended is None else not ended.error_code,
            "up_to_date": whole is not None and not row.exchange.failures,
            "fetched_items": row.exchange.listed,
        }
    )


def show_credentials(request: HttpRequest, caller: HmaCaller, exchange_name: str) -> HttpResponse:
    """Whether an exchange has credentials, and whose."""
    return answer(credential_status(exchange_named(exchange_name, now=utc_now())))


def update_credentials(request: HttpRequest, caller: HmaCaller, exchange_name: str) -> HttpResponse:
    """Give an exchange credentials of its own."""
    given = read_json_object(request)
    if _CREDENTIALS not in given:
        raise HmaRefusedError("this endpoint expects a json object with `credential_json`")
    if set(given) != {_CREDENTIALS}:
        raise HmaRefusedError("unexpected fields; only `credential_json` is accepted")
    row = exchange_named(exchange_name, now=utc_now())
    changed = set_credentials(
        named=row, credentials=given[_CREDENTIALS], caller=caller, now=utc_now()
    )
    return answer(credential_status(changed))


def _within_reach(name: str, caller: HmaCaller) -> Named:
    """An exchange, where the caller may deal with exchanges.

    Who may only read banks learns of a bank that it is no exchange: Coop asks that of every bank
    before it renames or deletes it.

    Raises:
        HmaRefusedError: 404; there is none of this name that the caller may know of.
        NotAllowedError: there is one, and the key lacks the scope.
    """
    if caller.is_keyless:
        raise HmaRefusedError(f"Exchange '{name}' not found", status=404)
    row = exchange_named(name, now=utc_now())
    if _SCOPE not in caller.scopes:
        raise NotAllowedError(f"this key may not do this: it lacks the scope {_SCOPE}")
    return row


def _known_api(name: str) -> None:
    api_named(name, status=400, words=f"no such Exchange API '{name}'")


def _api_status(api: str) -> dict[str, bool]:
    return {
        "supports_authentification": True,
        "has_set_authentification": has_api_credentials(api),
    }


def _shown(row: Named) -> dict[str, Any]:
    api = APIS.get(row.api)
    config = api.shown_config(row.exchange.config) if api else {}
    is_on = row.exchange.state != row.exchange.State.OFF
    return {"name": row.name, "api": row.api, "enabled": is_on, **config}
