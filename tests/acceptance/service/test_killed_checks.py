"""A server of checks that is killed, or told to end, right after its answers: all of it is kept."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from checked_service import REPORTED, create_key, import_photo
from served import Served, free_ports, served
from staydown import SignalType, fingerprint
from staydown_web.base.journal import Journal

WITHIN_S = 180.0
CHECKS = 12
AGAIN = 7

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="there each writes when it wants"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("killed")
    with served(folder / "home", "--checks-port", str(free_ports())) as made:
        import_photo(made.home, folder / "reported.sdb", REPORTED, "--bank", "reported")
        yield made


def body(ref: str) -> bytes:
    found = next(s for s in fingerprint(REPORTED).signals if s.type == SignalType.PDQ)
    signal_ = {"type": "pdq", "value": found.value, "quality": found.quality}
    return json.dumps({"signals": [signal_], "content_ref": ref}).encode()


def asked(address: str, key: str, data: bytes | None = None) -> dict:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(address, data, headers), timeout=20) as answer:
        return json.loads(answer.read())


def pids_of_server(port: int) -> list[int]:
    """A web server: the process that holds the port, and its children."""
    found, wanted = [], {b"--port", str(port).encode()}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted <= set(line) and b"staydown_web.config.web_server" in line:
            found.append(int(folder.name))
    return found


def until(what):
    """What it gives, once it gives anything."""
    ends_at = time.monotonic() + WITHIN_S
    while time.monotonic() < ends_at:
        try:
            if (found := what()) is not None:
                return found
        except OSError:  # refused, broken off, too late
            pass
        time.sleep(0.2)
    raise AssertionError("it did not come about")


@pytest.mark.parametrize("server", ["checks", "pages"])
def test_what_was_answered_while_somebody_wrote_survives_the_kill(service, server):
    key = create_key(service.home, server, "check")
    place = urlsplit(service.address)
    port = service.said["checks_port"] if server == "checks" else place.port
    checks = f"http://{place.hostname}:{port}/api/v1/check"
    until(lambda: asked(checks, key, body("first")) if True else None)
    told = {}
    with closing(
        sqlite3.connect(service.home / "staydown.sqlite3", isolation_level=None, timeout=30)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        for n in range(CHECKS):
            answer = asked(checks, key, body(f"{server}-{n}"))
            assert answer["verdict"] == "hold"
            told[f"{server}-{n}"] = answer["check_id"]
        pids = pids_of_server(port)
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        other.execute("ROLLBACK")

    def stored(check_id: str) -> dict:
        return asked(f"{service.address}/api/v1/checks/{check_id}", key)

    for check_id in told.values():
        assert until(lambda check_id=check_id: stored(check_id))["verdict"] == "hold"
    # The server comes back, knows all of it, and takes in what is left.
    for ref, check_id in told.items():
        assert until(lambda ref=ref: asked(checks, key, body(ref)))["check_id"] == check_id

    def copies() -> int | None:
        with closing(sqlite3.connect(service.home / "staydown.sqlite3", timeout=30)) as reading:
            row = reading.execute(
                "SELECT count(*), count(DISTINCT content_ref) FROM screening_copy "
                "WHERE content_ref LIKE ?",
                [f"{server}-%"],
            ).fetchone()
        return row[0] if row[1] == CHECKS else None

    assert until(copies) == CHECKS


def test_a_stop_writes_down_what_was_counted_and_found(service):
    """The last of this file: it ends the service."""
    key = create_key(service.home, "more uploads", "check")
    port = service.said["checks_port"]
    at = {"pages": service.address, "checks": f"http://127.0.0.1:{port}"}
    for ref, address in at.items():
        until(lambda address=address: asked(f"{address}/api/v1/check", key, body("first")))
        for _ in range(1 + AGAIN):
            assert asked(f"{address}/api/v1/check", key, body(ref))["verdict"] == "hold"
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(WITHIN_S) == 0
    with closing(sqlite3.connect(service.home / "staydown.sqlite3")) as reading:
        rows = reading.execute(
            "SELECT content_ref, repeats FROM screening_copy WHERE content_ref IN (?, ?)", list(at)
        ).fetchall()
    assert dict(rows) == dict.fromkeys(at, AGAIN)
    findings = Journal(service.home / "findings.journal", size=0)
    assert findings.read(after=0, most=10) == []
    findings.close()
