"""Small numbers are hidden, and so are those from which they could be worked out (ADR-0061).

A table is a set of counts that add up to its total. What may be shown is decided by three rules,
each of which gives the same answer for at least two different tables, so that nobody who knows the
rules and everything that is shown can tell a small count:

1. A total from 1 to 4 is hidden, with all its counts.
2. Under a total that is too small to be divided, or that is shared out in small counts alone, all
   counts are hidden, the zeros too.
3. Else small counts are hidden together with the smallest of the others, and all that equal it. Put
   the hidden values in any other order, and the same would be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 5
"""The smallest count that is shown, but for 0. Source: ADR-0061."""
LEAST_DIVIDED = 2 * LEAST
"""A smaller total is not divided: with two counts, which of them is the small one is often clear
from the rest of the page, and then it would have too few values that it could be."""

Shown = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown of a table.

    Attributes:
        total: None where it is hidden.
        counts: name -> count; None where it is hidden.
    """

    total: int | None
    counts: Shown

    def as_json(self) -> dict[str, object]:
        """As it is kept and published."""
        return {"total": self.total, "counts": self.counts}


def hide_small(counts: Mapping[str, int]) -> Table:
    """What may be shown of counts that add up to a total which is shown beside them.

    Args:
        counts: name -> 0 or more.
    """
    total = sum(counts.values())
    if 0 < total < LEAST:
        return Table(None, dict.fromkeys(counts))
    if total and _is_undivided(counts, total):
        return Table(total, dict.fromkeys(counts))
    hidden = _hidden(counts)
    return Table(total, {name: None if name in hidden else n for name, n in counts.items()})


def hide_count(count: int) -> int | None:
    """A single number: 0, or 5 and more, or None."""
    return None if 0 < count < LEAST else count


def _is_undivided(counts: Mapping[str, int], total: int) -> bool:
    if len(counts) == 1:
        return False
    return total < LEAST_DIVIDED or not any(n >= LEAST for n in counts.values())


def _hidden(counts: Mapping[str, int]) -> set[str]:
    small = {name for name, n in counts.items() if 0 < n < LEAST}
    if not small:
        return set()
    next_one = min(n for n in counts.values() if n >= LEAST)
    return small | {name for name, n in counts.items() if n == next_one}


def merged(bands: list[tuple[float, int]]) -> list[tuple[float, int]] | None:
    """Bands of a distribution, joined with the next until none holds a small count.

    Args:
        bands: where each band begins, in rising order, and its count.

    Returns:
        The joined bands, each 0 or at least 5; None where all of it is less than can be divided.
    """
    if sum(count for _, count in bands) < LEAST_DIVIDED:
        return None
    joined: list[tuple[float, int]] = []
    for start, count in bands:
        if joined and 0 < joined[-1][1] < LEAST:
            joined[-1] = (joined[-1][0], joined[-1][1] + count)
        else:
            joined.append((start, count))
    while 0 < joined[-1][1] < LEAST:
        start, count = joined[-2]
        joined[-2:] = [(start, count + joined[-1][1])]
    return joined
