"""Fixtures of local copies: agreements of three people, and an edge replica of a real hub."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from edge_hub import Way, way_to
from staydown.types import Fingerprint
from staydown_client.edge import Edge
from staydown_client.edge.keeper import Keeper
from staydown_client.edge.keys import EdgeKey, make_key
from staydown_client.edge.settings import Settings, WithoutCopy
from staydown_web.accounts.models import Platform, User
from staydown_web.accounts.services import grant_approval
from staydown_web.accounts.services.keys import forget_keys
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry, close_segments, confirm_entries
from staydown_web.replicas.models import Replica
from staydown_web.replicas.services import ask_replica, start_replica


@pytest.fixture(autouse=True)
def segments(tmp_path: Path) -> Iterator[None]:
    """Segments and keys in folders of their own."""
    close_segments()
    forget_keys()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield
        close_segments()


@pytest.fixture
def moment() -> datetime:
    """Now: programs that call the hub are let in by the clock of the machine."""
    return datetime.now(UTC)


@pytest.fixture
def key(tmp_path: Path) -> EdgeKey:
    """The private key of the edge replica."""
    return make_key(tmp_path / "secrets" / "edge.key")


@pytest.fixture
def people(user_named: Callable[..., User]) -> tuple[User, User, User]:
    """Who asks, and the two who grant."""
    return tuple(user_named(name, User.Role.LEAD) for name in ("asta", "bela", "cora"))  # type: ignore[return-value]


@pytest.fixture
def agree(
    platform: Platform, bank: Bank, key: EdgeKey, people: tuple[User, ...], moment: datetime
) -> Callable[..., tuple[Replica, str]]:
    """``agree()`` gives an agreement that has begun, and the key of its program."""

    def agreed(**more: Any) -> tuple[Replica, str]:
        given = {
            "platform": platform,
            "name": "Upload servers",
            "banks": [bank],
            "public_key": key.public,
            "days": 30,
            "stale_hours": 24,
            "sees_details": True,
            "reason": "Uploads are checked also while the hub is away.",
            "user": people[0],
            "now": moment,
        }
        asked = ask_replica(**given | more)
        for approval_id, user in zip(
            (asked.first_approval_id, asked.second_approval_id), people[1:], strict=True
        ):
            grant_approval(approval_id=approval_id, user=user, now=moment)
        return start_replica(replica_id=asked.pk, user=people[0], now=moment)

    return agreed


@pytest.fixture
def confirmed(bank: Bank, moment: datetime) -> Callable[..., Entry]:
    """``confirmed(fingerprint)`` puts an entry into the bank that blocks."""

    def made(fingerprint: Fingerprint, **more: Any) -> Entry:
        given = {"bank": bank, "origin": Entry.Origin.NOTICE, "actor": "person", "now": moment}
        entry = add_entry(fingerprint=fingerprint, **given | more).entry
        confirm_entries(entry_ids=[entry.pk], actor="system", now=moment)
        return entry

    return made


class Clock:
    """The machine's clock, which a test can move."""

    def __init__(self) -> None:
        self.moved_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.moved_s


class Site:
    """An edge replica and its way to the hub.

    Attributes:
        way: what stands between the two.
        clock: of the replica.
        keeper, edge: the replica; ``start`` makes both.
    """

    def __init__(self, way: Way, folder: Path, api_key: str) -> None:
        self.way, self.folder, self.api_key = way, folder, api_key
        self.clock = Clock()
        self.keeper: Keeper = None  # type: ignore[assignment]
        self.edge: Edge = None  # type: ignore[assignment]

    def settings(self, **more: Any) -> Settings:
        given = {
            "hub": self.way.address,
            "api_key": self.api_key,
            "key_path": self.folder / "secrets" / "edge.key",
            "data": self.folder / "edge-data",
            "memory": self.folder / "edge-memory",
            "listen": str(self.folder / "edge.sock"),
            "without_copy": WithoutCopy.REFUSE,
        }
        return Settings(**given | more)

    def start(self, **more: Any) -> Site:
        found = self.settings(**more)
        self.keeper = Keeper(found, clock=self.clock, wait_s=0.0)
        self.keeper.begin()
        self.edge = Edge(found.memory, without_copy=found.without_copy, clock=self.clock)
        return self

    def follow(self) -> Site:
        """Exchanges with the hub until there is nothing new."""
        for _ in range(6):
            self.keeper.step()
        return self

    def kill(self) -> None:
        """As ``kill -9``: everything is let go of and nothing is put in order."""
        self.edge.close()
        self.keeper.close()


@pytest.fixture
def site(
    agree: Callable[..., tuple[Replica, str]], live_server: Any, tmp_path: Path
) -> Iterator[Callable[..., Site]]:
    """``site()`` gives an edge replica with an agreement, not yet started."""
    made: list[Site] = []
    with way_to(live_server.url) as way:

        def build(**more: Any) -> Site:
            made.append(Site(way, tmp_path, agree(**more)[1]))
            return made[-1]

        yield build
        for one in made:
            if one.keeper is not None:
                one.kill()
