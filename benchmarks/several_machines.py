"""How soon a notice at one machine is enforced at the others; docs/results/several_machines.json.

    .ci/postgres python benchmarks/several_machines.py --work DIR > several_machines.json

Three services of different homes on one PostgreSQL, as in the acceptance test: everything, pages
without jobs, checks alone. A notice is filed at the first; from its acknowledgement on both others
are asked until they hold. Besides: the same while a list of entries comes in at the first, and the
connections that all of them have to the database.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hub_hands import Hands
from machines import Asking, Machines, machines, memory_of

PATIENCE_S = 60.0


def held_after_ms(asking: Asking, number: int, acknowledged_at: float) -> float:
    """Milliseconds from the acknowledgement until a machine holds the picture."""
    ends_at = time.monotonic() + PATIENCE_S
    while asking(number)["verdict"] != "hold":
        if time.monotonic() > ends_at:
            raise TimeoutError("a notice was not enforced")
        time.sleep(0.002)
    return max(0.0, time.time() - acknowledged_at) * 1000


def notices(started: Machines, first: int, count: int) -> dict[str, float]:
    """File notices, and time both other machines."""
    others = [Asking(service, started.key) for service in started.services[1:]]
    took: list[float] = []
    with ThreadPoolExecutor(len(others)) as pool:
        for number in range(first, first + count):
            filed = started.hands("file", number=number)
            at = float(filed["acknowledged_at"])
            took += pool.map(lambda a, n=number, t=at: held_after_ms(a, n, t), others)
    for asking in others:
        asking.close()
    p50, p99, most = np.percentile(took, (50, 99, 100))
    return {
        "n": len(took),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "most_ms": round(float(most), 1),
    }


def main() -> None:
    """Measure, and print one JSON object."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--work", type=Path, required=True)
    reader.add_argument("--notices", type=int, default=50)
    reader.add_argument("--entries", type=int, default=100_000)
    given = reader.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    row: dict[str, Any] = {"load_at_start": os.getloadavg()}
    with machines(
        given.work, os.environ["DATABASE_URL"], roles=("all", "web", "checker")
    ) as started:
        row["quiet"] = notices(started, 0, given.notices)
        other = Hands(started.services[0].home, **started.shared, **memory_of(given.work, 0))
        filling = threading.Thread(
            target=lambda: [
                other("fill", first=1_000_000 + at, count=2_000)
                for at in range(0, given.entries, 2_000)
            ]
        )
        filling.start()
        row["while_a_list_comes_in"] = notices(started, 500, given.notices)
        filling.join()
        other.close()
        row["connections"] = started.hands("connections")["connections"]
    row["load_at_end"] = os.getloadavg()
    json.dump(row, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
