from __future__ import annotations

import ctypes
import json
import subprocess
import sys

import pytest

from staydown.isolate.landlock import rules_for, version_of_landlock

_TRY = """
import ctypes, json, os, socket, sys, threading
from staydown.isolate.landlock import give_up_paths
libc = ctypes.CDLL(None, use_errno=True)
kept = open("/etc/passwd")
libc.prctl(38, 1, 0, 0, 0)
done = give_up_paths(libc)

def tried(work):
    try:
        work()
    except OSError as error:
        return type(error).__name__
    return "did it"

out = {
    "done": done,
    "open": tried(lambda: open("/etc/hostname")),
    "write": tried(lambda: open("/tmp/staydown-landlock-test", "w")),
    "list": tried(lambda: os.listdir("/")),
    "program": tried(lambda: os.execv("/bin/true", ["true"])),
    "kept": tried(lambda: kept.read()),
    "connect": tried(lambda: socket.create_connection(("127.0.0.1", 9), 1)),
}
thread = threading.Thread(target=lambda: out.update(later=tried(lambda: open("/etc/hostname"))))
thread.start()
thread.join()
sys.stdout.write(json.dumps(out))
"""


def test_nothing_is_opened_behind_this_wall_even_without_a_filter() -> None:
    version = version_of_landlock(ctypes.CDLL(None, use_errno=True))
    if not version:
        pytest.skip("this kernel offers no Landlock")
    run = subprocess.run(
        [sys.executable, "-c", _TRY], capture_output=True, timeout=60, check=True, text=True
    )
    found = json.loads(run.stdout)
    assert found.pop("done") is True
    assert found.pop("kept") == "did it"
    assert found.pop("connect") == ("PermissionError" if version >= 4 else "ConnectionRefusedError")
    assert set(found.values()) == {"PermissionError"}


@pytest.mark.parametrize(
    ("version", "words"), [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 3), (99, 3)]
)
def test_each_version_is_asked_for_all_that_it_knows_and_no_more(version: int, words: int) -> None:
    rules = rules_for(version)
    assert len(rules) == 8 * words
    assert (
        int.from_bytes(rules[:8], "little")
        == (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    )
