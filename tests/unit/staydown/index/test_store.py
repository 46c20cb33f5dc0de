"""LayeredStore: layers are joined and looked into as one, also where a step is cut short."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from index_samples import any_fingerprint, pdq_only, photo, random_hashes
from staydown.errors import EntryIdError, EntryNotFoundError
from staydown.index import MemoryStore
from staydown.index.notes import MAX_META_BYTES, pack_meta
from staydown.types import SignalType


@pytest.fixture
def short_tails(monkeypatch):
    monkeypatch.setattr("staydown.index.store.TAIL_PDQ_ROWS", 16)


def pdq_row(fingerprint) -> np.ndarray:
    return np.frombuffer(fingerprint.get(SignalType.PDQ).raw, np.uint8)[None]


def check(store: MemoryStore, wanted: dict[str, int]) -> None:
    """The store holds these ids with the fingerprints of these seeds, in this order."""
    assert len(store) == len(wanted)
    assert [e.entry_id for e in store.entries()] == list(wanted)
    for entry in store.entries():
        assert store.entry_id(entry.number) == entry.entry_id
    for name, seed in wanted.items():
        assert name in store
        assert store.fingerprint(name) == any_fingerprint(seed)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_joining_that_is_cut_short_loses_no_entry(short_tails, monkeypatch, error):
    store = MemoryStore()
    for seed in range(0, 60, 3):
        store.add(f"e{seed}", any_fingerprint(seed))
    known = {f"e{seed}": seed for seed in range(0, 60, 3)}

    def cut_short(arrays, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("staydown.index.store.build_segment", cut_short)
        for seed in range(60, 120, 3):
            known[f"e{seed}"] = seed
            try:
                store.add(f"e{seed}", any_fingerprint(seed))
            except error:
                break
        else:
            pytest.fail("the tail never became a segment")
    check(store, known)
    store.add("after", any_fingerprint(1))
    check(store, known | {"after": 1})


def test_an_id_may_be_used_again_after_its_removal_in_every_layer(short_tails):
    """The removed entry and the new one lie in the tail, in one segment, or in two."""
    store = MemoryStore()
    for turn in range(70):
        store.add("x", any_fingerprint(turn))
        assert store.fingerprint("x") == any_fingerprint(turn)
        assert len(store) == 1
        with pytest.raises(EntryIdError):
            store.add("x", any_fingerprint(turn + 1))
        store.remove("x")
        assert len(store) == 0
        assert "x" not in store
        with pytest.raises(EntryNotFoundError):
            store.remove("x")
    store.add("x", any_fingerprint(3))
    check(store, {"x": 3})


def test_ids_that_differ_in_one_character_or_form_are_different_entries():
    names = [
        "a",
        "A",
        "á",
        "a\u0301",
        "a ",
        " a",
        "a\0",
        "\0",
        "\u200b",
        "\U0001f600",
        "\u0661",
        "1",
    ]
    names += ["x" * 1024, "é" * 512, "\ufeffa", "a\u202e", "\n", "__proto__"]
    store = MemoryStore()
    for seed, name in enumerate(names):
        store.add(name, any_fingerprint(seed))
    check(store, {name: seed for seed, name in enumerate(names)})
    store.remove("\u200b")
    assert "\u200b" not in store
    assert len(store) == len(names) - 1


def test_ids_with_one_digest_are_told_apart(monkeypatch):
    """The digest is not safe against collisions: the bytes decide."""
    from staydown.index import segment
    from staydown.index import store as module

    monkeypatch.setattr(module, "digest_of", lambda raw: 7)
    monkeypatch.setattr(segment, "digests", lambda column: np.full(len(column), 7, np.uint64))
    store = MemoryStore()
    store.add_many((f"m{seed}", any_fingerprint(seed)) for seed in range(20))
    store.add("late", any_fingerprint(20))
    store.remove("m7")
    wanted = {f"m{seed}": seed for seed in range(20) if seed != 7} | {"late": 20}
    check(store, wanted)
    assert "m7" not in store


def test_an_iteration_over_entries_is_of_the_moment_it_began(short_tails):
    store = MemoryStore()
    for seed in range(40):
        store.add(f"e{seed}", pdq_only(seed))
    seen = []
    for entry in store.entries():
        seen.append(entry.entry_id)
        if entry.number < 20:
            store.remove(entry.entry_id)
            store.add(f"new{entry.number}", pdq_only(100 + entry.number))
    assert seen == [f"e{seed}" for seed in range(40)]
    assert len(store) == 40


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_store_is_neither_pickled_nor_copied(act):
    with pytest.raises(TypeError):
        act(MemoryStore())


def test_numbers_that_were_never_given_out_are_refused():
    store = MemoryStore()
    store.add("a", photo(1))
    for number in (-1, 1, 2**40):
        with pytest.raises(IndexError):
            store.entry_id(number)
        with pytest.raises(IndexError):
            store.picture(number)
        with pytest.raises(IndexError):
            store.frames(number)


@pytest.mark.parametrize(
    "meta", [{"": ""}, {"k\0": "\ud800"}, {'"\\': "\U0001f600"}, {"n": "x" * (MAX_META_BYTES - 10)}]
)
def test_notes_of_any_characters_come_back(meta):
    store = MemoryStore()
    store.add("a", photo(1), meta=meta)
    store.add_many([("b", photo(2))])
    assert store.meta("a") == meta
    assert store.meta("b") == {}


@pytest.mark.parametrize("meta", [{"a": None}, {1: "a"}, {"a": {"b": "c"}}, {"a": b"x"}])
def test_notes_that_are_not_texts_are_refused(meta):
    with pytest.raises(EntryIdError):
        pack_meta(meta)


def test_the_longest_notes_are_64_kib():
    frame = len(pack_meta({"k": ""}))
    assert len(pack_meta({"k": "x" * (MAX_META_BYTES - frame)})) == MAX_META_BYTES
    with pytest.raises(EntryIdError):
        pack_meta({"k": "x" * (MAX_META_BYTES - frame + 1)})


def test_a_batch_of_queries_equals_single_ones(short_tails):
    store = MemoryStore()
    for seed in range(200):
        store.add(f"e{seed}", any_fingerprint(seed))
    store.remove("e0")
    queries = np.concatenate([pdq_row(photo(seed)) for seed in range(0, 60, 3)])
    queries = np.concatenate([queries, random_hashes(1, 30)])
    together = store.search_pdq(queries, max_bits=100)
    single = [store.search_pdq(queries[k : k + 1], max_bits=100) for k in range(len(queries))]
    assert together.entry.tolist() == [n for hits in single for n in hits.entry.tolist()]
    assert together.distance.tolist() == [n for hits in single for n in hits.distance.tolist()]
    assert together.query.tolist() == [k for k, hits in enumerate(single) for _ in hits.entry]


def test_many_ids_are_looked_up_at_once_as_one_by_one(short_tails):
    store = MemoryStore()
    for seed in range(50):
        store.add(f"entry {seed}", photo(seed))
    store.add_many([(f"more {seed}", photo(100 + seed)) for seed in range(50)])
    for seed in range(0, 50, 3):
        store.remove(f"entry {seed}")
    asked = [f"{word} {seed}" for word in ("entry", "more", "none") for seed in range(60)]
    assert store.held(asked) == {name for name in asked if name in store}
    assert len(store.held(asked)) == 83
    assert store.held([]) == set()
