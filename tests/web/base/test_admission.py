"""Who is let in, who waits, and who is sent away; and that nobody starves behind somebody else."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from staydown_web.base.admission import Line, Place, give_up_place, hold_place, resting
from staydown_web.base.errors import ServiceBusyError


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(clock: Clock) -> Line:
    return Line("test", places=1, waiting=4, patience_s=20.0, clock=clock)


def until(is_so: Callable[[], object], *, within_s: float = 20.0) -> None:
    ends_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_at, "it did not become so in time"
        time.sleep(0.001)


class Waiter(threading.Thread):
    """Asks for a place in a thread of its own, and keeps it until it is told to leave."""

    def __init__(self, line: Line, who: str) -> None:
        super().__init__(daemon=True)
        self.line, self.who = line, who
        self.outcome = ""
        self.entered = 0.0
        waiting, full = line.waiting, line.counts.full
        self.start()
        until(lambda: line.waiting > waiting or line.counts.full > full or self.outcome)

    def run(self) -> None:
        try:
            self.entered = self.line.enter(self.who)
        except ServiceBusyError:
            self.outcome = "refused"
        else:
            self.outcome = "in"

    def leave(self) -> None:
        self.line.leave(self.who, self.entered)


def ended(waiter: Waiter) -> str:
    waiter.join(20)
    return waiter.outcome


def test_a_free_place_is_taken_without_waiting(line):
    entered = line.enter("a")
    assert (line.working, line.waiting, line.counts.waited) == (1, 0, 0)
    line.leave("a", entered)
    assert line.working == 0


def test_whoever_waits_gets_the_place_that_comes_free(line):
    entered = line.enter("a")
    waiter = Waiter(line, "b")
    line.leave("a", entered)
    assert ended(waiter) == "in"
    assert (line.working, line.waiting, line.counts.waited) == (1, 0, 1)


def test_nobody_waits_longer_than_is_allowed():
    line = Line("test", places=1, waiting=4, patience_s=0.05)
    line.enter("a")
    began = time.monotonic()
    with pytest.raises(ServiceBusyError) as caught:
        line.enter("b")
    assert time.monotonic() - began >= 0.05
    assert (line.waiting, line.counts.late) == (0, 1)
    assert 1 <= caught.value.retry_after_s <= 30


def test_above_what_may_wait_everybody_is_refused_at_once(line):
    line.enter("a")
    waiters = [Waiter(line, who) for who in "bcde"]
    with pytest.raises(ServiceBusyError):
        line.enter("f")
    assert (line.waiting, line.counts.full) == (4, 1)
    assert [w.outcome for w in waiters] == [""] * 4


def test_in_a_full_line_who_has_most_in_it_gives_way_to_who_has_less(line):
    line.enter("greedy")
    crowd = [Waiter(line, "greedy") for _ in range(4)]
    modest = Waiter(line, "modest")
    assert ended(crowd[-1]) == "refused"
    assert (line.waiting, modest.outcome) == (4, "")
    assert [w.outcome for w in crowd[:-1]] == [""] * 3


def test_who_sends_little_is_before_who_sends_much(line, clock):
    """However many of the other wait already."""
    entered = line.enter("greedy")
    crowd = [Waiter(line, "greedy") for _ in range(3)]
    modest = Waiter(line, "modest")
    clock.now += 1.0
    line.leave("greedy", entered)
    assert ended(modest) == "in"
    assert [w.outcome for w in crowd] == [""] * 3
    clock.now += 0.1
    modest.leave()
    assert ended(crowd[0]) == "in"


def test_long_work_counts_more_than_short_work(line, clock):
    """One whose requests take ten times as long gets a tenth as many, not as many."""
    served: Counter[str] = Counter()
    costs = {"long": 1.0, "short": 0.1}
    entered = line.enter("first")
    waiters = [Waiter(line, who) for who in ("long", "short", "long", "short")]
    line.leave("first", entered)
    for _ in range(60):
        until(lambda: any(w.outcome == "in" for w in waiters))
        inside = next(w for w in waiters if w.outcome == "in")
        served[inside.who] += 1
        clock.now += costs[inside.who]
        waiters.remove(inside)
        waiters.append(Waiter(line, inside.who))
        inside.leave()
    assert served["short"] > 5 * served["long"] > 0


def test_a_spare_place_is_for_who_holds_none():
    line = Line("test", places=2, spare=1, waiting=2, patience_s=0.02)
    line.enter("video")
    line.enter("video")
    with pytest.raises(ServiceBusyError):
        line.enter("video")
    line.enter("photo")
    assert line.working == 3
    with pytest.raises(ServiceBusyError):
        line.enter("another")


def test_a_spare_place_is_not_kept_from_a_newcomer_by_those_who_may_not_have_it():
    line = Line("test", places=1, spare=1, waiting=2, patience_s=20.0)
    line.enter("video")
    crowd = [Waiter(line, "video") for _ in range(2)]
    line.enter("photo")
    assert (line.working, line.waiting) == (2, 2)
    assert [w.outcome for w in crowd] == ["", ""]


def test_a_spare_place_that_comes_free_does_not_go_to_who_holds_one():
    line = Line("test", places=1, spare=1, waiting=4, patience_s=20.0)
    held = line.enter("video")
    photo = line.enter("photo")
    again, other = Waiter(line, "video"), Waiter(line, "other")
    line.leave("photo", photo)
    assert ended(other) == "in"
    assert again.outcome == ""
    line.leave("video", held)
    assert ended(again) == "in"


def test_one_that_floods_leaves_others_their_share():
    """Forty threads of one key against one of another, on one place: the one is served at once."""
    line = Line("test", places=1, waiting=16, patience_s=5.0)
    over = threading.Event()
    waits: list[float] = []

    def flood() -> None:
        while not over.is_set():
            with suppress(ServiceBusyError):
                entered = line.enter("flood")
                time.sleep(0.002)
                line.leave("flood", entered)

    crowd = [threading.Thread(target=flood, daemon=True) for _ in range(40)]
    for thread in crowd:
        thread.start()
    until(lambda: line.waiting >= 15)
    for _ in range(50):
        began = time.monotonic()
        entered = line.enter("modest")  # never refused, though the line is full
        waits.append(time.monotonic() - began)
        line.leave("modest", entered)
        time.sleep(0.002)
    over.set()
    for thread in crowd:
        thread.join(20)
    # Behind the flood it would wait for 16 others each time.
    assert sorted(waits)[25] < 16 * 0.002
    assert line.counts.full > 0
    assert (line.working, line.waiting) == (0, 0)


def test_nothing_is_lost_or_counted_twice_under_many_threads():
    line = Line("test", places=3, spare=1, waiting=5, patience_s=0.003)
    inside, most, mutex = [0], [0], threading.Lock()

    def work(who: str) -> None:
        for _ in range(200):
            try:
                entered = line.enter(who)
            except ServiceBusyError:
                continue
            with mutex:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.0005)
            with mutex:
                inside[0] -= 1
            line.leave(who, entered)

    threads = [threading.Thread(target=work, args=(f"{n % 5}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most[0] <= 4
    assert (line.working, line.waiting) == (0, 0)
    assert line.counts.let_in + line.counts.refused == 20 * 200


def test_shares_of_those_who_left_are_forgotten(clock):
    line = Line("test", places=2, waiting=1, patience_s=1.0, clock=clock)
    stays = line.enter("stays")
    for n in range(5000):
        entered = line.enter(n)
        clock.now += 0.001
        line.leave(n, entered)
    assert len(line._shares) <= 1100
    line.leave("stays", stays)
    assert line._shares == {}


def test_a_place_may_be_given_up_early_and_counts_once(line):
    place = Place(line, "a")
    hold_place(place)
    give_up_place()
    assert line.working == 0
    place.leave()
    assert line.working == 0
    hold_place(None)
    give_up_place()


def test_the_time_to_come_back_is_not_the_same_for_all():
    line = Line("test", places=1, waiting=0, patience_s=1.0)
    entered = line.enter("a")
    line._mean_s = 3.0
    line._waiting = 4  # twelve seconds of work ahead
    times = set()
    for _ in range(50):
        with pytest.raises(ServiceBusyError) as caught:
            line.enter("b")
        times.add(caught.value.retry_after_s)
    assert min(times) >= 12
    assert max(times) <= 24
    assert len(times) > 3
    line._waiting = 0
    line.leave("a", entered)


def test_while_one_waits_for_a_disk_another_works(line):
    place = Place(line, "a")
    hold_place(place)
    with resting():
        assert line.working == 0
        other = Place(line, "b")
    assert line.working == 2  # nobody who has begun waits again
    other.leave()
    place.leave()
    hold_place(None)
    assert line.working == 0
    with resting():
        pass


def test_not_more_rest_than_there_are_threads_for():
    line = Line("test", places=200, waiting=0, patience_s=1.0)
    for n in range(100):
        line.enter(n)
    assert sum(line.step_out(n) for n in range(100)) == 64
