"""One stretch of load: checks from a process of their own on core 1, and what came of them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from load_people import People
from load_scene import Scene

CLIENT = Path(__file__).with_name("load_client.py")
DUE, MS, STATUS, AGAIN = range(4)
CAPACITY_CLIENTS = 8
STEADY_CONNECTIONS = 64
WARM_ROUNDS, WARM_ROUND_S, WARM_SPREAD = 24, 5.0, 1.1
SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
WELL_MS = 250.0
"""What 99 of 100 may take while the service is well: as those who are let in during a flood."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What came of one stretch.

    Attributes:
        rows: of each answer the second at which it was due, milliseconds, status, ``Retry-After``.
        seconds: how long it was.
        unsent: requests for which no connection was free.
        broken: connections that broke, or never answered.
        began: on the clock of ``time.monotonic``.
    """

    rows: np.ndarray
    seconds: float
    unsent: int
    broken: int
    began: float

    @property
    def admitted(self) -> np.ndarray:
        """Milliseconds of the answers that were checks."""
        return self.rows[self.rows[:, STATUS] == 200][:, MS]

    @property
    def refused(self) -> int:
        """How many were told to come back later, each with a time."""
        is_refused = np.isin(self.rows[:, STATUS], (429, 503)) & (self.rows[:, AGAIN] >= 1)
        return int(is_refused.sum())

    @property
    def failed(self) -> int:
        """All else: other statuses, refusals that do not say when, connections that broke."""
        return len(self.rows) - len(self.admitted) - self.refused + self.broken

    def facts(self) -> dict[str, float]:
        """For the record."""
        found = percentiles(self.admitted)
        return {
            "seconds": round(self.seconds, 1),
            "asked_a_second": round((len(self.rows) + self.unsent) / self.seconds, 1),
            "admitted_a_second": round(len(self.admitted) / self.seconds, 1),
            "refused": self.refused,
            "failed": self.failed,
            "unsent": self.unsent,
            "statuses": dict(Counter(str(int(status)) for status in self.rows[:, STATUS])),
            **found,
        }

    def by_second(self) -> list[dict[str, float]]:
        """Each second: how many were admitted and refused, and the 99th of 100."""
        at = self.rows[:, DUE].astype(int)
        return [
            {
                "second": int(second),
                "admitted": int((mine[:, STATUS] == 200).sum()),
                "refused": int((mine[:, STATUS] != 200).sum()),
                "p99_ms": percentiles(mine[mine[:, STATUS] == 200][:, MS])["p99_ms"],
            }
            for second in range(int(self.seconds))
            if len(mine := self.rows[at == second])
        ]


def percentiles(times_ms: np.ndarray) -> dict[str, float]:
    """The usual ones; -1 where there is nothing."""
    names = ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "longest_ms")
    if not len(times_ms):
        return dict.fromkeys(names, -1.0)
    found = np.percentile(times_ms, (50, 90, 99, 99.9, 100))
    return {name: round(float(v), 2) for name, v in zip(names, found, strict=True)}


class Checks:
    """Checks that run in the background.

    Args:
        scene: the service.
        key: the name of the key.
        rate: a second; 0 for as many as are answered.
        seconds: for how long.
        connections: at once.
        seed: of what is asked and when.
        drops: what no connection is free for is not sent at all.
    """

    def __init__(
        self,
        scene: Scene,
        key: str,
        *,
        rate: float,
        seconds: float,
        connections: int,
        seed: int,
        drops: bool = False,
    ) -> None:
        self._seconds = seconds
        self._out = Path(tempfile.mkstemp(prefix="staydown-load-", suffix=".npy")[1])
        given = (
            scene.checks_port,
            scene.keys[key],
            rate,
            connections,
            seconds,
            scene.entries,
            seed,
        )
        self._process = subprocess.Popen(
            [
                "taskset",
                "-c",
                "1",
                sys.executable,
                str(CLIENT),
                *map(str, given),
                str(self._out),
                *("drop",) * drops,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout.readline() != "ready\n":
            sys.exit("a client did not start")
        self._began = 0.0

    def begin(self) -> None:
        """Ask the first."""
        self._began = time.monotonic()
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def wait(self) -> Stretch:
        """Until its time is over."""
        unsent, broken = self._process.communicate()[0].split()
        rows = np.load(self._out)
        self._out.unlink()
        return Stretch(rows, self._seconds, int(unsent), int(broken), self._began)


def checks(scene: Scene, key: str = "steady", **given: float) -> Stretch:
    """One stretch from begin to end."""
    made = Checks(scene, key, **given)
    made.begin()
    return made.wait()


def capacity_of(scene: Scene, seconds: float, people: Callable[[], People]) -> dict[str, float]:
    """Checks a second that the service answers as it should, with what people do beside it.

    As it should: none is refused or fails, 99 of 100 are answered within ``WELL_MS``, and people
    are served as they come. First as many as it answers to callers that ask again at once; then
    shares of that, as they come from people who do not wait for each other, until one goes well.

    Args:
        scene: the service.
        seconds: of each stretch.
        people: makes those who upload, file notices and review, for a stretch.

    Returns:
        ``fastest_a_second`` and ``capacity_a_second``, for the record.

    Raises:
        SystemExit: no share of it goes well.
    """
    warm = people()
    fastest = fastest_of(scene, seconds)
    warm.stop()
    for number, share in enumerate(SHARES):
        crowd = people()
        found = checks(
            scene,
            rate=fastest * share,
            seconds=seconds,
            connections=STEADY_CONNECTIONS,
            seed=20 + number,
        )
        crowd.stop()
        wrong = found.refused + found.failed + found.unsent
        if not wrong and crowd.served() and percentiles(found.admitted)["p99_ms"] <= WELL_MS:
            return {
                "fastest_a_second": round(fastest, 1),
                "capacity_a_second": round(fastest * share, 1),
            }
    sys.exit("the service answers no share of its checks as it should")


def fastest_of(scene: Scene, seconds: float) -> float:
    """Checks a second to callers that ask again at once, once the service is warm.

    After a start it reads its bank in, and its worker does what is due once an hour or a day.
    """
    rounds: list[float] = []
    for number in range(WARM_ROUNDS):
        found = checks(
            scene,
            rate=0,
            seconds=min(WARM_ROUND_S, seconds),
            connections=CAPACITY_CLIENTS,
            seed=1000 + number,
        )
        rounds.append(len(found.admitted) / found.seconds)
        if len(rounds) >= 3 and max(rounds[-3:]) <= WARM_SPREAD * min(rounds[-3:]):
            break
    found = checks(scene, rate=0, seconds=seconds, connections=CAPACITY_CLIENTS, seed=2)
    return len(found.admitted) / found.seconds
