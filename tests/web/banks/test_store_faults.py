"""The object store over a bad network: a machine starts whole, from it or from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import override_settings

from rough_cable import RoughCable, network_faults, rough_cable
from s3_server import s3_environment, s3_server
from staydown import Fingerprint
from staydown_web.banks.services import (
    close_segments,
    match_entries,
    save_snapshot,
    share_snapshot,
)
from staydown_web.banks.services.publishing import _segments
from staydown_web.base.errors import SealError, SegmentStoreError
from torture.faults.frame import RESULTS, Fault, Ledger, run_campaign

pytest.importorskip("obstore")
pytestmark = pytest.mark.django_db(transaction=True)
SEED = 94


class Machines:
    """One machine that publishes, and another that starts anew each time."""

    def __init__(self, add: Any, draw: Any, now: Any, folder: Path) -> None:
        self._add, self._draw, self._now, self._folder = add, draw, now, folder
        self.ledger = Ledger()
        self.known: dict[str, Fingerprint] = {}
        self.silent: Counter[str] = Counter()
        self._number = 0

    def busy(self) -> None:
        """An entry more, published if that goes; then the other machine starts."""
        self._number += 1
        fingerprint = self._draw(self._number)
        entry = str(self._add(fingerprint).entry.pk)
        self.ledger.acknowledge("entry", entry)
        self.known[entry] = fingerprint
        self.publish()
        self.start_other()

    def publish(self) -> bool:
        """As the worker does; some minutes pass each time."""
        save_snapshot(is_due=True)
        try:
            share_snapshot(now=self._now + timedelta(minutes=11 * self._number))
        except (SegmentStoreError, SealError):
            return False
        return True

    def start_other(self) -> Counter[str]:
        """Start a machine that holds nothing; what is known must match there at once."""
        self._starts = getattr(self, "_starts", 0) + 1
        root = self._folder / f"other-{self._starts}"
        close_segments()
        changed = {"STAYDOWN_HOME": root / "home", "STAYDOWN_SHARED_MEMORY": root / "memory"}
        with override_settings(**changed):
            for entry, fingerprint in list(self.known.items())[-3:]:
                if entry not in [m.entry_id for m in match_entries(fingerprint)]:
                    self.silent[entry] += 1
            held = Counter(entry.entry_id for entry in _segments().bank().entries())
            close_segments()
        return held

    def works(self) -> bool:
        """The store takes a snapshot."""
        return self.publish()

    def stored(self) -> Mapping[str, Counter[str]]:
        """What the other machine holds after its start."""
        return {"entry": self.start_other(), "silent answer": self.silent}


@pytest.fixture
def cable(segments: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoughCable]:
    with s3_server("bank") as address:
        port = urlsplit(address).port
        assert port is not None
        with rough_cable(port) as made:
            for name, value in s3_environment(made.address).items():
                monkeypatch.setenv(name, value)
            with override_settings(STAYDOWN_SEGMENTS_URL="s3://bank/segments"):
                yield made
                close_segments()


def spoiled(machines: Machines, address: str) -> list[Fault]:
    """What lies in the store is no more what was published."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )

    def names() -> list[str]:
        found = client.list_objects_v2(Bucket="bank").get("Contents", [])
        return [row["Key"] for row in found]

    def fault(kind: str, change: Any, which: str) -> Fault:
        def inject(chance: Any) -> None:
            machines.busy()
            for name in names():
                if name.endswith(which):
                    change(name, chance)
            machines.start_other()

        return Fault(f"object store: {kind}", inject)

    def cut(name: str, chance: Any) -> None:
        raw = client.get_object(Bucket="bank", Key=name)["Body"].read()
        client.put_object(Bucket="bank", Key=name, Body=raw[: chance.randrange(len(raw))])

    def flip(name: str, chance: Any) -> None:
        raw = bytearray(client.get_object(Bucket="bank", Key=name)["Body"].read())
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        client.put_object(Bucket="bank", Key=name, Body=bytes(raw))

    def noise(name: str, chance: Any) -> None:
        client.put_object(Bucket="bank", Key=name, Body=chance.randbytes(500))

    def gone(name: str, chance: Any) -> None:
        client.delete_object(Bucket="bank", Key=name)

    changes = {"cut short": cut, "bits flipped": flip, "noise": noise, "gone": gone}
    return [
        fault(f"{what}, {kind}", change, which)
        for what, which in (("snapshot", ".sealed"), ("pointer", "current.json"))
        for kind, change in changes.items()
    ]


def campaign(
    cable: RoughCable, add: Any, draw: Any, now: Any, folder: Path, count: int, log: Any
) -> None:
    machines = Machines(add, draw, now, folder)
    machines.busy()
    assert machines.works()
    faults = [
        *network_faults(cable, between="object store", use=machines.busy, most_s=0.5),
        *spoiled(machines, cable.address),
    ]
    made = run_campaign(
        faults,
        SEED,
        log,
        name="object store",
        subject=machines,
        ledger=machines.ledger,
        count=count,
        recovery_s=60,
        say=print,
    )
    assert made.wrong == []
    assert len(made.rounds) == count
    assert settings.STAYDOWN_SEGMENTS_URL
    with suppress(OSError):
        cable.close()


def test_a_part_of_the_campaign_lets_every_machine_start_whole(
    cable: RoughCable, add: Any, drawn_fingerprint: Any, now: Any, tmp_path: Path
) -> None:
    campaign(cable, add, drawn_fingerprint, now, tmp_path, 15, None)


@pytest.mark.torture
def test_a_hundred_faults_let_every_machine_start_whole(
    cable: RoughCable, add: Any, drawn_fingerprint: Any, now: Any, tmp_path: Path
) -> None:
    campaign(cable, add, drawn_fingerprint, now, tmp_path, 100, RESULTS)
