"""What ``soak.py`` and ``overload.py`` have in common: their options, the service, the record."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from api_bank import ROOT
from bench_api import photo
from load_scene import Scene, service

Measure = Callable[[Scene, argparse.Namespace, Path], dict]


def run_bench(
    *,
    about: str,
    port: int,
    times: Mapping[str, float],
    measure: Measure,
    verdict: Callable[[dict], dict[str, bool]],
    show: Callable[[dict], None],
) -> None:
    """Measure on a service with a bank of a million, print, and write where that is asked for.

    Args:
        about: the help text.
        port: of the service, where no other is asked for.
        times: options that are numbers, with what each is where it is not given; the first of them
            is noted.
        measure: gives what it found; this process has core 1 meanwhile.
        verdict: each bar, and whether it is met.
        show: prints what was found.
    """
    reader = argparse.ArgumentParser(description=about)
    for name, usual in times.items():
        reader.add_argument(f"--{name}", type=float, default=usual)
    reader.add_argument("--folder", type=Path, default=ROOT / "benchmarks" / ".cache")
    reader.add_argument("--entries", type=int, default=1_000_000)
    reader.add_argument("--photos", type=int, default=20_000)
    reader.add_argument("--port", type=int, default=port)
    reader.add_argument("--proxy", action="store_true", help="with nginx in front")
    reader.add_argument("--json", type=Path)
    given = reader.parse_args()
    os.sched_setaffinity(0, {1})
    load = os.getloadavg()
    picture = photo(given.folder / "photo-0.jpg", 0)
    with service(
        folder=given.folder,
        entries=given.entries,
        photos=given.photos,
        port=given.port,
        proxied=given.proxy,
    ) as scene:
        found = measure(scene, given, picture)
    first = next(iter(times))
    found = {
        f"{first}_of_load": vars(given)[first],
        "entries": given.entries,
        "proxy": given.proxy,
        **found,
    }
    found["bars"] = verdict(found)
    found["load_at_start"], found["load_at_end"] = load, os.getloadavg()
    show(found)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
