"""Hundreds of faults of the bank's files: every entry stays, once; no check passes in silence."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bank_faults import BankUnderFault, disk_faults, memory, memory_faults, sealed, swap
from staydown.index import BankFile
from staydown_web.banks.services import (
    close_segments,
    match_entries,
    save_snapshot,
    segments_version,
)
from staydown_web.banks.services.publishing import _segments
from staydown_web.banks.tasks import JOBS
from staydown_web.base.errors import BankNotReadyError
from torture.faults.frame import RESULTS, Ledger, run_campaign

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 91


@pytest.fixture
def subject(add: Callable[..., Any], drawn_fingerprint: Any, now: Any) -> BankUnderFault:
    made = BankUnderFault(add, drawn_fingerprint, Ledger(), now)
    for _ in range(8):
        made.grow()
    assert made.works()
    return made


@pytest.fixture
def foreign_bank(tmp_path: Path, demo_fingerprint: Any) -> bytes:
    """A whole bank file that was never ours."""
    path = tmp_path / "foreign"
    with BankFile.create(path) as bank:
        bank.add("7b0b3a4e-90d4-4f43-8a12-0d53a9d1a001", demo_fingerprint("bee.jpg"))
    return path.read_bytes()


@pytest.fixture
def foreign_snapshot(subject: BankUnderFault) -> bytes:
    """Sealed under a key that is not ours: the same bytes, but for the seal."""
    save_snapshot(is_due=True)
    raw = bytearray(sealed()[0].read_bytes())
    head = raw.index(b"}") + 1
    raw[head:] = random.Random(SEED).randbytes(len(raw) - head)
    return bytes(raw)


def campaign(subject: BankUnderFault, foreign: tuple[bytes, bytes], count: int, log: Any) -> None:
    faults = [*memory_faults(subject, foreign[0]), *disk_faults(subject, foreign[1])]
    made = run_campaign(
        faults,
        SEED,
        log,
        name="segments",
        subject=subject,
        ledger=subject._ledger,
        count=count,
        recovery_s=60,
        say=print,
    )
    assert made.wrong == []
    assert len(made.rounds) == count
    assert not subject.silent


def test_a_part_of_the_campaign_loses_and_doubles_no_entry(
    subject: BankUnderFault, foreign_bank: bytes, foreign_snapshot: bytes
) -> None:
    campaign(subject, (foreign_bank, foreign_snapshot), 38, None)


@pytest.mark.torture
def test_three_hundred_faults_lose_and_double_no_entry(
    subject: BankUnderFault, foreign_bank: bytes, foreign_snapshot: bytes
) -> None:
    campaign(subject, (foreign_bank, foreign_snapshot), 300, RESULTS)


def test_the_campaign_sees_an_answer_that_passes_in_silence(
    subject: BankUnderFault, foreign_bank: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the mark of the file, another bank would be taken for ours."""
    monkeypatch.setattr("staydown_web.banks.services.soundness._is_marked", lambda bank, mark: True)
    swap(foreign_bank)
    assert not subject.look()
    assert subject.silent


def test_what_is_damaged_in_place_is_found_by_the_worker(
    subject: BankUnderFault, now: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _segments().bank().compact()
    _segments()._move(_segments()._state.progress())
    path = memory() / "bank"
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 64] = bytes(b ^ 0xFF for b in raw[middle : middle + 64])
    with path.open("r+b") as file:
        file.write(raw)
    before = segments_version()
    job = next(job for job in JOBS if job.name == "examine_bank")

    assert job.run(now) == 0

    assert "the bank in memory cannot be used (snapshot_damaged)" in caplog.text
    assert segments_version() > before
    assert subject.works()
    caplog.clear()
    job.run(now)
    assert caplog.text == ""


def test_a_bank_that_is_gone_from_memory_is_noticed_by_the_worker_although_it_is_mapped(
    subject: BankUnderFault, now: Any
) -> None:
    (memory() / "bank").unlink()
    job = next(job for job in JOBS if job.name == "publish_changes")
    with pytest.raises(BankNotReadyError):
        job.run(now)
    assert job.run(now) == 0
    assert (memory() / "bank").exists()
    assert subject.works()


def test_a_bank_that_lacks_entries_of_the_database_is_made_anew_at_the_start(
    subject: BankUnderFault, caplog: pytest.LogCaptureFixture
) -> None:
    entry, fingerprint = next(iter(subject.known.items()))
    with BankFile.open(memory() / "bank") as bank:
        bank.remove(entry)
    close_segments()

    assert [m.entry_id for m in match_entries(fingerprint)] == [entry]
    assert "segments in memory lack entries of the database" in caplog.text
