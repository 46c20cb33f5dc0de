"""Many at once: processes and threads that add, remove, compact and search the same entries."""

from __future__ import annotations

import itertools
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from index_crowds import ADDER, INTERRUPTED, SHARER, finish, start
from index_samples import any_fingerprint, pdq_only, random_hashes
from staydown.errors import EntryIdError, SnapshotDamagedError, SnapshotForeignError
from staydown.index import BankFile, HammingIndex, MemoryStore
from staydown.types import SignalType

WRITERS = 3


def pdq_row(fingerprint) -> np.ndarray:
    return np.frombuffer(fingerprint.get(SignalType.PDQ).raw, np.uint8)[None]


def names_in(bank: BankFile) -> set[str]:
    return {entry.entry_id for entry in bank.entries()}


def test_processes_that_write_at_once_lose_nothing_and_a_reader_sees_only_what_is(tmp_path):
    path = tmp_path / "bank.sdb"
    with BankFile.create(path) as bank:
        bank.add("first", pdq_only(999_999))
    reader = BankFile.open(path, follow=True, read_only=True)
    children = [start(ADDER, path, number) for number in range(WRITERS)]
    known: set[str] = set()
    while any(child.poll() is None for child in children):
        reader.refresh()
        hits = reader.search_pdq(pdq_row(pdq_only(999_999)), max_bits=0)
        assert [reader.entry_id(n) for n in hits.entry.tolist()] == ["first"]
        now = names_in(reader)
        assert len(now) == len(reader)
        assert all(name.endswith(("-2", "-6", "-10")) for name in known - now)
        for name in itertools.islice(now - known, 5):
            assert reader.fingerprint(name).kind == "photo"
        known = now
    assert [finish(child) for child in children] == ["done"] * WRITERS
    singles = [k for k in range(12) if k not in (2, 6, 10)]
    want = {f"p{n}-{k}": 1000 * n + k for n in range(WRITERS) for k in singles}
    want |= {f"p{n}-m{k}": 1000 * n + 100 + k for n in range(WRITERS) for k in range(256)}
    reader.refresh()
    for bank in (reader, BankFile.open(path)):
        assert names_in(bank) == want.keys() | {"first"}
        assert all(bank.fingerprint(name) == pdq_only(seed) for name, seed in want.items())
        assert bank.verify() == len(want) + 1


def test_processes_that_share_an_index_lose_nothing(tmp_path):
    path = tmp_path / "index.sdx"
    HammingIndex().save(path)
    children = [start(SHARER, path, number) for number in range(WRITERS)]
    assert [finish(child) for child in children] == ["done"] * WRITERS
    index = HammingIndex.open(path)
    for number in range(WRITERS):
        found = index.search(random_hashes(number, 40), max_bits=0)[1].tolist()
        assert found == [100 * number + k for k in range(40) if k % 4 != 2]


def test_ctrl_c_in_the_middle_of_many_additions_adds_none_of_them(tmp_path):
    path = tmp_path / "bank.sdb"
    BankFile.create(path).close()
    child = start(INTERRUPTED, path)
    assert child.stdout is not None
    assert child.stdout.readline() == "half way\n"
    child.send_signal(signal.SIGINT)
    assert finish(child) == "done"
    assert names_in(BankFile.open(path)) == {"before", "after"}


def in_threads(*acts) -> None:
    """Run all of these until the first of them has ended; raise what any of them raised."""
    over = Event()
    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(act, over) for act in acts]
        running[0].add_done_callback(lambda _: over.set())
        for one in running:
            one.result()


def check_entries(store) -> None:
    """Whatever changes meanwhile, each entry of the moment is whole."""
    for entry in store.entries():
        assert store.entry_id(entry.number) == entry.entry_id
        times, qualities, hashes = store.frames(entry.number)
        assert len(times) == len(qualities) == len(hashes) > 0
        for number in store.pictures(entry.number):
            assert store.picture(number).entry == entry.number


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_threads_that_search_while_others_add_and_remove_see_whole_entries(tmp_path, kind):
    store = MemoryStore() if kind == "memory" else BankFile.create(tmp_path / "bank.sdb")
    store.add("fixed", any_fingerprint(2))
    query = pdq_row(any_fingerprint(2))

    def write(over):
        for k in range(120):
            store.add(f"e{k}", any_fingerprint(3 * k))
            if k % 3 == 0:
                store.remove(f"e{k}")
            if k == 60 and kind == "file":
                store.add_many((f"m{j}", pdq_only(5000 + j)) for j in range(300))
                store.compact()

    def search(over):
        while not over.is_set():
            hits = store.search_pdq(np.concatenate([query] * 20), max_bits=0)
            assert hits.query.tolist() == list(range(20))
            assert {store.entry_id(n) for n in hits.entry.tolist()} == {"fixed"}

    def read(over):
        while not over.is_set():
            check_entries(store)

    in_threads(write, search, read)
    assert len(store) == 1 + 80 + (300 if kind == "file" else 0)


def test_of_threads_that_add_one_id_one_succeeds(tmp_path):
    for store in (MemoryStore(), BankFile.create(tmp_path / "bank.sdb")):
        told = []

        def add(over, *, store=store, told=told):
            try:
                store.add("x", pdq_only(1))
                told.append("added")
            except EntryIdError:
                told.append("taken")

        in_threads(*[add] * 6)
        assert sorted(told) == ["added"] + ["taken"] * 5
        assert len(store) == 1


def test_threads_that_search_an_index_while_another_changes_it():
    bank = random_hashes(1, 9000)
    index = HammingIndex()
    index.add(range(100), bank[:100])

    def write(over):
        for start_at in range(100, 9000, 89):
            index.add(range(start_at, min(start_at + 89, 9000)), bank[start_at : start_at + 89])
            index.remove([start_at])

    def search(over):
        while not over.is_set():
            rows, ids, bits = index.search(bank[:100], max_bits=3)
            assert rows.tolist() == ids.tolist() == list(range(100))
            assert not bits.any()

    in_threads(write, search, search)
    assert len(index) == 9000 - 100
    assert index.search(bank, max_bits=0)[1].tolist() == [
        i for i in range(9000) if i < 100 or (i - 100) % 89
    ]


def test_a_bank_may_be_closed_while_threads_search_it(tmp_path):
    path = tmp_path / "bank.sdb"
    bank = BankFile.create(path)
    bank.add_many((f"m{seed}", pdq_only(seed)) for seed in range(300))
    bank.close()
    bank = BankFile.open(path, follow=True)
    searched = []

    def close(over):
        while len(searched) < 20:
            pass
        bank.close()
        seen = len(searched)
        while len(searched) < seen + 20:
            pass

    def search(over):
        while not over.is_set():
            bank._looked = 0.0
            hits = bank.search_pdq(pdq_row(pdq_only(7)), max_bits=0)
            searched.append([bank.entry_id(n) for n in hits.entry.tolist()])

    in_threads(close, search, search)
    assert all(names == ["m7"] for names in searched)


@pytest.mark.parametrize("step", ["add", "add_many"])
def test_a_file_cut_off_at_any_byte_is_refused_as_damaged_or_foreign(tmp_path, step):
    """What was acknowledged and is no longer there is never passed over in silence."""
    path = tmp_path / "bank.sdb"
    with BankFile.create(path) as bank:
        bank.add("a", pdq_only(1))
        if step == "add_many":
            bank.add_many((f"m{seed}", pdq_only(seed)) for seed in range(256))
    raw = path.read_bytes()
    cuts = [*range(0, 4096, 37), *range(4096, len(raw), 1 if step == "add" else 61)]
    for cut in cuts:
        path.write_bytes(raw[:cut])
        with pytest.raises(SnapshotForeignError if cut < 8 else SnapshotDamagedError):
            BankFile.open(path)
    path.write_bytes(raw)
    assert BankFile.open(path).verify() >= 1
