"""From each partner's wire to what matches, through the engine that fetches in service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from exchange_servers.lists import ListServer
from exchange_servers.ncmec import NcmecServer
from exchange_servers.serving import ExchangeServer
from exchange_servers.stopncii import StopNciiServer
from exchange_servers.tat import TatServer
from exchange_servers.threatexchange import ThreatExchangeServer
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.banks.services import match_entries
from staydown_web.exchanges.models import Exchange, Run
from staydown_web.exchanges.partners import stopncii, threatexchange
from staydown_web.exchanges.partners.lists import prepared
from staydown_web.exchanges.partners.wire import Kind
from staydown_web.exchanges.services import fetch_due, make_exchange, start_trial

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
SERVERS = {
    Kind.STOPNCII: StopNciiServer,
    Kind.NCMEC: NcmecServer,
    Kind.THREATEXCHANGE: ThreatExchangeServer,
    Kind.TAT: TatServer,
    Kind.LIST: ListServer,
}


@pytest.fixture(params=list(Kind), ids=str)
def kind(request) -> Kind:
    return request.param


@pytest.fixture
def server(kind: Kind, monkeypatch):
    """A partner with small pages, whose clock is a minute behind ours."""
    for module in (stopncii, threatexchange, prepared):
        monkeypatch.setattr(module, "PAGE_ROWS", 2)
    with SERVERS[kind]() as made:
        if kind in {Kind.NCMEC, Kind.TAT}:
            made.page_size = 2
        yield made


@pytest.fixture
def listed(kind: Kind, server: ExchangeServer, now) -> Exchange:
    made = make_exchange(
        kind=kind,
        name="A partner",
        config=server.config,
        secrets=server.secrets,
        actor="system",
        now=now,
    )
    return start_trial(exchange_id=made.pk, actor="system", now=now)


@pytest.fixture
def fetch(listed: Exchange, now) -> Callable[[int], int]:
    """``fetch(hours)`` lets the worker fetch so much later."""

    def run(hours: int) -> int:
        at = now + timedelta(hours=hours)
        given = {"now": at, "clock": lambda: at}
        return fetch_due(**given) + fetch_due(**given, is_failing=True)

    return run


def pdq(name: str) -> str:
    return hashlib.sha256(f"drawn {name}".encode()).hexdigest()


def matches(name: str) -> bool:
    signal = Signal(SignalType.PDQ, pdq(name), 100)
    return bool(match_entries(Fingerprint(ContentKind.PHOTO, (signal,))))


def test_what_a_partner_takes_back_matches_no_more_until_it_is_listed_again(
    server, listed, fetch, kind
) -> None:
    keys = {name: server.add(pdq(name)) for name in "abcde"}
    assert fetch(0) > 0
    assert all(matches(name) for name in "abcde")
    fetch(1)
    assert [run.added for run in Run.objects.order_by("pk")] == [5, 0]

    server.tick(60)
    server.withdraw(keys["b"])
    assert fetch(2) > 0
    assert [name for name in "abcde" if matches(name)] == ["a", "c", "d", "e"]
    listed.refresh_from_db()
    assert (listed.listed, listed.withdrawn, listed.error_code) == (4, 1, "")

    list_again(server, kind, keys["b"])
    fetch(3)
    assert matches("b")


def list_again(server: ExchangeServer, kind: Kind, key: str) -> None:
    """The partner lists what it had taken back."""
    if kind is Kind.NCMEC:
        server.put(key.partition("/")[2], prints={"pdq": pdq("b")})
    elif kind is Kind.TAT:
        server.rows[key].update(deleted=False, updated_on=float(server.tick()))
    else:
        server.add(pdq("b"))


def test_a_fetch_that_fails_in_the_middle_goes_on_there(server, listed, fetch) -> None:
    for name in "abcde":
        server.add(pdq(name))
    whole = server.respond
    # The second page that is asked for; a list and a sign-in come before it in one call each.
    pages = iter([False, True])

    def respond(asked):
        if asked.method == "GET" and next(pages, False):
            server.cut_next()
        return whole(asked)

    server.respond = respond  # type: ignore[method-assign]
    fetch(0)
    server.respond = whole  # type: ignore[method-assign]
    assert matches("a")
    for hours in (1, 2, 3):
        fetch(hours)
    assert all(matches(name) for name in "abcde")
    listed.refresh_from_db()
    assert (listed.listed, listed.withdrawn, listed.failures) == (5, 0, 0)
