"""kill -9 at random moments of a first import; whatever falls over, every key is there once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exchange_servers.stopncii import StopNciiServer

pytestmark = pytest.mark.torture
RECORDS, KILLS, SEED = 20_000, 25, 17
_HASHES = random.Random(SEED)


def manage(environ: dict[str, str], *words: str, stdin: str = "") -> str:
    command = [sys.executable, "-m", "staydown", "manage", *words]
    done = subprocess.run(
        command, env=environ, input=stdin, check=True, capture_output=True, text=True
    )
    return done.stdout


def counts(environ: dict[str, str]) -> dict[str, int]:
    script = (
        "import json; from staydown_web.exchanges.models import Exchange, Received, Run;"
        "from staydown_web.banks.models import Entry;"
        "print(json.dumps({'listed': Exchange.objects.get().listed,"
        "'keys': Received.objects.count(),"
        "'entries': Entry.objects.count(),"
        "'linked': Received.objects.values('entry').distinct().count(),"
        "'added': sum(Run.objects.values_list('added', flat=True))}))"
    )
    found: dict[str, int] = json.loads(
        manage(environ, "shell", "-v", "0", "-c", script).splitlines()[-1]
    )
    return found


def test_an_import_that_is_killed_again_and_again_ends_whole(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "STAYDOWN_HOME": str(tmp_path / "home"),
        "STAYDOWN_SHARED_MEMORY": str(tmp_path / "memory"),
        "DATABASE_URL": "",
    }
    drawn = random.Random(SEED)
    with StopNciiServer() as server:
        for _ in range(RECORDS):
            server.add(f"{_HASHES.getrandbits(256):064x}")
        secrets = "\n".join(f"{name}={value}" for name, value in server.secrets.items())
        setting = f"address={server.address}"
        words = ("exchanges-add", "stopncii", "StopNCII", "--set", setting, "--trial")
        manage(environ, "migrate", "--verbosity", "0")
        manage(environ, *words, stdin=secrets)
        command = [sys.executable, "-m", "staydown", "manage", "exchanges-fetch", "StopNCII"]
        killed = 0
        for _ in range(KILLS):
            asked = len(server.requests)
            process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
            while process.poll() is None and len(server.requests) == asked:
                time.sleep(0.01)
            time.sleep(drawn.random())
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        assert killed > 1
        manage(environ, "exchanges-fetch", "StopNCII")
        found = counts(environ)
    assert found == dict.fromkeys(("listed", "keys", "entries", "linked", "added"), RECORDS)


def test_the_benchmark_of_an_import_counts_every_key_once(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "exchange_import.py"
    result = tmp_path / "import.json"
    words = ("--records", "4000", "--before", "3", "--rate", "20", "--kill", "--json", str(result))
    subprocess.run([sys.executable, str(script), *words], check=True)
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["killed"]
    assert found["bad_answers"] == 0
    names = ("keys", "distinct_keys", "entries", "linked")
    assert {found[name] for name in names} == {4000}
