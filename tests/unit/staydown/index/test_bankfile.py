"""BankFile: durable, shared between openers, refused where damaged."""

from __future__ import annotations

import fcntl
import stat

import numpy as np
import pytest

from index_samples import any_fingerprint, photo, random_hashes, video
from staydown.errors import (
    EntryIdError,
    EntryNotFoundError,
    HashShapeError,
    SnapshotBusyError,
    SnapshotDamagedError,
    SnapshotError,
    SnapshotExistsError,
    SnapshotForeignError,
    SnapshotMissingError,
    ThresholdError,
)
from staydown.index import BankFile, HammingIndex
from staydown.types import ContentKind, Fingerprint, Signal, SignalType


def pdq_row(fingerprint) -> np.ndarray:
    return np.frombuffer(fingerprint.get(SignalType.PDQ).raw, np.uint8)[None]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bank.sdb"


def test_what_was_added_is_there_after_opening_again(path):
    with BankFile.create(path) as bank:
        for seed in range(6):
            bank.add(f"e{seed}", any_fingerprint(seed), meta={"seed": str(seed)})
        bank.remove("e2")
        bank.add_many((f"m{seed}", any_fingerprint(seed)) for seed in range(300))
        bank.add("last", video(8))
        bank.remove("m7")
        bank.remove("e3")
    with BankFile.open(path) as bank:
        assert len(bank) == 4 + 299 + 1
        assert bank.meta("e5") == {"seed": "5"}
        assert bank.fingerprint("last") == video(8)
        for entry in bank.entries():
            if entry.entry_id != "last":
                assert bank.fingerprint(entry.entry_id) == any_fingerprint(int(entry.entry_id[1:]))
        with pytest.raises(EntryNotFoundError):
            bank.fingerprint("m7")
        assert bank.verify() == len(bank)


def test_only_the_owner_may_read_a_new_bank(path):
    BankFile.create(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_change_of_one_opener_is_seen_by_another(path):
    writer = BankFile.create(path)
    reader = BankFile.open(path, read_only=True)
    assert reader.refresh() is False
    writer.add("a", photo(1))
    assert reader.refresh() is True
    assert reader.refresh() is False
    assert reader.fingerprint("a") == photo(1)
    writer.add_many((f"m{seed}", photo(seed)) for seed in range(300))
    writer.remove("a")
    assert reader.refresh() is True
    assert len(reader) == 300
    assert len(reader.search_pdq(pdq_row(photo(1)), max_bits=0).entry) == 1


def test_a_following_reader_sees_changes_by_itself(path, monkeypatch):
    writer = BankFile.create(path)
    reader = BankFile.open(path, follow=True)
    writer.add("a", photo(1))
    now = [1e9]
    monkeypatch.setattr("staydown.index.filestore.time.monotonic", lambda: now[0])
    assert len(reader.search_pdq(pdq_row(photo(1)), max_bits=0).entry) == 1
    writer.remove("a")
    now[0] += 1.0
    assert len(reader.search_pdq(pdq_row(photo(1)), max_bits=0).entry) == 0


def test_two_writers_take_turns(path):
    a = BankFile.create(path)
    b = BankFile.open(path)
    for seed in range(6):
        (a, b)[seed % 2].add(f"e{seed}", photo(seed))
    with pytest.raises(EntryIdError):
        a.add("e5", photo(9))
    b.remove("e0")
    with pytest.raises(EntryNotFoundError):
        a.remove("e0")
    a.compact()
    b.add("after", photo(10))
    assert [e.entry_id for e in b.entries()] == ["e1", "e2", "e3", "e4", "e5", "after"]
    a.refresh()
    assert len(a) == 6
    assert a.verify() == 6


def test_a_compaction_gives_the_lock_of_the_old_file_back(path):
    a = BankFile.create(path)
    a.add_many((f"e{seed}", photo(seed)) for seed in range(300))
    b = BankFile.open(path)
    b.busy_timeout_s = 0.0
    a.compact()
    b.add("after", photo(400))
    assert len(b) == 301


def test_a_writer_takes_the_lock_of_the_file_that_is_at_the_path_now(path):
    a = BankFile.create(path)
    b = BankFile.open(path)
    b.busy_timeout_s = 0.0
    a.compact()
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SnapshotBusyError):
            b.add("a", photo(1))
    b.add("a", photo(1))
    assert len(BankFile.open(path)) == 1


def test_a_second_writer_is_told_that_the_file_is_busy(path):
    bank = BankFile.create(path)
    bank.busy_timeout_s = 0.0
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SnapshotBusyError, match=r"bank\.sdb"):
            bank.add("a", photo(1))
    bank.add("a", photo(1))


def test_compaction_drops_removed_bytes_and_keeps_the_rest(path):
    bank = BankFile.create(path)
    bank.add_many((f"e{seed}", any_fingerprint(seed)) for seed in range(300))
    bank.add("late", video(5))
    marker = photo(3).get(SignalType.SHA256).raw
    assert marker in path.read_bytes()
    bank.remove("e3")
    assert marker in path.read_bytes()
    bank.compact()
    assert marker not in path.read_bytes()
    assert len(bank) == 300
    for seed in (0, 1, 2, 299):
        assert bank.fingerprint(f"e{seed}") == any_fingerprint(seed)
    assert bank.fingerprint("late") == video(5)
    assert bank.verify() == 300
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_numbers_given_out_before_a_compaction_keep_their_meaning(path):
    writer = BankFile.create(path)
    writer.add_many((f"e{seed}", photo(seed)) for seed in range(300))
    reader = BankFile.open(path)
    hits = reader.search_pdq(pdq_row(photo(200)), max_bits=0)
    picture = int(reader.pictures(int(hits.entry[0]))[0])
    writer.remove("e0")
    writer.compact()
    assert reader.refresh() is True
    assert reader.entry_id(int(hits.entry[0])) == "e200"
    assert np.array_equal(reader.picture(picture).hashes, photo(200).windows.hashes)
    fresh = reader.search_pdq(pdq_row(photo(200)), max_bits=0)
    assert reader.entry_id(int(fresh.entry[0])) == "e200"
    number = reader.pictures(int(fresh.entry[0]))[0]
    assert reader.picture(number).entry == fresh.entry[0]


def test_a_long_log_becomes_a_segment_by_itself(path, monkeypatch):
    monkeypatch.setattr("staydown.index.bankfile._LOG_RECORDS", 20)
    bank = BankFile.create(path)
    reader = BankFile.open(path)
    for seed in range(70):
        bank.add(f"e{seed}", any_fingerprint(seed))
        if seed % 5 == 4:
            bank.remove(f"e{seed - 2}")
        if seed % 7 == 0:
            reader.refresh()
    reader.refresh()
    fresh = BankFile.open(path)
    for store in (bank, reader, fresh):
        assert len(store) == 56
        for seed in range(70):
            if seed % 5 != 2:
                assert store.fingerprint(f"e{seed}") == any_fingerprint(seed)
    assert len(fresh._runs) < 4
    assert fresh.verify() == 56


def test_a_list_of_bare_hashes_becomes_entries(path):
    bank = BankFile.create(path)
    hashes = random_hashes(1, 3000)
    ids = [f"é{i}" for i in range(3000)]
    qualities = np.arange(3000, dtype=np.int64) % 101
    assert bank.add_pdq(ids, hashes, qualities.astype(np.uint8)) == 3000
    hits = bank.search_pdq(hashes[77:78], max_bits=31)
    assert (hits.entry.tolist(), hits.quality.tolist(), hits.time_ms.tolist()) == ([77], [77], [-1])
    signal = bank.fingerprint("é77").signals[0]
    assert (signal.type, signal.raw, signal.quality) == (SignalType.PDQ, hashes[77].tobytes(), 77)
    with pytest.raises(EntryIdError):
        bank.add_pdq(["é1"], hashes[:1], np.zeros(1, np.uint8))
    with pytest.raises(EntryIdError):
        bank.add_pdq(["x", "x"], hashes[:2], np.zeros(2, np.uint8))
    with pytest.raises(HashShapeError):
        bank.add_pdq(["x"], hashes[:1], np.full(1, 101, np.uint8))
    assert bank.verify() == 3000


def test_a_small_bank_is_a_small_file(path):
    bank = BankFile.create(path)
    bank.add_pdq([f"n{i}" for i in range(500)], random_hashes(1, 500), np.zeros(500, np.uint8))
    assert path.stat().st_size < 100_000
    bank.compact()
    assert path.stat().st_size < 100_000
    hits = bank.search_pdq(random_hashes(1, 500)[7:8], max_bits=31)
    assert [bank.entry_id(number) for number in hits.entry.tolist()] == ["n7"]


def test_add_many_adds_all_or_nothing(path):
    bank = BankFile.create(path)
    bank.add("e5", photo(5))
    for count in (10, 300):
        with pytest.raises(EntryIdError):
            bank.add_many((f"e{seed}", photo(seed)) for seed in range(count))
        assert len(BankFile.open(path)) == 1
    assert bank.add_many([]) == 0
    assert bank.add_many([("n", photo(6))], meta={"tag": "x"}) == 1
    assert bank.meta("n") == {"tag": "x"}


def test_the_limit_of_points_is_kept_in_the_file(path):
    BankFile.create(path, index_points=3).add("a", photo(1))
    bank = BankFile.open(path)
    hits = bank.search_windows(photo(1).windows.hashes, max_bits=0)
    assert hits.point.tolist() == [0, 1, 2]


def test_says_what_is_wrong_with_a_path(path, tmp_path):
    with pytest.raises(SnapshotMissingError):
        BankFile.open(path)
    BankFile.create(path).close()
    with pytest.raises(SnapshotExistsError):
        BankFile.create(path)
    path.write_bytes(b"GIF89a" + bytes(9000))
    with pytest.raises(SnapshotForeignError, match=r"bank\.sdb"):
        BankFile.open(path)
    path.write_bytes(b"")
    with pytest.raises(SnapshotForeignError):
        BankFile.open(path)
    HammingIndex().save(path)
    with pytest.raises(SnapshotForeignError, match="index"):
        BankFile.open(path)
    with pytest.raises(SnapshotError):
        BankFile.open(tmp_path)


def test_a_reader_may_not_write(path):
    BankFile.create(path).close()
    bank = BankFile.open(path, read_only=True)
    with pytest.raises(SnapshotError, match="reading"):
        bank.add("a", photo(1))


def test_a_file_of_a_newer_version_is_refused(path):
    BankFile.create(path).close()
    raw = bytearray(path.read_bytes())
    import struct
    import zlib

    from staydown.index import container

    head = container._HEAD
    fields = list(head.unpack_from(raw))
    text = bytes(raw[1024 : 1024 + fields[4]])
    start = struct.pack("<8sII16sI", fields[0], 2, *fields[2:5])
    raw[: head.size] = start + struct.pack("<I", zlib.crc32(start + text))
    path.write_bytes(raw)
    with pytest.raises(SnapshotForeignError, match="version 2"):
        BankFile.open(path)


def test_the_trace_of_a_killed_writer_is_passed_over_and_then_cut_off(path):
    with BankFile.create(path) as bank:
        bank.add("a", photo(1))
        whole = path.stat().st_size
        bank.add("b", photo(2))
    raw = path.read_bytes()
    with BankFile.create(path.with_name("other")) as other:
        other.add("a", photo(1))
        start = path.with_name("other").read_bytes()
        other.add("c", photo(3))
    assert len(start) == whole
    tails = [raw[whole : whole + cut] for cut in (1, 63, 64, 200, len(raw) - whole - 1)]
    for number, tail in enumerate([*tails, b"\7" * 20_000]):
        torn = path.with_name(f"torn{number}")
        header = bytearray(start[:whole])
        torn.write_bytes(header + tail)
        with BankFile.open(torn) as bank:
            assert [e.entry_id for e in bank.entries()] == ["a"]
            bank.add("c", photo(3))
            assert bank.verify() == 2
        assert torn.stat().st_size == path.with_name("other").stat().st_size
        with BankFile.open(torn) as bank:
            assert [e.entry_id for e in bank.entries()] == ["a", "c"]


def test_an_acknowledged_record_that_is_damaged_is_refused_even_at_the_end(path):
    with BankFile.create(path) as bank:
        bank.add("a", photo(1))
        first = path.stat().st_size
        bank.add("b", photo(2))
    raw = path.read_bytes()
    for at in (4096 + 70, first + 5, first + 300, len(raw) - 80):
        wrong = bytearray(raw)
        wrong[at] ^= 4
        path.write_bytes(wrong)
        with pytest.raises(SnapshotDamagedError, match=r"bank\.sdb"):
            BankFile.open(path)
    path.write_bytes(raw[:-64])
    with pytest.raises(SnapshotDamagedError):
        BankFile.open(path)


def test_the_full_check_finds_a_flipped_bit_in_a_segment_too_large_to_check_at_opening(
    path, monkeypatch
):
    with BankFile.create(path) as bank:
        bank.add_many((f"e{seed}", photo(seed)) for seed in range(300))
        raw = bytearray(path.read_bytes())
    needle = photo(150).get(SignalType.PDQ).raw
    raw[raw.index(needle)] ^= 1
    path.write_bytes(raw)
    with pytest.raises(SnapshotDamagedError):
        BankFile.open(path)
    monkeypatch.setattr("staydown.index.arrays.CHECK_AT_OPEN", 0)
    with BankFile.open(path) as bank, pytest.raises(SnapshotDamagedError):
        bank.verify()


def test_what_is_mapped_stays_searchable_after_closing_and_deleting(path):
    bank = BankFile.create(path)
    bank.add_many((f"e{seed}", photo(seed)) for seed in range(300))
    path.unlink()
    bank.close()
    assert bank.search_pdq(pdq_row(photo(7)), max_bits=5).entry.tolist() == [7]
    assert bank.fingerprint("e9") == photo(9)


@pytest.mark.parametrize(
    "qualities",
    [np.zeros((1, 1), np.uint8), np.zeros(2, np.uint8), np.zeros(1, np.int64), [5], np.uint8(5)],
)
def test_qualities_of_another_shape_are_refused_before_they_spoil_the_file(path, qualities):
    bank = BankFile.create(path)
    with pytest.raises(HashShapeError):
        bank.add_pdq(["a"], random_hashes(1, 1), qualities)
    assert bank.add_pdq(["a"], random_hashes(1, 1), np.zeros(1, np.uint8)) == 1
    assert BankFile.open(path).verify() == 1


@pytest.mark.parametrize("points", [-1, 1.5, "x", True])
def test_a_limit_of_points_that_is_no_number_is_refused_before_there_is_a_file(path, points):
    with pytest.raises(ThresholdError):
        BankFile.create(path, index_points=points)
    assert not path.exists()


def test_a_hash_without_a_quality_equals_one_that_was_added_alone(tmp_path):
    signals = (Signal(SignalType.PDQ, bytes(range(32)).hex(), None),)
    bare = Fingerprint(ContentKind.PHOTO, signals)
    hashes = np.frombuffer(bare.signals[0].raw, np.uint8)[None]
    with BankFile.create(tmp_path / "a.sdb") as bank:
        bank.add("one", bare)
        assert bank.add_pdq(["two"], hashes, np.full(1, 255, np.uint8)) == 1
        assert bank.fingerprint("two") == bank.fingerprint("one") == bare
        assert [row.tolist() for row in bank.frames(0)] == [row.tolist() for row in bank.frames(1)]
