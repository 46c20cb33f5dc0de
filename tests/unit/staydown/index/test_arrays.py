"""Arrays in a file: any of the allowed kinds comes back as it was, on any size of page."""

from __future__ import annotations

import mmap
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from staydown.errors import SnapshotDamagedError
from staydown.index.arrays import as_bytes, check_segment, map_segment, write_all, write_segment
from staydown.index.container import (
    KIND_BANK,
    PAGE,
    header_page,
    padded,
    read_header,
    read_record,
    read_records,
)

DTYPES = ["|u1", "<u2", "<u4", "<u8", "<i8"]

columns = st.dictionaries(
    st.text(max_size=5),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=3, min_side=0, max_side=40))
    ),
    max_size=5,
)


@pytest.fixture
def fd(tmp_path):
    found = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    os.pwrite(found, header_page(KIND_BANK, {}), 0)
    yield found
    os.close(found)


@settings(max_examples=60, deadline=None)
@given(columns=columns, pages=st.integers(1, 5))
def test_arrays_come_back_equal(tmp_path_factory, columns, pages):
    fd = os.open(tmp_path_factory.mktemp("a") / "file", os.O_RDWR | os.O_CREAT)
    try:
        end = write_segment(fd, b"i" * 16, pages * PAGE, columns, {"m": 1})
        record = read_record(fd, b"i" * 16, pages * PAGE, end)
        assert record is not None
        assert (record.start, record.end, record.directory["meta"]) == (pages * PAGE, end, {"m": 1})
        found = map_segment(fd, record, "it")
        check_segment(record, found, "it")
        assert list(found) == list(columns)
        for key, array in columns.items():
            assert (found[key].dtype, found[key].shape) == (array.dtype, array.shape)
            assert np.array_equal(found[key], array)
    finally:
        os.close(fd)


@pytest.mark.parametrize("granularity", [4096, 16384, 65536])
def test_a_segment_is_mapped_where_pages_are_larger(fd, monkeypatch, granularity):
    """As on ARM: a map may begin at multiples of 16 or 64 KiB alone."""
    arrays = {"a": np.arange(3000, dtype=np.uint64), "b": np.arange(7, dtype=np.uint8)}
    header, end = read_header(fd, "it"), PAGE
    for _ in range(4):
        end = write_segment(fd, header.file_id, end, arrays, {})
    real = mmap.mmap

    def strict(fileno, length, *, offset, prot):
        if offset % granularity:
            raise ValueError("mmap offset must be a multiple of the granularity")
        return real(fileno, length, offset=offset, prot=prot)

    monkeypatch.setattr(mmap, "ALLOCATIONGRANULARITY", granularity)
    monkeypatch.setattr(mmap, "mmap", strict)
    records, _ = read_records(fd, header, PAGE, "it")
    assert len(records) == 4
    for record in records:
        for key, array in map_segment(fd, record, "it").items():
            assert np.array_equal(array, arrays[key])


@pytest.mark.parametrize("at", [0, 1, 4095, 23_999])
def test_one_flipped_bit_of_an_array_is_found(fd, at):
    header = read_header(fd, "it")
    write_segment(fd, header.file_id, PAGE, {"a": np.arange(3000, dtype=np.uint64)}, {})
    record = read_records(fd, header, PAGE, "it")[0][0]
    byte = os.pread(fd, 1, record.body + at)
    os.pwrite(fd, bytes([byte[0] ^ 16]), record.body + at)
    with pytest.raises(SnapshotDamagedError, match="a segment of it"):
        map_segment(fd, record, "it")


def test_mapped_arrays_cannot_be_written_to(fd):
    header = read_header(fd, "it")
    write_segment(fd, header.file_id, PAGE, {"a": np.arange(9, dtype=np.uint32)}, {})
    found = map_segment(fd, read_records(fd, header, PAGE, "it")[0][0], "it")
    with pytest.raises(ValueError, match="read-only"):
        found["a"][0] = 1


def test_a_map_lives_longer_than_the_descriptor(tmp_path):
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    os.pwrite(fd, header_page(KIND_BANK, {}), 0)
    header = read_header(fd, "it")
    write_segment(fd, header.file_id, PAGE, {"a": np.arange(9, dtype=np.uint32)}, {})
    found = map_segment(fd, read_records(fd, header, PAGE, "it")[0][0], "it")
    os.close(fd)
    (tmp_path / "file").unlink()
    assert found["a"].tolist() == list(range(9))


def test_arrays_in_pieces_are_written_in_one():
    wide = np.arange(24, dtype=np.uint16).reshape(4, 6)
    assert as_bytes(wide[:, ::2]) == np.ascontiguousarray(wide[:, ::2]).tobytes()
    assert as_bytes(wide[:0]) == b""


def test_everything_is_written_at_its_offset(fd):
    write_all(fd, b"abc", 10)
    write_all(fd, memoryview(b""), 10)
    assert os.pread(fd, 3, 10) == b"abc"


@pytest.mark.parametrize(
    ("size", "step", "want"), [(0, 64, 0), (1, 64, 64), (64, 64, 64), (65, 64, 128)]
)
def test_padding(size, step, want):
    assert padded(size, step) == want
