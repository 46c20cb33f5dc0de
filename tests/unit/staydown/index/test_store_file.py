"""The container: header, records, segments, and how each is refused when it does not hold."""

from __future__ import annotations

import os
import struct
import zlib

import numpy as np
import pytest

from staydown.errors import SnapshotDamagedError, SnapshotForeignError
from staydown.index import arrays as arrays_module
from staydown.index.arrays import check_segment, map_segment, write_segment
from staydown.index.container import (
    ADD,
    KIND_BANK,
    PAGE,
    header_page,
    padded,
    read_header,
    read_record,
    read_records,
    record_bytes,
    write_committed,
)
from staydown.index.writing import append_records, append_segment


@pytest.fixture
def fd(tmp_path):
    found = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    os.pwrite(found, header_page(KIND_BANK, {"a": 1}), 0)
    yield found
    os.close(found)


def test_a_fresh_header_is_read_back(fd):
    header = read_header(fd, "it")
    assert (header.kind, header.config, header.committed) == (KIND_BANK, {"a": 1}, PAGE)
    assert len(header.file_id) == 16


def test_the_newest_whole_note_of_the_end_counts(fd):
    for turn in range(1, 5):
        write_committed(fd, turn, PAGE * (turn + 1))
        assert read_header(fd, "it").committed == PAGE * (turn + 1)
    os.pwrite(fd, b"\xff" * 20, 256)  # turn 4 lies here
    assert read_header(fd, "it").committed == PAGE * 4
    os.pwrite(fd, b"\xff" * 20, 512)
    with pytest.raises(SnapshotDamagedError):
        read_header(fd, "it")


def test_every_bit_of_the_header_that_matters_is_guarded(fd):
    page = os.pread(fd, PAGE, 0)
    for at in [*range(40), *range(1024, 1032)]:
        wrong = bytearray(page)
        wrong[at] ^= 1
        os.pwrite(fd, bytes(wrong), 0)
        with pytest.raises((SnapshotDamagedError, SnapshotForeignError)):
            read_header(fd, "it")


def test_records_follow_each_other(fd):
    header = read_header(fd, "it")
    end = append_records(fd, header, PAGE, [(ADD, {"n": k}, bytes(k)) for k in range(5)])
    records, found = read_records(fd, header, PAGE, "it")
    assert found == end
    assert [r.directory for r in records] == [{"n": k} for k in range(5)]
    assert [r.size for r in records] == list(range(5))
    assert all(r.start % 64 == 0 for r in records)


def test_a_record_of_another_file_or_place_is_not_taken(fd):
    header = read_header(fd, "it")
    for owner, place in ((b"x" * 16, PAGE), (header.file_id, PAGE + 64)):
        os.pwrite(fd, record_bytes(owner, ADD, place, {}, b""), PAGE)
        assert read_record(fd, header.file_id, PAGE, 10_000) is None


def test_what_is_not_whole_ends_the_list_or_is_refused_once_it_was_acknowledged(fd):
    header = read_header(fd, "it")
    end = append_records(fd, header, PAGE, [(ADD, {}, b"abc")])
    append_records(fd, header, end, [(ADD, {}, bytes(500))])
    os.pwrite(fd, b"\1", end + 300)
    assert read_records(fd, header, PAGE, "it")[1] == end
    write_committed(fd, 1, end)
    assert read_records(fd, read_header(fd, "it"), PAGE, "it")[1] == end
    write_committed(fd, 2, end + 1)
    with pytest.raises(SnapshotDamagedError, match=f"byte {end}"):
        read_records(fd, read_header(fd, "it"), PAGE, "it")


SAMPLE = {
    "a": np.arange(5000, dtype=np.uint64),
    "b": np.zeros((0, 4), np.uint16),
    "c": np.arange(12, dtype=np.uint8).reshape(3, 4)[:, ::2],
}


@pytest.mark.parametrize("before", [0, 1, 3870, 3950])
def test_arrays_of_a_segment_are_mapped_as_they_were(fd, before):
    header = read_header(fd, "it")
    end = append_records(fd, header, PAGE, [(ADD, {}, bytes(before))])
    append_segment(fd, header, end, SAMPLE, {"x": [1]})
    records, last = read_records(fd, header, PAGE, "it")
    assert last == os.fstat(fd).st_size == padded(last, PAGE)
    assert records[-1].directory["meta"] == {"x": [1]}
    found = map_segment(fd, records[-1], "it")
    for key, array in SAMPLE.items():
        assert np.array_equal(found[key], array)
        assert not found[key].flags.writeable


def segment_record(fd):
    header = read_header(fd, "it")
    write_segment(fd, header.file_id, PAGE, SAMPLE, {})
    return header, read_records(fd, header, PAGE, "it")[0][0]


def test_small_segments_are_checked_at_opening_and_large_ones_on_request(fd, monkeypatch):
    _, record = segment_record(fd)
    os.pwrite(fd, b"\x55", record.body + 800)
    with pytest.raises(SnapshotDamagedError):
        map_segment(fd, record, "it")
    monkeypatch.setattr(arrays_module, "CHECK_AT_OPEN", 10)
    found = map_segment(fd, record, "it")
    with pytest.raises(SnapshotDamagedError):
        check_segment(record, found, "it")


@pytest.mark.parametrize(
    "row",
    [
        ["a", "<u8", [10**12], 0, 0],
        ["a", "<u8", [-1], 0, 0],
        ["a", "|O", [1], 0, 0],
        ["a", "<u8", [1], 10**9, 0],
        ["a", "<u8", [1], 3, 0],
        ["a", "<u8", [2**40, 2**40], 0, 0],
        ["a", "<u8", "5", 0, 0],
        [5, "<u8", [5], 0, 0],
        ["a", "<u8", [5], 0],
        "a",
    ],
)
def test_a_directory_that_reaches_outside_its_record_is_refused(fd, row):
    _, record = segment_record(fd)
    record.directory["arrays"] = [row]
    with pytest.raises(SnapshotDamagedError):
        map_segment(fd, record, "it")
    record.directory["arrays"] = None
    with pytest.raises(SnapshotDamagedError):
        map_segment(fd, record, "it")


def test_a_segment_whose_header_was_not_written_is_not_there(fd):
    header, record = segment_record(fd)
    os.pwrite(fd, bytes(64), record.start)
    assert read_records(fd, header, PAGE, "it") == ([], PAGE)


def test_a_directory_that_is_no_json_object_is_refused_even_with_a_right_checksum(fd):
    header = read_header(fd, "it")
    raw = bytearray(record_bytes(header.file_id, ADD, PAGE, {}, b"abc"))
    for text in (b"[]", b"{,", b"\xff\xfe"):
        wrong = bytearray(raw)
        wrong[64:66] = text
        struct.pack_into("<I", wrong, 36, zlib.crc32(text))
        struct.pack_into("<I", wrong, 40, zlib.crc32(text + b"abc"))
        struct.pack_into("<I", wrong, 60, zlib.crc32(wrong[:60]))
        os.pwrite(fd, bytes(wrong), PAGE)
        assert read_record(fd, header.file_id, PAGE, 10_000) is None
