"""Hub and edge over a bad network: every entry once, every withdrawal felt, every report once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from rough_cable import network_faults, rough_cable
from staydown.types import Fingerprint
from staydown_client.edge import WithoutCopyError
from staydown_client.edge.errors import HubError
from staydown_web.banks.services import withdraw_entry
from staydown_web.screening.models import Copy
from torture.faults.frame import RESULTS, Ledger, run_campaign, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 92


class Pair:
    """A hub, an edge replica, and what each of the two was told is stored."""

    def __init__(self, site: Any, confirmed: Any, draw: Any, moment: Any) -> None:
        self.site, self._confirmed, self._draw, self._moment = site, confirmed, draw, moment
        self.ledger = Ledger()
        self.known: dict[str, Fingerprint] = {}
        self.gone: list[Fingerprint] = []
        self.silent: Counter[str] = Counter()
        self._felt: set[str] = set()
        self._number = 0

    def busy(self) -> None:
        """News at the hub, an upload at the edge, and an exchange in which anything may fail."""
        self.grow()
        if self._number % 3 == 0:
            self.withdraw()
        self.upload()
        self.exchange()

    def grow(self) -> None:
        """An entry more at the hub."""
        self._number += 1
        fingerprint = self._draw(self._number)
        entry = str(self._confirmed(fingerprint).pk)
        self.ledger.acknowledge("entry", entry)
        self.known[entry] = fingerprint

    def withdraw(self) -> None:
        """The oldest entry is taken back."""
        entry = next(iter(self.known))
        self.gone.append(self.known.pop(entry))
        withdraw_entry(entry_id=entry, actor="person", now=self._moment)  # type: ignore[arg-type]
        self.ledger.take_back("entry", entry)

    def upload(self) -> None:
        """A copy of what the edge was up to date with comes to the platform: it is never clear."""
        entry, fingerprint = next(iter(self.known.items()))
        if entry not in self._felt:
            return
        name = f"upload-{self._number}"
        self.ledger.ask("report", name)
        try:
            answer = self.site.edge.check(fingerprint, content_ref=name, idempotency_key=name)
        except WithoutCopyError:
            return
        if str(answer.verdict) == "clear":
            self.silent[entry] += 1
        else:
            self.ledger.acknowledge("report", name)

    def exchange(self) -> bool:
        """What the keeper does all the time."""
        try:
            self.site.keeper.step()
            self.site.keeper.send()
        except HubError:
            return False
        return True

    def works(self) -> bool:
        """Up to date in both directions."""
        if not self.exchange() or not self.exchange():
            return False
        self.site.keeper.beat()
        newest = list(self.known.values())[-1]
        try:
            verdicts = [str(self.site.edge.check(f).verdict) for f in (newest, *self.gone[-1:])]
        except WithoutCopyError:
            return False
        waiting = self.site.edge.status()["reports_waiting"]
        if verdicts != ["block", "clear"][: len(verdicts)] or waiting:
            return False
        self._felt |= set(self.known)
        return True

    def stored(self) -> Mapping[str, Counter[str]]:
        """Entries of the copy; reports at the hub."""
        copy = self.site.keeper.copy
        held = [entry.entry_id for entry in copy._bank.entries()]
        refs = Copy.objects.exclude(content_ref="").values_list("content_ref", flat=True)
        return {
            "entry": Counter(held),
            "report": Counter(refs),
            "silent answer": self.silent,
        }


def campaign(
    site: Callable[..., Any], confirmed: Any, draw: Any, moment: Any, count: int, log: Any
) -> None:
    one = site()
    port = urlsplit(one.way.target).port
    assert port is not None
    with rough_cable(port) as cable:
        one.start(hub=cable.address)
        pair = Pair(one, confirmed, draw, moment)
        for _ in range(4):
            pair.grow()
        wait_until(pair.works, within_s=120, what="first copy")
        faults = network_faults(cable, between="hub and edge", use=pair.busy, most_s=0.5)
        made = run_campaign(
            faults,
            SEED,
            log,
            name="hub and edge",
            subject=pair,
            ledger=pair.ledger,
            count=count,
            recovery_s=60,
            say=print,
        )
        assert made.wrong == []
        assert len(made.rounds) == count
        assert cable.passed > 0
        assert pair.ledger.counts()["report"] >= count // 2


def test_a_part_of_the_campaign_loses_and_doubles_nothing(
    site: Any, confirmed: Any, drawn_fingerprint: Any, moment: Any
) -> None:
    campaign(site, confirmed, drawn_fingerprint, moment, 14, None)


@pytest.mark.torture
def test_a_hundred_and_twenty_faults_lose_and_double_nothing(
    site: Any, confirmed: Any, drawn_fingerprint: Any, moment: Any
) -> None:
    campaign(site, confirmed, drawn_fingerprint, moment, 120, RESULTS)
