"""Fixtures of exchanges: a partner whose pages a test writes, and exchanges in each state."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.test import override_settings

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.banks.services import close_segments
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.partners.wire import (
    Feedback,
    FeedbackKind,
    Field,
    Page,
    Record,
    RecordState,
)
from staydown_web.exchanges.services import (
    carry_out_granted,
    fetch_due,
    make_exchange,
    send_due,
    start_trial,
)


class WrittenPartner:
    """A partner whose pages are written by the test; its checkpoint is the number of the page.

    What stands in ``wrong`` is raised instead, first come first.
    """

    fields: ClassVar[tuple[Field, ...]] = ()
    takes_feedback: ClassVar[frozenset[FeedbackKind]] = frozenset(FeedbackKind)
    takes_entries: ClassVar[bool] = True
    signal_types: ClassVar[tuple[str, ...]] = ("pdq",)

    def __init__(self) -> None:
        self.pages: list[tuple[Record, ...]] = []
        self.more: dict[int, dict[str, bool]] = {}
        self.wrong: list[Exception] = []
        self.asked: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.raws: list[bytes] = []
        self.given: list[bytes] = []
        self.untaken: set[bytes] = set()

    def add(self, *records: Record, **more: bool) -> None:
        """One more page; ``begins_whole`` and ``ends_whole`` as in ``Page``."""
        self.more[len(self.pages)] = more
        self.pages.append(records)

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        self.asked.append(checkpoint)
        self._fail()
        at = int(checkpoint or 0)
        if at >= len(self.pages):
            return Page((), str(at), has_more=False)
        return Page(self.pages[at], str(at + 1), at + 1 < len(self.pages), **self.more[at])

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        self._fail()
        self.told += [(one.key, str(one.what)) for one in feedback]
        self.raws += [one.raw for one in feedback]

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        self._fail()
        self.given += raws
        return tuple("" if raw in self.untaken else raw.hex() for raw in raws)

    def try_out(self) -> None:
        self._fail()

    def _fail(self) -> None:
        if self.wrong:
            raise self.wrong.pop(0)


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Path]:
    """Segments in folders of their own."""
    close_segments()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield tmp_path
        close_segments()


@pytest.fixture
def partner() -> WrittenPartner:
    """The partner of ``exchange``."""
    return WrittenPartner()


@pytest.fixture
def off(db: None, now: datetime) -> Exchange:
    """An exchange that was just made."""
    return make_exchange(
        kind="stopncii",
        name="A list",
        config={"address": "http://127.0.0.1:8120/v1"},
        secrets={"subscription_key": "s", "fetch_key": "f"},
        actor="system",
        now=now,
        tells=[str(kind) for kind in FeedbackKind],
    )


@pytest.fixture
def exchange(off: Exchange, now: datetime) -> Exchange:
    """The same on trial."""
    return start_trial(exchange_id=off.pk, actor="system", now=now)


@pytest.fixture
def fetched(exchange: Exchange, partner: WrittenPartner, now: datetime) -> Callable[..., int]:
    """``fetched()`` lets the worker fetch what is due; ``fetched(hours=1)`` so much later."""

    def fetch(**later: float) -> int:
        at = now + timedelta(**later)
        given: dict[str, Any] = {
            "now": at,
            "clock": lambda: at,
            "opened": lambda _: partner,
            "enough": 0,
        }
        return fetch_due(**given) + fetch_due(**given, is_failing=True)

    return fetch


@pytest.fixture
def sent(partner: WrittenPartner, now: datetime) -> Callable[..., int]:
    """``sent()`` lets the worker tell the partner what is due."""

    def send(**later: float) -> int:
        at = now + timedelta(**later)
        return send_due(now=at, clock=lambda: at, opened=lambda _: partner)

    return send


@pytest.fixture
def switched_on(exchange: Exchange, now: datetime) -> Callable[[], Exchange]:
    """``switched_on()`` carries out what was granted and gives the exchange anew."""

    def switch() -> Exchange:
        carry_out_granted(now)
        exchange.refresh_from_db()
        return exchange

    return switch


def photo(name: object) -> Fingerprint:
    """A photo known by a random but repeatable ``pdq`` alone."""
    bits = hashlib.sha256(f"drawn {name}".encode()).digest()
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, bits.hex(), 100),))


def record(
    key: str,
    *names: object,
    state: RecordState = RecordState.LISTED,
    at: datetime | None = None,
) -> Record:
    """A row of the list: a key, and the pictures that it stands for; of its own name if none."""
    raws = tuple(photo(name).to_bytes() for name in names or (key,))
    return Record(key, state, () if state is RecordState.WITHDRAWN else raws, at)


def gone(key: str, at: datetime | None = None) -> Record:
    """A tombstone."""
    return record(key, state=RecordState.WITHDRAWN, at=at)
