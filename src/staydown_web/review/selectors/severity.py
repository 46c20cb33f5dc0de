"""How urgent a task is where no deadline decides: a rule in ``data/severity.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from staydown_web.banks.models import Entry
from staydown_web.base.errors import ConfigError
from staydown_web.cases.models import Case
from staydown_web.review.selectors.keeping import posts_of
from staydown_web.screening.models import Copy, Hit

_RULE = Path(__file__).resolve().parents[1] / "data" / "severity.toml"
_PARTS = {
    *("entry_confirmed", "threatened", "identical", "same", "part", "altered", "published"),
    *("copy", "copies_most", "valid_notice"),
}
MOST = 100


@cache
def severity_rule() -> tuple[int, dict[str, int]]:
    """The base and what each circumstance adds.

    Raises:
        ConfigError: the file lacks a number, or has one that nobody reads.
    """
    values = tomllib.loads(_RULE.read_text(encoding="utf-8"))
    add = values.get("add", {})
    numbers = [values.get("base"), *add.values()]
    if set(add) != _PARTS or not all(isinstance(n, int) and 0 <= n <= MOST for n in numbers):
        raise ConfigError(f"severity.toml: want base and {sorted(_PARTS)}, each from 0 to {MOST}")
    return values["base"], add


def severity_of(*, cases: Iterable[Case], hits: Iterable[Hit], copies: Iterable[Copy]) -> int:
    """How urgent, 0..100.

    Args:
        cases: those that claim it.
        hits: matches of the copies, with their entries.
        copies: identical copies.
    """
    base, add = severity_rule()
    hits, copies, cases = list(hits), posts_of(copies), list(cases)
    kinds = {hit.kind for hit in hits}
    most_of_kinds = max((add[kind] for kind in kinds if kind in add), default=0)
    holds = {
        "entry_confirmed": any(hit.entry.state == Entry.State.CONFIRMED for hit in hits),
        "threatened": any(case.way == Case.Way.THREATENED for case in cases),
        "published": any(copy.source != Copy.Source.UPLOAD for copy in copies),
        "valid_notice": any(case.valid_at is not None for case in cases),
    }
    of_copies = min(add["copies_most"], add["copy"] * max(0, len(copies) - 1))
    more = sum(add[name] for name, is_so in holds.items() if is_so)
    return min(MOST, base + most_of_kinds + of_copies + more)
