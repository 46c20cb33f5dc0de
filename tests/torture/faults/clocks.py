"""Faults of the clock: the date of a service jumps, ahead and back, near and far."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from torture.faults.frame import Fault, NotHereError
from torture.faults.service import Service

_SHIM = Path(__file__).with_name("clock_shim.c")
_HOUR, _DAY = 3600.0, 86_400.0
_JUMPS_S = (180.0, _HOUR, _DAY, 30 * _DAY, 400 * _DAY, 4000 * _DAY)


class Clock:
    """A clock that can be set wrong for a service alone.

    Args:
        folder: of the library that is put before the system's, and of the file that it reads.

    Raises:
        NotHereError: this needs a C compiler.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("clang")
        if compiler is None:
            raise NotHereError("a clock of its own needs a C compiler")
        self._library, self._file = folder / "clock_shim.so", folder / "clock"
        made = ("-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SHIM))
        subprocess.run([compiler, *made], check=True, capture_output=True)
        self.off_s = 0.0
        self._file.write_bytes(struct.pack("d", 0.0))

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process go by it."""
        return {"LD_PRELOAD": str(self._library), "FAULT_CLOCK": str(self._file)}

    def set_off(self, seconds: float) -> None:
        """Set it wrong by so much, from now on and in every process."""
        self.off_s = seconds
        with self._file.open("r+b") as file:
            file.write(struct.pack("d", seconds))


class TimedService(Service):
    """A service that goes by such a clock."""

    def __init__(self, home: Path, port: int, environment: Mapping[str, str], clock: Clock) -> None:
        super().__init__(home, port, environment)
        self.preload, self._clock = clock.environment, clock

    def clock_off_s(self) -> float:
        """By how much its clock is set wrong on purpose."""
        return self._clock.off_s


def faults_of(clock: Clock, service: Service) -> list[Fault]:
    """What can happen to the date."""

    def set_back() -> None:
        clock.set_off(0.0)

    def ahead(chance: random.Random) -> str:
        by = chance.choice(_JUMPS_S)
        clock.set_off(by)
        return f"{by / _HOUR:.2f} h ahead"

    def back(chance: random.Random) -> str:
        by = chance.choice(_JUMPS_S[:4])
        clock.set_off(-by)
        return f"{by / _HOUR:.2f} h back"

    def ahead_and_worker(chance: random.Random) -> str:
        """The worker that starts after the jump did not see it happen."""
        said = ahead(chance)
        service.kill("worker")
        return f"{said}, worker killed"

    return [
        Fault("clock set ahead", ahead, heal=set_back, hold_s=4.0, share=3),
        Fault("clock set back", back, heal=set_back, hold_s=4.0, share=3),
        Fault("clock set ahead, worker restarts", ahead_and_worker, heal=set_back, hold_s=8.0),
    ]
