"""How much two sites have in common: marks weighed by how rare they are. ADR-0085."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path
from types import MappingProxyType
from typing import Final

from staydown_web.base.errors import ConfigError

ENTRY: Final = "entry"
"""Kind of the mark that a banked picture or video was seen on a site."""
_FILE: Final = Path(__file__).resolve().parents[1] / "data" / "kinship.toml"
_BACKGROUND: Final = 2_000
"""Websites that are added to those that we know: two that are all we know are not the whole web."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """How much marks of one kind say; see ``data/kinship.toml``."""

    trust: float
    common: float
    most: float


@dataclass(frozen=True, slots=True)
class KinRules:
    """What the data file says.

    Attributes:
        threshold: from here on a pair is proposed.
        most_sites: a mark on more sites says nothing.
        usual_bits: of each mark's rarity so much says nothing.
        kinds: by kind of mark; a kind that is not named says nothing.
    """

    threshold: float
    most_sites: int
    usual_bits: float
    kinds: Mapping[str, KindRule]


@dataclass(frozen=True, slots=True)
class KinScore:
    """What two sites have in common.

    Attributes:
        score: in bits, larger is more.
        reasons: kind and how many are shared, the kind that says most first.
    """

    score: float
    reasons: tuple[tuple[str, int], ...]


@cache
def kin_rules() -> KinRules:
    """The rules of the data file, read once.

    Raises:
        ConfigError: a number is missing.
    """
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    try:
        kinds = {
            kind: KindRule(float(row["trust"]), float(row["common"]), float(row["most"]))
            for kind, row in data["kinds"].items()
        }
        threshold, most = float(data["threshold"]), int(data["most_sites"])
        usual = float(data["usual_bits"])
    except KeyError as error:
        raise ConfigError(f"kinship.toml: {error.args[0]} is missing") from None
    return KinRules(threshold, most, usual, MappingProxyType(kinds))


def weight_of(kind: str, *, on_sites: int, of_sites: int) -> float:
    """What it says that two sites share one mark.

    Args:
        kind: of the mark.
        on_sites: how many have it, these two among them.
        of_sites: how many sites are known.
    """
    rules = kin_rules()
    rule = rules.kinds.get(kind)
    if rule is None or on_sites > rules.most_sites:
        return 0.0
    rarity = log2((of_sites + _BACKGROUND) / (on_sites + rule.common)) - rules.usual_bits
    return max(0.0, rule.trust * rarity)


def score_shared(shared: Iterable[tuple[str, int]], *, of_sites: int) -> KinScore:
    """What two sites have in common.

    Args:
        shared: kind of each mark that both have, and on how many sites it is.
        of_sites: how many sites are known.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for kind, on_sites in shared:
        weight = weight_of(kind, on_sites=on_sites, of_sites=of_sites)
        if weight > 0:
            found[kind].append(weight)
    kinds = kin_rules().kinds
    sums = {kind: min(_together(kind, own), kinds[kind].most) for kind, own in found.items()}
    order = sorted(sums, key=lambda kind: (-sums[kind], kind))
    reasons = tuple((kind, len(found[kind])) for kind in order)
    return KinScore(round(sum(sums.values()), 2), reasons)


def _together(kind: str, weights: list[float]) -> float:
    """What marks of one kind say together.

    Accounts and servers come in sets: whoever has one of a reseller's has the next too. So each
    says half as much as the one before. Pictures are put there one by one.
    """
    ranked = sorted(weights, reverse=True)
    if kind == ENTRY:
        return sum(ranked)
    return sum(weight / (1 << min(place, 60)) for place, weight in enumerate(ranked))
