"""Half an hour at 80 % of what the service can do: no error, no slower, no larger.

    python benchmarks/soak.py [--minutes 30] [--json docs/results/soak.json]

The whole service (web server, server of checks, worker, decoding processes) has core 0, clients
have core 1. Beside the checks one photo of 12 megapixels a second is uploaded, a notice is filed
every five seconds and a reviewer opens the queue and a task every second. First the checks a second
are measured that go well beside that (``load_run.capacity_of``); then checks at 5 % of it, which is
what "unloaded" means here; then at 80 %.
"""

from __future__ import annotations

import argparse
import threading
import time
from pathlib import Path

import numpy as np
from load_bench import run_bench
from load_people import People, Seen
from load_run import STEADY_CONNECTIONS, Checks, Stretch, capacity_of, checks, percentiles
from load_scene import Scene

PORT = 8420
SHARE, UNLOADED_SHARE = 0.8, 0.05
UPLOADS, NOTICES, REVIEWS = 1.0, 0.2, 1.0
SAMPLE_S = 10.0
MOST_TIMES_UNLOADED, MOST_GROWTH = 2.0, 0.05


class Watcher(threading.Thread):
    """Writes down how much memory there is, until it is stopped."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(daemon=True)
        self.rows: list[dict[str, float]] = []
        self._scene, self._over, self._began = scene, threading.Event(), time.monotonic()
        self.start()

    def run(self) -> None:
        """Look again and again."""
        while not self._over.wait(SAMPLE_S):
            second = round(time.monotonic() - self._began, 1)
            self.rows.append({"second": second, **self._scene.memory_mb()})

    def stop(self) -> list[dict[str, float]]:
        """The rows."""
        self._over.set()
        self.join(60)
        return self.rows


def growth_of(rows: list[dict[str, float]]) -> dict[str, float]:
    """Memory in the last tenth against the second, by when everything had been used."""
    totals = [sum(v for k, v in row.items() if k != "second") for row in rows]
    tenth = max(1, len(totals) // 10)
    early = sum(totals[tenth : 2 * tenth]) / len(totals[tenth : 2 * tenth])
    late = sum(totals[-tenth:]) / tenth
    return {
        "early_mb": round(early, 1),
        "late_mb": round(late, 1),
        "growth": round(late / early - 1, 4),
    }


def people_facts(seen: dict[str, Seen]) -> dict[str, dict]:
    """What came of uploads, notices and reviews."""
    return {
        name: {
            "answered": len(one.times_ms),
            "refused": one.refused,
            "failed": one.failed,
            **percentiles(np.array(one.times_ms)),
        }
        for name, one in seen.items()
    }


def measure(scene: Scene, given: argparse.Namespace, picture: Path) -> dict:
    """Capacity, unloaded, loaded."""

    def people() -> People:
        return People(scene, uploads=UPLOADS, notices=NOTICES, reviews=REVIEWS, photo=picture)

    found = capacity_of(scene, given.capacity_seconds, people)
    warm = people()
    capacity = found["capacity_a_second"]
    calm = checks(
        scene,
        rate=capacity * UNLOADED_SHARE,
        seconds=given.unloaded_seconds,
        connections=STEADY_CONNECTIONS,
        seed=3,
    )
    before = people_facts(warm.stop())
    crowd, watcher = people(), Watcher(scene)
    run = Checks(
        scene,
        "steady",
        rate=capacity * SHARE,
        seconds=given.minutes * 60,
        connections=STEADY_CONNECTIONS,
        seed=4,
    )
    run.begin()
    loaded: Stretch = run.wait()
    rows = watcher.stop()
    return {
        **found,
        "share": SHARE,
        "beside_a_second": {"uploads": UPLOADS, "notices": NOTICES, "reviews": REVIEWS},
        "unloaded": calm.facts(),
        "people_unloaded": before,
        "loaded": loaded.facts(),
        "people": people_facts(crowd.stop()),
        "minutes": by_minute(loaded),
        "memory": growth_of(rows),
        "memory_mb": rows[:: max(1, len(rows) // 60)],
    }


def by_minute(run: Stretch) -> list[float]:
    """The 99th of 100 in each minute."""
    minute = (run.rows[:, 0] // 60).astype(int)
    return [
        percentiles(run.rows[minute == m][:, 1])["p99_ms"] for m in range(int(run.seconds // 60))
    ]


def verdict(found: dict) -> dict[str, bool]:
    """Each bar, and whether it is met."""
    loaded, people = found["loaded"], found["people"].values()
    wrong = loaded["refused"] + loaded["failed"] + loaded["unsent"]
    wrong += sum(one["refused"] + sum(one["failed"].values()) for one in people)
    found["times_unloaded"] = round(loaded["p99_ms"] / found["unloaded"]["p99_ms"], 2)
    found["errors"] = wrong
    return {
        "no_error": wrong == 0,
        "p99_within_2_times": found["times_unloaded"] <= MOST_TIMES_UNLOADED,
        "memory_growth_below_5_percent": found["memory"]["growth"] < MOST_GROWTH,
    }


def show(found: dict) -> None:
    """For people."""
    print(
        f"capacity {found['capacity_a_second']:.0f} checks a second, beside uploads and people "
        f"(to callers that ask again at once {found['fastest_a_second']:.0f})"
    )
    for name in ("unloaded", "loaded"):
        row = found[name]
        print(
            f"{name:<9} {row['admitted_a_second']:7.1f}/s  p50 {row['p50_ms']:.2f}  p99 "
            f"{row['p99_ms']:.2f}  99.9 {row['p999_ms']:.2f}  longest {row['longest_ms']:.0f} ms  "
            f"refused {row['refused']}  failed {row['failed']}  unsent {row['unsent']}"
        )
    for name, row in found["people"].items():
        print(
            f"{name:<9} {row['answered']:7d}    p50 {row['p50_ms']:.0f}  p99 {row['p99_ms']:.0f} ms"
            f"  refused {row['refused']}  failed {row['failed']}"
        )
    memory = found["memory"]
    print(
        f"p99 {found['times_unloaded']} times unloaded; memory {memory['early_mb']} -> "
        f"{memory['late_mb']} MB ({memory['growth']:+.1%}); errors {found['errors']}"
    )
    print(found["bars"])


if __name__ == "__main__":
    run_bench(
        about=__doc__.split("\n")[0],
        port=PORT,
        times={
            "minutes": 30.0,
            "capacity-seconds": 30.0,
            "unloaded-seconds": 120.0,
        },
        measure=measure,
        verdict=verdict,
        show=show,
    )
