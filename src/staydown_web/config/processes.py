"""Processes that belong together: started, watched, restarted after a pause, ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from staydown.isolate.priority import give_way

PARENT_VARIABLE = "STAYDOWN_PARENT"
"""Tells a child which process it belongs to."""

PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Before the first, second, … restart in a row; the last one goes on."""

STEADY_S = 60.0
"""A child that ran so long has recovered: its next pause is the first again."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOOK_EVERY_S = 0.2


@dataclass(slots=True)
class Child:
    """One process to keep running.

    Attributes:
        name: for messages.
        command: program and arguments.
        environment: what it gets besides our own environment.
        niceness: by how much it and all that it starts give way to others, 0 to 19.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    falls: int = 0
    start_again_at: float | None = None

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches us alone and in order."""
        own = {PARENT_VARIABLE: str(os.getpid()), **self.environment}
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self.niceness:
            give_way(self.process.pid, self.niceness)
        self.started_at, self.start_again_at = time.monotonic(), None

    @property
    def is_running(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps children running until it is told to stop.

    Args:
        children: in the order of starting; they are ended in the opposite order.
        say: takes one sentence about what happened.
        pauses_s: before each restart in a row.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], None],
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self.children = tuple(children)
        self._say, self._pauses_s = say, pauses_s

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            child.start()

    def look(self) -> None:
        """Restart what has ended and whose pause is over."""
        now = time.monotonic()
        for child in self.children:
            if child.is_running:
                continue
            if child.start_again_at is None:
                self._plan_restart(child, now)
            elif now >= child.start_again_at:
                child.start()

    def run(self) -> None:
        """Watch for ever; ends by an exception such as ``KeyboardInterrupt``."""
        while True:
            self.look()
            time.sleep(_LOOK_EVERY_S)

    def stop(self, *, timeout_s: float = 30.0) -> None:
        """End every child: asked first, and after the time by force, with all that it started."""
        for child in reversed(self.children):
            if child.process is None:
                continue
            with suppress(ProcessLookupError):
                child.process.terminate()
        ends_at = time.monotonic() + timeout_s
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, ends_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{child.name} did not end when asked, and is ended by force")
            # Its session too: nothing that it started stays behind.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            child.process = None

    def _plan_restart(self, child: Child, now: float) -> None:
        if child.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
        child.falls = 0 if now - child.started_at >= STEADY_S else child.falls
        pause_s = self._pauses_s[min(child.falls, len(self._pauses_s) - 1)]
        child.falls += 1
        child.start_again_at = now + pause_s
        status = child.process.returncode if child.process is not None else 0
        self._say(f"{child.name} ended (status {status}); it starts again in {pause_s:g} s")


def end_with_parent(parent: int | None = None) -> None:
    """Ask the system for SIGTERM when our parent ends, however that happens.

    Args:
        parent: process id that we expect; None takes it from the environment, and does nothing
            where a process was started by hand.
    """
    if parent is None:
        given = os.environ.get(PARENT_VARIABLE)
        if given is None:
            return
        parent = int(given)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGTERM)
