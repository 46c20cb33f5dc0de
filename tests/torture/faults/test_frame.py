"""The frame itself: a system that forgets, or stores twice, is found out."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from torture.faults.frame import Fault, Ledger, NotHereError, plan, run_campaign


class Shelf:
    """A system in a few lines: it holds names, and a fault may make it forget or repeat one."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.held: Counter[str] = Counter()
        self.silent = 0

    def put(self, name: str) -> None:
        self.ledger.ask("name", name)
        self.held[name] += 1
        self.ledger.acknowledge("name", name)

    def works(self) -> bool:
        self.silent -= 1
        return self.silent < 0

    def stored(self) -> dict[str, Counter[str]]:
        return {"name": +self.held}


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf(Ledger())
    for name in ("ada", "bela", "cora"):
        made.put(name)
    return made


def campaign(shelf: Shelf, *faults: Fault, count: int = 0, log: Path | None = None, **more: float):
    return run_campaign(
        faults,
        7,
        log,
        name="shelf",
        subject=shelf,
        ledger=shelf.ledger,
        count=count or len(faults),
        **more,
    )


def forget(shelf: Shelf, name: str) -> Fault:
    return Fault("forgets", lambda chance: shelf.held.pop(name) and name)


def test_what_was_acknowledged_and_is_gone_is_lost(shelf: Shelf) -> None:
    assert campaign(shelf, forget(shelf, "bela")).wrong == ["forgets (bela): lost name bela"]


def test_what_is_there_twice_is_doubled(shelf: Shelf) -> None:
    twice = Fault("repeats", lambda chance: shelf.held.update(["ada"]))
    assert campaign(shelf, twice).wrong == ["repeats (): doubled name ada"]


def test_what_nobody_asked_for_is_told(shelf: Shelf) -> None:
    strange = Fault("invents", lambda chance: shelf.held.update(["dora"]))
    assert campaign(shelf, strange).wrong == ["invents (): unasked name dora"]


def test_what_was_asked_for_may_be_there_or_not(shelf: Shelf) -> None:
    shelf.ledger.ask("name", "dora")
    shelf.ledger.ask("name", "edda")
    assert campaign(shelf, Fault("half", lambda chance: shelf.held.update(["dora"]))).wrong == []


def test_what_was_taken_back_may_be_there_or_not(shelf: Shelf) -> None:
    shelf.ledger.take_back("name", "ada")
    shelf.ledger.take_back("name", "bela")
    done = campaign(shelf, forget(shelf, "bela"))
    assert done.wrong == []
    assert done.acknowledged == {"name": 3}


def test_a_fault_is_healed_and_recovery_is_waited_for(shelf: Shelf) -> None:
    def silence(chance: random.Random) -> str:
        shelf.silent = 3
        return "three looks"

    healed: list[bool] = []
    found = campaign(shelf, Fault("silence", silence, heal=lambda: healed.append(True)))
    assert healed == [True]
    assert found.rounds[0].recovery_s is not None
    assert shelf.silent < 0


def test_a_system_that_does_not_work_again_fails_the_campaign(shelf: Shelf) -> None:
    def silence(chance: random.Random) -> None:
        shelf.silent = 1_000_000

    found = campaign(shelf, Fault("silence", silence), recovery_s=0.2)
    assert len(found.wrong) == 1
    assert "stuck recovery no recovery from silence" in found.wrong[0]


def test_what_cannot_be_done_here_is_left_out_with_its_reason(shelf: Shelf) -> None:
    def refuse(chance: random.Random) -> None:
        raise NotHereError("needs root")

    done = campaign(shelf, Fault("mount", refuse), Fault("none", lambda chance: None), count=6)
    assert done.skipped == {"mount": "needs root"}
    assert {r.kind for r in done.rounds} == {"none"}


def test_every_kind_comes_and_the_same_seed_makes_the_same_order() -> None:
    faults = [Fault(kind, lambda chance: None, share=n) for n, kind in enumerate("abc", 1)]
    orders = [
        [f.kind for f in plan(faults, count=30, chance=random.Random(5))] for _again in range(2)
    ]
    assert orders[0] == orders[1]
    assert Counter(orders[0]) == {"a": 5, "b": 10, "c": 15}
    with pytest.raises(ValueError, match="3 kinds"):
        plan(faults, count=2, chance=random.Random(5))


def test_the_log_holds_figures_of_every_campaign_and_no_item(shelf: Shelf, tmp_path: Path) -> None:
    log = tmp_path / "faults.json"
    log.write_text('{"campaigns": {"other": {"faults": 5, "lost": 0, "doubled": 0}}}')
    campaign(shelf, forget(shelf, "bela"), Fault("none", lambda chance: None), log=log)
    text = log.read_text()
    found = json.loads(text)
    assert (found["faults"], found["lost"], found["doubled"]) == (7, 1, 0)
    assert found["campaigns"]["shelf"]["kinds"]["none"]["faults"] == 1
    assert "bela" not in text
