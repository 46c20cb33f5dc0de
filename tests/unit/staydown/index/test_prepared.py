"""Taking a fingerprint apart and putting it together gives the equal fingerprint."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from index_samples import any_fingerprint, pdq_only, photo, video
from staydown.errors import FingerprintFormatError
from staydown.index.prepared import (
    WHOLE,
    duration_of,
    exact_key,
    exact_keys,
    pdq_recipe,
    prepare,
    rebuild,
)
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline


@pytest.mark.parametrize("seed", range(9))
def test_the_fingerprint_comes_back_equal(seed):
    assert rebuild(prepare(b"x", any_fingerprint(seed))) == any_fingerprint(seed)


def test_the_order_of_signals_is_kept():
    for signals in permutations(photo(1).signals):
        one = Fingerprint(ContentKind.PHOTO, signals)
        assert rebuild(prepare(b"x", one)) == one
    for signals in permutations((*photo(1).signals[:3], video(2).signals[0])):
        one = Fingerprint(ContentKind.VIDEO, signals)
        assert rebuild(prepare(b"x", one)) == one


def test_rows_tell_whole_pictures_from_moments():
    entry = prepare(b"x", video(1))
    assert not (entry.marks & WHOLE).any()
    entry = prepare(b"x", photo(1))
    pdq = photo(1).get(SignalType.PDQ)
    assert pdq is not None
    assert entry.marks.tolist() == [WHOLE | pdq.quality]
    assert [p.marks for p in entry.pictures] == [WHOLE]


def test_a_pdq_without_quality_is_trusted_and_stays_without():
    entry = prepare(b"x", pdq_only(1))
    assert entry.marks.tolist() == [WHOLE | 100]
    assert rebuild(entry) == pdq_only(1)


def test_the_recipe_holds_the_exact_hashes():
    sha, md5 = photo(1).get(SignalType.SHA256), photo(1).get(SignalType.MD5)
    assert sha is not None
    assert md5 is not None
    entry = prepare(b"x", photo(1))
    want = [exact_key(SignalType.SHA256, sha.raw), exact_key(SignalType.MD5, md5.raw)]
    assert exact_keys(entry.recipe) == list(entry.exact) == want
    assert exact_keys(pdq_recipe(3)) == []


def test_the_recipe_tells_how_long_a_video_is():
    line = video(1).timeline
    assert line is not None
    assert duration_of(prepare(b"x", video(1)).recipe) == line.duration_ms > 0
    assert duration_of(prepare(b"x", photo(1)).recipe) == 0
    assert duration_of(pdq_recipe(3)) == 0


def test_broken_signals_are_refused():
    broken = Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.WINDOWS, b"nonsense"),))
    with pytest.raises(FingerprintFormatError):
        prepare(b"x", broken)


def test_a_timeline_without_frames_is_kept():
    empty = Timeline(
        5, np.empty(0, np.uint32), np.empty(0, np.uint8), np.empty((0, 32), np.uint8), ()
    )
    one = Fingerprint(ContentKind.VIDEO, (Signal.of(SignalType.TIMELINE, empty.to_bytes()),))
    assert rebuild(prepare(b"x", one)) == one
