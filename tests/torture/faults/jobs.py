"""Faults of jobs: a row that cannot be done, two workers on one job, a worker that halts in it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

from torture.faults.frame import Fault, wait_until
from torture.faults.service import Service

_LOOKED_WITHIN_S = 120.0


def faults_of(service: Service) -> list[Fault]:
    """What can happen to the work that is done behind the pages."""
    return [poisoned(service), doubled(service), halting(service)]


def poisoned(service: Service) -> Fault:
    """Rows that cannot be done."""

    def poison(chance: random.Random) -> str:
        """Rows before all others in a job that it cannot do; the rows after them must be done."""
        assert service.clerk is not None
        assert service.crowd is not None
        with service.crowd.clerk_lock:
            asked = service.clerk("poison", count=chance.randint(1, 3))
        if not asked:
            return "nothing there to poison"

        def is_done() -> bool:
            assert service.crowd is not None
            assert service.clerk is not None
            with service.crowd.clerk_lock:
                return bool(service.clerk("looked", place=asked["after"]))

        took = wait_until(is_done, within_s=_LOOKED_WITHIN_S, what="row after the poisoned ones")
        return f"{asked['rows']} rows; the one after them was done in {took:.1f} s"

    return Fault("poisoned rows of a job", poison, share=4)


def doubled(service: Service) -> Fault:
    """Two workers on one job."""
    second: list[subprocess.Popen[bytes]] = []

    def work_twice(chance: random.Random) -> str:
        cleared = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "staydown_web.config.worker"],
            env={**cleared, **service.environment, **service.preload},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        second.append(process)
        time.sleep(chance.uniform(4.0, 10.0))  # it needs seconds to start
        return "two at work"

    def end_second() -> None:
        for process in second:
            process.kill()
            process.wait()
        second.clear()

    return Fault("two workers on one job", work_twice, heal=end_second, hold_s=4.0)


def halting(service: Service) -> Fault:
    """A worker that halts in its job, with whatever it holds, and goes on later."""
    halted: list[int] = []

    def halt(chance: random.Random) -> str:
        time.sleep(chance.uniform(0.0, 0.5))
        for pid in service.parts().get("worker", []):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                halted.append(pid)
        return "halted" if halted else "none there just now"

    def wake() -> None:
        for pid in halted:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        halted.clear()

    return Fault("worker halts in its job", halt, heal=wake, hold_s=4.0, share=4)
