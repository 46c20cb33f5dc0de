"""A job that found nothing rests while nobody commits anything."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from staydown_web.base.jobs import Job
from staydown_web.base.sqlite import Commits, commits_of
from staydown_web.config.worker import Worker


@pytest.fixture
def file(tmp_path: Path) -> sqlite3.Connection:
    line = sqlite3.connect(tmp_path / "some.sqlite3", isolation_level=None, check_same_thread=False)
    line.execute("PRAGMA journal_mode=WAL")
    line.execute("CREATE TABLE work (at TEXT)")
    return line


@pytest.fixture
def commits(file: sqlite3.Connection, tmp_path: Path) -> Commits:
    return Commits(tmp_path / "some.sqlite3")


class Looking:
    """A job that finds nothing, and how often it looked."""

    def __init__(self, finds: int = 0) -> None:
        self.runs, self.left, self.looked = 0, finds, threading.Event()

    def __call__(self, now: datetime) -> int:
        self.runs += 1
        self.looked.set()
        self.left -= 1
        return int(self.left >= 0)

    def looks_again(self) -> bool:
        self.looked.clear()
        return self.looked.wait(20)


def begun(job: Looking, commits: Commits, **more: float) -> Worker:
    worker = Worker([Job("looks", 0.01, job)], commits=commits, **more)
    worker.start()
    assert job.looked.wait(20)
    return worker


def ended(worker: Worker) -> None:
    worker.ask_to_stop()
    assert worker.join() == []


def test_it_rests_while_nothing_is_committed_and_looks_at_once_after_a_commit(
    file: sqlite3.Connection, commits: Commits
) -> None:
    job = Looking(finds=3)
    worker = begun(job, commits, looks_anyway_s=3600.0)
    time.sleep(0.5)
    assert job.runs == 4  # three that found something, and the one that did not
    for n in range(1, 4):
        file.execute("INSERT INTO work VALUES ('now')")
        deadline = time.monotonic() + 20
        while job.runs < 4 + n and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        assert job.runs == 4 + n
    ended(worker)


def test_it_looks_again_after_a_while_since_moments_come(commits: Commits) -> None:
    job = Looking()
    worker = begun(job, commits, looks_anyway_s=0.2)
    assert job.looks_again()
    assert job.looks_again()
    ended(worker)


def test_what_is_committed_while_it_looks_is_looked_for(
    file: sqlite3.Connection, commits: Commits
) -> None:
    runs = []

    def looks(now: datetime) -> int:
        runs.append(now)
        if len(runs) == 1:
            file.execute("INSERT INTO work VALUES ('meanwhile')")
        return 0

    worker = Worker([Job("looks", 0.01, looks)], commits=commits, looks_anyway_s=3600.0)
    worker.start()
    time.sleep(0.5)
    ended(worker)
    assert len(runs) == 2


def test_a_job_that_failed_tries_again_though_nothing_is_committed(commits: Commits) -> None:
    runs = []

    def fails_once(now: datetime) -> int:
        runs.append(now)
        if len(runs) == 1:
            raise OSError
        return 0

    worker = Worker([Job("fails", 0.01, fails_once)], commits=commits, looks_anyway_s=3600.0)
    worker.start()
    deadline = time.monotonic() + 20
    while len(runs) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    ended(worker)
    assert len(runs) == 2


def test_a_file_that_cannot_be_read_lets_no_job_rest(tmp_path: Path) -> None:
    (tmp_path / "none.sqlite3").write_bytes(b"no database at all, as its first bytes say" * 40)
    job = Looking()
    worker = begun(job, Commits(tmp_path / "none.sqlite3"), looks_anyway_s=3600.0)
    assert job.looks_again()
    ended(worker)


def test_commits_are_those_of_others_and_roll_backs_do_not_count(
    file: sqlite3.Connection, commits: Commits
) -> None:
    first = commits.number()
    assert first is not None
    assert commits.number() == first
    file.execute("BEGIN IMMEDIATE")
    file.execute("INSERT INTO work VALUES ('never')")
    file.execute("ROLLBACK")
    assert commits.number() == first
    file.execute("INSERT INTO work VALUES ('once')")
    second = commits.number()
    assert second != first
    commits.close()
    assert commits.number() is not None


def test_only_files_of_sqlite_have_them(tmp_path: Path) -> None:
    line = connection.copy()
    line.settings_dict["NAME"] = str(tmp_path / "missing.sqlite3")
    assert commits_of(line) is None
    (tmp_path / "missing.sqlite3").touch()
    assert (commits_of(line) is not None) == (line.vendor == "sqlite")
