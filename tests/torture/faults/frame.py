"""The frame of fault campaigns: a ledger of what was acknowledged, faults, and rounds of them.

A campaign injects faults into a system while others write to it. Whatever somebody was told is
stored goes into the ledger. After each fault the system has to work again by itself (how long that
takes is measured), and what it holds is compared with the ledger: nothing that was acknowledged
may be missing, and nothing may be there twice.

    ledger = Ledger()
    faults = [Fault("connection cut", inject=lambda chance: proxy.cut(), heal=proxy.join)]
    campaign = run_campaign(faults, seed=7, log=RESULTS, name="network", subject=subject,
                            ledger=ledger, count=60)
    assert campaign.wrong == []
"""

from __future__ import annotations

import json
import os
import random
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

RESULTS = Path(__file__).parents[3] / "docs" / "results" / "faults.json"
"""Where campaigns that are run in earnest leave their figures, each under its name."""

RECOVERY_S = 300.0
"""A system that does not work again after this has not recovered."""

_LOOK_S = 0.05


class NotHereError(Exception):
    """A fault that cannot be made here, such as without root; its text says why."""


def nothing() -> None:
    """What heals a fault that is over as soon as it has happened."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        kind: what happens, in a few words; figures are counted by it.
        inject: makes it happen; draws what is random from its argument, and gives a word about
            what exactly was done, or None.
        heal: ends it. Recovery is measured from when it returns.
        hold_s: the longest that it lasts before it is healed; drawn anew each time.
        share: how often it comes, in relation to the others.
        is_whole: False leaves out the question whether the system works again by itself.
        after: makes everything ready for the next fault, once all is measured and compared.
    """

    kind: str
    inject: Callable[[random.Random], str | None]
    heal: Callable[[], None] = nothing
    hold_s: float = 0.0
    share: int = 1
    is_whole: bool = True
    after: Callable[[], object] = nothing


class Subject(Protocol):
    """A system under fault."""

    def works(self) -> bool:
        """Whether all of it works; asked again and again after a fault, must not raise."""
        ...

    def stored(self) -> Mapping[str, Counter[str]]:
        """What it holds: kind of item -> id -> how often. Read past whatever was broken."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it was acknowledged: ``lost``, ``doubled`` or ``unasked``, and of what.

    ``stuck`` is a system that did not work again.
    """

    what: str
    kind: str
    item: str


class Ledger:
    """What was asked of a system, and what it acknowledged. Any thread may write to it.

    Args:
        made_by_system: kinds of items that the system makes by itself, such as orders that follow
            from decisions: that nobody asked for one is no difference, that it is there twice is.
    """

    def __init__(self, made_by_system: Iterable[str] = ()) -> None:
        self._made_by_system = frozenset(made_by_system)
        self._lock = threading.Lock()
        self._asked: defaultdict[str, set[str]] = defaultdict(set)
        self._acknowledged: defaultdict[str, set[str]] = defaultdict(set)
        self._gone: defaultdict[str, set[str]] = defaultdict(set)

    def ask(self, kind: str, item: str) -> None:
        """Somebody is about to ask for it: from now on it may be stored once, or not at all."""
        with self._lock:
            self._asked[kind].add(item)

    def acknowledge(self, kind: str, item: str) -> None:
        """Somebody was told that it is stored: from now on it must be there, once."""
        with self._lock:
            self._asked[kind].add(item)
            self._acknowledged[kind].add(item)

    def take_back(self, kind: str, item: str) -> None:
        """Somebody asked for it to be taken away: it may be there, or not."""
        with self._lock:
            self._acknowledged[kind].discard(item)
            self._gone[kind].add(item)

    def counts(self) -> dict[str, int]:
        """How many of each kind were acknowledged, those taken back since included."""
        with self._lock:
            kinds = {*self._acknowledged, *self._gone}
            return {k: len(self._acknowledged[k]) + len(self._gone[k]) for k in sorted(kinds)}

    def acknowledged(self, kind: str) -> set[str]:
        """What must be there now."""
        with self._lock:
            return set(self._acknowledged[kind])

    def snapshot(self) -> dict[str, set[str]]:
        """What was acknowledged by now, for a comparison with what is read after this."""
        with self._lock:
            return {kind: set(items) for kind, items in self._acknowledged.items()}

    def differences(
        self,
        stored: Mapping[str, Counter[str]],
        *,
        acknowledged: Mapping[str, set[str]] | None = None,
    ) -> list[Difference]:
        """What is lost, doubled, or there although nobody asked for it.

        Args:
            stored: what the system holds.
            acknowledged: a ``snapshot`` from before that was read; None while nobody writes.
        """
        due = self.snapshot() if acknowledged is None else acknowledged
        with self._lock:
            asked = {kind: set(items) for kind, items in self._asked.items()}
            gone = {kind: set(items) for kind, items in self._gone.items()}
        found = []
        for kind in sorted({*due, *stored}):
            held = stored.get(kind, Counter())
            must = due.get(kind, set()) - gone.get(kind, set())
            found += [Difference("lost", kind, item) for item in sorted(must - {*held})]
            found += [Difference("doubled", kind, i) for i, n in sorted(held.items()) if n > 1]
            if kind in self._made_by_system:
                continue
            unasked = {*held} - asked.get(kind, set())
            found += [Difference("unasked", kind, item) for item in sorted(unasked)]
        return found


@dataclass(frozen=True, slots=True)
class Round:
    """One fault and what came of it.

    Attributes:
        kind: of the fault.
        note: what exactly was done.
        recovery_s: seconds until everything worked again, from when the fault was healed; None
            where that was not asked.
        differences: between ledger and system afterwards.
    """

    kind: str
    note: str
    recovery_s: float | None
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class Campaign:
    """What a campaign found.

    Attributes:
        name: of it.
        seed: the same seed makes the same faults in the same order.
        rounds: one for each fault that was made.
        skipped: kind -> why it could not be made here.
        acknowledged: kind of item -> how many were acknowledged.
        spent_s: seconds in all.
        more: other figures.
    """

    name: str
    seed: int
    rounds: list[Round] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    spent_s: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """A line for everything that is not as it should be; empty where all is well."""
        return [
            f"{r.kind} ({r.note}): {d.what} {d.kind} {d.item}"
            for r in self.rounds
            for d in r.differences
        ]

    def write(self, log: Path) -> None:
        """Put its figures into a log."""
        write_log(log, self)

    def figures(self) -> dict[str, Any]:
        """What goes into the log: counts and seconds, no item."""
        kinds = sorted({r.kind for r in self.rounds} - {"nothing"})
        return {
            "seed": self.seed,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "processors": os.cpu_count(),
            "load": round(os.getloadavg()[2], 1),
            "faults": sum(r.kind != "nothing" for r in self.rounds),
            "spent_s": round(self.spent_s, 1),
            "kinds": {kind: self._figures_of(kind) for kind in kinds},
            "skipped": self.skipped,
            "acknowledged": self.acknowledged,
            "lost": self._count("lost"),
            "doubled": self._count("doubled"),
            "unasked": self._count("unasked"),
            "stuck": self._count("stuck"),
            **self.more,
        }

    def _count(self, what: str) -> int:
        every = {(d.kind, d.item) for r in self.rounds for d in r.differences if d.what == what}
        return len(every)

    def _figures_of(self, kind: str) -> dict[str, Any]:
        mine = [r for r in self.rounds if r.kind == kind]
        took = sorted(r.recovery_s for r in mine if r.recovery_s is not None)
        if not took:
            return {"faults": len(mine)}
        seconds = {"p50": statistics.median(took), "most": took[-1]}
        return {
            "faults": len(mine),
            "recovery_s": {name: round(value, 2) for name, value in seconds.items()},
        }


def plan(faults: Sequence[Fault], *, count: int, chance: random.Random) -> list[Fault]:
    """So many faults in a random order, each kind as often as its share says, and at least once.

    Raises:
        ValueError: fewer than one of each kind.
    """
    if count < len(faults):
        raise ValueError(f"{len(faults)} kinds need at least as many faults")
    whole = sum(fault.share for fault in faults)
    made = [f for f in faults for _ in range(max(1, count * f.share // whole))][:count]
    made += chance.choices(faults, weights=[f.share for f in faults], k=count - len(made))
    chance.shuffle(made)
    return made


def run_campaign(
    faults: Sequence[Fault],
    seed: int,
    log: Path | None,
    *,
    name: str,
    subject: Subject,
    ledger: Ledger,
    count: int,
    seconds: float | None = None,
    recovery_s: float = RECOVERY_S,
    say: Callable[[str], None] | None = None,
) -> Campaign:
    """Inject faults one after the other; compare after each.

    Args:
        faults: the kinds.
        seed: of everything that is random.
        log: file of figures that this campaign's are put into; None keeps none.
        name: of the campaign, unique in the log.
        subject: what is under fault. Whoever writes to it does so in other threads or processes.
        ledger: what they were told.
        count: how many faults.
        seconds: stop after so long, whatever is left.
        recovery_s: the longest that recovery may take.
        say: takes a line a fault.

    Returns:
        What was found. Where the system did not work again in time, that is its last difference.
    """
    chance = random.Random(seed)
    campaign, begun = Campaign(name, seed), time.monotonic()
    for number, fault in enumerate(plan(faults, count=count, chance=chance), 1):
        if seconds is not None and time.monotonic() - begun > seconds:
            break
        if fault.kind in campaign.skipped:
            continue
        try:
            made = _one_round(fault, chance, subject, ledger, recovery_s)
        except NotHereError as reason:
            campaign.skipped[fault.kind] = str(reason)
            continue
        except AssertionError as reason:
            # It ends here; what was found before is worth keeping.
            stuck = Difference("stuck", "recovery", str(reason))
            campaign.rounds.append(Round(fault.kind, "", None, (stuck,)))
            break
        campaign.rounds.append(made)
        if say is not None:
            took = "" if made.recovery_s is None else f" {made.recovery_s:.2f} s"
            say(f"{number}/{count} {made.kind} ({made.note}){took} {list(made.differences)[:3]}")
    campaign.acknowledged = ledger.counts()
    campaign.spent_s = time.monotonic() - begun
    if log is not None:
        write_log(log, campaign)
    return campaign


def _one_round(
    fault: Fault,
    chance: random.Random,
    subject: Subject,
    ledger: Ledger,
    recovery_s: float,
) -> Round:
    hold_s = chance.uniform(0.0, fault.hold_s)
    try:
        note = fault.inject(chance) or ""
        time.sleep(hold_s)
    finally:
        fault.heal()
    took = None
    if fault.is_whole:
        took = wait_until(subject.works, within_s=recovery_s, what=f"recovery from {fault.kind}")
    acknowledged = ledger.snapshot()
    different = ledger.differences(subject.stored(), acknowledged=acknowledged)
    fault.after()
    return Round(fault.kind, note, took, tuple(different))


def wait_until(is_so: Callable[[], bool], *, within_s: float, what: str) -> float:
    """Seconds until something is so.

    Raises:
        AssertionError: it did not become so in time.
    """
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < within_s, f"no {what} within {within_s:g} s"
        time.sleep(_LOOK_S)
    return time.monotonic() - begun


def write_log(path: Path, campaign: Campaign) -> None:
    """Put the figures of a campaign among those of others; sums are made anew."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    campaigns = {**before.get("campaigns", {}), campaign.name: campaign.figures()}
    sums = {name: _sum(campaigns.values(), name) for name in ("faults", "lost", "doubled")}
    made = path.with_suffix(".new")
    made.write_text(
        json.dumps({**sums, "campaigns": dict(sorted(campaigns.items()))}, indent=2) + "\n",
        encoding="utf-8",
    )
    made.replace(path)


def _sum(campaigns: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(int(one[name]) for one in campaigns)
