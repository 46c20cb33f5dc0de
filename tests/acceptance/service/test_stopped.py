"""A service that is told to end writes down first what it still has in memory and in the tray."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from urllib.request import Request, urlopen

import pytest

from checked_service import REPORTED, create_key, import_photo
from served import free_ports, served
from staydown import SignalType, fingerprint

AGAIN = 7

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="the tables are looked at as SQLite has them"
)


def asked(address: str, key: str, ref: str) -> str:
    found = next(s for s in fingerprint(REPORTED).signals if s.type == SignalType.PDQ)
    signal = {"type": "pdq", "value": found.value, "quality": found.quality}
    body = json.dumps({"signals": [signal], "content_ref": ref}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(f"{address}/api/v1/check", body, headers), timeout=30) as answer:
        return str(json.loads(answer.read())["verdict"])


def test_nothing_that_was_counted_or_found_is_lost_by_a_stop(tmp_path):
    home = tmp_path / "home"
    with served(home, "--checks-port", str(free_ports())) as service:
        import_photo(home, tmp_path / "reported.sdb", REPORTED, "--bank", "reported")
        key = create_key(home, "uploads", "check")
        port = service.said["checks_port"]
        at = {"pages": service.address, "checks": f"http://127.0.0.1:{port}"}
        for ref, address in at.items():
            while asked(address, key, "first") != "hold":  # until that process has the new entry
                pass
            for _ in range(1 + AGAIN):
                assert asked(address, key, ref) == "hold"
    with closing(sqlite3.connect(home / "staydown.sqlite3")) as reading:
        rows = reading.execute(
            "SELECT content_ref, repeats FROM screening_copy WHERE content_ref != 'first'"
        ).fetchall()
    assert dict(rows) == dict.fromkeys(at, AGAIN)
    with closing(sqlite3.connect(home / "findings.sqlite3")) as reading:
        assert reading.execute("SELECT count(*) FROM finding").fetchone() == (0,)
