"""Several machines as far as one has room: services of different homes on one database.

They share the database, the keys and the store of segments, and nothing else: each has its own
home, its own memory and its own processes.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from checked_service import create_key
from hub_hands import Hands, drawn
from ready_tables import fill_tables
from served import Served, served


@dataclass(frozen=True, slots=True)
class Machines:
    """Services that answer, and hands at the first of them.

    Attributes:
        shared: the environment that all have in common.
        services: by their order.
        hands: at the first.
        key: of a program that may check and see what matched.
    """

    shared: dict[str, str]
    services: tuple[Served, ...]
    hands: Hands
    key: str


@contextmanager
def machines(folder: Path, database_url: str, *, roles: Sequence[str]) -> Iterator[Machines]:
    """Start a service for each role, on an empty database; the first makes the keys."""
    shared = shared_environment(folder, database_url)
    fill_tables(database_url)
    with ExitStack() as stack:
        services = tuple(
            stack.enter_context(machine(folder, shared, number, role))
            for number, role in enumerate(roles)
        )
        hands = Hands(services[0].home, **shared, **memory_of(folder, 0))
        stack.callback(hands.close)
        key = create_key(services[0].home, "uploads", "check", "match:detail", **shared)
        yield Machines(shared, services, hands, key)


def shared_environment(folder: Path, database_url: str) -> dict[str, str]:
    """What every machine is told."""
    return {
        "DATABASE_URL": database_url,
        "STAYDOWN_KEYS": str(folder / "keys"),
        "STAYDOWN_SEGMENTS_URL": f"file://{folder / 'store'}",
    }


def memory_of(folder: Path, number: int) -> dict[str, str]:
    """Where a machine has its bank in memory."""
    return {"STAYDOWN_SHARED_MEMORY": str(folder / f"memory-{number}")}


@contextmanager
def machine(folder: Path, shared: dict[str, str], number: int, role: str) -> Iterator[Served]:
    """One more machine."""
    home = folder / f"home-{number}"
    with served(home, "--role", role, **shared, **memory_of(folder, number)) as service:
        yield service


class Asking:
    """A connection to a machine that is kept open.

    Args:
        service: whom to ask.
        key: of the program that asks.
    """

    def __init__(self, service: Served, key: str) -> None:
        host, _, port = service.address.partition("//")[2].partition(":")
        self._line = http.client.HTTPConnection(host, int(port), timeout=60)
        self._key = key

    def __call__(self, number: int) -> dict[str, Any]:
        """What a check of a drawn picture says."""
        signal = {"type": "pdq", "value": drawn(number), "quality": 100}
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        body = json.dumps({"signals": [signal]})
        try:
            self._line.request("POST", "/api/v1/check", body, headers)
            answer = self._line.getresponse()
        except (ConnectionError, http.client.HTTPException):
            # A server hangs up after a while in which nobody asked.
            self._line.close()
            self._line.request("POST", "/api/v1/check", body, headers)
            answer = self._line.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 200, said
        return dict(said)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._line.close()
