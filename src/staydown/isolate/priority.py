"""Processes that give way to others for the processor."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

_TRIES = 3
_PAUSE_S = 0.12
"""Linux lets an ordinary user change the weight of a session once in a tenth of a second, over all
sessions (``proc_sched_autogroup_set_nice``)."""


def give_way(pid: int, niceness: int) -> None:
    """Let a process, and all that it starts, give way to others; at least as much as we do.

    Linux may weigh sessions against each other instead of processes (sched(7), autogroups); then
    the number counts for the session, as far as it is the process's own. Where the system does not
    allow it, the process goes on as it is.

    Args:
        pid: the process; it has just been started, and has no threads yet.
        niceness: 0 to 19, as of nice(1).
    """
    with suppress(OSError):  # it is gone already, which the next look at it says
        least = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, pid, max(niceness, least))
        if os.getsid(pid) != os.getsid(0):
            _weigh_session(pid, max(niceness, session_niceness()))


def give_way_here(niceness: int) -> None:
    """Let this thread give way to the others of its process, and to all else, where Linux does.

    Args:
        niceness: 0 to 19, as of nice(1); a thread that gives way further already stays so.
    """
    if sys.platform != "linux":  # elsewhere a thread has no number of its own
        return
    with suppress(OSError):
        thread = threading.get_native_id()
        os.setpriority(
            os.PRIO_PROCESS, thread, max(niceness, os.getpriority(os.PRIO_PROCESS, thread))
        )


def session_niceness(pid: int | str = "self") -> int:
    """How much the session of a process gives way to others; 0 where sessions have no weight."""
    try:
        return int(Path(f"/proc/{pid}/autogroup").read_text(encoding="ascii").split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


def _weigh_session(pid: int, niceness: int) -> None:
    for left in reversed(range(_TRIES)):
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")
        except BlockingIOError:
            if not left:
                return
            time.sleep(_PAUSE_S)
        else:
            return
