"""What is expected of a scenario, as data beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from little_internet.scenarios.ordinary import World
from little_internet.world import Scenario


@dataclass(frozen=True)
class Edge:
    """One edge that a chain must have.

    Attributes:
        role: ``escalation.chain.Role`` value.
        key: of the provider.
        confidence: ``sure``, ``likely`` or ``guess``.
        contact: the address that a report would go to; empty where none can be used.
        refused: addresses that must not be used, each with its reason.
    """

    role: str
    key: str
    confidence: str = "sure"
    contact: str = ""
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    """A scenario and what is right about its chain.

    Attributes:
        name: of the scenario.
        make: makes its little internet, anew each time: answers that come in turn begin again.
        edges: all edges of the chain, no other one allowed; None where only ``has`` counts.
        has: edges that must be among them.
        lacks: keys, names or addresses that must be nowhere in the chain.
        troubles: all troubles; None where they do not matter.
        among: troubles that must be among them.
        timeout_s: for one look-up of a name.
    """

    name: str
    make: Callable[[], Scenario]
    edges: tuple[Edge, ...] | None = None
    has: tuple[Edge, ...] = ()
    lacks: tuple[str, ...] = ()
    troubles: frozenset[tuple[str, str]] | None = frozenset()
    among: frozenset[tuple[str, str]] = frozenset()
    timeout_s: float = 3.0


SCENARIOS: dict[str, Told] = {}
"""Every scenario by its name."""


def told(
    *,
    edges: tuple[Edge, ...] | None = None,
    has: tuple[Edge, ...] = (),
    lacks: tuple[str, ...] = (),
    troubles: tuple[tuple[str, str], ...] | None = (),
    among: tuple[tuple[str, str], ...] = (),
    timeout_s: float = 3.0,
    **of_scenario: Any,
) -> Callable[[Callable[[], World]], Callable[[], World]]:
    """Put a world on the list under the name of the function that makes it."""

    def register(make: Callable[[], World]) -> Callable[[], World]:
        name = make.__name__.replace("_", "-")
        every = None if troubles is None else frozenset(troubles)
        some = frozenset(among)

        def finished() -> Scenario:
            return make().scenario(name, **of_scenario)

        SCENARIOS[name] = Told(name, finished, edges, has, lacks, every, some, timeout_s)
        return make

    return register
