"""Ten thousand escalations and a million links to look at again: is the queue bounded and fair?

    PYTHONPATH=tests python benchmarks/escalation_queue.py [--runs 600] [--scale 1.0] [--json FILE]

The rows are written into a database of their own in a temporary folder: one site with half of all
links, a day behind from the start; two hundred of middle size; four thousand small ones. Then the
job that looks at links runs once a second of a clock of its own, with a stand-in for the net that
answers at once, for so many seconds. The peer in the same run, on the same rows, is a plain queue:
the oldest due links first, as polite to each site. Its rows are put back before ours run.

Printed: links that are due, looks, how long links of each size of site waited (one that was due
before waits from the start), how long taking a link and a whole run take, and memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PAUSE = timedelta(seconds=3)
AT_ONCE = 24
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def main() -> None:
    """Make a home, write the rows there, and run both queues."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=600, help="seconds of the job's own clock")
    options.add_argument("--scale", type=float, default=1.0, help="share of the million")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="staydown-queue-") as folder:
        os.environ |= {
            "STAYDOWN_HOME": folder,
            "STAYDOWN_SHARED_MEMORY": f"{folder}/memory",
            "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
            "DATABASE_URL": "",
        }
        command = [sys.executable, "-m", "staydown", "manage", "migrate", "--verbosity", "0"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        import django

        django.setup()
        result = measure(given.runs, given.scale)
    result["machine"] = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    result["python"] = machine.python_version()
    show(result)
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


def measure(runs: int, scale: float) -> dict[str, Any]:
    """Write the rows, run the peer and put its changes back, run ours."""
    from queue_scene import Size, due_rows, make_queue
    from staydown_web.accounts.models import Platform

    sizes = (
        Size("large", 1, max(1, int(2_000 * scale)), 250, (-24, 0)),
        Size("middle", max(1, int(200 * scale)), 20, 100, (-1, 168)),
        Size("small", max(1, int(4_000 * scale)), 1, 25, (-1, 168)),
    )
    began = time.perf_counter()
    owner = Platform.objects.create(name="Bench", slug="bench", created_at=NOW)
    queue = make_queue(owner, NOW, sizes)
    result: dict[str, Any] = {
        "links": queue.links,
        "escalations": queue.escalations,
        "sites": len(queue.size_of),
        "rows_written_s": round(time.perf_counter() - began, 1),
        "simulated_s": runs,
        "due_at_start": due_rows(NOW),
        "rss_at_start_mb": rss_mb(),
    }
    result["peer"] = run_peer(queue, runs)
    result["ours"] = run_ours(queue, runs)
    result["due_at_end"] = due_rows(NOW + timedelta(seconds=runs))
    result["rss_at_end_mb"] = rss_mb()
    return result


def run_ours(queue: Any, runs: int) -> dict[str, Any]:
    """The job as the worker runs it."""
    from queue_scene import Look, each_second, noting, stand_in
    from staydown_web.escalation.services import watching
    from staydown_web.escalation.services.watching_turns import take_turns

    looks: list[Look] = []
    taking: list[float] = []
    whole: list[float] = []

    def timed(*, now: datetime, most: int) -> list[Any]:
        start = time.perf_counter()
        taken = take_turns(now=now, most=most)
        if taken:
            taking.append((time.perf_counter() - start) / len(taken))
        return taken

    watching.take_turns = noting(timed, looks, NOW)
    ways = stand_in()
    for at in each_second(NOW, runs):
        start = time.perf_counter()
        watching.look_at_due(now=at, clock=lambda at=at: at, ways=ways)
        whole.append(time.perf_counter() - start)
    watching.take_turns = take_turns
    of_large = Counter(o.case_id for o in looks if queue.size_of[o.site_id] == "large")
    return {
        **waits(looks, queue, NOW + timedelta(seconds=runs)),
        "take_ms": spread([1000 * s for s in taking]),
        "run_ms": spread([1000 * s for s in whole]),
        "cases_of_the_large_site": len(of_large),
        "most_looks_of_one_case_there": max(of_large.values(), default=0),
    }


def run_peer(queue: Any, runs: int) -> dict[str, Any]:
    """Oldest due first; a site is given its pause by waiting for it. Undone at the end."""
    from django.db import transaction

    from queue_scene import Look
    from staydown_web.escalation.models import Watch

    looks: list[Look] = []
    asking: list[float] = []
    now, end = NOW, NOW + timedelta(seconds=runs)
    with transaction.atomic():
        while now < end:
            start = time.perf_counter()
            due = Watch.objects.filter(next_look_at__lte=now).order_by("next_look_at")
            rows = list(due.select_related("location__case")[:AT_ONCE])
            asking.append(time.perf_counter() - start)
            in_turn = Counter[Any]()
            for row in rows:
                at = now + PAUSE * in_turn[row.site_id]
                in_turn[row.site_id] += 1
                if at < end and row.next_look_at is not None:
                    waited = at - max(row.next_look_at, NOW)
                    looks.append(Look(row.site_id, row.location.case_id, at, waited))
            Watch.objects.filter(pk__in=[row.pk for row in rows]).update(
                next_look_at=end + timedelta(days=30)
            )
            longest = max(in_turn.values(), default=1)
            now += max(timedelta(seconds=1), PAUSE * (longest - 1))
        found = waits(looks, queue, end)
        transaction.set_rollback(True)
    return {**found, "ask_ms": spread([1000 * s for s in asking])}


def waits(looks: list[Any], queue: Any, end: datetime) -> dict[str, Any]:
    """Looks, and seconds of waiting by size; what was never looked at still waits at the end."""
    found: dict[str, Any] = {"looks": len(looks)}
    for size in ("large", "middle", "small"):
        own = [o for o in looks if queue.size_of[o.site_id] == size]
        found[size] = {
            "looks": len(own),
            "sites": len({o.site_id for o in own}),
            "waited_s": spread([o.waited.total_seconds() for o in own]),
            "still_waiting": still_due(queue, size, end),
        }
    return found


def still_due(queue: Any, size: str, end: datetime) -> int:
    """Links of sites of a size that are due at the end, less what a second can hold."""
    from staydown_web.escalation.models import Watch

    due = Watch.objects.filter(next_look_at__lte=end - 2 * PAUSE)
    counts = Counter(queue.size_of[pk] for pk in due.values_list("site_id", flat=True).iterator())
    return counts[size]


def spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and largest."""
    ranked = sorted(values) or [0.0]
    return {
        "p50": round(ranked[len(ranked) // 2], 2),
        "p99": round(ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)], 2),
        "max": round(ranked[-1], 2),
    }


def rss_mb() -> int:
    """Memory of this process alone: pages of the database that it maps are left out."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kb = next(line.split()[1] for line in lines if line.startswith("RssAnon"))
    return int(kb) // 1024


def show(result: dict[str, Any]) -> None:
    """The table."""
    print(
        f"{result['links']:,} links, {result['escalations']:,} escalations, "
        f"{result['sites']:,} sites; {result['simulated_s']} s of the job's clock"
    )
    print(
        f"due at the start {result['due_at_start']:,}, at the end {result['due_at_end']:,}; "
        f"memory {result['rss_at_start_mb']} and {result['rss_at_end_mb']} MB"
    )
    print(
        f"{'':22} {'looks':>8} {'sites':>6} {'p50 s':>8} {'p99 s':>8} {'max s':>8} {'waiting':>9}"
    )
    for name in ("ours", "peer"):
        for size in ("small", "middle", "large"):
            row = result[name][size]
            wait = row["waited_s"]
            print(
                f"{name + ', ' + size + ' sites':22} {row['looks']:>8,} {row['sites']:>6,} "
                f"{wait['p50']:>8} {wait['p99']:>8} {wait['max']:>8} {row['still_waiting']:>9,}"
            )
    ours = result["ours"]
    print(
        f"ours: taking {ours['take_ms']} ms a link, a run {ours['run_ms']} ms; cases of the large "
        f"site {ours['cases_of_the_large_site']}, most looks of one "
        f"{ours['most_looks_of_one_case_there']}"
    )
    print(f"peer: asking {result['peer']['ask_ms']} ms")


if __name__ == "__main__":
    main()
