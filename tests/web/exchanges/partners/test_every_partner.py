"""What holds for every partner, whatever it speaks: its failures, and ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from exchange_servers.lists import ListServer
from exchange_servers.ncmec import NcmecServer
from exchange_servers.reading import NOW, hex_of, open_at, read_all, records_of
from exchange_servers.serving import ExchangeServer
from exchange_servers.stopncii import StopNciiServer
from exchange_servers.tat import TatServer
from exchange_servers.threatexchange import ThreatExchangeServer
from staydown_web.base.errors import (
    ExchangeAuthError,
    ExchangeError,
    ExchangePayloadError,
    ExchangeUnavailableError,
    FieldsError,
)
from staydown_web.exchanges.partners import fields_of, line, partner_class
from staydown_web.exchanges.partners.lists import sources
from staydown_web.exchanges.partners.wire import Kind, Partner, RecordState

SERVERS = {
    Kind.STOPNCII: StopNciiServer,
    Kind.NCMEC: NcmecServer,
    Kind.THREATEXCHANGE: ThreatExchangeServer,
    Kind.TAT: TatServer,
    Kind.LIST: ListServer,
}
NAMES = {
    Kind.STOPNCII: "StopNCII",
    Kind.NCMEC: "NCMEC",
    Kind.THREATEXCHANGE: "ThreatExchange",
    Kind.TAT: "Tech Against Terrorism",
    Kind.LIST: "[Tt]he list",
}


@pytest.fixture(params=list(Kind), ids=str)
def kind(request) -> Kind:
    return request.param


@pytest.fixture
def server(kind: Kind) -> Iterator[ExchangeServer]:
    with SERVERS[kind]() as made:
        made.add(hex_of(1))
        yield made


@pytest.fixture
def partner(server: ExchangeServer, kind: Kind) -> Partner:
    """Signed in where that is a call of its own, so that the next answer is a page."""
    made = open_at(server, kind)
    if kind is Kind.TAT:
        made.try_out()
    return made


def fails(partner: Partner, kind: Kind, error: type[ExchangeError]) -> ExchangeError:
    """The error of the next page; it names the partner and holds nothing of it."""
    with pytest.raises(error, match=NAMES[kind]) as raised:
        partner.fetch("", now=NOW)
    assert hex_of(1) not in str(raised.value)
    return raised.value


def test_after_any_failure_the_same_page_is_there(server, partner, kind) -> None:
    faults = [
        lambda: server.fail_next(503),
        server.cut_next,
        server.halve_next,
        lambda: server.answer_next(b"<p>maintenance</p>"),
    ]
    for fault in faults:
        fault()
        fails(partner, kind, ExchangeError)
    (record,) = records_of(read_all(partner)).values()
    assert (record.state, len(record.raws)) == (RecordState.LISTED, 1)


def test_429_says_how_long_to_wait(server, partner, kind) -> None:
    server.fail_next(429, retry_after="120")
    error = fails(partner, kind, ExchangeUnavailableError)
    assert (error.retry_after_s, error.retryable) == (120, True)


def test_a_wait_until_a_moment_is_read_by_their_clock_alone(server, partner, kind) -> None:
    server.skew_s = -5_000
    later = server.clock + server.skew_s + 300
    moment = (NOW + timedelta(seconds=later - NOW.timestamp())).strftime(
        "%a, %d %b %Y %H:%M:%S GMT"
    )
    server.fail_next(503, retry_after=moment)
    assert fails(partner, kind, ExchangeUnavailableError).retry_after_s == 300


@pytest.mark.parametrize("text", ["soon", "-5", "", "99999999999999999999", "Wed, 99 Foo 2026"])
def test_a_wait_that_cannot_be_read_is_none(server, partner, kind, text) -> None:
    server.fail_next(429, retry_after=text)
    assert fails(partner, kind, ExchangeUnavailableError).retry_after_s == 0


def test_a_wait_of_years_is_a_day(server, partner, kind) -> None:
    server.fail_next(429, retry_after="99999999")
    assert fails(partner, kind, ExchangeUnavailableError).retry_after_s == 86_400


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_fault_of_theirs_is_tried_again(server, partner, kind, status) -> None:
    server.fail_next(status)
    assert fails(partner, kind, ExchangeUnavailableError).retry_after_s == 0


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_need_somebody(server, partner, kind, status) -> None:
    # Tech Against Terrorism's token is bought anew once before that.
    server.fail_next(status)
    server.spoil_next(lambda answered: answered, 1 if kind is Kind.TAT and status == 401 else 0)
    server.fail_next(status)
    error = fails(partner, kind, ExchangeAuthError)
    assert not error.retryable


@pytest.mark.parametrize("status", [302, 400, 404, 410, 418])
def test_any_other_answer_is_ours_to_put_right(server, partner, kind, status) -> None:
    server.fail_next(status)
    assert not fails(partner, kind, ExchangePayloadError).retryable


def test_a_body_that_breaks_off_is_tried_again(server, partner, kind) -> None:
    server.cut_next()
    assert fails(partner, kind, ExchangeUnavailableError).retryable


def test_half_a_page_that_looks_whole_is_not_taken(server, partner, kind) -> None:
    server.halve_next()
    fails(partner, kind, ExchangePayloadError)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b""])
def test_a_page_of_a_proxy_is_not_taken(server, partner, kind, body) -> None:
    server.answer_next(body)
    fails(partner, kind, ExchangePayloadError)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.LIST], ids=str)
@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'"x"', b"[" * 100_000, b"\xff\xfe{}"])
def test_another_kind_of_body_is_not_taken(server, partner, kind, body) -> None:
    content_type = "application/xml" if kind is Kind.NCMEC else "application/json"
    server.answer_next(body, content_type=content_type)
    fails(partner, kind, ExchangePayloadError)


def test_a_huge_body_is_not_read_to_its_end(server, partner, kind, monkeypatch) -> None:
    monkeypatch.setattr(sources, "MAX_LIST_BYTES", 2**20)
    most = 2**20 if kind is Kind.LIST else line.MAX_PAGE_BYTES
    server.answer_next(b" " * (most + 1), content_type="text/plain")
    fails(partner, kind, ExchangePayloadError)


def test_nobody_at_the_address(server, kind) -> None:
    partner = open_at(server, kind)
    server.close()
    fails(partner, kind, ExchangeUnavailableError)


def test_a_checkpoint_that_cannot_be_read_begins_anew(partner, kind) -> None:
    for broken in ("not json", "[]", '{"since":"x","page":"y","token":5,"after":7}', "5"):
        (page,) = read_all(partner, broken)
        assert len(page.records) == 1


def test_the_same_checkpoint_gives_the_same_page(server, partner, kind) -> None:
    first, second = (partner.fetch("", now=NOW) for _ in range(2))
    assert first == second


def test_checkpoints_are_short_and_hold_no_credentials(server, partner, kind) -> None:
    for number in range(2, 30):
        server.add(hex_of(number))
    for page in read_all(partner):
        assert len(page.checkpoint) < 2_000
        assert not any(secret and secret in page.checkpoint for secret in server.secrets.values())
        assert hex_of(1) not in page.checkpoint


def test_nothing_of_it_is_logged(server, partner, kind, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    server.add("not a hash") if kind is not Kind.LIST else None
    read_all(partner)
    server.halve_next()
    fails(partner, kind, ExchangePayloadError)
    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert hex_of(1) not in logged
    assert not any(secret and secret in logged for secret in server.secrets.values())


def test_an_inner_address_behind_the_partners_is_not_followed(server, partner, kind) -> None:
    with ListServer() as inner:
        server.spoil_next(lambda answered: type(answered)(302, headers={"Location": inner.address}))
        fails(partner, kind, ExchangePayloadError)
        assert inner.requests == []


@pytest.mark.parametrize("kind", [Kind.STOPNCII, Kind.THREATEXCHANGE, Kind.LIST], ids=str)
def test_a_credential_that_no_header_can_hold_is_named(server, kind) -> None:
    secrets = [field.name for field in fields_of(kind) if field.is_secret]
    for name in secrets:
        with pytest.raises(FieldsError) as error:
            open_at(server, kind, **{name: "two\r\nX-Lines: 1"})
        assert list(error.value.fields) == [name]


@pytest.mark.parametrize("kind", [Kind.STOPNCII, Kind.THREATEXCHANGE], ids=str)
def test_blanks_that_were_pasted_with_a_credential_do_no_harm(server, kind) -> None:
    pasted = {name: f" {text}\n" for name, text in server.secrets.items()}
    assert len(read_all(open_at(server, kind, **pasted))[0].records) == 1


def test_fields_say_what_is_secret_and_what_is_needed(kind, server) -> None:
    names = [field.name for field in fields_of(kind)]
    assert len(names) == len(set(names))
    assert set(server.secrets) <= {field.name for field in fields_of(kind) if field.is_secret}
    assert all(str(field.label) for field in fields_of(kind))
    assert set(partner_class(kind).signal_types) <= {"pdq", "md5", "sha256", "vpdq"}
