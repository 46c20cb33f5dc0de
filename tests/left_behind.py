"""What stories leave in the log, in metrics and in traces: nothing of what people said or sent."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import staydown
from media_files import MEDIA
from served import Served, served
from service_steps import ANSWERS, SAID
from trace_collector import Collector, attributes_of, collecting

TOKEN = "read-metrics-in-tests"


_SECRETS = re.compile(r"[0-9a-f]{24,}")


def marks_of(home: Path) -> list[str]:
    """Everything that must be nowhere: words, addresses, case numbers, digests, keys."""
    fingerprints = [
        signal.value
        for name in ("bridge.jpg", "coffee.jpg")
        for signal in staydown.fingerprint(MEDIA / name).signals
    ]
    short = [value[:64] for value in fingerprints]
    keys = [path.read_bytes().hex() for path in (home / "keys").glob("*.key")]
    return [*ANSWERS.values(), *SAID, "/p/bridge", "bridge.jpg", *short, *keys]


def leaks(texts: dict[str, str], marks: Iterable[str]) -> list[str]:
    """Where a mark stands, and which kind of mark; never the mark itself."""
    return [
        f"{where}: mark {number}"
        for where, text in texts.items()
        for number, mark in enumerate(marks)
        if mark and mark.lower() in text.lower()
    ]


def metrics_of(service: Served) -> str:
    """What Prometheus would read."""
    asked = urllib.request.Request(
        f"{service.address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


@contextmanager
def watched(home: Path, *options: str) -> Iterator[Served]:
    """A service with everything switched on that tells of it; looked through when it has ended."""
    with collecting() as collector:
        own = {
            "STAYDOWN_LOG": "json",
            "STAYDOWN_TRACES_URL": collector.url,
            "STAYDOWN_METRICS_TOKEN": TOKEN,
        }
        with served(home, *options, **own) as service:
            yield service
            metrics = metrics_of(service)
        look_through(home, metrics, collector)


def look_through(home: Path, metrics: str, collector: Collector) -> None:
    """Each of the three tells of the story, and none of them of a person."""
    log = home.with_name(f"{home.name}.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    texts = {
        "log": log,
        "metrics": metrics,
        "traces": "\n".join(body.decode("latin-1") for body in collector.bodies),
        "beginnings": (home / "troubles.json").read_text(),
    }
    assert leaks(texts, marks_of(home)) == []
    assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)
    assert lines
    # Ids of spans are random numbers in the bytes; attributes are read, and hold no digest.
    spans = collector.spans()
    said = [str(value) for span in spans for value in attributes_of(span).values()]
    assert [value for value in said if _SECRETS.search(value)] == []
    # What else there is depends on which stories ran on this service.
    assert {"request", "job"} <= {span.name for span in spans}
    assert 'staydown_events_total{what="case_filed"}' in metrics
    assert re.search(r'staydown_requests_total\{lane="\w+",status="200"\} [1-9]', metrics)
