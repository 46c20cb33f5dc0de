"""Edges as they come together: the same provider in the same role is one, with all its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from staydown_web.escalation.chain import (
    Confidence,
    ContactFound,
    ContactKind,
    Evidence,
    Role,
    ServiceFound,
)
from staydown_web.escalation.mapping.contacts import best_first

_MOST_SERVICES = 40
_MOST_EVIDENCE = 8
_MOST_FACTS = 16
_LONGEST_KEY = 120
_LONGEST_NAME = 120
_STRENGTH = {Confidence.SURE: 0, Confidence.LIKELY: 1, Confidence.GUESS: 2}
_INTERFACES = (ContactKind.CLOUDFLARE, ContactKind.AWS, ContactKind.XARF)


@dataclass
class _Edge:
    name: str
    confidence: Confidence
    evidence: dict[Evidence, None] = field(default_factory=dict)
    contacts: list[ContactFound] = field(default_factory=list)
    facts: dict[tuple[str, str], None] = field(default_factory=dict)


class Edges:
    """All edges of a map by role and provider."""

    def __init__(self) -> None:
        self._edges: dict[tuple[Role, str], _Edge] = {}

    def add(
        self,
        *,
        role: Role,
        key: str,
        name: str,
        confidence: Confidence,
        evidence: Sequence[Evidence],
        contacts: Iterable[ContactFound] = (),
        facts: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Add what was found; the strongest confidence stands."""
        key = key[:_LONGEST_KEY]
        edge = self._edges.setdefault((role, key), _Edge(name[:_LONGEST_NAME] or key, confidence))
        if _STRENGTH[confidence] < _STRENGTH[edge.confidence]:
            edge.confidence = confidence
        edge.evidence.update(dict.fromkeys(evidence))
        edge.contacts += contacts
        edge.facts.update(dict.fromkeys(facts))

    def has(self, role: Role) -> bool:
        """Whether there is an edge of a role."""
        return any(found == role for found, _ in self._edges)

    def keys(self, role: Role) -> list[str]:
        """Providers in a role."""
        return [key for found, key in self._edges if found == role]

    def found(self) -> tuple[ServiceFound, ...]:
        """The edges by role, the surest and best proven first."""
        order = list(Role)
        rows = sorted(
            self._edges.items(),
            key=lambda row: (
                order.index(row[0][0]),
                _STRENGTH[row[1].confidence],
                -len(row[1].evidence),
                row[0][1],
            ),
        )
        return tuple(_service(role, key, edge) for (role, key), edge in rows[:_MOST_SERVICES])


def _service(role: Role, key: str, edge: _Edge) -> ServiceFound:
    # An interface that takes reports is what a service wants most.
    contacts = sorted(edge.contacts, key=lambda contact: contact.kind not in _INTERFACES)
    return ServiceFound(
        role=role,
        key=key,
        name=edge.name,
        confidence=edge.confidence,
        evidence=tuple(edge.evidence)[:_MOST_EVIDENCE],
        contacts=best_first(contacts),
        facts=tuple(edge.facts)[:_MOST_FACTS],
    )
