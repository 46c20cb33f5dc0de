"""The dashboard, the alert rules and the page of metrics speak of metrics that there are."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from staydown_web.audit.services import record_event
from staydown_web.base import counting
from staydown_web.config.watch import heartbeat
from staydown_web.config.watch.exposition import exposition
from staydown_web.config.watch.troubles import Level
from staydown_web.config.watch.words import KINDS

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[4]
OBSERVE = ROOT / "deploy" / "observe"
NAME = re.compile(r"staydown_[a-z_]+")
LABEL = re.compile(r'(\w+)=~?"([^"]*)"')


@pytest.fixture
def samples(
    settings: Any, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> set[str]:
    """Names of all samples that there can be, of a service that has a worker and a backup."""
    settings.STAYDOWN_HOME = tmp_path
    job = {"done_at": 1.0, "failures": 0, "error": ""}
    beat = {"pid": 1, "at": now.timestamp(), "jobs": {"deliver": job}}
    heartbeat.heartbeat_path(tmp_path).write_text(json.dumps(beat))
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "memory"
    monkeypatch.setattr(counting, "_page", None)
    counting.start_counting("web")
    from staydown_web.banks.services import catch_up, close_segments, save_snapshot

    close_segments()
    catch_up()
    save_snapshot(is_due=True)
    record_event(what="backup_made", actor="system", at=now)
    families = list(text_string_to_metric_families(exposition(now).decode()))
    close_segments()
    names = {sample.name for family in families for sample in family.samples}
    counters = {f"{f.name}_total" for f in families if f.type == "counter"}
    return names | counters


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OBSERVE / "grafana-dashboard.json").read_text())
    return found


def rules() -> list[dict[str, Any]]:
    found = yaml.safe_load((OBSERVE / "alerts.yml").read_text())
    return [rule for group in found["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    panels = dashboard()["panels"]
    return [
        *(target["expr"] for panel in panels for target in panel.get("targets", ())),
        *(rule["expr"] for rule in rules()),
    ]


def test_every_expression_asks_for_metrics_that_there_are(samples: set[str]) -> None:
    asked = {name for text in expressions() for name in NAME.findall(text)}
    assert asked - samples == set()
    assert len(asked) > 15


def test_every_label_that_is_asked_for_can_have_that_value() -> None:
    levels = {str(level) for level in Level}
    for text in expressions():
        for label, value in LABEL.findall(text):
            if label == "level":
                assert value in levels
            assert label in {"level", "lane", "status", "what", "job"}, text


def test_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_alert_says_what_it_is_and_how_soon_to_come() -> None:
    for rule in rules():
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "description"}
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_the_scrape_configuration_brings_the_token_from_a_file() -> None:
    found = yaml.safe_load((OBSERVE / "prometheus.yml").read_text())
    (job,) = found["scrape_configs"]
    assert (job["job_name"], job["metrics_path"]) == ("staydown", "/metrics")
    assert "credentials_file" in job["authorization"]


def test_the_page_names_every_metric_and_every_trouble(samples: set[str]) -> None:
    page = (ROOT / "docs" / "watching.md").read_text()
    told = set(re.findall(r"`(staydown_[a-z_]+)`", page))
    parts = ("_bucket", "_sum", "_count", "_created")
    names = {n for n in samples if not n.endswith(parts)} | {"staydown_request_seconds"}
    assert told == names
    codes = re.findall(r"(?m)^\| `([a-z_]+)` \| (\w+) \|", page)
    assert codes == [(code, str(kind.level)) for code, kind in KINDS.items()]
