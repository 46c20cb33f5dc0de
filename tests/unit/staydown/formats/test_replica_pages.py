"""Pages of entries for edge replicas: read as they were written, or refused."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import ListFormatError
from staydown.formats.replica_pages import ReplicaPage, ReplicaRow, micros, moment_of

POLICY = {"identical": "block", "same": "block", "part": "hold", "altered": "log"}
BANK = {
    "id": str(UUID(int=5)),
    "slug": "reported",
    "is_lawful": False,
    "is_active": True,
    "policy": POLICY,
}
MOMENTS = st.integers(0, 1 << 52)
ROWS = st.builds(
    ReplicaRow,
    st.uuids(),
    st.just(0),
    st.sampled_from(("seed", "confirmed", "disputed")),
    st.booleans(),
    MOMENTS,
    MOMENTS,
    MOMENTS,
    st.one_of(st.just(""), st.binary(min_size=32, max_size=32).map(bytes.hex)),
    st.binary(max_size=200),
)


@given(st.lists(ROWS, max_size=5), st.booleans(), st.integers(0, 1 << 50))
def test_a_page_is_read_as_it_was_written(rows: list[ReplicaRow], has_more: bool, seq: int) -> None:
    page = ReplicaPage(tuple(rows), (BANK,), "12.ab", has_more, seq)
    assert ReplicaPage.from_bytes(page.to_bytes()) == page


@given(st.lists(ROWS, min_size=1, max_size=3), st.data())
def test_a_page_that_is_cut_off_is_refused_wherever_it_ends(
    rows: list[ReplicaRow], data: st.DataObject
) -> None:
    raw = ReplicaPage(tuple(rows), (BANK,), "1.a").to_bytes()
    end = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(ListFormatError):
        ReplicaPage.from_bytes(raw[:end])
    with pytest.raises(ListFormatError):
        ReplicaPage.from_bytes(raw + b"\x00")


@given(st.binary(max_size=300))
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ListFormatError):
        ReplicaPage.from_bytes(raw)


def test_a_row_of_a_bank_that_the_page_does_not_name_is_refused() -> None:
    raw = ReplicaPage((ReplicaRow(UUID(int=1), 3, raw=b"x"),), (BANK,)).to_bytes()
    with pytest.raises(ListFormatError):
        ReplicaPage.from_bytes(raw)


def test_an_unknown_response_is_refused() -> None:
    wrong = {**BANK, "policy": {**POLICY, "part": "burn"}}
    with pytest.raises(ListFormatError):
        ReplicaPage.from_bytes(ReplicaPage((), (wrong,)).to_bytes())


@given(st.integers(1, 1 << 52))
def test_moments_keep_their_microseconds(us: int) -> None:
    assert micros(moment_of(us)) == us


def test_never_is_nought() -> None:
    assert micros(None) == 0


def test_a_scope_that_is_cut_off_is_refused() -> None:
    raw = ReplicaPage((ReplicaRow(UUID(int=1), account_scope="ab" * 32),), (BANK,)).to_bytes()
    for end in range(len(raw) - 32, len(raw)):
        with pytest.raises(ListFormatError):
            ReplicaPage.from_bytes(raw[:end])
