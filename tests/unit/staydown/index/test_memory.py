"""MemoryStore: what goes in comes out, and both searches are exact."""

from __future__ import annotations

import numpy as np
import pytest

from index_samples import any_fingerprint, photo, random_hashes, video, windows
from staydown.errors import EntryIdError, EntryNotFoundError, HashShapeError, ThresholdError
from staydown.index import MemoryStore, search_exhaustive
from staydown.types import ContentKind, Fingerprint, Signal, SignalType


def filled(count: int, **options) -> MemoryStore:
    store = MemoryStore(**options)
    for seed in range(count):
        store.add(f"e{seed}", any_fingerprint(seed))
    return store


def test_fingerprints_come_back_equal_whatever_layer_they_lie_in():
    store = filled(40)
    store.add_many((f"m{seed}", any_fingerprint(seed)) for seed in range(100, 130))
    store.add("last", video(999))
    assert len(store) == 71
    for seed in range(40):
        assert store.fingerprint(f"e{seed}") == any_fingerprint(seed)
    for seed in range(100, 130):
        assert store.fingerprint(f"m{seed}") == any_fingerprint(seed)
    assert store.fingerprint("last") == video(999)


def test_a_picture_found_by_a_window_is_the_picture_that_holds_it():
    store = filled(500)
    for number in (0, 3, 101, 333):
        picture = store.picture(number)
        hits = store.search_windows(picture.hashes[2:5], max_bits=0)
        assert hits.query.tolist() == [0, 1, 2]
        assert hits.picture.tolist() == [number] * 3
        assert hits.point.tolist() == [2, 3, 4]
        assert number in store.pictures(picture.entry)
        want = any_fingerprint(int(store.entry_id(picture.entry)[1:]))
        if want.kind is ContentKind.PHOTO:
            assert want.windows is not None
            assert (picture.time_ms, picture.height) == (-1, want.windows.height)
            assert np.array_equal(picture.grid, want.windows.grid)
            assert np.array_equal(picture.geometry, want.windows.geometry)
        else:
            assert want.timeline is not None
            times = [int(want.timeline.times_ms[f]) for f, _ in want.timeline.windows]
            assert picture.time_ms in times


def test_the_length_of_a_video_is_told_in_every_layer():
    store = filled(60)
    for entry in store.entries():
        line = any_fingerprint(int(entry.entry_id[1:])).timeline
        assert store.duration_ms(entry.number) == (line.duration_ms if line else 0)


def test_both_searches_equal_an_exhaustive_one_over_several_layers():
    store = filled(900)
    store.remove("e3")
    rng = np.random.default_rng(5)
    for max_bits in (0, 24, 31, 100):
        rows, marks = [], []
        for entry in store.entries():
            times, qualities, hashes = store.frames(entry.number)
            rows.append(hashes)
            marks += [(entry.number, int(t), int(q)) for t, q in zip(times, qualities, strict=True)]
        bank = np.concatenate(rows)
        query = bank[rng.integers(len(bank))]
        near, bits = search_exhaustive(query, bank, max_bits=max_bits)
        hits = store.search_pdq(query[None], max_bits=max_bits)
        found = zip(hits.entry.tolist(), hits.time_ms.tolist(), hits.quality.tolist(), strict=True)
        assert list(found) == [marks[i] for i in near]
        assert hits.distance.tolist() == bits.tolist()


def test_a_removed_entry_is_in_no_answer():
    store = filled(300)
    gone = photo(9)
    assert store.fingerprint("e9") == gone
    pdq, sha = gone.get(SignalType.PDQ), gone.get(SignalType.SHA256)
    assert pdq is not None
    assert sha is not None
    assert len(store.exact(sha.type, sha.raw)) == 1
    store.remove("e9")
    assert len(store) == 299
    assert "e9" not in store
    assert store.exact(sha.type, sha.raw) == []
    pdq_row = np.frombuffer(pdq.raw, np.uint8)[None]
    assert len(store.search_pdq(pdq_row, max_bits=0).entry) == 0
    assert len(store.search_windows(windows(9, 20).hashes, max_bits=0).query) == 0
    assert "e9" not in [e.entry_id for e in store.entries()]
    for call in (store.fingerprint, store.remove, store.meta):
        with pytest.raises(EntryNotFoundError):
            call("e9")
    store.add("e9", gone)
    assert store.fingerprint("e9") == gone
    assert len(store.exact(sha.type, sha.raw)) == 1


def test_two_entries_with_the_same_bytes_are_both_found():
    store = MemoryStore()
    store.add("a", photo(1))
    store.add("b", photo(1))
    store.add_many([("c", photo(1))])
    sha = photo(1).get(SignalType.SHA256)
    assert sha is not None
    assert [store.entry_id(n) for n in store.exact(sha.type, sha.raw)] == ["a", "b", "c"]
    store.remove("b")
    assert [store.entry_id(n) for n in store.exact(sha.type, sha.raw)] == ["a", "c"]


def test_md5_is_found_beside_and_without_sha256():
    store = MemoryStore()
    md5, sha = Signal.of(SignalType.MD5, bytes(16)), Signal.of(SignalType.SHA256, bytes(32))
    both = Fingerprint(ContentKind.PHOTO, (sha, md5))
    alone = Fingerprint(ContentKind.VIDEO, (md5,))
    store.add_many([("both", both), ("alone", alone)])
    store.add("late", alone)
    store.add("pdq", photo(1))

    def ids(type_: SignalType, raw: bytes) -> list[str]:
        return [store.entry_id(n) for n in store.exact(type_, raw)]

    assert ids(SignalType.MD5, bytes(16)) == ["both", "alone", "late"]
    assert ids(SignalType.SHA256, bytes(32)) == ["both"]
    assert ids(SignalType.MD5, bytes(15) + b"x") == []
    store.remove("both")
    store.remove("late")
    assert ids(SignalType.MD5, bytes(16)) == ["alone"]
    assert ids(SignalType.SHA256, bytes(32)) == []


def test_notes_are_kept_with_the_entry():
    store = MemoryStore()
    store.add("a", photo(1), meta={"tag": "é", "source": "list"})
    store.add("b", photo(2))
    assert store.meta("a") == {"tag": "é", "source": "list"}
    assert [e.meta for e in store.entries()] == [{"tag": "é", "source": "list"}, {}]
    with pytest.raises(EntryIdError):
        store.add("c", photo(3), meta={"tag": 1})
    with pytest.raises(EntryIdError):
        store.add("c", photo(3), meta={"tag": "x" * 100_000})


def test_only_the_strongest_points_are_found_where_so_asked():
    every, some = filled(300), filled(300, index_points=5)
    query = random_hashes(1, 3)
    a = every.search_windows(query, max_bits=110)
    b = some.search_windows(query, max_bits=110)
    keep = a.point < 5
    assert 0 < keep.sum() < len(keep)
    assert b.picture.tolist() == a.picture[keep].tolist()
    assert b.point.tolist() == a.point[keep].tolist()
    assert some.fingerprint("e0") == photo(0)


def test_refuses_ids_that_are_taken_and_leaves_everything_as_it_was():
    store = filled(3)
    with pytest.raises(EntryIdError):
        store.add("e1", photo(7))
    with pytest.raises(EntryIdError):
        store.add_many([("n", photo(7)), ("e1", photo(8))])
    with pytest.raises(EntryIdError):
        store.add_many([("n", photo(7)), ("n", photo(8))])
    for wrong in ("", "x" * 2000, 7, "\ud800"):
        with pytest.raises(EntryIdError):
            store.add(wrong, photo(7))
    assert [e.entry_id for e in store.entries()] == ["e0", "e1", "e2"]


def test_refuses_queries_of_another_shape_or_radius():
    store = filled(3)
    with pytest.raises(HashShapeError):
        store.search_pdq(np.zeros((1, 16), np.uint8), max_bits=3)
    with pytest.raises(ThresholdError):
        store.search_windows(np.zeros((1, 32), np.uint8), max_bits=-1)


def test_an_empty_store_answers_with_nothing():
    store = MemoryStore()
    assert len(store.search_pdq(random_hashes(0, 2), max_bits=256).query) == 0
    assert len(store.search_windows(random_hashes(0, 0), max_bits=256).query) == 0
    assert store.exact(SignalType.SHA256, bytes(32)) == []
    assert store.refresh() is False
    store.add("empty", Fingerprint(ContentKind.PHOTO, ()))
    assert store.fingerprint("empty") == Fingerprint(ContentKind.PHOTO, ())


def test_a_video_with_a_whole_picture_hash_as_well_keeps_both():
    line, whole = video(4).signals, Signal.of(SignalType.PDQ, b"\1" * 32, 50)
    both = Fingerprint(ContentKind.VIDEO, (*line, whole))
    store = MemoryStore()
    store.add("v", both)
    assert store.fingerprint("v") == both
    times, qualities, _ = store.frames(0)
    assert (times[0], qualities[0]) == (-1, 50)
    assert (np.diff(times) > 0).all()
