"""Ids say when they were made where that helps, and nothing where it must not."""

from __future__ import annotations

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from staydown_web.base.ids import new_id, new_ordered_id


def test_ordered_ids_follow_their_moment_to_the_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = new_ordered_id()
    after = time.time_ns() // 1_000_000
    assert before <= made.int >> 80 <= after
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ordered_ids_differ_within_a_millisecond() -> None:
    made = {new_ordered_id() for _ in range(10_000)}
    assert len(made) == 10_000
    assert len({one.int & 0xFFFF_FFFF for one in made}) > 9_900


def test_a_process_and_its_child_draw_their_own() -> None:
    new_ordered_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(new_ordered_id().bytes[8:] for _ in range(50)))
        os._exit(0)
    theirs = os.read(reading, 4096)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    assert len(theirs) == 400
    ours = {new_ordered_id().bytes[8:] for _ in range(50)}
    assert not ours & {theirs[at : at + 8] for at in range(0, 400, 8)}


def test_threads_never_draw_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for many in pool.map(lambda _: _many(), range(8)) for one in many]
    assert len({one.int & (1 << 62) - 1 for one in made}) == len(made) == 16_000


def _many() -> list[uuid.UUID]:
    return [new_ordered_id() for _ in range(2_000)]


def test_other_ids_are_random_throughout() -> None:
    first, second = new_id(), new_id()
    assert first.version == 4
    assert first.int >> 80 != second.int >> 80
