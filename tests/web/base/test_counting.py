"""Counts are shared by all processes of a machine, and never fall when one of them ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from staydown_web.base import counting
from staydown_web.base.counting import FAMILIES, OTHER, count, counted, observe

CHILD = """
import os, sys
import django
from django.conf import settings
settings.configure(STAYDOWN_SHARED_MEMORY=sys.argv[1])
from staydown_web.base.counting import count, start_counting
start_counting(sys.argv[2])
for _ in range(int(sys.argv[3])):
    count("checks_total", "hold")
print("ready", flush=True)
sys.stdin.readline()
if sys.argv[4] == "kill":
    os.kill(os.getpid(), 9)
"""


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    settings.STAYDOWN_SHARED_MEMORY = tmp_path
    monkeypatch.setattr(counting, "_page", None)
    yield tmp_path / "counts"
    page = counting._page
    if page is not None and page.file is not None:
        os.close(page.file)


def child(folder: Path, role: str, times: int, end: str = "") -> subprocess.Popen[str]:
    made = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder.parent), role, str(times), end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def number(name: str, *values: str) -> list[float]:
    at, family = 0, next(one for one in FAMILIES if one.name == name)
    for one in FAMILIES:
        for series in one.series():
            if (one.name, series) == (name, values):
                return counted()[at : at + family.cells]
            at += one.cells
    raise AssertionError(values)


def test_what_is_counted_is_read() -> None:
    for _ in range(3):
        count("checks_total", "block")
    count("requests_total", "check", "200")
    assert number("checks_total", "block") == [3.0]
    assert number("requests_total", "check", "200") == [1.0]
    assert number("checks_total", "clear") == [0.0]


def test_a_value_that_is_not_declared_is_none_of_its_own() -> None:
    count("requests_total", "check", "418")
    count("checks_total", "deadbeef" * 8)
    assert number("requests_total", "check", OTHER) == [1.0]
    assert number("checks_total", OTHER) == [1.0]


def test_every_label_has_a_word_for_the_rest() -> None:
    assert all(OTHER in values for one in FAMILIES for _label, values in one.labels)


def test_times_fall_into_their_buckets() -> None:
    for seconds in (0.0005, 0.001, 0.0011, 4.0, 99.0):
        observe("request_seconds", seconds, "send")
    cells = number("request_seconds", "send")
    bounds = next(one for one in FAMILIES if one.name == "request_seconds").bounds
    assert cells[0] == 2.0
    assert cells[1] == 1.0
    assert cells[bounds.index(5.0)] == 1.0
    assert cells[len(bounds)] == 1.0
    assert cells[-1] == pytest.approx(103.0026)


def test_processes_count_together_and_ended_ones_go_on_counting(folder: Path) -> None:
    count("checks_total", "hold")
    quiet, killed = child(folder, "web", 5), child(folder, "worker", 7, "kill")
    assert number("checks_total", "hold") == [13.0]
    roles = sorted(one.role for one in counting.counting_processes())
    assert roles == ["", "web", "worker"]
    for one in (quiet, killed):
        one.communicate("\n", timeout=60)
    assert (quiet.returncode, killed.returncode) == (0, -9)
    for _ in range(3):
        assert number("checks_total", "hold") == [13.0]
    assert len(list(folder.glob("*.process"))) == 1, "what ended is folded into one file"
    count("checks_total", "hold")
    assert number("checks_total", "hold") == [14.0]


def test_readers_at_the_same_moment_fold_what_ended_once(folder: Path) -> None:
    for _ in range(3):
        child(folder, "web", 10).communicate("\n", timeout=60)
    seen: list[list[float]] = []
    readers = [
        threading.Thread(target=lambda: seen.append(number("checks_total", "hold")))
        for _ in range(8)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert seen == [[30.0]] * 8


def test_threads_lose_no_count() -> None:
    threads = [
        threading.Thread(target=lambda: [count("checks_total", "clear") for _ in range(2_000)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number("checks_total", "clear") == [8_000.0]


def test_a_file_of_another_version_is_left_out(folder: Path) -> None:
    count("checks_total", "hold")
    folder.joinpath("1-aa.process").write_bytes(b"SDCOUNT1" + b"\1" * 20_000)
    folder.joinpath("2-aa.process").write_bytes(b"")
    assert number("checks_total", "hold") == [1.0]
    assert number("checks_total", "hold") == [1.0]


def test_where_no_file_can_be_made_counting_breaks_nothing(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "file"
    count("checks_total", "hold")
    observe("request_seconds", 1.0, "check")
    assert sum(counted()) == 0
