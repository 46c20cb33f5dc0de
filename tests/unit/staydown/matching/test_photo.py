from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageFilter

from fingerprints import photos
from index_samples import flipped
from natural_photos import cropped, natural_image, placed, printed, saved
from staydown.fingerprinting.pdq import dihedral_pdq
from staydown.index import MemoryStore
from staydown.matching.photo import match_photo
from staydown.matching.scoring import DEFAULT_MIN_SCORE, score_of
from staydown.matching.whole import MIN_QUALITY, WholeCandidate
from staydown.types import (
    ContentKind,
    Fingerprint,
    MatchKind,
    Signal,
    SignalType,
    Timeline,
    TimeSpan,
)


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


def pdq_of(raw: bytes, quality: int) -> Fingerprint:
    return Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, raw, quality),))


def video_of(hashes: list[bytes], quality: int) -> Fingerprint:
    """A frame each second, none with windows."""
    timeline = Timeline(
        1000 * len(hashes),
        np.arange(len(hashes), dtype=np.uint32) * 1000,
        np.full(len(hashes), quality, np.uint8),
        np.stack([np.frombuffer(raw, np.uint8) for raw in hashes]),
        (),
    )
    return Fingerprint(ContentKind.VIDEO, (Signal.of(SignalType.TIMELINE, timeline.to_bytes()),))


def test_of_bare_hashes_each_likeness_is_judged_by_what_it_is() -> None:
    rng = np.random.default_rng(8)
    asked = rng.bytes(32)
    store, wanted = MemoryStore(), {}
    for form, turned in enumerate(dihedral_pdq(asked)):
        for bits in (3, 12):
            near = flipped(rng, turned, bits).tobytes()
            far = [rng.bytes(32) for _ in range(form)]
            for quality in (40, 90):
                store.add(f"photo {form} {bits} {quality}", pdq_of(near, quality))
                store.add(f"video {form} {bits} {quality}", video_of([*far, near], quality))
                wanted |= {f"photo {form} {bits} {quality}": (form, bits, quality, None)}
                wanted |= {f"video {form} {bits} {quality}": (form, bits, quality, float(form))}

    found = {m.entry_id: m for m in match_photo(store, pdq_of(asked, 70))}

    assert found.keys() == wanted.keys()
    for name, (form, bits, quality, moment_s) in wanted.items():
        made, is_telling = found[name].evidence, quality >= MIN_QUALITY
        assert found[name].kind is MatchKind.SAME
        assert found[name].score == (score_of(1.5 * (48 - bits)) if is_telling else 0.0)
        assert (made.distance, made.points, made.altered_cells) == (bits, 0, None)
        assert made.reason == f"The whole picture differs from the entry in {bits} of 256 bits."
        assert made.transform == (
            WholeCandidate(0, -1, bits, form, quality).transform if is_telling else None
        )
        assert made.query_box == made.entry_box == ((0.0, 0.0, 1.0, 1.0) if is_telling else None)
        assert made.time_span == (
            None if moment_s is None else TimeSpan(0.0, 0.0, moment_s, moment_s)
        )


def test_unlike_pictures_do_not_match() -> None:
    store = bank(**{f"e{seed}": printed(natural_image(seed)) for seed in range(10, 20)})

    found = match_photo(store, printed(natural_image(30)))

    assert all(m.score < DEFAULT_MIN_SCORE for m in found)


@settings(max_examples=60)
@given(photos, photos)
def test_any_two_fingerprints_can_be_matched(query: Fingerprint, entry: Fingerprint) -> None:
    for match in match_photo(bank(entry=entry), query):
        assert 0.0 <= match.score <= 1.0
