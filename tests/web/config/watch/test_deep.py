"""The deep check: each thing is said to be well when it is, and to be broken when it is broken."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection

from staydown.cli.checks import Check, Health
from staydown.index import BankFile
from staydown.types import Fingerprint
from staydown_web.accounts.models import ApiKey, Platform
from staydown_web.audit.models import Event
from staydown_web.audit.services import make_checkpoint, record_event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import (
    add_entry,
    catch_up,
    close_segments,
    import_entries,
    save_snapshot,
)
from staydown_web.base import integrity
from staydown_web.base.errors import SealError
from staydown_web.base.keys import make_case_key
from staydown_web.base.sealing import installation_keys
from staydown_web.cases.models import Case
from staydown_web.config.watch.address import note_address, web_address
from staydown_web.config.watch.deep import called, stored
from staydown_web.config.watch.deep.boxed import DeepCheck, run_boxed
from staydown_web.config.watch.deep.called import (
    api_check,
    as_png,
    bank_check,
)
from staydown_web.config.watch.deep.checking import CHECKS, deep_checks, standing_checks
from staydown_web.config.watch.troubles import Seen, Trouble

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.STAYDOWN_HOME = tmp_path
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "memory"
    close_segments()
    yield tmp_path
    close_segments()


def health(check: Check) -> Health:
    return check.health


def test_a_whole_chain_is_well_and_a_changed_one_is_broken(now: datetime) -> None:
    for _ in range(3):
        record_event(what="settings_changed", actor="system", at=now)
    make_checkpoint(now=now, is_due=True)
    assert health(stored.audit_check()) is Health.OK
    Event.objects.filter(pk=Event.objects.order_by("seq")[1].pk).update(actor="person")
    found = stored.audit_check()
    assert (found.health, "broken at event" in found.detail) == (Health.BROKEN, True)


def test_a_damaged_copy_of_the_bank_is_found_though_nobody_reads_it(home: Path) -> None:
    assert health(stored.snapshots_check()) is Health.OK
    catch_up()
    save_snapshot(is_due=True)
    assert "1 open" in stored.snapshots_check().detail
    path = next((home / "segments").glob("*.sealed"))
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(bytes(data))
    found = stored.snapshots_check()
    assert (found.health, "1 of 1 damaged" in found.detail) == (Health.BROKEN, True)


def test_a_field_that_does_not_open_is_named_and_nothing_of_it(
    bank: Bank, now: datetime, drawn_fingerprint: Callable[[int], Fingerprint]
) -> None:
    entry = add(bank, drawn_fingerprint(1), now)
    assert "1 sealed value opens" in stored.fields_check().detail
    Entry.objects.filter(pk=entry.pk).update(box=b"\x01" + os.urandom(60))
    found = stored.fields_check()
    assert (found.health, "banks.Entry.box" in found.detail) == (Health.BROKEN, True)


def add(bank: Bank, fingerprint: Fingerprint, now: datetime) -> Entry:
    origin = Entry.Origin.NOTICE
    add_entry(bank=bank, fingerprint=fingerprint, origin=origin, actor="system", now=now)
    return Entry.objects.get()


def test_a_case_without_its_key_is_broken(now: datetime) -> None:
    case = Case.objects.create(
        number="C-2222-2222", way="published", acts_as="self", filed_at=now, touched_at=now
    )
    found = stored.cases_check()
    assert (found.health, "nobody can read them: 1 of 1" in found.detail) == (Health.BROKEN, True)
    make_case_key(installation_keys().folder, case.pk)
    assert health(stored.cases_check()) is Health.OK


def test_the_database_is_asked_whether_it_is_whole() -> None:
    assert stored.integrity_check().health is Health.OK
    assert integrity.database_troubles(connection, within_s=600) == []


def test_what_the_database_finds_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        stored, "database_troubles", lambda *_, **__: ["3 pages or more are damaged"]
    )
    found = stored.integrity_check()
    assert (found.health, "restore the last backup" in found.detail) == (Health.BROKEN, True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the file of another database is its own")
def test_a_damaged_file_of_sqlite_is_found(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "some.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE a (b TEXT)")
        made.execute("CREATE INDEX c ON a (b)")
        made.executemany("INSERT INTO a VALUES (?)", [(f"{n:04d}" * 50,) for n in range(500)])
    made.close()
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 5 + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))

    class Other:
        vendor = "sqlite"

        def __init__(self) -> None:
            self.connection = self.inner = sqlite3.connect(path)

        def ensure_connection(self) -> None:
            """It is open."""

        def cursor(self) -> Any:
            from contextlib import closing

            return closing(self.inner.cursor())

    other = Other()
    try:
        assert integrity.database_troubles(other, within_s=600)
    except sqlite3.DatabaseError:
        pass  # so damaged that it cannot even be read: `run_boxed` says so
    finally:
        other.inner.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="another database reads its catalogue")
def test_a_database_that_takes_too_long_is_left_and_can_be_used_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(integrity, "_STEPS_BETWEEN_LOOKS", 1)
    monkeypatch.setattr(stored, "INTEGRITY_WITHIN_S", -1.0)
    found = run_boxed(
        DeepCheck("integrity", stored.integrity_check, 600.0, "At night."), left_s=600
    )
    assert (found.health, found.detail.startswith("not done")) == (Health.WARNING, True)
    assert not Event.objects.exists()


def test_clocks_that_are_apart_are_broken(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "utc_now", lambda: now)
    monkeypatch.setattr(stored, "database_time", lambda _: now + timedelta(seconds=6))
    assert health(stored.clocks_check()) is Health.BROKEN
    monkeypatch.setattr(stored, "database_time", lambda _: now - timedelta(seconds=4))
    assert health(stored.clocks_check()) is Health.OK
    monkeypatch.undo()
    assert health(stored.clocks_check()) is Health.OK


def test_a_disk_is_measured_and_nothing_is_left_on_it(home: Path) -> None:
    found = stored.disk_speed_check()
    assert "ms to keep a page" in found.detail
    assert list(home.iterdir()) == []


def test_an_entry_that_the_bank_does_not_find_is_broken(
    bank: Bank,
    now: datetime,
    drawn_fingerprint: Callable[[int], Fingerprint],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bank_check().detail == "no entry yet"
    add(bank, drawn_fingerprint(1), now)
    catch_up()
    assert bank_check().detail == "the newest entry is found"
    monkeypatch.setattr(called, "match_entries", lambda _: [])
    assert health(bank_check()) is Health.BROKEN


def test_an_entry_that_came_in_a_list_is_looked_for_too(
    bank: Bank,
    now: datetime,
    tmp_path: Path,
    drawn_fingerprint: Callable[[int], Fingerprint],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = tmp_path / "list.sdb"
    with BankFile.create(source) as file:
        file.add(str(uuid4()), drawn_fingerprint(2))
    import_entries(bank=bank, source=source, is_confirmed=False, actor="system", now=now)
    catch_up()
    assert bank_check().detail == "the newest entry is found"
    monkeypatch.setattr(called, "match_entries", lambda _: [])
    assert health(bank_check()) is Health.BROKEN


@pytest.mark.django_db(transaction=True)
def test_a_known_picture_goes_through_the_real_api(
    live_server: Any, platform: Platform, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(called, "_WITHIN_S", 600)  # no test judges the speed of a machine
    parts = urlsplit(live_server.url)
    note_address(home, host="0.0.0.0", port=int(parts.port or 0))
    assert web_address(home, otherwise="") == ("127.0.0.1", parts.port)
    found = api_check()
    assert found.detail == "a known picture has the known fingerprint, and is clear"
    assert not ApiKey.objects.filter(revoked_at=None).exists(), "its key ended with it"


def test_where_no_server_answers_the_remedy_is_named(platform: Platform, home: Path) -> None:
    note_address(home, host="127.0.0.1", port=1)
    found = api_check()
    assert (found.health, "staydown serve" in found.detail) == (Health.BROKEN, True)
    assert not ApiKey.objects.filter(revoked_at=None).exists()


def test_without_a_platform_the_api_is_not_tried() -> None:
    assert health(api_check()) is Health.WARNING


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, None), (200, {"pdq": "0" * 64}), (200, {"pdq": "x"}), (200, None)],
)
def test_an_answer_that_is_not_right_is_broken(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, status: int, said: Any
) -> None:
    monkeypatch.setattr(called, "_post", lambda *_: (status, said))
    assert health(api_check()) is Health.BROKEN


def test_the_drawn_picture_is_a_picture() -> None:
    import staydown

    fingerprint = staydown.fingerprint(as_png())
    assert {str(one.type) for one in fingerprint.signals} >= {"pdq", "sha256"}


def test_a_check_that_takes_too_long_is_cut_and_names_what_to_run_instead() -> None:
    def endless() -> Check:
        while True:
            time.sleep(0.01)

    found = run_boxed(DeepCheck("chain", endless, 0.2, "Run it."), left_s=60)
    assert (found.health, found.detail) == (Health.WARNING, "not done within 0 s. Run it.")
    over = run_boxed(DeepCheck("chain", endless, 0.2), left_s=0)
    assert "time is over" in over.detail


def test_a_check_that_cannot_be_done_is_broken_by_its_code_and_tells_no_more() -> None:
    def fails() -> Check:
        raise SealError("Ana Example")

    found = run_boxed(DeepCheck("fields", fails, 600.0), left_s=600)
    assert found.health is Health.BROKEN
    assert "seal_broken" in found.detail
    assert "Ana" not in found.detail


def test_troubles_are_told_with_since_when_and_what_to_do(now: datetime) -> None:
    seen = Seen(now, (Trouble("worker_silent", now - timedelta(hours=1)),), {})
    (line,) = standing_checks(seen)
    assert (line.name, line.health) == ("worker", Health.BROKEN)
    for said in ("no sign of life", "Since 2026-11-26 08:00 UTC", "Time limits", "[worker_silent]"):
        assert said in line.detail


def test_all_of_it_says_a_line_for_each_part_and_each_check(home: Path) -> None:
    names = [check.name for check in deep_checks()]
    assert names[-len(CHECKS) :] == [check.name for check in CHECKS]
    assert {"database", "bank", "worker", "disk", "audit"} <= set(names)
    assert json.loads((home / "troubles.json").read_text())
