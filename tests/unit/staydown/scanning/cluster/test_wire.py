"""What travels between a scan and its workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from scan_parts import matched, rich_match
from staydown.errors import ClusterError, SnapshotMissingError
from staydown.index import BankFile
from staydown.scanning.cluster.dealing import Batch
from staydown.scanning.cluster.wire import (
    Setup,
    Welcome,
    bank_mark,
    pack_batch,
    pack_outcomes,
    path_or_address,
    unpack_batch,
    unpack_outcomes,
)
from staydown.scanning.folders import Folder
from staydown.scanning.outcomes import Outcome, Verdict
from staydown.types import ContentKind, Fingerprint, Signal, SignalType

SEEN = Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, bytes(range(32)), 90),))


def test_a_setup_and_a_welcome_come_back_as_they_were() -> None:
    setup = Setup("1.0", "/b.sdb", "00", 0.5, "banking", {"wall_s": 1.0}, ("/a", "s3://b"))
    assert Setup.from_bytes(setup.to_bytes()) == setup
    welcome = Welcome("node-1", "no bank")
    assert Welcome.from_bytes(welcome.to_bytes()) == welcome


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"host":"a"}', b"\xff"])
def test_a_welcome_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(ClusterError):
        Welcome.from_bytes(raw)


def test_a_batch_names_files_by_absolute_path_whatever_they_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = b"odd \xff\n?#%41.jpg"
    with open(bytes(tmp_path) + b"/" + odd, "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"x")
    monkeypatch.chdir(tmp_path)
    files = [ref for ref in Folder(".").files() if hasattr(ref, "size")]
    batch = Batch((0,))
    ((number, root, address, size, version, chosen),) = unpack_batch(
        pack_batch(batch, files, [str(tmp_path)])
    )
    assert (number, root, size, chosen) == (0, 0, 1, False)
    assert version == files[0].version
    path = path_or_address(address)
    assert Path(path).is_absolute()
    assert Path(path).read_bytes() == b"x"


def test_outcomes_come_back_as_they_were() -> None:
    outcomes = {
        3: matched(rich_match()),
        1: Outcome(Verdict.FAILED, code="decode_failed", message="damaged"),
        2: Outcome(Verdict.PASSED_OVER),
    }
    assert unpack_outcomes(pack_outcomes(outcomes), Batch((1, 2, 3))) == outcomes


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[[1]]",
        b'[[1,{"v":"fine"}]]',
        pack_outcomes({1: Outcome(Verdict.CLEAR)}),
        pack_outcomes({n: Outcome(Verdict.CLEAR) for n in (1, 2, 3)}),
    ],
)
def test_an_answer_to_other_files_than_were_asked_for_is_refused(raw: bytes) -> None:
    with pytest.raises(ClusterError):
        unpack_outcomes(raw, Batch((1, 2)))


def test_a_bank_s_mark_is_the_same_for_a_copy_and_another_after_any_change(
    tmp_path: Path,
) -> None:
    path, copy = tmp_path / "a.sdb", tmp_path / "b.sdb"
    marks = []
    with BankFile.create(path) as bank:
        marks.append(bank_mark(path))
        bank.add("one", SEEN)
        marks.append(bank_mark(path))
        bank.add("two", SEEN)
        marks.append(bank_mark(path))
        bank.remove("one")
        marks.append(bank_mark(path))
        bank.compact()
        marks.append(bank_mark(path))
    copy.write_bytes(path.read_bytes())
    assert bank_mark(copy) == marks[-1]
    assert len(set(marks)) == len(marks)


def test_two_banks_with_the_same_entries_have_two_marks(tmp_path: Path) -> None:
    for name in ("a.sdb", "b.sdb"):
        BankFile.create(tmp_path / name).close()
    assert bank_mark(tmp_path / "a.sdb") != bank_mark(tmp_path / "b.sdb")


def test_a_missing_bank_says_so(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissingError, match="Check the path"):
        bank_mark(tmp_path / "none.sdb")
