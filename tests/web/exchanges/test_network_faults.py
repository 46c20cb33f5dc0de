"""A partner that is slow, cut off or wrong: every key once, every withdrawal felt."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from exchange_servers.reading import photo_raw
from exchange_servers.stopncii import StopNciiServer
from rough_cable import RoughCable, network_faults, rough_cable
from staydown import Fingerprint
from staydown_web.banks.services import match_entries
from staydown_web.exchanges.models import Received
from staydown_web.exchanges.partners import stopncii
from staydown_web.exchanges.partners.wire import Kind
from staydown_web.exchanges.services import fetch_due, make_exchange, start_trial
from torture.faults.frame import RESULTS, Fault, Ledger, run_campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
SEED = 93


class Partnership:
    """What a partner lists, and what matches here."""

    def __init__(self, server: StopNciiServer, now: Any) -> None:
        self.server, self._now = server, now
        self.ledger = Ledger()
        self._hours = 0
        self._drawn = random.Random(SEED)
        self._listed: dict[str, str] = {}
        self._withdrawn: dict[str, str] = {}

    def busy(self) -> None:
        """News at the partner, and the worker fetches whatever comes of it."""
        for _ in range(3):
            value = f"{self._drawn.getrandbits(256):064x}"
            key = self.server.add(value)
            self._listed[key] = value
            self.ledger.acknowledge("key", key)
        if len(self._listed) > 12:
            key = next(iter(self._listed))
            self._withdrawn[key] = self._listed.pop(key)
            self.server.withdraw(key)
            self.ledger.take_back("key", key)
        self.fetch()

    def fetch(self) -> None:
        """As the worker does: what fails is tried again after its pause."""
        self._hours += 13
        at = self._now + timedelta(hours=self._hours)
        given = {"now": at, "clock": lambda: at}
        fetch_due(**given)
        fetch_due(**given, is_failing=True)

    def works(self) -> bool:
        """All that is listed matches, and nothing that was withdrawn."""
        self.fetch()
        held = self.stored()
        return set(held["key"]) == set(self._listed) and not held["withdrawn, and still there"]

    def stored(self) -> Mapping[str, Counter[str]]:
        """Keys whose hash matches, as often as it does."""
        rows = Received.objects.values_list("blind", "part")
        return {
            "key": Counter(
                key for key, value in self._listed.items() for _ in range(_matches(value))
            ),
            "withdrawn, and still there": Counter(
                key for key, value in self._withdrawn.items() if _matches(value)
            ),
            "key stored twice": Counter(
                f"{blind} {part}" for (blind, part), n in Counter(rows).items() if n > 1
            ),
        }


def _matches(value: str) -> int:
    found = match_entries(Fingerprint.from_bytes(photo_raw(pdq=value)))
    return len({match.entry_id for match in found})


def lies(server: StopNciiServer, subject: Partnership) -> list[Fault]:
    """What a partner's server does wrong by itself."""

    def fault(kind: str, begin: Any, end: Any = lambda: None) -> Fault:
        def inject(chance: random.Random) -> None:
            begin(chance)
            subject.busy()

        return Fault(f"exchange: {kind}", inject, heal=end)

    def flag(name: str) -> tuple[Any, Any]:
        return (
            lambda _: setattr(server, name, True),
            lambda: setattr(server, name, False),
        )

    return [
        fault("half a page that says it is whole", lambda _: server.halve_next()),
        fault("an answer shorter than it says", lambda _: server.cut_next()),
        fault("errors", lambda c: server.fail_next(c.choice((500, 502, 503, 429)), 2)),
        fault("the last row of each page again", *flag("repeat_last")),
        fault("rows in another order", *flag("shuffle")),
        fault("places that it forgets", *flag("expire_tokens")),
    ]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StopNciiServer]:
    monkeypatch.setattr(stopncii, "PAGE_ROWS", 4)
    with StopNciiServer() as made:
        yield made


@pytest.fixture
def cable(server: StopNciiServer) -> Iterator[RoughCable]:
    port = urlsplit(server.address).port
    assert port is not None
    with rough_cable(port) as made:
        yield made


@pytest.fixture
def subject(server: StopNciiServer, cable: RoughCable, now: Any) -> Partnership:
    made = make_exchange(
        kind=Kind.STOPNCII,
        name="A partner",
        config={**server.config, "address": f"{cable.address}{server.base_path}"},
        secrets=server.secrets,
        actor="system",
        now=now,
    )
    start_trial(exchange_id=made.pk, actor="system", now=now)
    return Partnership(server, now)


def campaign(
    server: StopNciiServer, cable: RoughCable, subject: Partnership, count: int, log: Any
) -> None:
    subject.busy()
    assert subject.works()
    # Who can change single bytes unseen is the partner; TLS keeps out everybody else.
    weather = [
        fault
        for fault in network_faults(cable, between="exchange", use=subject.busy, most_s=0.5)
        if "changed" not in fault.kind
    ]
    made = run_campaign(
        [*weather, *lies(server, subject)],
        SEED,
        log,
        name="exchange",
        subject=subject,
        ledger=subject.ledger,
        count=count,
        recovery_s=60,
        say=print,
    )
    assert made.wrong == []
    assert len(made.rounds) == count


def test_a_part_of_the_campaign_loses_and_doubles_no_key(
    server: StopNciiServer, cable: RoughCable, subject: Partnership
) -> None:
    campaign(server, cable, subject, 12, None)


@pytest.mark.torture
def test_a_hundred_faults_lose_and_double_no_key(
    server: StopNciiServer, cable: RoughCable, subject: Partnership
) -> None:
    campaign(server, cable, subject, 100, RESULTS)
