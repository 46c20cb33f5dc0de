"""``staydown scan --estimate``: check a sample, and say what the whole will take."""

from __future__ import annotations

import random
from contextlib import closing
from itertools import pairwise

from staydown.cli.console import Console
from staydown.cli.statuses import ExitStatus
from staydown.scanning import Engine, Scan
from staydown.scanning.listing import Listing
from staydown.scanning.pace import GROUPS, Estimate, mean_and_spread

GROUP_FILES = 30
_WARM_UP = 1
_SEED = 7
"""The same sample every time: what was checked for one estimate is known to the next."""


def estimate(
    console: Console, scan: Scan, engine: Engine, listing: Listing, *, price: float | None
) -> ExitStatus:
    """Check some files, at random, and print what all of them would take.

    The files that were checked are noted in the state like any others, so nothing is done twice.
    A first group of files is not counted: in it, workers start.
    """
    new = scan.unknown(listing.files)
    wanted = min(len(new), GROUP_FILES * (GROUPS + _WARM_UP))
    sample = random.Random(_SEED).sample(new, wanted)  # noqa: S311 - no secret
    each = max(1, wanted // (GROUPS + _WARM_UP))
    marks = []
    with (
        console.progress("Trying", total=wanted) as meter,
        closing(scan.run(sample)) as results,
    ):
        for _ in results:
            meter.advance()
            if meter.done % each == 0:
                marks.append(engine.worker_s)
                workers = engine.workers
    pairs = list(pairwise(marks)) or [(0.0, mark) for mark in marks]
    mean_s, spread_s = mean_and_spread([(end - start) / each for start, end in pairs])
    made = Estimate(
        files=len(new),
        size_bytes=sum(ref.size for ref in new),
        sampled=wanted,
        workers=workers if marks else 0,
        mean_s=mean_s,
        spread_s=spread_s,
        price=price,
    )
    console.record(made.to_dict(), made.sentence())
    return ExitStatus.DONE
