"""Lists of partners by HTTP, and by the service's own commands."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from exchange_servers.stopncii import StopNciiServer
from staydown_web.base.errors import ExchangeAuthError
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.services import switch_off

from .conftest import record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]


@pytest.fixture
def call(platform, key_for) -> Any:
    """``call("get", "/exchanges")`` with a key of this scope; gives status and JSON."""
    headers = {"Authorization": f"Bearer {key_for(platform, 'exchanges')[1]}"}

    def send(method: str, path: str) -> tuple[int, Any]:
        answer = getattr(Client(), method)(f"/api/v1{path}", headers=headers)
        return answer.status_code, answer.json()

    return send


def test_every_list_is_shown_without_addresses_and_credentials(exchange, call) -> None:
    status, body = call("get", "/exchanges")
    assert status == 200
    (shown,) = body["exchanges"]
    assert (shown["name"], shown["kind"], shown["state"]) == ("A list", "stopncii", "trial")
    assert "127.0.0.1" not in json.dumps(body)
    assert "fetch_key" not in json.dumps(body)


def test_one_list_is_shown_with_counts_and_runs(exchange, partner, fetched, call) -> None:
    partner.add(record("a"), record("b"))
    fetched()
    _, shown = call("get", f"/exchanges/{exchange.pk}")
    assert (shown["counts"]["listed"], shown["counts"]["seeds"]) == (2, 2)
    _, runs = call("get", f"/exchanges/{exchange.pk}/runs")
    assert [(run["records"], run["added"], run["error_code"]) for run in runs["runs"]] == [
        (2, 2, "")
    ]


def test_a_program_can_have_a_list_fetched_at_once(exchange, partner, fetched, call, now) -> None:
    partner.wrong = [ExchangeAuthError("no")]
    fetched()
    status, shown = call("post", f"/exchanges/{exchange.pk}/fetch")
    assert status == 200
    assert not shown["is_stopped"]
    switch_off(exchange_id=exchange.pk, actor="system", now=now)
    status, problem = call("post", f"/exchanges/{exchange.pk}/fetch")
    assert (status, problem["code"]) == (409, "record_conflict")


def test_what_is_not_there_is_not_found(db, call) -> None:
    for method, end in (("get", ""), ("get", "/runs"), ("post", "/fetch")):
        status, problem = call(method, f"/exchanges/{uuid4()}{end}")
        assert (status, problem["code"]) == (404, "record_not_found")


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_list_is_added_fetched_and_shown_by_commands(db, monkeypatch) -> None:
    with StopNciiServer() as server:
        server.add("0f" * 32)
        lines = "\n".join(f"{name}={value}" for name, value in server.secrets.items())
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        setting = f"address={server.address}"
        added = json.loads(
            said("exchanges-add", "stopncii", "StopNCII", "--set", setting, "--trial", "--json")
        )
        assert added["state"] == "trial"
        assert json.loads(said("exchanges-fetch", "StopNCII", "--json")) == {
            "records": 1,
            "added": 1,
            "withdrawn": 0,
            "left_out": 0,
        }
        server.fail_next(503)
        with pytest.raises(CommandError, match="exchange_unavailable"):
            said("exchanges-fetch", "StopNCII")
    line = said("exchanges-list")
    assert line.startswith("StopNCII (stopncii): trial, 1 listed, 0 withdrawn, fetched ")
    assert "last failure exchange_unavailable" in line
    assert json.loads(said("exchanges-list", "--json"))["listed"] == 1


def test_what_is_wrong_on_the_command_line_is_said(exchange, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="there is an exchange of this name"):
        said("exchanges-add", "stopncii", "A list")
    with pytest.raises(CommandError, match="NAME=VALUE"):
        said("exchanges-add", "stopncii", "Another", "--set", "nonsense")
    with pytest.raises(CommandError, match="no such exchange"):
        said("exchanges-fetch", "Nothing")
    assert Exchange.objects.count() == 1
