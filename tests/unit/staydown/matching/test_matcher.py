from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import staydown
from index_crowds import ANNOUNCER, start
from index_samples import any_fingerprint, flipped, pdq_only
from natural_photos import cropped, natural_image, printed, saved
from staydown.errors import (
    EntryIdError,
    EntryNotFoundError,
    SnapshotExistsError,
    SnapshotMissingError,
    ThresholdError,
)
from staydown.fingerprinting.pdq import dihedral_pdq
from staydown.index import BankFile
from staydown.matching import DEFAULT_MIN_SCORE, Matcher, scoring
from staydown.types import ContentKind, Fingerprint, MatchKind, Signal, SignalType


def photo_of(pdq: np.ndarray) -> Fingerprint:
    return Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, pdq.tobytes(), 100),))


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


def test_in_a_large_bank_windows_alone_must_say_more(matcher: Matcher, monkeypatch) -> None:
    part = printed(saved(cropped(natural_image(4), 0.62)))
    (found,) = matcher.match(part)
    assert found.evidence.distance is None
    assert DEFAULT_MIN_SCORE < found.score < 0.8

    monkeypatch.setattr(scoring, "LARGE_BANK", 1e-9)  # as if these five were very many

    assert matcher.match(part) == []
    assert matcher.match(part, min_score=DEFAULT_MIN_SCORE) == [found]


def test_in_a_large_bank_whole_pictures_match_as_in_a_small_one(
    matcher: Matcher, monkeypatch
) -> None:
    rng = np.random.default_rng(7)
    pdq = rng.integers(0, 256, 32, dtype=np.uint8)
    matcher.add("listed", photo_of(pdq))
    near = photo_of(flipped(rng, pdq, 30))
    found = matcher.match(near)
    assert [m.entry_id for m in found] == ["listed"]

    monkeypatch.setattr(scoring, "LARGE_BANK", 1e-9)

    assert matcher.match(near) == found


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


def bare(type_: SignalType, raw: bytes, quality: int | None = None) -> Fingerprint:
    return Fingerprint(ContentKind.PHOTO, (Signal.of(type_, raw, quality),))


def only(fingerprint: Fingerprint, type_: SignalType) -> Fingerprint:
    signal = fingerprint.get(type_)
    assert signal is not None
    return Fingerprint(ContentKind.PHOTO, (signal,))


@pytest.mark.parametrize("type_", [SignalType.SHA256, SignalType.PDQ])
def test_one_bare_signal_is_enough_to_ask_with(matcher: Matcher, type_: SignalType) -> None:
    found = matcher.match(only(printed(natural_image(3)), type_))
    assert [m.entry_id for m in found] == ["picture-3"]
    is_exact = type_ is SignalType.SHA256
    assert found[0].kind is (MatchKind.IDENTICAL if is_exact else MatchKind.SAME)


def test_a_listed_pdq_without_quality_is_found(matcher: Matcher) -> None:
    pdq = only(printed(natural_image(7)), SignalType.PDQ).signals[0]
    matcher.add("listed", bare(SignalType.PDQ, pdq.raw))
    assert [m.entry_id for m in matcher.match(bare(SignalType.PDQ, pdq.raw, 90))] == ["listed"]
    assert [m.entry_id for m in matcher.match(bare(SignalType.PDQ, pdq.raw))] == ["listed"]


def test_a_bare_md5_finds_the_same_bytes(matcher: Matcher) -> None:
    matcher.add("listed", bare(SignalType.MD5, bytes(range(16))))
    (match,) = matcher.match(bare(SignalType.MD5, bytes(range(16))))
    assert (match.entry_id, match.kind, match.score) == ("listed", MatchKind.IDENTICAL, 1.0)
    assert matcher.match(bare(SignalType.MD5, bytes(16))) == []


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    quality=st.sampled_from([None, 0, 49, 50, 100]),
    min_score=st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)),
)
def test_a_bare_pdq_finds_what_a_search_without_threshold_finds(seed, quality, min_score) -> None:
    """The narrower search for bare hashes leaves out nothing that reaches the score."""
    rng = np.random.default_rng(seed)
    asked = rng.integers(0, 256, 32, np.uint8)
    bank = Matcher()
    for number, form in enumerate(dihedral_pdq(asked)):
        for bits in rng.integers(0, 45, 4):
            near = flipped(rng, form, int(bits)).tobytes()
            bank.add(f"{number}-{len(bank)}", bare(SignalType.PDQ, near, int(rng.integers(0, 101))))
    for k in range(4):
        bank.add(f"other-{k}", any_fingerprint(k))
    query = bare(SignalType.PDQ, asked.tobytes(), quality)
    everything = bank.match(query, min_score=0.0)
    assert bank.match(query, min_score=min_score) == [m for m in everything if m.score >= min_score]


def test_threads_that_match_see_what_another_process_adds_and_removes(tmp_path: Path) -> None:
    path = tmp_path / "bank.sdb"
    photo = printed(natural_image(1))
    with BankFile.create(path) as bank:
        bank.add("fixed", photo)
    matcher = Matcher(BankFile.open(path, read_only=True, follow=True), follow=True)
    queries = [photo, only(photo, SignalType.PDQ), only(photo, SignalType.SHA256)]
    over = Event()
    told: dict[int, list[float]] = {}
    asked: list[tuple[int, float, float, bool]] = []

    def ask(number: int) -> None:
        for k, query in zip(cycle(range(40)), cycle(queries), strict=False):
            assert [m.entry_id for m in matcher.match(query)] == ["fixed"]
            began = time.monotonic()
            found = [m.entry_id for m in matcher.match(pdq_only(k))]
            assert found in ([], [f"a{k}"])
            asked.append((k, began, time.monotonic(), bool(found)))
            if over.is_set():
                return

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, number) for number in range(8)]
        with start(ANNOUNCER, path) as child:
            assert child.stdout is not None
            for line in child.stdout:
                _, number, at = line.split()
                told.setdefault(int(number), []).append(float(at))
        assert child.returncode == 0
        time.sleep(1.2)
        over.set()
        for one in asking:
            one.result()
    # What the other process said is complete only now; on a busy machine its lines are read late.
    late = []
    for k, began, ended, is_found in asked:
        added, *removed = told[k]
        if is_found:
            late.append(max((began - at for at in removed), default=0.0))
        else:
            late.append(0.0 if any(ended > at for at in removed) else began - added)
    # A second, but for the few answers whose thread was put aside on a busy machine.
    assert sum(seconds > 1.0 for seconds in late) <= len(late) / 200
    assert max(late) < 30.0
    assert len({k for k, _, _, is_found in asked if is_found}) > 20
    kept = [k for k in range(40) if len(told[k]) == 1]
    assert all([m.entry_id for m in matcher.match(pdq_only(k))] == [f"a{k}"] for k in kept)
