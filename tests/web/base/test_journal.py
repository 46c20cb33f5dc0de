"""The journal: in order, durable, whole after kills and damage, and no larger than it was made."""

from __future__ import annotations

import errno
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from staydown_web.base import journal as module
from staydown_web.base.journal import Journal, JournalError, JournalFullError, Record

SIZE = 4096
Opened = Callable[..., Journal]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.journal"


@pytest.fixture
def opened(path: Path) -> Iterator[Opened]:
    """``opened()`` is the line of another process to the same file."""
    lines = []

    def open_another(**given: object) -> Journal:
        lines.append(Journal(path, **{"size": SIZE, **given}))  # type: ignore[arg-type]
        return lines[-1]

    yield open_another
    for line in lines:
        line.close()


def add(line: Journal, *texts: bytes) -> list[Record]:
    with line.turn():
        return line.append(texts)


def texts_in(line: Journal, *, after: int = 0) -> list[bytes]:
    return [record.text for record in line.read(after=after, most=10_000)]


def spoil(path: Path, start: int, piece: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(module._PAGE + start)
        file.write(piece)


def test_what_is_added_is_there_in_order_for_everybody(opened: Opened) -> None:
    one, other = opened(), opened()
    first = add(one, b"a", b"bb" * 50)
    second = add(other, b"", b"d")
    assert [r.number for r in first + second] == sorted({r.number for r in first + second})
    assert texts_in(one) == texts_in(other) == [b"a", b"bb" * 50, b"", b"d"]
    assert texts_in(one, after=first[0].number) == [b"bb" * 50, b"", b"d"]
    assert len(one.read(after=0, most=2)) == 2
    with one.turn() as news:
        assert [r.text for r in news] == [b"", b"d"], "one's own is no news"
    assert other.at(first[1].start) == first[1]
    assert other.at(first[1].start + 8) is None


def test_it_is_its_owners_and_as_large_as_it_ever_is(opened: Opened, path: Path) -> None:
    line = opened()
    for n in range(200):
        with line.turn():
            line.free(line.append([b"x" * n])[0].number)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == module._PAGE + SIZE
    assert path.stat().st_blocks * 512 >= SIZE, "its place on the disk is its own from the start"
    assert not [*path.parent.glob(".*")], "nothing else is left"


def test_what_is_freed_is_gone_from_the_file(opened: Opened, path: Path) -> None:
    line, other = opened(), opened()
    records = add(line, b"first secret", b"second secret")
    with other.turn():
        other.free(records[0].number)
    assert b"first secret" not in path.read_bytes()
    assert texts_in(line) == [b"second secret"]
    assert line.at(records[0].start) is None
    with other.turn():
        other.free(10**9)
    assert b"secret" not in path.read_bytes()
    assert opened().read(after=0, most=9) == []
    assert add(line, b"new")[0].start == records[1].number, "numbers do not begin anew"


def test_a_full_one_takes_nothing_until_something_is_freed(opened: Opened) -> None:
    line = opened()
    records = [add(line, b"x" * 1_000)[0] for _ in range(4)]
    with line.turn(), pytest.raises(JournalFullError):
        line.append([b"", b"y" * 100])
    assert len(texts_in(line)) == 4
    other = opened()
    with other.turn():
        other.free(records[0].number)
    assert add(line, b"y" * 1_000)[0].start == records[3].number
    assert len(texts_in(opened())) == 4


@pytest.mark.parametrize("count", range(1, 49, 3))
def test_a_torn_end_is_no_record_and_what_comes_next_is(
    opened: Opened, path: Path, count: int
) -> None:
    whole = add(opened(), b"whole")[0]
    scratch = opened()
    torn = add(scratch, b"torn " * 5, b"behind it")
    held = path.read_bytes()[module._PAGE :]
    # Killed, or without power, in the middle of it: the beginning is there, and nothing behind it.
    spoil(path, torn[0].start, held[torn[0].start :][:count].ljust(200, b"\0"))
    line = opened()
    assert texts_in(line) == [b"whole"]
    record = add(line, b"next")[0]
    assert record.start == whole.number
    assert not any(path.read_bytes()[module._PAGE + record.number :]), "zeros alone lie behind it"
    assert texts_in(opened()) == texts_in(line) == [b"whole", b"next"]


@pytest.mark.parametrize("at", [0, 4, 9, 17, 30])
def test_damage_costs_one_record_alone(opened: Opened, path: Path, at: int) -> None:
    records = add(opened(), b"first", b"damaged" * 9, b"third")
    byte = path.read_bytes()[module._PAGE + records[1].start + at]
    spoil(path, records[1].start + at, bytes([byte ^ 0x20]))
    line = opened()
    assert texts_in(line) == [b"first", b"third"]
    add(line, b"fourth")
    assert texts_in(opened()) == [b"first", b"third", b"fourth"]


def test_zeros_in_the_middle_hide_nothing_from_who_adds(opened: Opened, path: Path) -> None:
    records = add(opened(), b"first", b"lost" * 20, b"third")
    spoil(path, records[1].start, bytes(records[1].number - records[1].start))
    line = opened()
    with line.turn() as news:
        assert [r.text for r in news] == [b"first", b"third"]
        assert line.append([b"fourth"])[0].start == records[2].number


def test_a_number_that_is_known_elsewhere_is_used_up(opened: Opened) -> None:
    """What was not yet durable here may be taken in elsewhere; then power is lost."""
    first = add(opened(), b"first")[0]
    line = opened(floor=lambda name: first.number + 800 if len(name) == 32 else 0)
    later = add(line, b"later")[0]
    assert later.start == first.number + 800
    assert [r.text for r in opened().news()] == [b"first", b"later"]
    assert texts_in(opened(), after=first.number + 800) == [b"later"]


def test_who_was_away_for_a_whole_round_finds_the_way(opened: Opened) -> None:
    away, line = opened(), opened()
    add(line, b"seen")
    assert [r.text for r in away.news()] == [b"seen"]
    for n in range(100):
        with line.turn():
            line.free(line.append([b"%03d" % n * 100])[0].number)
    last = add(line, b"last")[0]
    assert [r.text for r in away.news()] == [b"last"]
    assert add(away, b"mine")[0].start == last.number


def test_one_adds_at_a_time_and_nobody_waits_for_ever(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened(), opened()
    add(one, b"before")
    monkeypatch.setattr(module, "_TIMEOUT_S", 0.05)
    with one.turn():
        with pytest.raises(JournalError), other.turn():
            pass
        assert texts_in(other) == [b"before"], "who reads waits for nobody"
    assert add(other, b"after")


def test_who_reads_while_somebody_adds_sees_whole_records(opened: Opened) -> None:
    line, is_done = opened(size=1 << 20), threading.Event()
    line.open()

    def follow() -> list[bytes]:
        reader, seen, after = opened(), [], 0
        while True:
            is_last = is_done.is_set()
            for record in reader.read(after=after, most=50):
                seen.append(record.text)
                after = record.number
            if is_last:
                return seen

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(follow)
        added = [add(line, b"%d " % n * (n % 500))[0].text for n in range(300)]
        is_done.set()
    assert reading.result() == added


@pytest.mark.parametrize("held", [b"", b"something else" * 1_000, b"SDJOURN1" + bytes(5_000)])
def test_another_file_is_said_and_left_as_it_is(opened: Opened, path: Path, held: bytes) -> None:
    path.write_bytes(held)
    line = opened()
    for work in (line.open, line.news, lambda: line.read(after=0, most=1)):
        with pytest.raises(JournalError):
            work()
    assert path.read_bytes() == held


def test_a_file_that_was_put_in_its_place_is_another(opened: Opened, path: Path) -> None:
    line = opened()
    add(line, b"old")
    name = line.name
    path.unlink()
    assert add(line, b"new")[0].start == 0
    assert line.name != name
    assert texts_in(opened()) == [b"new"]


def test_whoever_comes_first_makes_it(opened: Opened) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = [*pool.map(lambda _: opened().open(), range(16))]
    assert len(set(names)) == 1


def test_a_full_disk_is_not_filled_again_and_again(
    opened: Opened, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, tries = opened(), []

    def write(_fd: int, piece: bytes, _place: int) -> None:
        tries.append(len(piece))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_write_all", write)
        for _ in range(3):
            with pytest.raises(OSError, match=r"No space|a moment ago"):
                add(line, b"x")
    assert len(tries) == 1
    assert [*path.parent.iterdir()] == [], "nothing half made is left"
    monkeypatch.setattr(line, "_again_at", 0.0)
    assert add(line, b"x")


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_nothing_is_lost_doubled_or_brought_back(opened: Opened, seed: int) -> None:
    """Two who add, one who only reads, processes that begin anew, and some fifty rounds."""
    draw = random.Random(seed)
    lines = [opened() for _ in range(3)]
    kept: list[Record] = []
    seen: list[set[int]] = [set() for _ in lines]
    for step in range(3_000):
        at = draw.randrange(3)
        line, lot = lines[at], draw.random()
        if lot < 0.02:
            line.close()
            lines[at], seen[at] = opened(), set()
        elif lot < 0.3 and kept:
            last = draw.choice(kept[: len(kept) // 2 + 1])
            with line.turn() as news:
                seen[at] |= {r.number for r in news}
                line.free(last.number)
            kept = [r for r in kept if r.number > last.number]
        elif lot < 0.7:
            texts = [b"%d:" % step * draw.randrange(1, 60) for _ in range(draw.randrange(1, 4))]
            with line.turn() as news:
                seen[at] |= {r.number for r in news}
                try:
                    added = line.append(texts)
                except JournalFullError:
                    continue
            assert [r.text for r in added] == texts
            seen[at] |= {r.number for r in added}
            kept += added
        else:
            seen[at] |= {r.number for r in line.news()}
            assert {r.number for r in kept} <= seen[at], "each learns of all that lies there"
        assert lines[step % 3].read(after=0, most=10_000) == kept
    assert kept[-1].number > 50 * SIZE


ADD = """
import sys
from pathlib import Path
from staydown_web.base.journal import Journal
line = Journal(Path(sys.argv[1]), size=int(sys.argv[2]))
for n in range(int(sys.argv[3]), 10**9):
    with line.turn():
        line.append([b"%d " % n * (n % 50 + 1)])
    print(n, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_what_was_answered_survives_a_kill(opened: Opened, path: Path, seed: int) -> None:
    draw, first = random.Random(seed), 0
    for _ in range(3):
        command = [sys.executable, "-c", ADD, str(path), str(1 << 20), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            answered = [int(child.stdout.readline()) for _ in range(draw.randrange(1, 60))]
            child.kill()
            answered += [int(line) for line in child.stdout.read().split("\n") if line]
        found = [int(text.split()[0]) for text in texts_in(opened())]
        assert found == [*range(len(found))], "in order, each once"
        assert len(found) > answered[-1]
        first = len(found)
