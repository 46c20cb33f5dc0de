"""When a call is tried again, and when not; without a real clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_client.errors import (
    AnswerError,
    ClientError,
    SettingError,
    UnreachableError,
    problem_error,
)
from staydown_client.retrying import Attempts, Patience


class Clock:
    """Seconds that pass when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def attempts(
    clock: Clock, patience: Patience | None = None, *, is_repeatable: bool = True, draw: float = 1.0
) -> Attempts:
    return Attempts(
        patience or Patience(10, 30, 3),
        is_repeatable=is_repeatable,
        clock=clock,
        draw=lambda: draw,
    )


def problem(status: int, retry_after_s: float | None = None) -> ClientError:
    return problem_error("", code="x", status=status, retry_after_s=retry_after_s)


LOST, NEVER_SENT = UnreachableError("", was_sent=True), UnreachableError("", was_sent=False)


@pytest.mark.parametrize("error", [LOST, NEVER_SENT, problem(429), problem(503)], ids=repr)
def test_it_waits_longer_each_time_and_then_gives_up(error: ClientError) -> None:
    tries = attempts(Clock())
    assert [tries.wait_after(error) for _ in range(3)] == [0.2, 0.4, 0.8]
    with pytest.raises(type(error)):
        tries.wait_after(error)


@pytest.mark.parametrize(
    "error",
    [problem(400), problem(401), problem(413), problem(500), problem(502), AnswerError()],
    ids=repr,
)
def test_what_would_go_the_same_way_is_not_tried_again(error: ClientError) -> None:
    with pytest.raises(type(error)):
        attempts(Clock()).wait_after(error)


def test_what_may_have_arrived_is_sent_again_only_where_it_counts_once() -> None:
    with pytest.raises(UnreachableError):
        attempts(Clock(), is_repeatable=False).wait_after(LOST)
    assert attempts(Clock(), is_repeatable=False).wait_after(NEVER_SENT) > 0
    assert attempts(Clock(), is_repeatable=False).wait_after(problem(503)) > 0


def test_it_waits_as_long_as_it_was_asked_to() -> None:
    assert attempts(Clock(), draw=0.0).wait_after(problem(429, 7)) == 7
    assert 7 < attempts(Clock(), draw=0.5).wait_after(problem(429, 7)) < 7.2


def test_it_does_not_wait_past_the_deadline() -> None:
    with pytest.raises(ClientError):
        attempts(Clock()).wait_after(problem(429, 31))


def test_an_attempt_may_take_what_is_left() -> None:
    clock = Clock()
    tries = attempts(clock)
    assert tries.timeout_s() == 10
    clock.now += 24
    assert tries.timeout_s() == pytest.approx(6)
    clock.now += 24
    assert 0 < tries.timeout_s() < 0.01


def test_a_call_that_asked_the_service_to_wait_gets_that_much_more() -> None:
    tries = Attempts(Patience(10, 30, 3), is_repeatable=True, wait_s=20, clock=Clock())
    assert tries.timeout_s() == 30


@given(
    deadline=st.floats(0.1, 100),
    retries=st.integers(0, 20),
    asked=st.lists(st.none() | st.floats(0, 50), min_size=21, max_size=21),
    draw=st.floats(0, 1),
)
def test_all_waits_together_end_before_the_deadline(
    deadline: float, retries: int, asked: list[float | None], draw: float
) -> None:
    clock = Clock()
    tries = attempts(clock, Patience(10, deadline, retries), draw=draw)
    made = 1
    try:
        for retry_after_s in asked:
            clock.now += tries.wait_after(problem(503, retry_after_s))
            made += 1
    except ClientError:
        pass
    assert made <= retries + 1
    assert clock.now <= 100 + deadline


@pytest.mark.parametrize("wrong", [(0, 1, 1), (1, 0, 1), (1, 1, -1), (float("nan"), 1, 1)])
def test_times_that_cannot_work_are_refused(wrong: tuple[float, float, int]) -> None:
    with pytest.raises(SettingError):
        Patience(*wrong)
