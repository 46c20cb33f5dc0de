"""What was stored a moment ago is known, bounded, and nothing that threads stop for."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from staydown_web.base.ids import new_ordered_id
from staydown_web.screening.services.findings import Finding, Recorded
from staydown_web.screening.services.recent import Recent, Recents

PLATFORM, ENTRY, OTHER = (UUID(int=n) for n in (1, 2, 3))


@dataclass
class Found:
    """The parts of a finding that are looked at."""

    place: Any
    signature: Any


def found(ref: str, *entries: UUID, response: str = "block") -> Finding:
    signature = frozenset((entry, "same", response) for entry in entries or (ENTRY,))
    made: Any = Found((PLATFORM, "upload", "group", ref, ""), signature)
    return made


def recorded() -> Recorded:
    return Recorded(new_ordered_id(), new_ordered_id())


def test_the_same_with_the_same_matches_is_known() -> None:
    recents, told = Recents(10), recorded()
    recents.keep(found("a", ENTRY, OTHER), 7, told)
    assert recents.get(found("a", OTHER, ENTRY)) == Recent(7, told)
    assert recents.get(found("b", ENTRY, OTHER)) is None
    assert recents.get(found("a", ENTRY)) is None
    assert recents.get(found("a", ENTRY, OTHER, response="hold")) is None


def test_what_has_no_copy_is_not_kept() -> None:
    recents = Recents(10)
    recents.keep(found("a"), 7, Recorded(new_ordered_id(), None))
    assert len(recents) == 0


@pytest.mark.parametrize("most", [1, 3])
def test_the_oldest_is_forgotten(most: int) -> None:
    recents = Recents(most)
    for n in range(5):
        recents.keep(found(str(n)), n, recorded())
    assert [n for n in range(5) if recents.get(found(str(n)))] == [*range(5 - most, 5)]


def test_the_collector_of_cycles_has_nothing_to_go_through() -> None:
    recents = Recents(5_000)
    for n in range(100):
        recents.keep(found(f"before {n}"), n, recorded())
    gc.collect()
    before = len(gc.get_objects())
    for n in range(2_000):
        recents.keep(found(str(n)), n, recorded())
    for _ in range(3):  # an inner tuple first, then the one around it
        gc.collect()
    assert len(recents) == 2_100
    assert len(gc.get_objects()) - before < 200
