"""Ids say when they were made where that helps, and nothing where it must not."""

from __future__ import annotations

import time
import uuid

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


def test_other_ids_are_random_throughout() -> None:
    first, second = new_id(), new_id()
    assert first.version == 4
    assert first.int >> 80 != second.int >> 80
