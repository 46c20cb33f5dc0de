"""What Prometheus reads: who may, that all of it can be read, and what no label ever holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from staydown_web.audit.services import record_event
from staydown_web.base import counting
from staydown_web.base.counting import count, observe
from staydown_web.config.counted import counted
from staydown_web.config.watch.events import KINDS, events_since_start
from staydown_web.config.watch.exposition import exposition

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-many-characters"


@pytest.fixture(autouse=True)
def _counting_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another test may have been the first to count, in a folder of its own."""
    monkeypatch.setattr(counting, "_page", None)


def values(now: datetime) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample: its name, the values of its labels, its number."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(exposition(now).decode())
        for sample in family.samples
    }


def test_on_this_machine_programs_read_them_without_a_token(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert answer["Cache-Control"] == "no-store"
    assert "staydown_build_info" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": "not an address"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    ],
)
def test_others_do_not(client: Client, asked: dict[str, str]) -> None:
    answer = client.get("/metrics", **asked)
    assert (answer.status_code, "staydown_" in answer.text) == (401, False)


def test_behind_a_proxy_nobody_does_without_a_token(client: Client, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/metrics", HTTP_X_FORWARDED_PROTO="https").status_code == 401


def test_with_a_token_only_who_brings_it_does(client: Client, settings: Any) -> None:
    settings.STAYDOWN_METRICS_TOKEN = TOKEN
    asked = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics").status_code == 401
    for given in ("Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}é"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 401
    right = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, **asked)
    assert right.status_code == 200


def test_what_was_counted_is_there_and_what_was_not_is_not(now: datetime) -> None:
    before = values(now).get(("staydown_checks_total", ("hold",)), 0.0)
    count("checks_total", "hold")
    observe("request_seconds", 0.003, "poll")
    found = values(now)
    assert found["staydown_checks_total", ("hold",)] == before + 1
    assert found["staydown_request_seconds_bucket", ("poll", "0.005")] >= 1
    assert found["staydown_request_seconds_count", ("poll",)] >= 1
    assert ("staydown_requests_total", ("poll", "418")) not in found


def test_a_request_is_counted_by_lane_and_status_whatever_becomes_of_it(now: datetime) -> None:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/falls":
            raise ValueError("Ana")
        start_response("503 Service Unavailable", [])
        return [b""]

    def lane(environ: dict[str, Any]) -> str:
        return "media"

    before = values(now)
    wrapped = counted(answer, lane_of=lane)
    assert wrapped({"PATH_INFO": "/x"}, lambda *_: None) == [b""]
    with pytest.raises(ValueError, match="Ana"):
        wrapped({"PATH_INFO": "/falls"}, lambda *_: None)
    after = values(now)
    for status in ("503", "500"):
        key = ("staydown_requests_total", ("media", status))
        assert after[key] == before.get(key, 0.0) + 1


def test_every_trouble_has_a_number_and_a_level(now: datetime) -> None:
    found = values(now)
    assert found["staydown_trouble", ("worker_elsewhere", "note", "worker")] == 1
    assert found["staydown_trouble", ("disk_readonly", "broken", "disk")] == 0
    assert found["staydown_trouble_seconds", ("worker_elsewhere",)] >= 0


def test_what_waits_is_counted(now: datetime) -> None:
    found = values(now)
    for what in (
        "tasks",
        "letters",
        "deliveries",
        "orders",
        "locations",
        "late_clocks",
        "statements",
    ):
        assert found["staydown_waiting", (what,)] == 0
        assert found["staydown_waiting_seconds", (what,)] == 0


def test_events_are_counted_from_the_first_look_on(
    now: datetime, settings: Any, tmp_path: Path
) -> None:
    settings.STAYDOWN_SHARED_MEMORY = tmp_path
    record_event(what="case_filed", actor="person", at=now)
    assert events_since_start()["case_filed"] == 0
    for _ in range(2):
        record_event(what="case_filed", actor="person", at=now)
    record_event(what="settings_changed", actor="system", at=now)
    assert events_since_start()["case_filed"] == 2
    assert events_since_start()["case_filed"] == 2
    assert set(events_since_start()) == set(KINDS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seq": "x"}', '{"seq": 99999, "counts": {}}'])
def test_nonsense_in_the_file_of_events_begins_anew(
    settings: Any, tmp_path: Path, text: str
) -> None:
    settings.STAYDOWN_SHARED_MEMORY = tmp_path
    (tmp_path / "events.json").write_text(text)
    assert set(events_since_start().values()) == {0}


def test_kinds_that_are_counted_are_recorded_somewhere() -> None:
    import staydown_web

    rooms = Path(staydown_web.__file__).parent
    sources = "".join(path.read_text() for path in rooms.rglob("*.py") if path.name != "events.py")
    assert [kind for kind in KINDS if f'"{kind}"' not in sources] == []


def test_a_database_that_is_silent_is_told_by_metrics_too(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def silent(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", silent)
    assert values(now)["staydown_trouble", ("database_silent", "broken", "database")] == 1


def test_labels_are_short_words(now: datetime, platform: Any) -> None:
    record_event(what="case_filed", actor="person", at=now + timedelta(minutes=1))
    for _name, labels in values(now):
        for label in labels:
            assert re.fullmatch(r"[a-z0-9_:.+Inf-]{1,40}", label), label
