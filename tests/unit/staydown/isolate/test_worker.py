from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from misbehaving import misbehaving_lane
from staydown.errors import (
    ConfigError,
    DecodeCrashError,
    DecodeTimeoutError,
    StaydownError,
)
from staydown.isolate.jobs import Job, JobQueue
from staydown.isolate.lane import Lane
from staydown.isolate.wire import Operation, Request
from staydown.isolate.worker import Worker
from staydown.types.limits import Limits

QUICK = Limits(wall_s=0.3, video_wall_s=10)

Ask = Callable[..., Job]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Put an order in front of one worker with a misbehaving child."""
    queue = JobQueue()
    worker = Worker(queue, misbehaving_lane)

    def put(order: str, limits: Limits | None = None) -> Job:
        request = Request(Operation.FINGERPRINT, "banking", None, limits or Limits(wall_s=20))
        job = Job(order.encode(), request, order)
        queue.put(job)
        if not worker.is_alive():
            worker.start()
        return job

    yield put
    queue.close()
    worker.stop()
    worker.join(10)
    assert not worker.is_alive()


def pid_of(job: Job) -> int:
    return int(job.future.result(20))


def error_of(job: Job) -> StaydownError:
    error = job.future.exception(20)
    assert isinstance(error, StaydownError)
    return error


def test_one_child_serves_many_files(ask: Ask) -> None:
    assert len({pid_of(ask("fine")) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("order", "kind", "words"),
    [
        ("abort", DecodeCrashError, "died on this file"),
        ("exit", DecodeCrashError, "died on this file"),
        ("killed", DecodeCrashError, "ran out of memory; the limit for one file is 2048 MB"),
        ("cpu", DecodeTimeoutError, "processor time"),
        ("noise", DecodeCrashError, "cannot be read"),
        ("huge", DecodeCrashError, "cannot be read"),
        ("half", DecodeCrashError, "died on this file"),
        ("other job", DecodeCrashError, "does not belong"),
        ("ready again", DecodeCrashError, "does not belong"),
    ],
)
def test_bad_child_costs_one_file_and_is_replaced(
    ask: Ask, order: str, kind: type[StaydownError], words: str
) -> None:
    first = pid_of(ask("fine"))
    error = error_of(ask(order))
    assert type(error) is kind
    assert words in str(error)
    assert str(error).startswith(f"{order}: ")
    assert pid_of(ask("fine")) != first


@pytest.mark.parametrize("order", ["sleep", "drip"])
def test_slow_child_is_stopped_at_the_limit(ask: Ask, order: str) -> None:
    error = error_of(ask(order, QUICK))
    assert type(error) is DecodeTimeoutError
    assert "0.3 seconds" in str(error)
    assert pid_of(ask("fine"))


def test_video_gets_the_longer_limit(ask: Ask) -> None:
    assert pid_of(ask("video", QUICK))
    with pytest.raises(DecodeTimeoutError):
        ask("sleep", Limits(wall_s=0.3, video_wall_s=0.3)).future.result(20)


def test_a_child_that_waits_has_one_thread() -> None:
    lane = Lane()
    try:
        assert len([*Path(f"/proc/{lane.pid}/task").iterdir()]) == 1
    finally:
        lane.kill()


def test_error_that_is_none_of_ours_is_a_crash(ask: Ask) -> None:
    assert type(error_of(ask("odd error"))) is DecodeCrashError


def test_file_that_waited_behind_a_crash_is_done_by_the_next_child(ask: Ask) -> None:
    jobs = [ask(order) for order in ("fine", "abort", "fine", "abort", "fine")]
    assert [job.future.exception(20) is None for job in jobs] == [True, False, True, False, True]


def test_child_that_asks_to_retire_is_replaced(ask: Ask) -> None:
    first = pid_of(ask("retire"))
    assert pid_of(ask("fine")) != first


def test_child_that_died_while_idle_costs_no_file(ask: Ask) -> None:
    first = pid_of(ask("fine"))
    os.kill(first, 9)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert pid_of(ask("fine")) != first


def test_child_that_does_not_start_is_a_plain_error() -> None:
    with pytest.raises(ConfigError, match="does not start"):
        Lane(command=["/bin/false"])


def test_jobs_fail_when_no_child_starts() -> None:
    queue = JobQueue()
    worker = Worker(queue, lambda _: Lane(command=["/bin/false"]))
    job = Job(b"x", Request(Operation.FINGERPRINT, "banking", None, Limits()), None)
    queue.put(job)
    worker.start()
    assert isinstance(error_of(job), ConfigError)
    queue.close()
    worker.join(10)


def test_no_descriptor_is_left_open(ask: Ask) -> None:
    pid_of(ask("fine"))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for order in ("fine", "abort", "fine", "noise", "fine"):
        ask(order).future.exception(20)
    pid_of(ask("fine"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


_KILLED_AT_FIRST = """
import os, pathlib, signal, socket, sys
from staydown.isolate.wire import Reply, Status, send_reply
mark = pathlib.Path(sys.argv[1])
if mark.stat().st_size < int(sys.argv[2]):
    mark.write_text(mark.read_text() + "x")
    os.kill(os.getpid(), signal.SIGKILL)
send_reply(socket.socket(fileno=0), Reply(0, Status.READY, False, b"{}"))
"""


def test_a_child_that_is_killed_while_it_starts_is_started_once_more(tmp_path: Path) -> None:
    mark = tmp_path / "killed"
    mark.touch()
    command = [sys.executable, "-c", _KILLED_AT_FIRST, str(mark)]
    Lane(command=[*command, "1"]).kill()
    assert mark.read_text() == "x"
    with pytest.raises(ConfigError, match="does not start"):
        Lane(command=[*command, "9"])
    assert mark.read_text() == "xxx"
