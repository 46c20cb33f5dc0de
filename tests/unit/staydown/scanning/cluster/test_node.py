"""A worker by itself, without Ray: it greets, refuses where it cannot work, and checks batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import staydown
from media_files import MEDIA
from staydown.index import BankFile
from staydown.scanning import Verdict
from staydown.scanning.cluster import node
from staydown.scanning.cluster.dealing import Batch
from staydown.scanning.cluster.node import NodeWorker
from staydown.scanning.cluster.wire import Setup, Welcome, bank_mark, pack_batch, unpack_outcomes
from staydown.scanning.folders import Folder
from staydown.scanning.listing import list_files
from staydown.types.limits import Limits


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("bee.jpg", "cat.jpg"):
        (folder / name).write_bytes((MEDIA / name).read_bytes())
    (folder / "words.txt").write_text("words")
    return folder


@pytest.fixture
def setup(tmp_path: Path, library: Path) -> Setup:
    path = tmp_path / "bank.sdb"
    with BankFile.create(path) as bank:
        bank.add("known", staydown.fingerprint(MEDIA / "bee.jpg"))
    limits = Limits().to_dict()
    roots = (str(library),)
    mark = bank_mark(path)
    return Setup(staydown.__version__, str(path), mark, 0.5, "screening", limits, roots)


@pytest.fixture
def made() -> Iterator[list[NodeWorker]]:
    workers: list[NodeWorker] = []
    yield workers
    for worker in workers:
        if worker._engine is not None and worker._engine._pool is not None:
            worker._engine._pool.close()


def refusal(setup: Setup, made: list[NodeWorker]) -> str:
    made.append(NodeWorker(setup.to_bytes()))
    return Welcome.from_bytes(made[-1].hello()).refusal


def test_a_batch_comes_back_with_an_outcome_for_each_file(
    setup: Setup, library: Path, made: list[NodeWorker]
) -> None:
    assert refusal(setup, made) == ""
    files = list_files([Folder(str(library))]).files
    batch = Batch((0, 1, 2))
    for _ in range(2):
        found = unpack_outcomes(made[0].check(pack_batch(batch, files, setup.roots)), batch)
        verdicts = {files[number].name: outcome.verdict for number, outcome in found.items()}
        assert verdicts == {
            str(library / "bee.jpg"): Verdict.MATCHED,
            str(library / "cat.jpg"): Verdict.CLEAR,
            str(library / "words.txt"): Verdict.PASSED_OVER,
        }


def test_a_file_that_is_gone_is_an_outcome_and_not_an_end(
    setup: Setup, library: Path, made: list[NodeWorker]
) -> None:
    assert refusal(setup, made) == ""
    files = list_files([Folder(str(library))]).files
    (library / "cat.jpg").unlink()
    batch = Batch((0, 1))
    found = unpack_outcomes(made[0].check(pack_batch(batch, files, setup.roots)), batch)
    assert [outcome.code for outcome in found.values()].count("source_unreadable") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "0.0.1"}, "Install the same version"),
        ({"bank": "/nowhere/bank.sdb"}, "it has no bank file at /nowhere/bank.sdb"),
        ({"mark": "00"}, "is not the one of this scan"),
        ({"roots": ("/nowhere/library",)}, "Mount it at the same path"),
        ({"roots": ("gopher://x",)}, "unknown kind of address"),
    ],
)
def test_a_worker_says_why_it_cannot_work(
    setup: Setup, made: list[NodeWorker], change: dict, said: str
) -> None:
    assert said in refusal(replace(setup, **change), made)
    assert made[-1]._engine is None


def test_a_bank_that_is_damaged_is_refused(setup: Setup, made: list[NodeWorker]) -> None:
    path = Path(setup.bank)
    path.write_bytes(b"no bank at all")
    assert "not a Staydown file" in refusal(replace(setup, mark=bank_mark(path)), made)


def test_only_the_first_of_many_places_are_tried(
    setup: Setup, library: Path, made: list[NodeWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    monkeypatch.setattr(node, "_try_place", tried.append)
    refusal(replace(setup, roots=(str(library),) * 100), made)
    assert len(tried) == 32
