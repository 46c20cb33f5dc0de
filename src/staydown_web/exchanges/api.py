"""Lists of partners for programs: how each stands, what came, and a fetch at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from staydown_web.accounts.api import KeyAuth, caller_of
from staydown_web.base.clock import utc_now
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.schemas import (
    DetailedExchange,
    ExchangeCounts,
    ExchangeList,
    RunList,
    RunQuery,
    ShownExchange,
    ShownRun,
)
from staydown_web.exchanges.selectors import counts_of, exchange_of, exchanges, runs_of
from staydown_web.exchanges.services import fetch_now
from staydown_web.screening.schemas import Problem

router = Router(tags=["exchanges"])
_AUTH = KeyAuth("exchanges")
_REFUSED = dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)


@router.get(
    "/exchanges",
    auth=_AUTH,
    response={200: ExchangeList, **_REFUSED},
    summary="Lists of partners",
)
def list_exchanges(request: HttpRequest) -> dict[str, Any]:
    """Every exchange, in alphabetical order; no addresses and no credentials."""
    return {"exchanges": [_facts(exchange) for exchange in exchanges()]}


@router.get(
    "/exchanges/{exchange_id}",
    auth=_AUTH,
    response={200: DetailedExchange, **_REFUSED},
    summary="One list of a partner",
)
def show_exchange(request: HttpRequest, exchange_id: UUID) -> dict[str, Any]:
    """How it stands, and how much there is of it."""
    return _detail(exchange_of(exchange_id))


@router.post(
    "/exchanges/{exchange_id}/fetch",
    auth=_AUTH,
    response={200: DetailedExchange, 409: Problem, **_REFUSED},
    summary="Fetch a list at once",
)
def fetch(request: HttpRequest, exchange_id: UUID) -> dict[str, Any]:
    """The worker fetches within a second or two; see the runs. Also ends a standstill."""
    actor = caller_of(request).actor
    return _detail(fetch_now(exchange_id=exchange_id, actor=actor, now=utc_now()))


@router.get(
    "/exchanges/{exchange_id}/runs",
    auth=_AUTH,
    response={200: RunList, **_REFUSED},
    summary="What the last fetches brought",
)
def list_runs(request: HttpRequest, exchange_id: UUID, asked: Query[RunQuery]) -> dict[str, Any]:
    """The last fetches, newest first."""
    runs = runs_of(exchange_of(exchange_id), limit=asked.limit)
    return {"runs": [{name: getattr(run, name) for name in ShownRun.model_fields} for run in runs]}


def _facts(exchange: Exchange) -> dict[str, Any]:
    names = ShownExchange.model_fields.keys() - {"bank"}
    return {name: getattr(exchange, name) for name in names} | {"bank": exchange.bank.slug}


def _detail(exchange: Exchange) -> dict[str, Any]:
    counts = counts_of(exchange)
    shown = {name: getattr(counts, name) for name in ExchangeCounts.model_fields}
    return _facts(exchange) | {"counts": shown}
