from __future__ import annotations

from pathlib import Path

import pytest

import staydown
from natural_photos import cropped, natural_image, printed, saved
from staydown.errors import (
    EntryIdError,
    EntryNotFoundError,
    SnapshotExistsError,
    SnapshotMissingError,
    ThresholdError,
)
from staydown.matching import DEFAULT_MIN_SCORE, Matcher
from staydown.types import MatchKind


@pytest.fixture
def matcher() -> Matcher:
    made = Matcher()
    for seed in range(1, 6):
        made.add(f"picture-{seed}", printed(natural_image(seed)))
    return made


def test_the_class_is_offered_by_the_package() -> None:
    assert staydown.Matcher is Matcher
    assert staydown.DEFAULT_MIN_SCORE == DEFAULT_MIN_SCORE


def test_an_entry_is_found_from_the_next_match_on(matcher: Matcher) -> None:
    query = printed(saved(cropped(natural_image(9), 0.2)))
    assert matcher.match(query) == []

    matcher.add("new", printed(natural_image(9)))

    assert [m.entry_id for m in matcher.match(query)] == ["new"]


def test_a_removed_entry_is_no_longer_found(matcher: Matcher) -> None:
    query = printed(saved(natural_image(2)))
    assert [m.entry_id for m in matcher.match(query)] == ["picture-2"]

    matcher.remove("picture-2")

    assert matcher.match(query) == []
    assert "picture-2" not in matcher
    assert len(matcher) == 4


def test_the_same_bytes_are_identical_and_come_first(matcher: Matcher) -> None:
    matcher.add("again", printed(saved(natural_image(3), 70)))

    found = matcher.match(printed(natural_image(3)))

    assert [(m.entry_id, m.kind) for m in found] == [
        ("picture-3", MatchKind.IDENTICAL),
        ("again", MatchKind.SAME),
    ]
    assert found[0].score == 1.0


def test_no_threshold_gives_all_candidates_best_first(matcher: Matcher) -> None:
    found = matcher.match(printed(saved(natural_image(4))), min_score=0.0)

    scores = [m.score for m in found]
    assert scores == sorted(scores, reverse=True)
    assert found[0].entry_id == "picture-4"


@pytest.mark.parametrize("min_score", [-0.1, 1.1])
def test_a_threshold_outside_0_to_1_is_refused(matcher: Matcher, min_score: float) -> None:
    with pytest.raises(ThresholdError):
        matcher.match(printed(natural_image(1)), min_score=min_score)


def test_ids_are_checked(matcher: Matcher) -> None:
    with pytest.raises(EntryIdError):
        matcher.add("picture-1", printed(natural_image(1)))
    with pytest.raises(EntryNotFoundError):
        matcher.remove("nobody")
    assert 5 not in matcher


def test_a_saved_bank_opens_again_and_finds_the_same(matcher: Matcher, tmp_path: Path) -> None:
    path = tmp_path / "bank.sdb"
    query = printed(saved(cropped(natural_image(5), 0.3)))
    matcher.save(path)

    with_file = Matcher.open(path)

    assert len(with_file) == len(matcher)
    assert "picture-5" in with_file
    assert [m.to_dict() for m in with_file.match(query)] == [
        m.to_dict() for m in matcher.match(query)
    ]


def test_saving_never_overwrites(matcher: Matcher, tmp_path: Path) -> None:
    path = tmp_path / "bank.sdb"
    matcher.save(path)

    with pytest.raises(SnapshotExistsError):
        matcher.save(path)


def test_a_missing_bank_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissingError):
        Matcher.open(tmp_path / "none.sdb")


def test_a_following_matcher_sees_what_others_add(matcher: Matcher, tmp_path: Path) -> None:
    path = tmp_path / "bank.sdb"
    matcher.save(path)
    reader = Matcher.open(path, follow=True)
    query = printed(saved(natural_image(8)))
    assert reader.match(query) == []

    Matcher.open(path).add("late", printed(natural_image(8)))

    assert [m.entry_id for m in reader.match(query)] == ["late"]
