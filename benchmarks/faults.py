"""Faults of processes, databases, networks, disks, clocks and jobs, and what they cost.

    python benchmarks/faults.py --faults 150 --json docs/results/faults.json
    python benchmarks/faults.py --faults 40 database

Each campaign starts a service of its own on this machine alone, lets people use it, and makes
faults from a fixed seed; ``tests/torture/faults`` holds it all. Status 1 where anything that was
acknowledged is lost or doubled. Disks need root, clocks a C compiler, databases PostgreSQL.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from torture.faults.campaigns import SCENES, SEED, run
from torture.faults.frame import NotHereError


def main(words: Sequence[str]) -> int:
    """Run campaigns and say what was found."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("names", nargs="*", help=f"campaigns, of {', '.join(SCENES)}; all")
    reader.add_argument("--faults", type=int, default=150, help="faults of each campaign")
    reader.add_argument("--seconds", type=float, help="the longest that the faults of each take")
    reader.add_argument("--seed", type=int, default=SEED)
    reader.add_argument("--json", type=Path, help="file of figures")
    given = reader.parse_args(words)
    wrong: list[str] = []
    for name in given.names or SCENES:
        with tempfile.TemporaryDirectory(prefix="staydown-faults-") as folder:
            try:
                done = run(
                    name,
                    Path(folder),
                    count=given.faults,
                    seed=given.seed,
                    log=given.json,
                    seconds=given.seconds,
                    say=lambda line: print(line, flush=True),
                )
            except NotHereError as reason:
                print(f"{name}: left out: {reason}")
                continue
        wrong += done.wrong
        print(name, len(done.rounds), "rounds,", len(done.wrong), "differences", flush=True)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
