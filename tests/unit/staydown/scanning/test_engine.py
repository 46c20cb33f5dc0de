"""The scan: every file once, nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_files import PHOTOS
from scan_parts import Shelf, a_match
from staydown.errors import SourceError
from staydown.scanning import LocalEngine, Outcome, Scan, ScanOptions, Verdict
from staydown.scanning.journal import Journal
from staydown.scanning.listing import list_files
from staydown.types import Fingerprint, Match

OPTIONS = ScanOptions(min_score=0.5, workers=2)


class Everything:
    """A matcher that takes whatever has the right shape; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def match(self, fingerprint: Fingerprint, *, min_score: float) -> list[Match]:
        assert min_score == 0.5
        self.asked += 1
        windows = fingerprint.windows
        return [a_match()] if windows is not None and windows.height > 280 else []


@pytest.fixture
def shelf() -> Shelf:
    contents = {path.name: path.read_bytes() for path in PHOTOS[:3]}
    return Shelf(contents | {"notes.txt": b"nothing to see", "bad.png": b"\x89PNG\r\n\x1a\n....."})


def scanned(shelf: Shelf, journal: Journal | None = None) -> tuple[dict[str, Outcome], Everything]:
    matcher = Everything()
    scan = Scan(LocalEngine(matcher, OPTIONS), journal=journal)
    found = list(scan.run(list_files([shelf]).files))
    by_name = {ref.name: outcome for ref, outcome in found}
    assert len(by_name) == len(found)
    return by_name, matcher


def test_every_file_has_one_outcome(shelf: Shelf) -> None:
    found, matcher = scanned(shelf)
    assert {name: outcome.verdict for name, outcome in found.items()} == {
        "bee.jpg": Verdict.MATCHED,
        "bridge.jpg": Verdict.MATCHED,
        "cat.jpg": Verdict.CLEAR,
        "notes.txt": Verdict.PASSED_OVER,
        "bad.png": Verdict.FAILED,
    }
    assert matcher.asked == 3
    assert found["bad.png"].code == "decode_failed"
    assert found["bee.jpg"].width == 384


def test_a_second_run_opens_nothing_and_says_the_same(shelf: Shelf, tmp_path: Path) -> None:
    with Journal(tmp_path / "s", context="c") as journal:
        first, _ = scanned(shelf, journal)
    shelf.opened.clear()
    with Journal(tmp_path / "s", context="c") as journal:
        second, matcher = scanned(shelf, journal)
    assert (shelf.opened, matcher.asked) == ([], 0)
    assert second == {name: outcome.again() for name, outcome in first.items()}


def test_only_what_changed_is_read_again(shelf: Shelf, tmp_path: Path) -> None:
    with Journal(tmp_path / "s", context="c") as journal:
        scanned(shelf, journal)
    shelf.opened.clear()
    shelf.contents["cat.jpg"] = shelf.contents["bee.jpg"]
    with Journal(tmp_path / "s", context="c") as journal:
        found, _ = scanned(shelf, journal)
    assert shelf.opened == ["cat.jpg"]
    assert found["cat.jpg"].verdict is Verdict.MATCHED


def test_a_scan_that_is_stopped_goes_on_where_it_was(shelf: Shelf, tmp_path: Path) -> None:
    files = list_files([shelf]).files
    with Journal(tmp_path / "s", context="c") as journal:
        run = Scan(LocalEngine(Everything(), OPTIONS), journal=journal).run(files)
        done = {next(run)[0].name, next(run)[0].name}
        run.close()
    shelf.opened.clear()
    with Journal(tmp_path / "s", context="c") as journal:
        found, _ = scanned(shelf, journal)
    assert set(found) == set(shelf.contents)
    assert not done & set(shelf.opened)


def test_what_may_pass_is_not_kept(shelf: Shelf, tmp_path: Path, monkeypatch) -> None:
    def gone(file: object) -> object:
        raise SourceError("away")

    with Journal(tmp_path / "s", context="c") as journal, monkeypatch.context() as patch:
        patch.setattr(shelf, "open", gone)
        found, _ = scanned(shelf, journal)
    assert {outcome.code for outcome in found.values()} == {"source_unreadable"}
    with Journal(tmp_path / "s", context="c") as journal:
        assert len(journal) == 0


def test_a_defect_is_not_swallowed(shelf: Shelf, monkeypatch) -> None:
    def broken(file: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(shelf, "open", broken)
    with pytest.raises(ZeroDivisionError):
        scanned(shelf)


def test_no_files_start_no_process(monkeypatch) -> None:
    monkeypatch.setattr("staydown.scanning.local.Pool", None)
    assert list(Scan(LocalEngine(Everything(), OPTIONS)).run(())) == []


def test_text_that_was_named_is_a_failure(tmp_path: Path) -> None:
    from staydown.scanning.folders import Folder

    (tmp_path / "a.txt").write_text("words")
    files = list_files([Folder(str(tmp_path / "a.txt"))]).files
    ((_, outcome),) = Scan(LocalEngine(Everything(), OPTIONS)).run(files)
    assert outcome.code == "format_unsupported"
