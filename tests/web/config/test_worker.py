"""Jobs run side by side; one that fails waits, and stops nobody else."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection, connections

from staydown_web.base.errors import DatabaseBusyError, FetchError
from staydown_web.base.jobs import Job
from staydown_web.base.lending import Lender
from staydown_web.config.worker import AT_ONCE, Worker, all_jobs, pause_after


def test_a_failing_job_is_logged_by_its_code_and_stops_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = threading.Event()
    runs: list[datetime] = []

    def fails(now: datetime) -> int:
        raise FetchError("https://example.net/secret?name=Ada")

    def works(now: datetime) -> int:
        runs.append(now)
        if len(runs) == 3:
            done.set()
        return 0

    worker = Worker([Job("fails", 0.01, fails), Job("works", 0.01, works)])
    with caplog.at_level(logging.ERROR):
        worker.start()
        assert done.wait(20)
        worker.ask_to_stop()
        assert worker.join() == []
    assert "job fails failed (address_unreachable); again in 1 s" in caplog.text
    assert "secret" not in caplog.text
    assert worker.runs["fails"].error == "address_unreachable"
    assert worker.runs["works"].failures == 0
    assert all(now.tzinfo is not None for now in runs)


def test_a_busy_database_is_no_error_until_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def busy(now: datetime) -> int:
        raise DatabaseBusyError

    job = Job("busy", 0.01, busy)
    worker = Worker([job])
    with caplog.at_level(logging.INFO):
        pauses = [worker._run_once(job) for _ in range(3)]
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "ERROR"]
    assert pauses[0] == 1.0
    assert worker.runs["busy"].failures == 3


def test_a_job_with_more_to_do_runs_again_at_once() -> None:
    left, done = [5], threading.Event()

    def works(now: datetime) -> int:
        left[0] -= 1
        if left[0] == 0:
            done.set()
        return max(left[0], 0)

    worker = Worker([Job("works", 3600.0, works)])
    worker.start()
    assert done.wait(20)
    worker.ask_to_stop()
    assert worker.join() == []


def test_a_job_at_work_ends_its_run_before_the_worker_does() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), []

    def slow(now: datetime) -> int:
        begun.set()
        may_end.wait(20)
        ended.append(True)
        return 0

    worker = Worker([Job("slow", 1.0, slow)])
    worker.start()
    assert begun.wait(20)
    worker.ask_to_stop()
    assert worker.join(timeout_s=0.05) == ["slow"]
    may_end.set()
    assert worker.join() == []
    assert ended == [True]


def test_the_heartbeat_says_how_each_job_is_doing(tmp_path: Path) -> None:
    path = tmp_path / "worker.json"
    worker = Worker([Job("works", 3600.0, lambda now: 0)], heartbeat=path)
    worker.start()
    waiting = threading.Thread(target=worker.wait)
    waiting.start()
    for _ in range(1000):
        if path.exists():
            break
        threading.Event().wait(0.02)
    beat = json.loads(path.read_text())
    worker.ask_to_stop()
    waiting.join(20)
    worker.join()
    assert set(beat) == {"pid", "at", "jobs"}
    assert beat["jobs"]["works"]["failures"] == 0
    assert not path.exists()


def test_pauses_double_up_to_a_minute_and_never_fall_below_the_job_s_own() -> None:
    assert [pause_after(n, 0.5) for n in (1, 2, 3, 7, 50)] == [1.0, 2.0, 4.0, 60.0, 60.0]
    assert pause_after(1, 600.0) == 600.0


def test_every_job_has_a_name_of_its_own() -> None:
    names = [job.name for job in all_jobs()]
    assert len(names) == len(set(names))
    assert names


def test_so_many_jobs_are_at_work_at_once_and_those_of_the_machine_never_wait() -> None:
    gate, all_in, here = threading.Event(), threading.Semaphore(0), threading.Event()

    def waits(now: datetime) -> int:
        all_in.release()
        gate.wait(20)
        return 0

    def keeps(now: datetime) -> int:
        here.set()
        return 0

    jobs = [Job(f"waits {number}", 3600.0, waits) for number in range(AT_ONCE + 1)]
    worker = Worker([*jobs, Job("keeps", 3600.0, keeps, is_everywhere=True)])
    worker.start()
    assert all(all_in.acquire(timeout=20) for _ in range(AT_ONCE))
    assert here.wait(20)
    assert not all_in.acquire(timeout=0.1), "one more would be one connection more"
    gate.set()
    assert all_in.acquire(timeout=20)
    worker.ask_to_stop()
    assert worker.join() == []


@pytest.mark.django_db(transaction=True)
def test_a_job_gives_its_connection_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lender = Lender()
    monkeypatch.setattr(connections, "create_connection", connections.create_connection)
    lender.begin()

    def asks(now: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return 0

    worker = Worker([Job("asks", 3600.0, asks)], lender=lender)
    worker.start()
    ends_at = time.monotonic() + 20
    while len(lender) != 1:
        assert time.monotonic() < ends_at, "a thread keeps it"
        time.sleep(0.01)
    worker.ask_to_stop()
    assert worker.join() == []
    assert len(lender) == 0, "closed with the worker"


@pytest.mark.parametrize("folder", ["missing", "a file"])
def test_a_disk_that_takes_no_heartbeat_ends_no_job(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a file").touch()  # nothing can be made or deleted below it
    runs: list[datetime] = []
    done = threading.Event()

    def works(now: datetime) -> int:
        runs.append(now)
        if len(runs) == 3:
            done.set()
        return 0

    worker = Worker([Job("works", 0.01, works)], heartbeat=tmp_path / folder / "worker.json")
    worker._beat()
    worker.start()
    assert done.wait(20)
    worker.ask_to_stop()
    assert worker.join() == []
