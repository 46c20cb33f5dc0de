"""Programs of several processes that use one bank file at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_START = """
import sys
sys.path[:0] = {folders!r}
from staydown.index import BankFile, HammingIndex
from index_samples import pdq_only, photo, random_hashes
path, number = {path!r}, {number!r}
"""

ADDER = """
bank = BankFile.open(path)
bank.busy_timeout_s = 60.0  # a busy machine is not what is looked at here
for k in range(12):
    bank.add(f"p{number}-{k}", pdq_only(1000 * number + k))
    if k % 4 == 3:
        bank.remove(f"p{number}-{k - 1}")
    if k == 6:
        bank.add_many((f"p{number}-m{j}", pdq_only(1000 * number + 100 + j)) for j in range(256))
    if k == 9 and number == 1:
        bank.compact()
print("done", flush=True)
"""

SHARER = """
index = HammingIndex.open(path, shared=True)
rows = random_hashes(number, 40)
for k in range(40):
    index.add([100 * number + k], rows[k : k + 1])
    if k % 4 == 3:
        index.remove([100 * number + k - 1])
    if k == 20 and number == 1:
        index.save(path)
print("done", flush=True)
"""

ANNOUNCER = """
import time
bank = BankFile.open(path)
for k in range(40):
    bank.add(f"a{k}", pdq_only(k))
    print("added", k, time.monotonic(), flush=True)
    time.sleep(0.02)
    if k % 2:
        bank.remove(f"a{k - 1}")
        print("removed", k - 1, time.monotonic(), flush=True)
    if k == 10:
        bank.add_many((f"m{j}", pdq_only(5000 + j)) for j in range(300))
    if k == 20:
        bank.compact()
"""

INTERRUPTED = """
import time
def entries():
    for k in range(10_000_000):
        if k == 300:
            print("half way", flush=True)
        if k > 300:
            time.sleep(0.01)
        yield f"n{k}", pdq_only(k)
bank = BankFile.open(path)
bank.add("before", pdq_only(1))
try:
    bank.add_many(entries())
except KeyboardInterrupt:
    bank.add("after", pdq_only(2))
    print("done", flush=True)
"""


def start(program: str, path: Path, number: int = 0) -> subprocess.Popen[str]:
    """Start one of these programs on a file."""
    folders = [str(Path(__file__).parent)]
    text = _START.format(folders=folders, path=str(path), number=number) + program
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)


def finish(child: subprocess.Popen[str]) -> str:
    """Wait for a program to end; its last words."""
    words, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    return words.strip()
