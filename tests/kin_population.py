"""A drawn population of sites with what they share by chance, and some that are one operation.

Everything is drawn from a seed. What sites have in common by chance is as on the web: shared hosts,
delivery networks, name servers of registrars, resellers in ads.txt, bought templates, icons of
site-building programs, agencies that run several sites, and pictures that are on many sites.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

Marks = set[tuple[str, str]]


@dataclass(frozen=True)
class Population:
    """Sites by number, older ones first, and the pairs that are one operation."""

    sites: list[Marks]
    relaunched: set[tuple[int, int]]

    def counts(self) -> Counter[tuple[str, str]]:
        """On how many sites each mark is."""
        return Counter(mark for marks in self.sites for mark in marks)

    def pairs(self, most: int) -> Iterator[tuple[int, int, list[tuple[str, int]]]]:
        """Pairs that share a mark which at most so many have; kind and count of all they share."""
        counts, holders = self.counts(), defaultdict(list)
        for number, marks in enumerate(self.sites):
            for mark in marks:
                holders[mark].append(number)
        near = {
            pair
            for mark, numbers in holders.items()
            if 1 < counts[mark] <= most
            for pair in combinations(numbers, 2)
        }
        for a, b in sorted(near):
            yield a, b, [(mark[0], counts[mark]) for mark in self.sites[a] & self.sites[b]]


def draw(*, sites: int = 2_000, relaunches: int = 60, seed: int = 20261126) -> Population:
    """A population: ``sites`` unrelated ones, then ``relaunches`` that follow one of them."""
    rng = random.Random(seed)
    drawn = [_site(rng, number) for number in range(sites)]
    _agencies(rng, drawn)
    _clones(rng, drawn)
    pairs = set()
    for older in rng.sample(range(sites), relaunches):
        drawn[older] |= _operation(rng, older)
        drawn.append(_relaunch(rng, drawn[older], len(drawn)))
        pairs.add((older, len(drawn) - 1))
    return Population(drawn, pairs)


def _zipf(rng: random.Random, n: int) -> int:
    """A number below ``n``, small ones much more often."""
    return min(n - 1, int(n ** rng.random()) - 1)


def _site(rng: random.Random, number: int) -> Marks:
    marks: Marks = set()
    where = rng.random()
    if where < 0.4:
        network = _zipf(rng, 5)
        marks.add(("ip", f"cdn{network}-{rng.randrange(50)}"))
        marks |= {("nameserver", f"cdn{network}-{rng.randrange(40)}{end}") for end in "ab"}
    elif where < 0.8:
        marks.add(("ip", f"shared{_zipf(rng, 150)}"))
    else:
        marks.add(("ip", f"own{number}"))
    if not any(kind == "nameserver" for kind, _ in marks):
        marks |= {("nameserver", f"reg{_zipf(rng, 40)}{end}") for end in "ab"}
    if rng.random() < 0.35:
        marks.add(("ads_account", f"ads{number}"))
        marks |= {("ads_account", f"reseller{_zipf(rng, 300)}") for _ in range(rng.randint(5, 40))}
    if rng.random() < 0.15:
        marks.add(("payment_account", f"pay{number}"))
    if rng.random() < 0.5:
        marks.add(("analytics", f"count{number}"))
    bought = rng.random() < 0.6
    marks.add(("template", f"theme{_zipf(rng, 80)}" if bought else f"page{number}"))
    if rng.random() < 0.8:
        builder = rng.random() < 0.4
        marks.add(("favicon", f"builder{_zipf(rng, 20)}" if builder else f"icon{number}"))
    for _ in range(_zipf(rng, 16)):
        marks.add(("entry", f"spread{_zipf(rng, 900)}"))
    return marks


def _agencies(rng: random.Random, sites: list[Marks]) -> None:
    """Firms that run counting and ads for several sites of others."""
    for firm in range(25):
        for number in rng.sample(range(len(sites)), rng.randint(4, 12)):
            sites[number].add(("analytics", f"agency{firm}"))
            if rng.random() < 0.3:
                sites[number].add(("ads_account", f"agency{firm}"))


def _clones(rng: random.Random, sites: list[Marks]) -> None:
    """Pages that somebody copied whole, with the template and the counting account in them."""
    for _ in range(10):
        source, copy = rng.sample(range(len(sites)), 2)
        sites[copy] |= {m for m in sites[source] if m[0] in {"template", "analytics", "favicon"}}


def _operation(rng: random.Random, number: int) -> Marks:
    """What a site made for such pictures has: pictures of its own, and a way to be paid."""
    marks: Marks = {("entry", f"own{number}-{n}") for n in range(rng.randint(6, 40))}
    marks.add(rng.choice([("payment_account", f"pay{number}"), ("ads_account", f"ads{number}")]))
    return marks


_TAKEN = {
    "ip": 0.15,
    "nameserver": 0.4,
    "ads_account": 0.5,
    "payment_account": 0.5,
    "analytics": 0.45,
    "template": 0.65,
    "favicon": 0.65,
}
"""How often each is taken over to the new name."""


def _relaunch(rng: random.Random, older: Marks, number: int) -> Marks:
    fresh = {mark for mark in _site(rng, number) if mark[0] != "entry"}
    share = rng.uniform(0.05, 0.8)
    taken: Marks = set()
    for kind in sorted({kind for kind, _ in older}):
        own = sorted(mark for mark in older if mark[0] == kind)
        if kind == "entry":
            taken |= {mark for mark in own if rng.random() < share}
        elif rng.random() < _TAKEN[kind]:
            taken |= set(own)
    kept = {kind for kind, _ in taken if kind in {"template", "favicon", "ip", "nameserver"}}
    return {mark for mark in fresh if mark[0] not in kept} | taken
