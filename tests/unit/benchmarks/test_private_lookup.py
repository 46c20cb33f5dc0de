"""The parts of the private look-up that is measured: pieces of hashes, tokens, hidden rows."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks" / "private_lookup"


def part(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"private_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_piece_holds_the_bits_at_its_places_in_their_order():
    pieces = part("pieces")
    hashes = np.zeros((2, 32), np.uint8)
    hashes[1, 0], hashes[1, 31] = 0x80, 0x01  # the first bit and the last one
    where = np.array([[0, 255, 7], [7, 8, 9]])
    assert pieces.pieces_of(hashes, where).tolist() == [[0, 0], [0b110, 0]]


def test_copies_agree_in_a_piece_as_often_as_counting_says():
    pieces, rng = part("pieces"), np.random.default_rng(1)
    where = pieces.places(200, 20)
    assert all(len(set(row)) == 20 for row in where.tolist())
    hashes = rng.integers(0, 256, (200, 32), np.uint8)
    copies = pieces.flipped(hashes, 16, rng)
    assert (np.bitwise_count(hashes ^ copies).sum(axis=1) == 16).all()
    share = (pieces.pieces_of(hashes, where) == pieces.pieces_of(copies, where)).mean()
    expected = np.prod([(240 - k) / (256 - k) for k in range(20)])
    assert share == pytest.approx(expected, rel=0.1)


def test_a_hidden_column_comes_back_whole_and_the_query_does_not_show_which():
    rows, rng = part("hidden_rows"), np.random.default_rng(2)
    table = rows.table_of(rng.integers(0, 256, 3_000, np.uint8))
    for column in (0, 17, len(table.cells) - 1):
        secret, query = rows.ask(table, column, rng)
        read = rows.read(table, secret, rows.answer(table, query))
        assert (read == table.cells[:, column]).all()
    _, first = rows.ask(table, 3, rng)
    _, second = rows.ask(table, 3, rng)
    assert (first != second).mean() > 0.9


def test_tokens_are_the_same_blinded_or_not_and_differ_by_piece_and_key():
    pytest.importorskip("nacl", reason="PyNaCl is not installed; only the benchmark needs it")
    tokens = part("blind_tokens")
    key, other = tokens.random_scalar(), tokens.random_scalar()
    kept, sent = tokens.blind(b"piece")
    assert tokens.finish(kept, tokens.evaluate(key, sent)) == tokens.token(key, b"piece")
    assert sent != tokens.blind(b"piece")[1]
    assert len({tokens.token(k, p) for k in (key, other) for p in (b"piece", b"other")}) == 4
