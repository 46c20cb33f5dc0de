"""Nobody who holds on to the service keeps others from it: a real one, with real connections."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from checked_service import OTHER, create_key
from served import Served, free_ports, served

HALF = 500_000
SOON_S = 20.0
"""Long for a machine that has much else to do; those who hold on do so for longer."""
CHECK = json.dumps({"signals": [{"type": "pdq", "value": "0" * 64, "quality": 90}]}).encode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    checks = str(free_ports())
    home = tmp_path_factory.mktemp("starving") / "home"
    with served(home, "--checks-port", checks) as made:
        yield made


@pytest.fixture(scope="module")
def keys(service: Served) -> dict[str, str]:
    return {name: create_key(service.home, name, "check", "orders") for name in ("holds", "asks")}


@contextmanager
def holding(service: Served, count: int, head: str, body: bytes = b"") -> Iterator[None]:
    """So many connections that have begun to ask, and go no further."""
    place = urlsplit(service.address)
    with ExitStack() as lines:
        for _ in range(count):
            line = lines.enter_context(socket.create_connection((place.hostname, place.port)))
            line.sendall(f"{head}\r\nHost: {place.netloc}\r\n\r\n".encode() + body)
        time.sleep(0.5)  # until they have all been met
        yield


def asked(
    service: Served, path: str, key: str = "", body: bytes | None = None, kind: str = ""
) -> int:
    """The status of an answer."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind} if key else {}
    try:
        with urlopen(Request(service.address + path, body, headers), timeout=SOON_S) as answer:
            return int(answer.status)
    except HTTPError as error:
        # Shown where a test fails.
        sys.stderr.write(f"{path}: {error.read(500)!r}\n")
        return error.code


def uploaded(service: Served, key: str, photo: Path) -> int:
    edge = "edge"
    head = 'Content-Disposition: form-data; name="media"; filename="a.jpg"'
    body = (
        f"--{edge}\r\n{head}\r\n\r\n".encode() + photo.read_bytes() + f"\r\n--{edge}--\r\n".encode()
    )
    return asked(service, "/api/v1/check", key, body, f"multipart/form-data; boundary={edge}")


def others_are_served(service: Served, keys: dict[str, str]) -> None:
    assert asked(service, "/api/v1/check", keys["asks"], CHECK, "application/json") == 200
    assert asked(service, "/") == 200
    assert asked(service, "/status") == 200


def test_half_sent_forms_keep_nobody_from_anything(service, keys):
    head = f"POST /notice/plain/ HTTP/1.1\r\nContent-Length: {HALF}"
    with holding(service, 30, head, b"half"):
        others_are_served(service, keys)


def test_half_sent_checks_keep_nobody_from_anything(service, keys):
    head = (
        f"POST /api/v1/check HTTP/1.1\r\nAuthorization: Bearer {keys['holds']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {HALF}"
    )
    with holding(service, 30, head, b"{"):
        others_are_served(service, keys)


def test_half_sent_uploads_keep_no_check_and_no_other_upload(service, keys):
    assert asked(service, "/api/v1/check", keys["holds"], CHECK, "application/json") == 200
    assert asked(service, "/api/v1/check", keys["asks"], CHECK, "application/json") == 200
    head = (
        f"POST /api/v1/check HTTP/1.1\r\nAuthorization: Bearer {keys['holds']}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {8 * HALF}"
    )
    with holding(service, 10, head, b"--x\r\n"):
        others_are_served(service, keys)
        assert uploaded(service, keys["asks"], OTHER) == 200


def test_calls_that_wait_for_orders_keep_nobody_from_anything(service, keys):
    head = f"GET /api/v1/orders?after=0&wait=25 HTTP/1.1\r\nAuthorization: Bearer {keys['holds']}"
    with holding(service, 30, head):
        others_are_served(service, keys)


def test_checks_have_a_port_of_their_own_that_answers_nothing_else(service, keys):
    place = urlsplit(service.address)
    port = service.said["checks_port"]
    checks = replace(service, address=f"http://{place.hostname}:{port}")
    assert asked(checks, "/api/v1/check", keys["asks"], CHECK, "application/json") == 200
    assert [asked(checks, path) for path in ("/status", "/", "/staff/", "/case/")] == [
        200,
        404,
        404,
        404,
    ]
    # Who looks at this folder from the same machine is led to the one with the pages.
    noted = json.loads((service.home / "web.json").read_text())
    assert noted["port"] == place.port
