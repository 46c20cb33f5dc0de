"""What came in comes out again, from memory or from a file without a name."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_client.uploads.spool import Spool


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 100))
def test_all_pieces_come_out_in_their_order(pieces: list[bytes], memory: int) -> None:
    whole = b"".join(pieces)
    with Spool(memory) as spool:
        for piece in pieces:
            spool.write(piece)
            assert spool.head(5) == whole[: spool.size][:5]
        assert spool.size == len(whole)
        assert spool.is_on_disk == (len(whole) > memory)
        assert spool.opened().read() == whole
        assert b"".join(spool.pieces()) == whole


def test_a_file_has_no_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Spool(10) as spool:
        spool.write(bytes(100_000))
        assert spool.is_on_disk
        assert list(tmp_path.iterdir()) == []
