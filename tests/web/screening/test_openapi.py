"""The OpenAPI says the truth: whatever is sent, no 5xx, and answers as it says.

Calls go through the WSGI application that the web server runs, quick lane included.
"""

from __future__ import annotations

import io
import json
import sys
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
OURS = ("/api/v1/check", "/api/v1/check/batch", "/api/v1/checks/{check_id}", "/api/v1/hits")


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatever_is_sent_the_answer_is_one_that_the_openapi_knows(platform, key_for, picture):
    _, key = key_for(platform, "check", "match:detail", "library", "hits")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application())
    operations = [found.ok() for found in schema.get_all_operations() if found.ok().path in OURS]
    assert len(operations) == 5

    for operation in operations:

        @seed(20261126)
        @settings(
            max_examples=40,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def send(case):
            case.call_and_validate(
                headers={**(case.headers or {}), "Authorization": f"Bearer {key}"},
                checks=CHECKS,
            )

        send()


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


def test_the_quick_lane_and_the_usual_way_give_the_same_answers(platform, key_for, picture):
    _, key = key_for(platform, "check", "match:detail")
    auth = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    bodies = [
        json.dumps({"signals": picture.to_dict()["signals"]}).encode(),
        b"{",
        b"{}",
        json.dumps({"signals": [{"type": "pdq", "value": "1"}]}).encode(),
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


def test_pages_keep_their_layers(db):
    status, headers, _ = wsgi("GET", "/status")
    assert status in (200, 503)
    assert "Content-Security-Policy" in headers
