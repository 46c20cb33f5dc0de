"""Uploads are kept for trials by a real service, written by its thread, gone when switched off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

from served import Served, served

LOOKS = 30
HEAD = """
from staydown_web.config.preparing import set_up_django
set_up_django()
from staydown_web.accounts.models import Platform
from staydown_web.accounts.services import create_api_key
from staydown_web.base.clock import utc_now
from staydown_web.screening.models import KeptDay, KeptUpload
from staydown_web.screening.services import keep_uploads, stop_keeping
platform, _ = Platform.objects.get_or_create(name="P", slug="p", defaults={"created_at": utc_now()})
given = {"platform": platform, "actor": "system", "now": utc_now()}
"""
KEY = 'print(create_api_key(name="k", scopes=["check"], per_minute=0, **given)[1])'
KEPT = "print(KeptUpload.objects.count())"


def in_service(service: Served, code: str) -> str:
    """What some lines print in another process of the same installation."""
    cleared = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
    own = {"STAYDOWN_HOME": str(service.home)}
    done = subprocess.run(
        [sys.executable, "-c", HEAD + code],
        env=cleared | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def check(service: Served, key: str, n: int) -> str:
    """The verdict on an upload that nothing is like."""
    signal = {"type": "pdq", "value": n.to_bytes(32, "big").hex(), "quality": 100}
    asked = Request(
        f"{service.address}/api/v1/check",
        data=json.dumps({"signals": [signal]}).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urlopen(asked, timeout=60) as answer:
        return str(json.load(answer)["verdict"])


def test_clear_uploads_are_kept_while_it_is_on(tmp_path: Path) -> None:
    with served(tmp_path / "home") as service:
        key = in_service(service, KEY)
        assert check(service, key, 1) == "clear"
        assert in_service(service, KEPT) == "0"

        in_service(service, "keep_uploads(days=3, per_day=100, **given)")
        # A web process sees within five seconds that it is on, and writes once a second.
        kept = asked = 0
        while not kept and asked < LOOKS:
            asked += 1
            assert check(service, key, asked) == "clear"
            time.sleep(1)
            kept = int(in_service(service, KEPT))
        assert 0 < kept <= asked
        assert int(in_service(service, "print(KeptDay.objects.get().seen)")) >= kept

        in_service(service, "stop_keeping(**given)")
        assert check(service, key, 99) == "clear"
        time.sleep(3)
        assert in_service(service, KEPT) == "0"
