from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from natural_photos import natural_image, printed, saved
from staydown.fingerprinting.pdq import DIHEDRAL_NAMES
from staydown.index import MemoryStore
from staydown.matching.placement import carried
from staydown.matching.whole import WholeCandidate, whole_candidates
from staydown.types import ContentKind, Fingerprint, Signal, SignalType

T = Image.Transpose
TURNS = {
    "rotate90": T.ROTATE_90,  # counterclockwise: turning it clockwise again undoes it
    "rotate180": T.ROTATE_180,
    "rotate270": T.ROTATE_270,
    "flip_top_bottom": T.FLIP_TOP_BOTTOM,
    "flip_left_right": T.FLIP_LEFT_RIGHT,
    "transpose": T.TRANSPOSE,
    "transverse": T.TRANSVERSE,
}


def bank(image: Image.Image) -> MemoryStore:
    store = MemoryStore()
    store.add("entry", printed(image))
    return store


def test_a_copy_saved_anew_is_near_upright() -> None:
    image = natural_image(51)

    found = whole_candidates(bank(image), printed(saved(image, 60)))

    assert found[0].distance <= 10
    assert (found[0].form, found[0].is_mirrored) == (0, False)


@pytest.mark.parametrize("name", TURNS)
def test_turned_and_mirrored_copies_are_near_in_their_form(name: str) -> None:
    image = natural_image(52)

    found = whole_candidates(bank(image), printed(image.transpose(TURNS[name])))

    assert DIHEDRAL_NAMES[found[0].form] == name


@pytest.mark.parametrize("name", TURNS)
def test_the_map_of_a_form_carries_marks_to_where_they_were(name: str) -> None:
    plain = np.zeros((40, 40), np.uint8)
    plain[4, 30] = 255
    turned = np.asarray(Image.fromarray(plain).transpose(TURNS[name]))
    row, column = np.argwhere(turned)[0]
    form = WholeCandidate(0, -1, 0, DIHEDRAL_NAMES.index(name), 100)

    at = carried(form.matrix, np.array([[(column + 0.5) / 40, (row + 0.5) / 40]]))

    assert at[0] == pytest.approx((30.5 / 40, 4.5 / 40))
    assert form.is_mirrored is (
        name in {"flip_top_bottom", "flip_left_right", "transpose", "transverse"}
    )


@pytest.mark.parametrize(("bits", "is_near"), [(31, True), (32, False)])
def test_upright_the_published_radius_holds(bits: int, is_near: bool) -> None:
    flipped = np.zeros(256, np.uint8)
    flipped[:bits] = 1
    raw = np.random.default_rng(4).integers(0, 256, 32, dtype=np.uint8)
    store = MemoryStore()
    other = (raw ^ np.packbits(flipped)).tobytes()
    store.add("a", Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, other, 100),)))

    found = whole_candidates(
        store, Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, raw.tobytes(), 100),))
    )

    assert bool(found) is is_near


def test_the_lesser_quality_counts() -> None:
    raw = bytes(range(32))
    store = MemoryStore()
    store.add("a", Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, raw, 30),)))

    found = whole_candidates(
        store, Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, raw, 90),))
    )

    assert found[0].quality == 30


def test_without_a_pdq_there_is_no_candidate() -> None:
    nothing = Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.SHA256, bytes(32)),))

    assert whole_candidates(bank(natural_image(53)), nothing) == {}


@pytest.mark.parametrize(
    ("name", "mirrored", "degrees"),
    [
        ("original", False, 0),
        ("rotate90", False, -90),
        ("rotate180", False, 180),
        ("flip_left_right", True, 0),
    ],
)
def test_a_form_is_told_as_a_transform(name: str, mirrored: bool, degrees: float) -> None:
    transform = WholeCandidate(0, -1, 0, DIHEDRAL_NAMES.index(name), 100).transform

    assert transform.mirrored is mirrored
    assert abs(transform.rotation_deg) == pytest.approx(abs(degrees))
    assert transform.scale == 1.0
