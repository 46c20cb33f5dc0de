from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageFilter

from fingerprints import photos
from natural_photos import cropped, natural_image, placed, printed, saved
from staydown.index import MemoryStore
from staydown.matching.photo import match_photo
from staydown.matching.scoring import DEFAULT_MIN_SCORE
from staydown.types import ContentKind, Fingerprint, MatchKind, Signal, SignalType, Timeline


def bank(**entries: Fingerprint) -> MemoryStore:
    store = MemoryStore()
    for name, fingerprint in entries.items():
        store.add(name, fingerprint)
    return store


def only(fingerprint: Fingerprint, *types: SignalType) -> Fingerprint:
    return Fingerprint(fingerprint.kind, tuple(s for s in fingerprint.signals if s.type in types))


def test_a_match_says_where_and_why() -> None:
    image = natural_image(1)

    [match] = match_photo(bank(a=printed(image)), printed(saved(cropped(image, 0.2))))

    assert (match.entry_id, match.kind) == ("a", MatchKind.PART)
    assert match.score >= DEFAULT_MIN_SCORE
    assert match.evidence.entry_box == pytest.approx((0.1, 0.1, 0.9, 0.9), abs=0.03)
    assert match.evidence.points > 20
    assert "points" in match.evidence.reason


def test_a_very_blurred_copy_is_found_by_the_whole_picture() -> None:
    image = natural_image(2)
    blurred = printed(image.filter(ImageFilter.GaussianBlur(14)))

    found = match_photo(bank(a=printed(image)), blurred)

    assert found
    assert found[0].score >= DEFAULT_MIN_SCORE
    assert found[0].evidence.distance is not None


def test_an_entry_of_windows_alone_and_one_of_pdq_alone_are_found() -> None:
    fingerprint = printed(natural_image(3))
    store = bank(
        windows=only(fingerprint, SignalType.WINDOWS), pdq=only(fingerprint, SignalType.PDQ)
    )

    found = {m.entry_id: m for m in match_photo(store, fingerprint)}

    assert found["windows"].score >= DEFAULT_MIN_SCORE
    assert found["pdq"].score >= DEFAULT_MIN_SCORE
    assert found["windows"].evidence.distance is None
    assert found["pdq"].evidence.points == 0


def clip(*frames: Image.Image) -> Fingerprint:
    """A video with one picture every four seconds."""
    prints = [printed(frame) for frame in frames]
    pdqs = [signal for p in prints if (signal := p.get(SignalType.PDQ))]
    timeline = Timeline(
        4000 * len(frames) + 1000,
        np.arange(len(frames), dtype=np.uint32) * 4000,
        np.full(len(frames), 90, np.uint8),
        np.stack([np.frombuffer(pdq.raw, np.uint8) for pdq in pdqs]),
        tuple((k, windows) for k, p in enumerate(prints) if (windows := p.windows)),
    )
    return Fingerprint(ContentKind.VIDEO, (Signal.of(SignalType.TIMELINE, timeline.to_bytes()),))


def test_a_photo_is_found_as_a_frame_of_a_video_with_its_moment() -> None:
    image = natural_image(4)

    [match] = match_photo(bank(clip=clip(natural_image(5), image)), printed(saved(image)))

    assert match.evidence.time_span is not None
    assert match.evidence.time_span.entry_start_s == 4.0


@pytest.mark.parametrize(("order", "moment_s"), [((0, 1), 0.0), ((1, 0), 4.0)])
def test_of_two_frames_the_better_one_counts(order: tuple[int, int], moment_s: float) -> None:
    image = natural_image(4)
    frames = (image, placed(image, natural_image(6), 0.5))

    [match] = match_photo(
        bank(clip=clip(*(frames[k] for k in order))), printed(cropped(saved(image), 0.1))
    )

    assert match.evidence.time_span is not None
    assert match.evidence.time_span.entry_start_s == moment_s


def test_unlike_pictures_do_not_match() -> None:
    store = bank(**{f"e{seed}": printed(natural_image(seed)) for seed in range(10, 20)})

    found = match_photo(store, printed(natural_image(30)))

    assert all(m.score < DEFAULT_MIN_SCORE for m in found)


@settings(max_examples=60)
@given(photos, photos)
def test_any_two_fingerprints_can_be_matched(query: Fingerprint, entry: Fingerprint) -> None:
    for match in match_photo(bank(entry=entry), query):
        assert 0.0 <= match.score <= 1.0
