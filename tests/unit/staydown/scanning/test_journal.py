"""What a scan remembers, and what it forgets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scan_parts import a_match, a_ref
from staydown.errors import SnapshotBusyError, SnapshotForeignError, SourceError
from staydown.scanning.journal import Journal
from staydown.scanning.outcomes import Outcome, Verdict

CLEAR = Outcome(Verdict.CLEAR, "photo")


def filled(path: Path, *, count: int = 5, context: str = "c") -> None:
    with Journal(path, context=context) as journal:
        for number in range(count):
            journal.put(a_ref(f"f{number}"), CLEAR)


def test_what_was_put_is_there_after_opening_again(tmp_path: Path) -> None:
    outcome = Outcome(Verdict.MATCHED, "video", (a_match(),), 384, 216, 4.0)
    with Journal(tmp_path / "s", context="c") as journal:
        journal.put(a_ref("a"), outcome)
    with Journal(tmp_path / "s", context="c") as journal:
        assert journal.get(a_ref("a")) == outcome.again()


def test_a_changed_file_is_unknown(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    with Journal(tmp_path / "s", context="c") as journal:
        assert journal.get(a_ref("f0")) is not None
        assert journal.get(a_ref("f0", size=11)) is None
        assert journal.get(a_ref("f0", version="2")) is None


def test_another_context_forgets_everything(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    with Journal(tmp_path / "s", context="other") as journal:
        assert len(journal) == 0
    with Journal(tmp_path / "s", context="c") as journal:
        assert len(journal) == 0


def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("my notes\n")
    with pytest.raises(SnapshotForeignError):
        Journal(tmp_path / "s", context="c")
    assert (tmp_path / "s").read_text() == "my notes\n"


def test_a_link_stays_whenever_the_file_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "s", tmp_path / "s"
    link.symlink_to(target)
    filled(link, count=2500)
    with Journal(link, context="c") as journal:
        journal.drop_unseen()
    filled(link, context="other")
    assert link.is_symlink()
    assert [path.name for path in target.parent.iterdir()] == ["s"]
    with Journal(target, context="other") as journal:
        assert len(journal) == 5


def test_two_scans_cannot_use_one_state(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", context="c"), pytest.raises(SnapshotBusyError):
        Journal(tmp_path / "s", context="c")


def test_a_refused_second_scan_leaves_the_first_its_lock(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", context="c") as journal:
        for _ in range(2):
            with pytest.raises(SnapshotBusyError):
                Journal(tmp_path / "s", context="other")
        journal.put(a_ref("a"), CLEAR)
    with Journal(tmp_path / "s", context="c") as journal:
        assert len(journal) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--state"):
        Journal(tmp_path / "none" / "s", context="c")


@given(cut=st.integers(0, 400))
def test_a_state_cut_anywhere_keeps_whole_lines_and_takes_new_ones(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "s"
    filled(path)
    whole = path.read_bytes()
    head = whole.index(b"\n") + 1
    at = min(head + cut, len(whole))
    path.write_bytes(whole[:at])
    with Journal(path, context="c") as journal:
        assert len(journal) == whole[head:at].count(b"\n")
        journal.put(a_ref("new"), CLEAR)
    with Journal(path, context="c") as journal:
        assert journal.get(a_ref("new")) == CLEAR.again()


@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_byte_costs_at_most_the_lines_it_touches(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "s"
    filled(path)
    raw = bytearray(path.read_bytes())
    head = raw.index(b"\n") + 1
    raw[head + place % (len(raw) - head)] = value
    path.write_bytes(raw)
    with Journal(path, context="c") as journal:
        assert len(journal) >= 3
        for number in range(5):
            known = journal.get(a_ref(f"f{number}"))
            assert known is None or known == CLEAR.again()


def test_the_state_holds_no_file_name(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", context="c") as journal:
        journal.put(a_ref("secret-name"), Outcome(Verdict.MATCHED, "photo", (a_match(),)))
    assert b"secret-name" not in (tmp_path / "s").read_bytes()


def test_the_state_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0


def test_files_that_are_gone_are_forgotten_once_they_are_the_larger_part(tmp_path: Path) -> None:
    filled(tmp_path / "s", count=2500)
    with Journal(tmp_path / "s", context="c") as journal:
        for number in range(900):
            journal.get(a_ref(f"f{number}"))
        journal.drop_unseen()
        journal.put(a_ref("later"), CLEAR)
    with Journal(tmp_path / "s", context="c") as journal:
        assert len(journal) == 901


def test_few_files_that_are_gone_are_kept(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    with Journal(tmp_path / "s", context="c") as journal:
        journal.drop_unseen()
        assert len(journal) == 5


def test_an_unreadable_row_counts_as_unknown(tmp_path: Path, monkeypatch) -> None:
    filled(tmp_path / "s", count=1)
    with Journal(tmp_path / "s", context="c") as journal:
        for key in journal._rows:
            journal._rows[key] = b'{"v":"of another version"}'
        assert journal.get(a_ref("f0")) is None


def test_a_full_disk_stops_the_scan(tmp_path: Path, monkeypatch) -> None:
    journal = Journal(tmp_path / "s", context="c")
    monkeypatch.setattr(os, "write", _full)
    with pytest.raises(OSError, match="full"):
        journal.put(a_ref("a"), CLEAR)
    journal.close()


def _full(_fd: int, _data: bytes) -> int:
    raise OSError("the disk is full")
