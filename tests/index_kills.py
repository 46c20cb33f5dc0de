"""A writer that is killed at a random moment, and what must be true of its file afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from index_samples import any_fingerprint, pdq_only
from staydown.index import BankFile

_CHILD = """
import sys
sys.path[:0] = {folders!r}
import staydown.index.bankfile as bankfile
from staydown.index import BankFile
from index_samples import any_fingerprint, pdq_only
bankfile._LOG_RECORDS = 12
bank = BankFile.open({path!r})
number = {start}
print("ready", flush=True)
while True:
    if number % 10 == 3:
        bank.add_many((f"m{{number}}-{{k}}", pdq_only(k)) for k in range(260))
        print(f"+m{{number}}", flush=True)
    elif number % 10 == 6:
        bank.compact()
        print("compacted", flush=True)
    elif number % 10 == 8:
        bank.remove(f"e{{number - 1}}")
        print(f"-e{{number - 1}}", flush=True)
    else:
        bank.add(f"e{{number}}", any_fingerprint(number % 50))
        print(f"+e{{number}}", flush=True)
    number += 1
"""


def kill_at_random_moments(path: Path, kills: int, seed: int) -> None:
    """Start a writer, kill it, check the file; again and again.

    Everything the writer printed as done must be there; at most the one step under way may be
    there as well, whole or not at all.
    """
    rng = random.Random(seed)
    BankFile.create(path).close()
    known: set[str] = set()
    start = 0
    for _ in range(kills):
        done = _run_and_kill(path, start, rng.uniform(0.0, 0.25))
        for line in done:
            if line[0] == "+":
                known.add(line[1:])
            elif line[0] == "-":
                known.discard(line[1:])
        with BankFile.open(path) as bank:
            found = {e.entry_id.partition("-")[0] for e in bank.entries()}
            lost, more = known - found, found - known
            # The step under way: one removal, or one addition.
            assert len(lost) + len(more) <= 1, (sorted(lost), sorted(more))
            assert not lost or f"e{start + len(done) - 1}" in lost
            _check_all(bank, found)
            assert bank.verify() == len(bank)
            known = found
        start += len(done) + 1
        start += 10 - start % 10


def _run_and_kill(path: Path, start: int, after_s: float) -> list[str]:
    folders = [str(Path(__file__).parent)]
    program = _CHILD.format(folders=folders, path=str(path), start=start)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(after_s)
    os.kill(child.pid, signal.SIGKILL)
    rest = child.stdout.read()
    child.wait()
    child.stdout.close()
    return [line for line in rest.split("\n")[:-1] if line]


def _check_all(bank: BankFile, names: set[str]) -> None:
    for name in names:
        if name[0] == "m":
            assert bank.fingerprint(f"{name}-0") == pdq_only(0)
            assert bank.fingerprint(f"{name}-259") == pdq_only(259)
        else:
            assert bank.fingerprint(name) == any_fingerprint(int(name[1:]) % 50)
