"""One decoding process as the parent holds it: start, ask, listen, kill."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import staydown
from staydown.errors import ConfigError, DecodeCrashError, DecodeTimeoutError, StaydownError
from staydown.isolate.wire import (
    ChannelError,
    NonsenseError,
    Reply,
    Request,
    Status,
    receive_reply,
    send_request,
)
from staydown.types.limits import Limits

START_S = 60.0
"""How long a child may take to start; it needs half a second on a quiet machine."""

_END_S = 5.0
_NONSENSE = "the decoding process gave an answer that cannot be read"
_BOOT = (
    "import gc, os, runpy, sys;"
    "gc.disable(); os.environ['OPENBLAS_NUM_THREADS'] = '1';"
    "sys.path[:] = sys.argv[3:]; del sys.argv[3:];"
    "runpy.run_module('staydown.isolate.child', run_name='__main__')"
)
"""Python is started isolated (-I -S), so the way to the packages is handed over explicitly. This
finds them whether they are installed, installed as editable, or on PYTHONPATH. What is imported is
no rubbish, and numpy multiplies nothing here that would be worth threads of its own."""


class Lane:
    """A child and the socket to it. Used by one thread.

    Args:
        memory_bytes: the most that any file may cost in this child; what runs there cannot lift it.
        command: what to start instead of the decoding process; tests start one that misbehaves.

    Raises:
        ConfigError: the child does not start.
    """

    def __init__(
        self,
        memory_bytes: int = Limits().memory_bytes,
        command: Sequence[str] | None = None,
    ) -> None:
        self.memory_bytes = memory_bytes
        given = list(command or command_of_child(memory_bytes))
        # One that is killed while it starts, as where memory ran out, says nothing about the rest.
        if not (self._starts(given) or (self._was_killed() and self._starts(given))):
            raise ConfigError(
                "the decoding process does not start; run `python -m staydown.isolate.child 0 0` "
                "to see why, or `staydown doctor`"
            )

    def _starts(self, command: list[str]) -> bool:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )
        self._channel = ours
        try:
            ready = receive_reply(ours, time.monotonic() + START_S)
            self.report: dict[str, Any] = json.loads(ready.payload)
        except (ChannelError, TimeoutError, ValueError) as error:
            if isinstance(error, ChannelError):  # it has ended, or is about to
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_S)
            self._ended: int | None = self._process.poll()
            self.kill()
            return False
        return True

    def _was_killed(self) -> bool:
        return self._ended == -signal.SIGKILL

    @property
    def pid(self) -> int:
        """The child's process id."""
        pid: int = self._process.pid
        return pid

    def is_alive(self) -> bool:
        """True while the child runs."""
        return self._process.poll() is None

    def ask(self, job: int, request: Request, descriptor: int) -> None:
        """Send a request; it waits in the socket while the child works on another.

        Raises:
            ChannelError: the child is gone.
        """
        send_request(self._channel, job, request, descriptor)

    def listen(self, started: float, limits: Limits) -> Reply:
        """The reply to the oldest open request.

        Args:
            started: ``time.monotonic()`` when the child could begin with it.
            limits: of that request.

        Raises:
            DecodeTimeoutError: over the limit of time; the child is killed.
            DecodeCrashError: the child died or speaks nonsense; it is killed.
        """
        deadline = started + limits.wall_s
        try:
            reply = receive_reply(self._channel, deadline)
            if reply.status is Status.IS_VIDEO:
                deadline = started + limits.video_wall_s
                reply = receive_reply(self._channel, deadline)
        except TimeoutError:
            self.kill()
            raise DecodeTimeoutError(
                f"took longer than the limit of {deadline - started:g} seconds and was stopped"
            ) from None
        except NonsenseError:
            self.kill()
            raise DecodeCrashError(_NONSENSE) from None
        except ChannelError:
            raise self._cause_of_death(limits) from None
        return reply

    def _cause_of_death(self, limits: Limits) -> StaydownError:
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return DecodeCrashError(_NONSENSE)
        self.kill()
        if code == -signal.SIGXCPU:
            return DecodeTimeoutError("took more processor time than the limit and was stopped")
        if code == -signal.SIGKILL:
            return DecodeCrashError(
                "the decoding process was killed, most likely because the machine ran out of "
                f"memory; the limit for one file is {limits.memory_bytes >> 20} MB"
            )
        return DecodeCrashError(
            f"the decoding process died on this file (status {code}); if it opens elsewhere, "
            f"it may need more memory than the limit of {limits.memory_bytes >> 20} MB"
        )

    def kill(self) -> None:
        """End the child now, without leaving a zombie. May be called again."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def hang_up(self) -> None:
        """Wake a thread that listens; the child ends as well. Safe from another thread."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._process.kill()


def command_of_child(memory_bytes: int) -> list[str]:
    """How a decoding process is started: isolated Python, our process id, its ceiling, the path."""
    given = [str(os.getpid()), str(memory_bytes)]
    return [sys.executable, "-I", "-S", "-c", _BOOT, *given, *_search_path()]


def _search_path() -> list[str]:
    """Where the child finds its packages: this process's own path, in absolute form."""
    home = str(Path(staydown.__file__).resolve().parent.parent)
    found = [str(Path(entry).absolute()) for entry in sys.path]
    return list(dict.fromkeys([*found, home]))
