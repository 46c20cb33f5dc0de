"""Decoding processes that are in an attacker's hands: they run the Python that lies in their file.

The process is started by the same command, sandbox and pipes as the one that ships; one function is
put in the decoder's place. Nothing of this is part of the package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from staydown.isolate.jobs import Job, JobQueue
from staydown.isolate.lane import Lane, command_of_child
from staydown.isolate.wire import Operation, Request
from staydown.isolate.worker import Worker
from staydown.types.limits import Limits

_HOOK = """
import sys
sys.path[:] = sys.argv[3:]; del sys.argv[3:]
import json, socket, threading
from staydown.isolate import child, child_work

class Said:
    def __init__(self, said):
        self.said = said
    def to_bytes(self):
        return json.dumps(self.said).encode()

def run(file, **_):
    given, _, code = file.read().decode().partition("\\n")
    scope = {"given": json.loads(given), "file": file}
    exec(code, scope)
    return Said(scope["said"])

child_work.fingerprint_file = run
child.main()
"""

TOOLS = """
import ctypes, errno, json, os, socket, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(number, *args):
    ctypes.set_errno(0)
    words = [a if isinstance(a, (bytes, ctypes.Array)) else ctypes.c_long(a) for a in args]
    got = libc.syscall(ctypes.c_long(number), *words)
    return "did it" if got >= 0 else errno.errorcode[ctypes.get_errno()]

def tried(work, *args):
    try:
        return work(*args) or "did it"
    except BaseException as error:
        return type(error).__name__
"""
"""What every attack may use; the names of system calls are their numbers on x86_64."""


class Attacker:
    """One broken-into process after the other, fed from a queue of its own."""

    def __init__(self) -> None:
        self._queue = JobQueue()
        self._worker = Worker(self._queue, compromised_lane)
        self._worker.start()

    def begin(self, code: str, *, limits: Limits | None = None, **given: Any) -> Job:
        """Have code run as if a file had broken in; ``given`` is what it knows already."""
        body = json.dumps(given) + "\n" + TOOLS + code
        request = Request(Operation.FINGERPRINT, "banking", None, limits or Limits(wall_s=60))
        job = Job(body.encode(), request, "attack")
        self._queue.put(job)
        return job

    def run(self, code: str, **given: Any) -> Any:
        """The same, and wait for what it ``said``."""
        return said_by(self.begin(code, **given))

    @property
    def pid(self) -> int:
        """The process that is there now."""
        assert self._worker.child_pid is not None
        return self._worker.child_pid

    def close(self) -> None:
        """End it."""
        self._queue.close()
        self._worker.stop()
        self._worker.join(10)


def said_by(job: Job) -> Any:
    """What the code of a job ``said``."""
    return json.loads(job.future.result(90))


@contextmanager
def attacker() -> Iterator[Attacker]:
    """An attacker until the block ends."""
    one = Attacker()
    try:
        yield one
    finally:
        one.close()


def compromised_lane(memory_bytes: int) -> Lane:
    """A lane to a process whose decoder runs what it is given."""
    command = command_of_child(memory_bytes)
    command[command.index("-c") + 1] = _HOOK
    return Lane(memory_bytes, command)


def found_in_memory(pid: int, secrets: Mapping[str, bytes]) -> set[str]:
    """Which secrets stand anywhere in the memory of a process; the reader must be root.

    What code that runs there could read is at most this.
    """
    found: set[str] = set()
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in lines:
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if span is None or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            first, last = (int(x, 16) for x in span.groups())
            found |= _found_between(memory, first, last, secrets)
    return found


def _found_between(memory: Any, first: int, last: int, secrets: Mapping[str, bytes]) -> set[str]:
    found, step, overlap = set(), 16 << 20, 4096
    for at in range(first, last, step):
        try:
            memory.seek(at)
            piece = memory.read(min(step + overlap, last - at))
        except OSError:
            continue
        found |= {name for name, secret in secrets.items() if secret in piece}
    return found
