"""Faults of the bank in memory and of its sealed snapshots; the bank as the subject of them."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from staydown import Fingerprint
from staydown.errors import StaydownError
from staydown.index import BankFile
from staydown_web.banks.services import (
    catch_up,
    close_segments,
    examine_segments,
    match_entries,
    purge_segments,
    save_snapshot,
    touch_segments,
    withdraw_entry,
)
from staydown_web.banks.services.publishing import _segments
from staydown_web.base.errors import BankNotReadyError
from torture.faults.frame import Fault, Ledger

_STATE_BYTES = 300
Chance = random.Random


class BankUnderFault:
    """Entries that were acknowledged, and the bank that has to hold each of them once.

    Args:
        add: puts a fingerprint into the bank; gives the entry.
        draw: makes the fingerprint of a number.
        ledger: what was acknowledged.
        now: the moment of everything.
    """

    def __init__(
        self, add: Callable[..., Any], draw: Callable[[int], Fingerprint], ledger: Ledger, now: Any
    ) -> None:
        self._add, self._draw, self._ledger, self._now = add, draw, ledger, now
        self.known: dict[str, Fingerprint] = {}
        self.refused = 0
        self.silent: Counter[str] = Counter()
        self._number = 0

    def grow(self) -> None:
        """An entry more, which is acknowledged when this returns."""
        self._number += 1
        fingerprint = self._draw(self._number)
        entry = str(self._add(fingerprint).entry.pk)
        self._ledger.acknowledge("entry", entry)
        self.known[entry] = fingerprint

    def shrink(self, chance: Chance) -> None:
        """One entry less."""
        entry = chance.choice(sorted(self.known))
        del self.known[entry]
        withdraw_entry(entry_id=entry, actor="person", now=self._now)  # type: ignore[arg-type]
        self._ledger.take_back("entry", entry)

    def look(self) -> bool:
        """Check some copies of what is known; an answer without it is one too many."""
        for entry, fingerprint in list(self.known.items())[-4:]:
            try:
                found = [match.entry_id for match in match_entries(fingerprint)]
            except BankNotReadyError:
                self.refused += 1
                return False
            if entry not in found:
                self.silent[entry] += 1
                return False
        return True

    def works(self) -> bool:
        """What the worker does every half second, then checks."""
        with suppress(StaydownError):
            catch_up()
        return self.look()

    def stored(self) -> Mapping[str, Counter[str]]:
        """Ids in the bank; answers that said "no match" of what is known."""
        held = [entry.entry_id for entry in _segments().bank().entries()]
        return {"entry": Counter(held), "silent answer": self.silent}


def memory() -> Path:
    """The folder of the bank in memory."""
    return Path(settings.STAYDOWN_SHARED_MEMORY)


def sealed() -> list[Path]:
    """The snapshots on disk."""
    return sorted((Path(settings.STAYDOWN_HOME) / "segments").glob("*.sealed"))


def swap(data: bytes) -> None:
    """Put other bytes in the place of the bank at once, and have every process look."""
    made = memory() / "other"
    made.write_bytes(data)
    made.replace(memory() / "bank")
    touch_segments()


def lose_memory() -> None:
    """As after a restart of the machine."""
    close_segments()
    for path in memory().iterdir():
        path.unlink()


def flipped(data: bytes, chance: Chance) -> bytes:
    """Some bits turned over; half of the time among the first page."""
    out = bytearray(data)
    high = min(len(out), 4096) if chance.random() < 0.5 else len(out)
    for _ in range(chance.choice((1, 3, 40))):
        out[chance.randrange(high)] ^= 1 << chance.randrange(8)
    return bytes(out)


def bank_bytes() -> bytes:
    """The bank in memory as it is; made first where a fault before took it away."""
    path = memory() / "bank"
    if not path.exists():
        examine()
    return path.read_bytes()


def _cut(chance: Chance) -> str:
    raw = bank_bytes()
    at = chance.randrange(len(raw))
    swap(raw[:at])
    return f"after {at} of {len(raw)} bytes"


def _flip(chance: Chance) -> None:
    swap(flipped(bank_bytes(), chance))


def _flip_segment(chance: Chance) -> None:
    """Columns and tables of a compacted bank: their checksums are compared by an examination."""
    bank_bytes()
    _segments().bank().compact()
    _segments()._move(_segments()._state.progress())
    swap(flipped(bank_bytes(), chance))


def _noise(chance: Chance) -> None:
    swap(chance.randbytes(chance.choice((0, 10, 5_000))))


def _empty(chance: Chance) -> None:
    made = memory() / "empty"
    BankFile.create(made).close()
    swap(made.read_bytes())
    made.unlink()


def _gone(chance: Chance) -> None:
    (memory() / "bank").unlink(missing_ok=True)
    touch_segments()


def _gone_and_restart(chance: Chance) -> None:
    (memory() / "bank").unlink(missing_ok=True)
    close_segments()


def _half_a_record(chance: Chance) -> None:
    bank_bytes()
    with (memory() / "bank").open("ab") as file:
        file.write(chance.randbytes(chance.randrange(1, 500)))


def _state_noise(chance: Chance) -> str:
    at = chance.randrange(_STATE_BYTES)
    with (memory() / "state").open("r+b") as page:
        os.pwrite(page.fileno(), chance.randbytes(8), at)
    return f"byte {at}"


def _state_zeros(chance: Chance) -> None:
    with (memory() / "state").open("r+b") as page:
        os.pwrite(page.fileno(), bytes(4096), 0)


def memory_faults(subject: BankUnderFault, foreign: bytes) -> list[Fault]:
    """Faults of the file in memory and of its page of state.

    Args:
        subject: the bank.
        foreign: a whole bank file with other entries.
    """

    def other(chance: Chance) -> None:
        swap(foreign)

    def older(chance: Chance) -> None:
        before = bank_bytes()
        subject.grow()
        swap(before)

    return [
        Fault("memory: bank cut short", _cut, heal=examine, share=3),
        Fault("memory: bits of the bank flipped", _flip, heal=examine, share=3),
        Fault("memory: bits of a compacted bank flipped", _flip_segment, heal=examine, share=3),
        Fault("memory: noise in the place of the bank", _noise),
        Fault("memory: another bank in its place", other, share=2),
        Fault("memory: an empty bank in its place", _empty, share=2),
        Fault("memory: an older copy in its place", older, share=2),
        Fault("memory: bank gone while it is mapped", _gone),
        Fault("memory: bank gone, and a restart", _gone_and_restart),
        Fault("memory: half a record after the end", _half_a_record, share=2),
        Fault("memory: noise in the page of state", _state_noise, share=3),
        Fault("memory: zeros in the page of state", _state_zeros),
    ]


def examine() -> None:
    """What the worker does every ten minutes."""
    with suppress(StaydownError):
        examine_segments()


def disk_faults(subject: BankUnderFault, foreign: bytes) -> list[Fault]:
    """Faults of the sealed snapshots, each followed by a restart of the machine.

    Args:
        subject: the bank.
        foreign: a sealed snapshot of another installation.
    """

    def restart(change: Callable[[Path, Chance], None]) -> Callable[[Chance], str]:
        def fault(chance: Chance) -> str:
            save_snapshot(is_due=True)
            subject.grow()  # more recent than the snapshot
            (newest,) = sealed()
            change(newest, chance)
            lose_memory()
            return newest.name

        return fault

    def cut(path: Path, chance: Chance) -> None:
        raw = path.read_bytes()
        path.write_bytes(raw[: chance.randrange(len(raw))])

    def flip(path: Path, chance: Chance) -> None:
        path.write_bytes(flipped(path.read_bytes(), chance))

    def noise(path: Path, chance: Chance) -> None:
        path.write_bytes(chance.randbytes(5_000))

    def other(path: Path, chance: Chance) -> None:
        path.write_bytes(foreign)

    def renamed(path: Path, chance: Chance) -> None:
        """Says that it holds more than it does."""
        path.rename(path.with_name(f"{int(path.stem) + 1:016d}.sealed"))

    def withdrawn(path: Path, chance: Chance) -> None:
        """What was withdrawn after it must not come back."""
        subject.shrink(chance)
        purge_segments()

    def nothing(path: Path, chance: Chance) -> None:
        """A restart alone."""

    kinds = {
        "disk: snapshot cut short": cut,
        "disk: bits of a snapshot flipped": flip,
        "disk: noise in the place of a snapshot": noise,
        "disk: a snapshot of another installation": other,
        "disk: a snapshot under another name": renamed,
        "disk: withdrawn after the snapshot, and purged": withdrawn,
        "memory lost, snapshot whole": nothing,
    }
    return [Fault(kind, restart(change), share=2) for kind, change in kinds.items()]
