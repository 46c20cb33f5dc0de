"""Dry runs: what a list would have done to the uploads of the last days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import (
    close_segments,
    confirm_entries,
    dispute_entries,
    take_in_entries,
)
from staydown_web.base.errors import RecordConflictError
from staydown_web.exchanges.models import DryRun, DryRunEntry, Exchange
from staydown_web.exchanges.services.trying import ask_dry_run, run_dry_runs
from staydown_web.screening.models import KeptUpload
from staydown_web.screening.services import keep_uploads
from staydown_web.screening.services.keeping import Keeper

pytestmark = pytest.mark.django_db(transaction=True)
POLICY = {"on_identical": "block", "on_same": "hold", "on_part": "log", "on_altered": "log"}


@pytest.fixture(autouse=True)
def _segments(tmp_path: Path) -> Iterator[None]:
    close_segments()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield
        close_segments()


def photo(raw: bytes) -> Fingerprint:
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, raw.hex(), 100),))


def pdq(fingerprint: Fingerprint) -> bytes:
    return fingerprint.signals[0].raw


def away(raw: bytes, bits: int) -> bytes:
    """A hash so many bits away."""
    return (int.from_bytes(raw) ^ ((1 << bits) - 1)).to_bytes(32)


@pytest.fixture
def exchange(now: datetime) -> Exchange:
    bank = Bank.objects.create(
        name="List", slug="exchange-list", created_at=now, on_identical="log", on_same="log"
    )
    return Exchange.objects.create(
        kind="list", name="List", bank=bank, state="trial", policy=POLICY, made_at=now, state_at=now
    )


@pytest.fixture
def listed(exchange: Exchange, now: datetime) -> Any:
    """``listed(fingerprint, …)`` puts entries into the bank of the list."""

    def put(*fingerprints: Fingerprint) -> list[Any]:
        raws = [f.to_bytes() for f in fingerprints]
        taken = take_in_entries(
            bank=exchange.bank,
            raws=raws,
            origin=Entry.Origin.EXCHANGE,
            actor="system",
            now=now,
        )
        return [one.entry_id for one in taken]

    return put


@pytest.fixture
def kept(platform: Platform, now: datetime) -> Any:
    """``kept(fingerprint, …)`` keeps clear uploads of the platform."""
    keeper = Keeper(seed=3)
    keep_uploads(platform=platform, days=14, per_day=1000, actor="system", now=now)

    def keep(*fingerprints: Fingerprint, at: datetime = now) -> None:
        for fingerprint in fingerprints:
            keeper.offer(platform.pk, fingerprint, at)
        keeper.flush(now=at)

    return keep


def run_to_the_end(now: datetime) -> DryRun:
    while run_dry_runs(now=now):
        pass
    return DryRun.objects.get()


def test_it_counts_what_would_have_been_held(exchange, listed, kept, drawn_fingerprint, now):
    first, _second = listed(drawn_fingerprint(1), drawn_fingerprint(2))
    raw = pdq(drawn_fingerprint(1))
    uploads = [photo(raw), photo(away(raw, 4)), *(drawn_fingerprint(n) for n in range(50, 60))]
    kept(*uploads)
    ask_dry_run(exchange=exchange, days=7, actor="system", now=now)
    run = run_to_the_end(now)
    day = run.days.get()
    assert (run.state, run.most, run.looked) == ("done", 12, 12)
    assert (day.held, day.blocked, day.logged) == (2, 0, 0)
    assert day.distances == {"0": 1, "4": 1}
    assert day.kinds == {"same": 2}
    entry = DryRunEntry.objects.get()
    assert (entry.entry_id, entry.uploads, entry.nearest) == (first, 2, 0)


def test_confirmed_entries_block_and_muted_ones_only_log(
    exchange, listed, kept, drawn_fingerprint, now
):
    exchange.policy = POLICY | {"on_same": "block"}
    exchange.save()
    sure, muted, seed = listed(*(drawn_fingerprint(n) for n in (1, 2, 3)))
    confirm_entries(entry_ids=[sure], actor="system", now=now)
    dispute_entries(entry_ids=[muted], actor="system", now=now)
    kept(*(drawn_fingerprint(n) for n in (1, 2, 3)))
    ask_dry_run(exchange=exchange, days=1, actor="system", now=now)
    day = run_to_the_end(now).days.get()
    assert (day.blocked, day.logged, day.held) == (1, 1, 1)
    assert seed in DryRunEntry.objects.values_list("entry_id", flat=True)


def test_entries_of_other_banks_do_not_count(exchange, listed, kept, bank, drawn_fingerprint, now):
    take_in_entries(
        bank=bank,
        raws=[drawn_fingerprint(9).to_bytes()],
        origin=Entry.Origin.IMPORT,
        actor="system",
        now=now,
    )
    listed(drawn_fingerprint(1))
    kept(drawn_fingerprint(9))
    ask_dry_run(exchange=exchange, days=1, actor="system", now=now)
    day = run_to_the_end(now).days.get()
    assert (day.looked, day.held + day.blocked + day.logged) == (1, 0)


def test_days_before_are_left_out(exchange, listed, kept, drawn_fingerprint, now):
    listed(drawn_fingerprint(1))
    for back in (5, 2, 0):
        kept(drawn_fingerprint(1), at=now - timedelta(days=back))
    ask_dry_run(exchange=exchange, days=3, actor="system", now=now)
    run = run_to_the_end(now)
    assert [d.day for d in run.days.order_by("day")] == [
        (now - timedelta(days=2)).date(),
        now.date(),
    ]


def test_it_goes_on_where_it_stood_and_counts_nothing_twice(
    exchange, listed, kept, drawn_fingerprint, now, monkeypatch
):
    monkeypatch.setattr("staydown_web.exchanges.services.trying.PIECE", 3)
    listed(drawn_fingerprint(1))
    kept(*[drawn_fingerprint(1)] * 10)
    ask_dry_run(exchange=exchange, days=1, actor="system", now=now)
    assert run_dry_runs(now=now) == 3
    run = DryRun.objects.get()
    assert (run.state, run.looked, run.days.get().held) == ("running", 3, 3)
    run = run_to_the_end(now)
    assert (run.state, run.looked, run.days.get().held) == ("done", 10, 10)
    assert DryRunEntry.objects.get().uploads == 10


def test_a_run_whose_uploads_are_gone_ends(exchange, listed, kept, drawn_fingerprint, now):
    kept(drawn_fingerprint(1))
    ask_dry_run(exchange=exchange, days=1, actor="system", now=now)
    KeptUpload.objects.all().delete()
    run = run_to_the_end(now)
    assert (run.state, run.looked) == ("done", 0)


def test_one_that_cannot_be_read_fails_with_its_code(
    exchange, listed, kept, drawn_fingerprint, now
):
    kept(drawn_fingerprint(1))
    KeptUpload.objects.update(box=b"\x01" * 40)
    ask_dry_run(exchange=exchange, days=1, actor="system", now=now)
    run = run_to_the_end(now)
    assert (run.state, run.error_code) == ("failed", "seal_broken")


def test_nothing_kept_and_twice_at_once_are_refused(exchange, kept, drawn_fingerprint, now):
    with pytest.raises(RecordConflictError):
        ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
    kept(drawn_fingerprint(1))
    ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
    with pytest.raises(RecordConflictError):
        ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
    assert DryRun.objects.count() == 1
