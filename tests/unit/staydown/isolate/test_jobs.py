from __future__ import annotations

import threading

from staydown.isolate.jobs import Job, JobQueue
from staydown.isolate.wire import Operation, Request
from staydown.types.limits import Limits


def job(name: str) -> Job:
    return Job(b"", Request(Operation.FINGERPRINT, "banking", None, Limits()), name)


def test_first_in_first_out() -> None:
    queue, jobs = JobQueue(), [job("a"), job("b")]
    for one in jobs:
        queue.put(one)
    assert [queue.take(), queue.take_ahead(), queue.take_ahead()] == [*jobs, None]


def test_job_put_back_is_next() -> None:
    queue, first, second = JobQueue(), job("a"), job("b")
    queue.put(second)
    queue.put_back(first)
    assert queue.take() is first


def test_nothing_is_taken_ahead_while_someone_idles() -> None:
    queue = JobQueue()
    got: list[Job | None] = []
    idle = threading.Thread(target=lambda: got.append(queue.take()))
    idle.start()
    while queue._idle == 0:
        pass
    with queue._ready:
        queue._jobs.append(job("a"))
        assert queue.take_ahead() is None
        queue._ready.notify()
    idle.join(10)
    assert len(got) == 1


def test_put_asks_for_help_only_when_nobody_idles() -> None:
    queue = JobQueue()
    assert queue.put(job("a"))


def test_closing_gives_back_what_waits_and_wakes_everyone() -> None:
    queue, waiting = JobQueue(), job("a")
    got: list[Job | None] = []
    threads = [threading.Thread(target=lambda: got.append(queue.take())) for _ in range(3)]
    queue.put(waiting)
    assert queue.close() == [waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == [None] * 3
    assert not queue.put(job("b"))
