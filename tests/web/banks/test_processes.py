"""Several processes share one bank: enforced within a second, and healed after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import catch_up, match_entries, open_segments

pytestmark = pytest.mark.django_db(transaction=True)

_SETUP = """
import os, sys, time, signal
import django
django.setup()
from datetime import UTC, datetime
from django.conf import settings
from django.db import connection
from pathlib import Path
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ["TEST_DB"]
settings.STAYDOWN_HOME = Path(os.environ["TEST_ROOT"]) / "home"
settings.STAYDOWN_SHARED_MEMORY = Path(os.environ["TEST_ROOT"]) / "memory"
from staydown import Fingerprint
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks import services
from staydown_web.banks.services import changes
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
fingerprint = Fingerprint.from_json(sys.argv[1])
"""
_ADD = """
services.open_segments()
if sys.argv[2] == "die":
    changes.catch_up = lambda: os.kill(os.getpid(), signal.SIGKILL)
services.add_entry(bank=Bank.objects.get(), fingerprint=fingerprint, origin=Entry.Origin.NOTICE,
                   actor="person", now=NOW)
print(time.time(), flush=True)
"""
_LOOK = """
services.match_entries(fingerprint)
print("ready", flush=True)
sys.stdin.readline()
while not services.match_entries(fingerprint):
    time.sleep(0.005)
print(time.time(), flush=True)
"""

_REMOVE = """
services.open_segments()
services.withdraw_entry(entry_id=Entry.objects.get().pk, actor="person", now=NOW)
print(time.time(), flush=True)
"""
_LOSE = """
assert services.match_entries(fingerprint)
print("ready", flush=True)
sys.stdin.readline()
while services.match_entries(fingerprint):
    time.sleep(0.005)
print(time.time(), flush=True)
"""


def other_process(script: str, fingerprint, *words: str) -> subprocess.Popen:
    environ = {
        **os.environ,
        "TEST_DB": str(connection.settings_dict["NAME"]),
        "TEST_ROOT": str(settings.STAYDOWN_SHARED_MEMORY.parent),
        "STAYDOWN_KEYS": str(settings.STAYDOWN_KEYS),
        "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", _SETUP + script, fingerprint.to_json(), *words],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_an_entry_of_one_process_is_enforced_in_another_within_a_second(
    bank, segments, drawn_fingerprint
):
    open_segments()
    looking = other_process(_LOOK, drawn_fingerprint(1))
    assert looking.stdout.readline() == "ready\n"
    looking.stdin.write("go\n")
    looking.stdin.flush()
    adding = other_process(_ADD, drawn_fingerprint(1), "live")
    added = float(adding.communicate(timeout=120)[0])
    seen = float(looking.communicate(timeout=120)[0])

    assert seen - added <= 1.0
    assert len(match_entries(drawn_fingerprint(1))) == 1


def test_what_one_process_removes_stops_nothing_in_another_within_a_second(
    bank, segments, drawn_fingerprint
):
    open_segments()
    other_process(_ADD, drawn_fingerprint(1), "live").communicate(timeout=120)
    looking = other_process(_LOSE, drawn_fingerprint(1))
    assert looking.stdout.readline() == "ready\n"
    looking.stdin.write("go\n")
    looking.stdin.flush()
    removing = other_process(_REMOVE, drawn_fingerprint(1))
    removed = float(removing.communicate(timeout=120)[0])
    gone = float(looking.communicate(timeout=120)[0])

    assert gone - removed <= 1.0
    assert match_entries(drawn_fingerprint(1)) == []


def test_a_process_killed_between_commit_and_publishing_loses_nothing(
    bank, segments, drawn_fingerprint
):
    open_segments()
    dying = other_process(_ADD, drawn_fingerprint(1), "die")
    dying.communicate(timeout=120)

    assert dying.returncode == -signal.SIGKILL
    assert Entry.objects.count() == 1
    assert match_entries(drawn_fingerprint(1)) == []
    assert catch_up() == 1
    assert len(match_entries(drawn_fingerprint(1))) == 1


def test_a_process_that_starts_after_such_a_death_sees_everything(
    bank, segments, drawn_fingerprint
):
    open_segments()
    other_process(_ADD, drawn_fingerprint(1), "die").communicate(timeout=120)

    looking = other_process(_LOOK, drawn_fingerprint(1))
    out, _ = looking.communicate("go\n", timeout=120)

    assert out.startswith("ready\n")
    assert float(out.split()[1]) <= time.time()
    assert Bank.objects.count() == 1
