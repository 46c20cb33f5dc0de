"""Whole processes: a withdrawal is felt in all of them, and one that is killed costs nothing."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from exchange_servers.stopncii import StopNciiServer
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.banks.models import Entry
from staydown_web.banks.services import catch_up, close_segments, match_entries, open_segments
from staydown_web.base.clock import utc_now
from staydown_web.exchanges.models import Exchange, Received, Run
from staydown_web.exchanges.services import make_exchange, start_trial

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]

_SETUP = """
import os, signal, sys, time
import django
django.setup()
from pathlib import Path
from django.conf import settings
from django.db import connection
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ["TEST_DB"]
settings.STAYDOWN_HOME = Path(os.environ["TEST_ROOT"]) / "home"
settings.STAYDOWN_SHARED_MEMORY = Path(os.environ["TEST_ROOT"]) / "memory"
from staydown import Fingerprint
from staydown_web.banks import services as banks
from staydown_web.banks.services import intake
from staydown_web.base.clock import utc_now
from staydown_web.exchanges import services
from staydown_web.exchanges.partners import stopncii
from staydown_web.exchanges.services import fetching, taking
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
"""
_FETCH = """
stopncii.PAGE_ROWS = int(sys.argv[2])
after = int(sys.argv[3])
def counted(done, last):
    left = [after]
    def call(*args, **kwargs):
        if left[0] == 0:
            return last(*args, **kwargs)
        left[0] -= 1
        return done(*args, **kwargs)
    return call
match sys.argv[1]:
    case "fetched": fetching.take_in_page = counted(fetching.take_in_page, die)
    case "inside": taking._note = counted(taking._note, die)
    case "committed": intake.publish_after_commit.__globals__["catch_up"] = counted(
        banks.catch_up, die)
banks.open_segments()
print("ready", flush=True)
sys.stdin.readline()
began = time.time()
while services.fetch_due(now=utc_now(), clock=utc_now, enough=0):
    pass
print(began, time.time(), flush=True)
"""
_LOOK = """
fingerprint = Fingerprint.from_json(sys.argv[1])
while not banks.match_entries(fingerprint):
    time.sleep(0.02)
print("ready", flush=True)
sys.stdin.readline()
while banks.match_entries(fingerprint):
    time.sleep(0.005)
print(time.time(), flush=True)
"""


def started(script: str, *words: object) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "TEST_DB": str(connection.settings_dict["NAME"]),
        "TEST_ROOT": str(settings.STAYDOWN_SHARED_MEMORY.parent),
        "STAYDOWN_KEYS": str(settings.STAYDOWN_KEYS),
        "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", _SETUP + script, *map(str, words)],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pdq(number: int) -> str:
    return hashlib.sha256(f"listed {number}".encode()).hexdigest()


def photo(number: int) -> Fingerprint:
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, pdq(number), None),))


@pytest.fixture
def server() -> Iterator[StopNciiServer]:
    with StopNciiServer() as made:
        yield made


@pytest.fixture
def exchange(server: StopNciiServer, db: None) -> Exchange:
    made = make_exchange(
        kind="stopncii",
        name="StopNCII",
        config=server.config,
        secrets=server.secrets,
        actor="system",
        now=utc_now(),
    )
    return start_trial(exchange_id=made.pk, actor="system", now=utc_now())


def fetch(*, dies: str = "never", rows: int = 800, after: int = 0) -> Any:
    """Fetch in a process of its own; gives when it began and ended, or nothing where it died."""
    process = started(_FETCH, dies, rows, after)
    out, _ = process.communicate("go\n", timeout=240)
    if dies != "never":
        assert process.returncode == -signal.SIGKILL
        return None
    assert process.returncode == 0
    return tuple(float(part) for part in out.split()[1:])


def test_what_is_withdrawn_matches_in_no_process_two_seconds_after_the_fetch(
    server, exchange
) -> None:
    open_segments()
    keys = [server.add(pdq(number)) for number in range(40)]
    fetch()
    looking = started(_LOOK, photo(7).to_json())
    assert looking.stdout.readline() == "ready\n"
    assert match_entries(photo(7))

    server.withdraw(keys[7])
    Exchange.objects.update(next_try_at=utc_now())
    looking.stdin.write("go\n")
    looking.stdin.flush()
    _, ended = fetch()
    seen = float(looking.communicate(timeout=60)[0])

    assert seen - ended <= 2.0
    assert match_entries(photo(7)) == []
    assert match_entries(photo(8))
    entry = Entry.objects.get(state=Entry.State.WITHDRAWN)
    assert entry.box is None


def test_a_fetch_that_is_killed_again_and_again_ends_as_one_that_was_not(server, exchange) -> None:
    keys = [server.add(pdq(number)) for number in range(50)]
    server.withdraw(keys[3])

    # Each time it goes on from the last page that is whole: 20, 20 and 10 rows.
    fetch(dies="fetched", rows=20)
    assert Received.objects.count() == 0
    fetch(dies="inside", rows=20, after=1)
    assert Received.objects.count() == 20
    fetch(dies="committed", rows=20)
    assert Received.objects.count() == 40
    fetch(rows=20)

    exchange.refresh_from_db()
    assert (exchange.listed, exchange.withdrawn) == (49, 1)
    assert Received.objects.values("blind").distinct().count() == Received.objects.count() == 50
    assert Entry.objects.count() == 49
    run = Run.objects.get()
    assert (run.records, run.added, run.error_code) == (50, 49, "")
    close_segments()
    open_segments()
    catch_up()
    assert [n for n in range(50) if not match_entries(photo(n))] == [3]
