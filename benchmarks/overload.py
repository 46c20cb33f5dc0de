"""Two minutes at five times what the service can do: who is let in is served, and then all is well.

    python benchmarks/overload.py [--seconds 120] [--json docs/results/overload.json]

As in ``soak.py``, the whole service has core 0 and clients have core 1. Capacity is what goes well
with what people do beside it (``load_run.capacity_of``). One key asks at a tenth of it all the
time; then another floods with five times the capacity, over many connections and without ever
waiting as it is told to. After that the first asks at 80 % of the capacity. Photos are uploaded,
notices filed and tasks reviewed all the time, as in ``soak.py``: what becomes of them is measured
too. With ``--uploads-times 5`` uploads come five times as often in the flood as well; that alone is
more than a third of a core. With ``--proxy`` nginx stands before it, as ``deploy/nginx`` has it, on
core 0 too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from load_bench import run_bench
from load_people import People
from load_run import STEADY_CONNECTIONS, Checks, Stretch, capacity_of, checks, percentiles
from load_scene import Scene
from soak import NOTICES, REVIEWS, SHARE, UPLOADS, people_facts

PORT = 8421
TIMES, MODEST_SHARE = 5.0, 0.1
FLOOD_CONNECTIONS = 400
AFTER_S = 30.0
MOST_P99_MS, MOST_RECOVERY_S = 250.0, 5.0
FULL_SPEED = 0.95
"""Of what is asked, answered within the p99 of before, doubled: that is full speed again."""


def measure(scene: Scene, given: argparse.Namespace, picture: Path) -> dict:
    """Before, in the flood, and after."""

    def people(times: float) -> People:
        return People(
            scene,
            uploads=UPLOADS * times,
            notices=NOTICES,
            reviews=REVIEWS,
            photo=picture,
        )

    found = capacity_of(scene, given.capacity_seconds, lambda: people(1.0))
    usual = people(1.0)
    capacity = found["capacity_a_second"]
    loaded = {"rate": capacity * SHARE, "connections": STEADY_CONNECTIONS}
    before = checks(scene, seconds=given.before_seconds, seed=3, **loaded)
    usual.stop()
    modest = Checks(
        scene,
        "steady",
        rate=capacity * MODEST_SHARE,
        seconds=given.seconds,
        connections=STEADY_CONNECTIONS,
        seed=4,
    )
    flood = Checks(
        scene,
        "flood",
        rate=capacity * TIMES,
        seconds=given.seconds,
        connections=FLOOD_CONNECTIONS,
        seed=5,
        drops=True,
    )
    after = Checks(scene, "steady", seconds=AFTER_S, seed=6, **loaded)
    crowd = people(given.uploads_times)
    modest.begin()
    flood.begin()
    flooded, small = flood.wait(), modest.wait()
    after.begin()
    calm = after.wait()
    return {
        **found,
        "times": TIMES,
        "uploads_times": given.uploads_times,
        "before": before.facts(),
        "admitted": percentiles(np.concatenate([flooded.admitted, small.admitted])),
        "flood": flooded.facts(),
        "modest": small.facts(),
        "people": people_facts(crowd.stop()),
        "after": calm.facts(),
        "after_by_second": calm.by_second()[:10],
        "recovery_s": recovery_of(calm, before),
    }


def recovery_of(after: Stretch, before: Stretch) -> float:
    """Seconds after the flood until a second is as those before it; -1 where none is."""
    asked = before.facts()["asked_a_second"]
    usual_ms = 2 * before.facts()["p99_ms"]
    for row in after.by_second():
        if (
            row["admitted"] >= FULL_SPEED * asked
            and not row["refused"]
            and row["p99_ms"] <= usual_ms
        ):
            return float(row["second"])
    return -1.0


def verdict(found: dict) -> dict[str, bool]:
    """Each bar, and whether it is met."""
    flood, modest = found["flood"], found["modest"]
    return {
        "admitted_p99_within_250_ms": 0 < found["admitted"]["p99_ms"] <= MOST_P99_MS,
        "refusals_say_when": flood["failed"] == 0,
        "the_other_key_is_not_refused": modest["refused"] + modest["failed"] == 0,
        "full_speed_within_5_s": 0 <= found["recovery_s"] <= MOST_RECOVERY_S,
    }


def show(found: dict) -> None:
    """For people."""
    print(
        f"capacity {found['capacity_a_second']:.0f} checks a second (to callers that ask again at "
        f"once {found['fastest_a_second']:.0f}); flood of {found['times']:g} times"
    )
    for name in ("before", "flood", "modest", "after"):
        row = found[name]
        print(
            f"{name:<7} asked {row['asked_a_second']:8.1f}/s  admitted "
            f"{row['admitted_a_second']:7.1f}/s  p50 {row['p50_ms']:.2f}  p99 {row['p99_ms']:.2f}  "
            f"longest {row['longest_ms']:.0f} ms  refused {row['refused']}  "
            f"failed {row['failed']}  unsent {row['unsent']}"
        )
    for name, row in found["people"].items():
        print(
            f"{name:<7} answered {row['answered']}  p50 {row['p50_ms']:.0f}"
            f"  p99 {row['p99_ms']:.0f} ms  refused {row['refused']}  failed {row['failed']}"
        )
    print(f"p99 of all that were let in during the flood {found['admitted']['p99_ms']} ms")
    print(f"full speed after {found['recovery_s']} s")
    print(found["bars"])


if __name__ == "__main__":
    run_bench(
        about=__doc__.split("\n")[0],
        port=PORT,
        times={
            "seconds": 120.0,
            "capacity-seconds": 20.0,
            "before-seconds": 30.0,
            "uploads-times": 1.0,
        },
        measure=measure,
        verdict=verdict,
        show=show,
    )
