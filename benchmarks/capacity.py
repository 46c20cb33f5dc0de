"""What so many files, or so many checks a second, need: computed from what was measured.

    python benchmarks/capacity.py docs/capacity.md         write the tables of the page anew
    python benchmarks/capacity.py --files 25000000 --hours 48 --core-hour 0.03
    python benchmarks/capacity.py --checks 2500

Every figure comes from a file of ``docs/results/``, as ``capacity_sources.py`` says; nothing is
assumed but what the options say: how busy processors may be, how large machines are, what they
cost. The largest cases are held against ``capacity_simulation.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

from capacity_needs import CHECKS, FILES, Knobs, bank_gb, check_need, scan_need
from capacity_sources import GB, RESULTS, SOURCES, Measured, read_measured

PAGE = RESULTS.parent / "capacity.md"
UPLOADS = (10, 100, 1_000)


def scan_table(found: Measured, knobs: Knobs) -> str:
    """What files need."""
    rows = [
        (
            "| files | core-hours | with 16 cores | with 128 | with 1,024 | runs "
            "| memory of a driver | journals | read | price |"
        ),
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for files in FILES:
        need = scan_need(files, found, knobs)
        clock = " | ".join(hours(need.hours(cores)) for cores in (16, 128, 1024))
        rows.append(
            f"| {files:,} | {number(need.core_hours)} | {clock} | {need.runs:,} "
            f"| {size(need.driver_gb)} | {size(need.journal_gb)} | {size(need.read_tb * 1000)} "
            f"| {number(need.price)} |"
        )
    return "\n".join(rows)


def check_table(found: Measured, knobs: Knobs) -> str:
    """What checks need."""
    rows = [
        (
            "| checks a second | cores | machines of 16 | bank on each | new hits a second "
            "| of one database | price a month |"
        ),
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for rate in CHECKS:
        need = check_need(rate, found, knobs)
        rows.append(
            f"| {rate:,} | {need.cores:.1f} | {need.machines} | {size(need.bank_gb)} "
            f"| {need.new_hits_s:g} | {need.databases:.1%} | {number(need.price)} |"
        )
    return "\n".join(rows)


def upload_table(found: Measured, knobs: Knobs) -> str:
    """What uploads need."""
    rows = [
        "| uploads of twelve megapixels a second | cores | machines of 16 | price a month |",
        "|--:|--:|--:|--:|",
    ]
    for rate in UPLOADS:
        cores = rate * found["upload_ms"] / 1000 / knobs.checks_busy
        machines = max(1, math.ceil(cores / knobs.machine_cores))
        price = number(cores * 730 * knobs.core_hour)
        rows.append(f"| {rate:,} | {cores:.1f} | {machines} | {price} |")
    return "\n".join(rows)


def bank_table(found: Measured) -> str:
    """What the bank needs on each machine, and how long a start takes."""
    rows = [
        (
            "| bank | memory | on disk, sealed | hashes in the database | start from disk "
            "| from the store | hashes from the database |"
        ),
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for entries, photos in ((1_000_000, 20_000), (10_000_000, 200_000), (100_000_000, 1_000_000)):
        knobs = Knobs(entries=entries, photos=photos)
        held = bank_gb(found, knobs)
        rebuilt = (entries * found["rebuild_us"]) / 1e6
        rows.append(
            f"| {entries:,} hashes, {photos:,} complete photos | {size(held)} | {size(held)} "
            f"| {size(entries * found['database_bytes'] / GB)} "
            f"| {hours(held * found['open_ms_a_mb'] / 3600)} "
            f"| {hours(held * found['store_ms_a_mb'] / 3600)} | {hours(rebuilt / 3600)} |"
        )
    return "\n".join(rows)


def simulation_table(row: dict[str, Any]) -> str:
    """What the simulation says of the largest."""
    scan, end = row["scan"]["plan"], row["scan"]["end"]
    rows = [
        (
            f"{row['scan']['runs']} runs of {scan['files']:,} files, one after the other, on "
            f"{scan['cores']:,} cores, machines of "
            f"{scan['machine_cores']} that fall out every {scan['fails_after_s'] / 3600:.0f} h: "
            f"{end['done']:,} results, {hours(end['seconds'] / 3600)}; processors "
            f"{end['busy']:.1%} busy with what counted, the driver {end['driver_busy']:.1%}; "
            f"{end['falls']} falls, {end['lost_files']:,} files dealt again."
        ),
        "",
        "| checks a second | cores | balancer | busy | p50 | p99 | p99.9 |",
        "|--:|--:|---|--:|--:|--:|--:|",
    ]
    for one in row["checks"]:
        plan, done = one["plan"], one["end"]
        way = "the emptier of two" if plan["spread_evenly"] else "at random"
        rows.append(
            f"| {plan['rate']:,.0f} | {plan['processes']} | {way} | {done['busy']:.0%} "
            f"| {done['p50_ms']:.2f} ms | {done['p99_ms']:.2f} ms | {done['p999_ms']:.2f} ms |"
        )
    return "\n".join(rows)


def source_table(found: Measured) -> str:
    """Where each figure comes from."""
    rows = ["| figure | value | from |", "|---|--:|---|"]
    for name, (file, way, meaning) in SOURCES.items():
        rows.append(
            f"| {meaning} (`{name}`) | {found[name]:,.4g} | [{file}](results/{file}), `{way}` |"
        )
    return "\n".join(rows)


def number(value: float) -> str:
    """A number as people read it."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def hours(value: float) -> str:
    """A time as people read it."""
    if value >= 48:
        return f"{value / 24:,.1f} days"
    if value >= 1:
        return f"{value:.1f} h"
    return f"{value * 60:.1f} min" if value * 60 >= 1 else f"{value * 3600:.1f} s"


def size(gb: float) -> str:
    """Bytes as people read them."""
    for unit, factor in (("TB", 1000), ("GB", 1), ("MB", 0.001)):
        if gb >= factor:
            return f"{gb / factor:.3g} {unit}"
    return f"{gb * 1e6:.3g} kB"


def with_tables(page: str, folder: Path = RESULTS) -> str:
    """A page with its tables computed anew."""
    found, knobs = read_measured(folder), Knobs()
    simulated = json.loads((folder / "capacity_simulation.json").read_text())
    tables = {
        "scans": scan_table(found, knobs),
        "checks": check_table(found, knobs),
        "uploads": upload_table(found, knobs),
        "bank": bank_table(found),
        "simulation": simulation_table(simulated),
        "sources": source_table(found),
    }
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        made = f"{begin}{table}\n{end}"
        page, count = re.subn(f"(?s){begin}.*?{end}", lambda _, made=made: made, page)
        assert count == 1, f"the page has no place for {name}"
    return page


def main() -> None:
    """Write the page, or answer one question."""
    reader = argparse.ArgumentParser()
    reader.add_argument("page", nargs="?", type=Path)
    reader.add_argument("--files", type=int)
    reader.add_argument("--hours", type=float)
    reader.add_argument("--checks", type=int)
    for name, value in vars_of(Knobs()).items():
        reader.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = vars(reader.parse_args())
    found = read_measured(RESULTS)
    knobs = Knobs(**{name: given[name] for name in vars_of(Knobs())})
    if given["page"]:
        text = given["page"].read_text(encoding="utf-8")
        given["page"].write_text(with_tables(text), encoding="utf-8")
    if given["files"]:
        need = scan_need(given["files"], found, knobs)
        row = vars_of(need)
        if given["hours"]:
            row["cores"] = math.ceil(need.core_hours / given["hours"])
            row["drivers_at_once"] = math.ceil(row["cores"] / need.run_cores)
        sys.stdout.write(json.dumps(row, indent=1) + "\n")
    if given["checks"]:
        need_checks = check_need(given["checks"], found, knobs)
        sys.stdout.write(json.dumps(vars_of(need_checks), indent=1) + "\n")


def vars_of(record: Any) -> dict[str, Any]:
    """The fields of a record."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


if __name__ == "__main__":
    main()
