"""The OpenAPI says the truth: whatever is sent, no 5xx, and answers as it says.

Calls go through the WSGI application that the web server runs, quick lane included.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from named_rows import asked_replica, rows
from staydown_web.accounts.models import User
from staydown_web.accounts.services import grant_approval
from staydown_web.actions import api as actions_api
from staydown_web.replicas.services import start_replica, waiting

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
CALLS = {
    ("POST", "/api/v1/check"): 50,
    ("POST", "/api/v1/check/batch"): 50,
    ("GET", "/api/v1/checks/{check_id}"): 20,
    ("POST", "/api/v1/hits"): 50,
    ("GET", "/api/v1/hits"): 30,
    ("GET", "/api/v1/orders"): 30,
    ("GET", "/api/v1/orders/{order_id}"): 20,
    ("POST", "/api/v1/orders/{order_id}/answer"): 30,
    ("GET", "/api/v1/orders/{order_id}/receipt"): 20,
    ("GET", "/api/v1/statements"): 20,
    ("GET", "/api/v1/complaints"): 20,
    ("GET", "/api/v1/exchanges"): 10,
    ("GET", "/api/v1/exchanges/{exchange_id}"): 20,
    ("POST", "/api/v1/exchanges/{exchange_id}/fetch"): 20,
    ("GET", "/api/v1/exchanges/{exchange_id}/runs"): 20,
    ("GET", "/api/v1/replica/agreement"): 10,
    ("GET", "/api/v1/replica/entries"): 20,
    ("GET", "/api/v1/replica/changes"): 30,
    ("POST", "/api/v1/replica/hits"): 40,
}
"""Every call of the OpenAPI -> how many requests it gets; five times as many by torture."""
SCOPES = ("check", "match:detail", "library", "hits", "orders", "exchanges")


@cache
def application() -> Any:
    """What the web server runs; it is made when the folder of static files is there."""
    from staydown_web.config.wsgi import application as found

    return found


def wsgi(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict, bytes]:
    """One request to the application, as a server makes it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8120",
        "HTTP_HOST": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **headers,
    }
    seen: list[Any] = []
    answer = application()(environ, lambda status, sent, exc=None: seen.append((status, sent)))
    raw = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return int(seen[0][0][:3]), dict(seen[0][1]), raw


def document() -> dict:
    return json.loads(wsgi("GET", "/api/v1/openapi.json")[2])


def test_every_call_of_the_openapi_is_sent_requests():
    said = {(verb.upper(), path) for path, of in document()["paths"].items() for verb in of}
    assert said == set(CALLS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatever_is_sent_the_answer_is_one_that_the_openapi_knows(keys, named):
    assert send_requests(keys, named, times=1) == CALLS.keys()


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_same_with_many_more_requests(keys, named):
    assert send_requests(keys, named, times=5) == CALLS.keys()


def send_requests(keys: dict[bool, str], named: dict[str, Any], times: int) -> set[Any]:
    """Send each call what its schema allows and what it forbids.

    Args:
        keys: whether the call is one of a local copy -> the key that opens it.
        named: name in an address -> a row of this platform, and a fingerprint; about every other
            request has them.
        times: how many times the usual number of requests.

    Returns:
        The calls that were let in and answered with 200 at least once.
    """
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application())
    good = set()
    for operation in (found.ok() for found in schema.get_all_operations()):
        call = (operation.method.upper(), operation.path)
        key = keys["/replica/" in operation.path]
        if 200 in send_to(operation, key, named, CALLS[call] * times):
            good.add(call)
    return good


def send_to(operation: Any, key: str, named: dict[str, Any], count: int) -> set[int]:
    """Send one call its requests; gives each status that came."""
    seen = set()

    @seed(20261126)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def send(case: Any, *, is_known: bool) -> None:
        if is_known:
            case.path_parameters = {name: named[name] for name in case.path_parameters}
            fill_in(case.body, named["fingerprint"])
        headers = {**(case.headers or {}), "Authorization": f"Bearer {key}"}
        seen.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    send()
    return seen


def fill_in(body: Any, fingerprint: dict[str, Any]) -> None:
    """Put a fingerprint that can be read wherever a body has one."""
    for part in body if isinstance(body, list) else [body]:
        if isinstance(part, dict):
            if "fingerprint" in part:
                part["fingerprint"] = fingerprint
            for inner in part.values():
                fill_in(inner, fingerprint)


@pytest.fixture
def keys(platform, bank, key_for, user_named, monkeypatch):
    """Keys with every scope that these calls take, one of them of an agreed local copy."""
    monkeypatch.setattr(actions_api, "time", Hurry())
    monkeypatch.setattr(waiting, "time", Hurry())
    now = datetime.now(UTC)
    people = [user_named(name, User.Role.LEAD) for name in ("asta", "bela", "cora")]
    asked = asked_replica(platform, bank, people[0], now)
    for approval, person in zip(
        (asked.first_approval_id, asked.second_approval_id), people[1:], strict=True
    ):
        grant_approval(approval_id=approval, user=person, now=now)
    _, of_copy = start_replica(replica_id=asked.pk, user=people[0], now=now)
    return {False: key_for(platform, *SCOPES)[1], True: of_copy}


@pytest.fixture
def named(platform, bank, reviewer, admin, api_key, picture, now):
    """Name in an address -> a row of this platform that has it; and a fingerprint."""
    made = rows(platform, bank, reviewer, admin, api_key[0], picture, now)
    named = {name: str(made[name]) for name in ("check_id", "order_id", "exchange_id")}
    return {**named, "fingerprint": picture.to_dict()}


class Hurry:
    """A clock on which a wait of seconds is over at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def picture(seed_one):
    return seed_one


@pytest.fixture
def seed_one(bank, now, segments, drawn_fingerprint):
    from staydown_web.banks.models import Entry
    from staydown_web.banks.services import add_entry

    add_entry(
        bank=bank,
        fingerprint=drawn_fingerprint(1),
        origin=Entry.Origin.NOTICE,
        actor="person",
        now=now,
    )
    return drawn_fingerprint(1)


def test_every_call_says_what_key_it_needs():
    for path, methods in document()["paths"].items():
        for method, call in methods.items():
            assert call["security"], f"{method} {path}"


def with_later_signal(fingerprint):
    data = fingerprint.to_dict()
    return {**data, "signals": [{"type": "windows/9", "value": "AA=="}, *data["signals"]]}


def test_the_quick_lane_and_the_usual_way_give_the_same_answers(platform, key_for, picture):
    _, key = key_for(platform, "check", "match:detail")
    auth = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    bodies = [
        json.dumps({"signals": picture.to_dict()["signals"]}).encode(),
        b"{",
        b"{}",
        json.dumps({"signals": [{"type": "pdq", "value": "1"}]}).encode(),
        json.dumps({"signals": [{"type": "PDQ", "value": "1"}]}).encode(),
        json.dumps({"fingerprint": with_later_signal(picture)}).encode(),
    ]
    for body in bodies:
        quick = wsgi("POST", "/api/v1/check", body, CONTENT_TYPE="application/json", **auth)
        usual = wsgi(
            "POST", "/api/v1/check", body, CONTENT_TYPE="application/json; charset=utf-8", **auth
        )
        assert quick[0] == usual[0]
        assert json.loads(quick[2]) == json.loads(usual[2])
        for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options", "Content-Length"):
            assert quick[1][name] == usual[1][name]
    nobody = wsgi("POST", "/api/v1/check", b"{}", CONTENT_TYPE="application/json")
    assert nobody[0] == 401
    assert "WWW-Authenticate" in nobody[1]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "address_unknown"),
        ("DELETE", "/api/v1/check", 405, "method_not_allowed"),
        ("GET", "/api/v1/checks/x", 422, "request_invalid"),
    ],
)
def test_errors_of_the_framework_are_problems_too(method, path, status, code, platform, key_for):
    _, key = key_for(platform, "check")
    found = wsgi(method, path, HTTP_AUTHORIZATION=f"Bearer {key}")
    assert found[0] == status
    assert found[1]["Content-Type"] == "application/problem+json"
    assert json.loads(found[2])["code"] == code


def test_fields_have_one_shape(platform, key_for):
    _, key = key_for(platform, "check", "hits")
    auth = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    ours = wsgi("POST", "/api/v1/check", b"{}", CONTENT_TYPE="application/json", **auth)
    framework = wsgi("GET", "/api/v1/checks/hidden-value", **auth)
    for found, name in ((ours, "signals"), (framework, "check_id")):
        fields = json.loads(found[2])["fields"]
        assert list(fields) == [name]
        assert all(isinstance(said, str) and said for said in fields.values())
    assert b"hidden-value" not in framework[2]
    schema = document()["components"]["schemas"]["Problem"]
    assert {"type": "string"} in [
        one.get("additionalProperties") for one in schema["properties"]["fields"]["anyOf"]
    ]


def test_pages_keep_their_layers(db):
    status, headers, _ = wsgi("GET", "/status")
    assert status in (200, 503)
    assert "Content-Security-Policy" in headers
