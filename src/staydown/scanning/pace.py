"""How fast a scan is, how long it takes and what it costs: from what is done to what is left."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

from staydown.nouns import many
from staydown.scanning.totals import duration_text

_HOUR_S = 3600.0
GROUPS = 10
_T_95 = 2.262
"""Student's t for 95 % on both sides with nine degrees of freedom: ten groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A scan at one moment.

    Attributes:
        done, total: files that needed checking: done in this run, and in all.
        seconds: since the first file was asked for.
        workers: how many work now.
        worker_s: seconds that workers were held so far, all added up.
        price: what an hour of one worker costs, in the caller's money; None where nobody said.
    """

    done: int
    total: int
    seconds: float
    workers: int
    worker_s: float
    price: float | None = None

    @property
    def files_per_s(self) -> float:
        """Files a second so far; 0 before the first."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until the end at this pace; None before the first file."""
        return (self.total - self.done) / self.files_per_s if self.files_per_s else None

    @property
    def worker_hours(self) -> float | None:
        """Hours of workers that the whole takes; None before the first file."""
        return self.worker_s / self.done * self.total / _HOUR_S if self.done else None

    def sentence(self) -> str:
        """One sentence for a long run without a terminal."""
        parts = [f"{self.done:,} of {many(self.total, 'file')}", f"{self.files_per_s:.1f} a second"]
        parts[-1] += f" on {many(self.workers, 'worker')}"
        if self.left_s is not None:
            parts.append(f"about {duration_text(self.left_s)} left")
        if self.worker_hours is not None:
            held = self.worker_s / _HOUR_S
            parts.append(f"{held:.2f} worker hours so far, about {self.worker_hours:.2f} in all")
            if self.price is not None:
                parts.append(f"about {self.worker_hours * self.price:,.2f} at {self.price:g} each")
        return "; ".join(parts) + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a whole scan will take, from a sample of it.

    Attributes:
        files, size_bytes: what there is to check.
        sampled: files that were checked to find out.
        workers: how many worked.
        mean_s: seconds of a worker for one file.
        spread_s: 95 % of such samples have a mean that is this near the true one, in seconds.
        price: what an hour of one worker costs; None where nobody said.
    """

    files: int
    size_bytes: int
    sampled: int
    workers: int
    mean_s: float
    spread_s: float
    price: float | None = None

    @property
    def worker_hours(self) -> float:
        """Hours of workers for all files."""
        return self.files * self.mean_s / _HOUR_S

    @property
    def seconds(self) -> float:
        """On the clock, with as many workers as now."""
        return self.files * self.mean_s / self.workers if self.workers else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        row: dict[str, Any] = {
            "files": self.files,
            "bytes": self.size_bytes,
            "sampled": self.sampled,
            "workers": self.workers,
            "worker_seconds_per_file": round(self.mean_s, 5),
            "plus_or_minus": round(self.spread_s, 5),
            "worker_hours": round(self.worker_hours, 4),
            "seconds": round(self.seconds, 1),
        }
        if self.price is not None:
            row["cost"] = round(self.worker_hours * self.price, 2)
        return row

    def sentence(self) -> str:
        """One sentence."""
        share = 100 * self.spread_s / self.mean_s if self.mean_s else 0.0
        text = (
            f"{many(self.files, 'file')}, {self.size_bytes / 1e9:,.1f} GB to read: about"
            f" {self.worker_hours:,.2f} worker hours (plus or minus {share:.0f} %), that is"
            f" {duration_text(self.seconds)} with {many(self.workers, 'worker')}"
        )
        if self.price is not None:
            text += f"; about {self.worker_hours * self.price:,.2f} at {self.price:g} an hour each"
        return f"{text}. From {self.sampled} files, which are done."


def mean_and_spread(groups: list[float]) -> tuple[float, float]:
    """The mean of ``GROUPS`` values, and half the width of its 95 % interval.

    Fewer values have a wider interval than this says; for one value it is the value itself, and
    for none both are 0.
    """
    count = len(groups)
    if not count:
        return 0.0, 0.0
    mean = sum(groups) / count
    if count == 1:
        return mean, mean
    variance = sum((value - mean) ** 2 for value in groups) / (count - 1)
    return mean, _T_95 * sqrt(variance / count)
