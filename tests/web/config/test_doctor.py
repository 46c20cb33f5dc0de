"""``staydown doctor`` says what is wrong with a service, and what to do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from staydown.cli.checks import Check, Health
from staydown_web.audit.services import record_event
from staydown_web.base.access import client_address
from staydown_web.base.keys import make_keys
from staydown_web.config import doctor
from staydown_web.config.watch.address import note_address
from staydown_web.config.watch.heartbeat import heartbeat_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.STAYDOWN_HOME = tmp_path
    return tmp_path


@pytest.fixture
def mail_server() -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(Sink(), hostname="127.0.0.1", port=port)
    server.start()
    yield server
    server.stop()


def beat(home: Path, *, at: float, **jobs: str) -> None:
    rows = {name: {"done_at": at, "failures": int(bool(e)), "error": e} for name, e in jobs.items()}
    heartbeat_path(home).write_text(json.dumps({"pid": 1, "at": at, "jobs": rows}))


def test_a_service_that_works_is_well() -> None:
    for check in (doctor.keys_check, doctor.database_check):
        assert check().health is Health.OK, check().detail


def test_keys_that_others_may_read_are_broken(settings: Any, tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    settings.STAYDOWN_KEYS = tmp_path / "keys"
    assert doctor.keys_check().health is Health.OK
    (tmp_path / "keys").chmod(0o755)
    found = doctor.keys_check()
    assert (found.health, "chmod 700" in found.detail) == (Health.BROKEN, True)


def test_a_missing_key_is_broken(settings: Any, tmp_path: Path) -> None:
    make_keys(tmp_path / "others")
    (tmp_path / "others" / "field.key").unlink()
    settings.STAYDOWN_KEYS = tmp_path / "others"
    assert doctor.keys_check().health is Health.BROKEN


def test_an_address_without_tls_is_a_warning_unless_it_stays_on_this_machine(
    settings: Any,
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    found = {}
    for url in ("http://127.0.0.1:8000", "https://a.example", "http://a.example"):
        settings.STAYDOWN_URL = url
        found[url] = doctor.settings_check().health
    assert list(found.values()) == [Health.OK, Health.OK, Health.WARNING]


def test_an_address_that_nobody_set_is_the_one_where_the_web_server_answers(
    settings: Any, home: Path
) -> None:
    settings.STAYDOWN_URL = "http://127.0.0.1:8000"
    assert doctor.settings_check() == Check("settings", Health.OK, "STAYDOWN_URL is not set")
    note_address(home, host="0.0.0.0", port=8123)
    assert doctor.settings_check() == Check("settings", Health.OK, "http://127.0.0.1:8123")
    note_address(home, host="::1", port=8123)
    assert doctor.settings_check().detail.startswith("http://[::1]:8123")
    settings.STAYDOWN_URL = "https://a.example"
    assert doctor.settings_check().detail.startswith("https://a.example")


def test_behind_a_proxy_that_is_not_named_all_visitors_share_one_address(
    settings: Any, rf: Any
) -> None:
    settings.STAYDOWN_URL = "https://a.example"
    settings.SECURE_PROXY_SSL_HEADER = None
    seen = [
        client_address(rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=visitor))
        for visitor in ("192.0.2.1", "192.0.2.2")
    ]
    assert seen == ["127.0.0.1", "127.0.0.1"]
    found = doctor.settings_check()
    assert found.health is Health.WARNING
    assert "STAYDOWN_BEHIND_PROXY is not set" in found.detail
    assert "Set it to 1" in found.detail
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert doctor.settings_check() == Check("settings", Health.OK, "https://a.example")


def test_a_look_at_a_service_without_keys_makes_none(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found = subprocess.run(
        [sys.executable, "-m", "staydown", "doctor"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "STAYDOWN_HOME": str(home),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert not home.exists()
    assert f"are in {home}/keys yet" in found.stdout
    assert "staydown restore" in found.stdout


def test_debug_pages_are_broken(settings: Any) -> None:
    settings.DEBUG = True
    assert doctor.settings_check().health is Health.BROKEN


def test_without_a_worker_the_remedy_is_named(home: Path) -> None:
    found = doctor.worker_check()
    assert (found.health, "staydown worker" in found.detail) == (Health.WARNING, True)


def test_a_worker_that_fell_silent_is_broken(home: Path) -> None:
    beat(home, at=time.time(), take_in="")
    assert doctor.worker_check().health is Health.OK
    beat(home, at=time.time() - 60, take_in="")
    assert doctor.worker_check().health is Health.BROKEN


def test_a_failing_job_is_named_with_its_code(home: Path) -> None:
    beat(home, at=time.time(), deliver="address_unreachable", take_in="")
    found = doctor.worker_check()
    assert found.health is Health.WARNING
    assert "deliver (address_unreachable)" in found.detail
    assert "take_in" not in found.detail


def test_a_heartbeat_that_cannot_be_read_is_broken(home: Path) -> None:
    heartbeat_path(home).write_text("{")
    assert doctor.worker_check().health is Health.BROKEN


def test_a_clock_behind_the_last_event_is_broken() -> None:
    record_event(what="settings_changed", actor="system", at=datetime(2099, 1, 1, tzinfo=UTC))
    assert doctor.clock_check().health is Health.BROKEN


def test_mail_that_answers_is_well_and_mail_that_does_not_is_broken(
    settings: Any, mail_server: Controller
) -> None:
    settings.STAYDOWN_MAIL_READY, settings.EMAIL_HOST = True, "127.0.0.1"
    settings.EMAIL_USE_SSL, settings.EMAIL_PORT = False, mail_server.port
    assert doctor.mail_check().health is Health.OK
    settings.EMAIL_PORT = 1
    assert doctor.mail_check().health is Health.BROKEN


def test_no_mail_is_a_warning_that_says_what_it_means(settings: Any) -> None:
    settings.STAYDOWN_MAIL_READY = False
    assert "page alone" in doctor.mail_check().detail


def test_segments_on_a_disk_are_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "memory"
    assert doctor.bank_memory_check().health is Health.WARNING


def test_segments_that_others_may_read_are_broken(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir(mode=0o755)
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "memory"
    assert doctor.bank_memory_check().health is Health.BROKEN


def test_looking_makes_no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found: list[Check] = list(doctor.service_checks())
    assert [check.name for check in found] == ["service"]
    assert not (tmp_path / "none").exists()


def test_a_wrong_setting_is_all_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYDOWN_URL", "nonsense")
    found = list(doctor.service_checks())
    assert [(check.name, check.health) for check in found] == [("settings", Health.BROKEN)]


@pytest.mark.django_db
def test_receipts_of_a_key_that_is_gone_are_broken(now: Any) -> None:
    from staydown_web.reports.models import Document

    assert doctor.signing_check().health is Health.OK
    Document.objects.create(
        kind="audit_tree",
        side="service",
        mark="0" * 64,
        box=b"",
        digest="0" * 64,
        key="1" * 64,
        made_at=now,
    )
    found = doctor.signing_check()
    assert found.health is Health.BROKEN
    assert "keys that are gone" in found.detail


def test_every_check_answers() -> None:
    (Path(os.environ["STAYDOWN_HOME"]) / "staydown.sqlite3").touch()
    names = {check.name for check in doctor.service_checks()}
    wanted = {
        "settings",
        "keys",
        "signing",
        "database",
        "findings",
        "segments",
        "disk",
        "clock",
        "mail",
        "worker",
    }
    assert names == wanted


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="there is a tray on SQLite alone")
def test_the_tray_of_findings_is_looked_at(tmp_path: Path, settings: Any) -> None:
    from staydown_web.screening.services import tray_path
    from staydown_web.screening.services.tray import Tray

    settings.STAYDOWN_HOME = tmp_path
    assert doctor.findings_check().health is Health.OK
    tray = Tray(tray_path())
    assert tray.examine(after=0) == (0, 0.0)
    assert "0 wait to be stored" in doctor.findings_check().detail
    with tray._journal.turn():
        tray._journal.append([b'[0, "p", "s", "c", "", "", null, [], [], null]'])
    late = doctor.findings_check()
    assert (late.health, "start the service" in late.detail) == (Health.WARNING, True)
    tray.close()
    tray_path().write_bytes(b"no database" * 1000)
    broken = doctor.findings_check()
    assert broken.health is Health.BROKEN
    assert "put this file" in broken.detail


def test_a_database_without_tables_is_not_called_older(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    monkeypatch.setattr(connection.introspection, "table_names", list)
    found = doctor.database_check()
    assert (found.health, "no tables yet" in found.detail) == (Health.BROKEN, True)
