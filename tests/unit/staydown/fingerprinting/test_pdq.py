"""PDQ: the reference's answers, a slow reading of the algorithm, turned and mirrored forms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_photos import drawn_image
from staydown.errors import ContentTooLargeError, HashShapeError, InputError
from staydown.fingerprinting import DIHEDRAL_NAMES, FullSize, dihedral_pdq, pdq
from vector_pictures import drawn

REFERENCE = json.loads((Path(__file__).parents[3] / "vectors" / "pdq_reference.json").read_text())
F32 = npt.NDArray[np.float32]


def bits_apart(a: bytes | npt.NDArray[np.uint8], b: bytes | npt.NDArray[np.uint8]) -> int:
    rows = [np.frombuffer(v, np.uint8) if isinstance(v, bytes) else v for v in (a, b)]
    return int(np.bitwise_count(rows[0] ^ rows[1]).sum())


def slow_box(line: F32, window: int) -> F32:
    """One sliding box filter, one float at a time, in the order of the reference."""
    lead = (window + 2) // 2 - 1
    out, total, count, left = np.empty_like(line), np.float32(0), 0, 0
    for right in range(len(line) + lead):
        if right < len(line):
            total = np.float32(total + line[right])
            count += 1
        if right >= window or right >= len(line):
            total = np.float32(total - line[left])
            left, count = left + 1, count - 1
        if right >= lead:
            out[right - lead] = total / np.float32(count)
    return out


def slow_pdq(pixels: npt.NDArray[np.uint8]) -> bytes:
    """PDQ step by step, as the paper describes it."""
    if pixels.ndim == 3:
        luma = (pixels[..., :3] @ np.array([299, 587, 114])).astype(np.float32) / np.float32(1000)
    else:
        luma = pixels.astype(np.float32)
    height, width = luma.shape
    if (height, width) != (64, 64):
        for _ in range(2):
            luma = np.stack([slow_box(row, -(-width // 128)) for row in luma])
            luma = np.stack([slow_box(column, -(-height // 128)) for column in luma.T]).T
        rows = [int((i + 0.5) * height / 64) for i in range(64)]
        columns = [int((i + 0.5) * width / 64) for i in range(64)]
        luma = luma[np.ix_(rows, columns)]
    turns = np.outer(np.arange(1, 17), 2 * np.arange(64) + 1)
    basis = (np.sqrt(2 / 64) * np.cos(np.pi / 128 * turns)).astype(np.float32)
    half = np.zeros((16, 64), np.float32)
    whole = np.zeros((16, 16), np.float32)
    for k in range(64):
        half += basis[:, k : k + 1] * luma[k]
    for k in range(64):
        whole += half[:, k : k + 1] * basis[:, k]
    median = np.sort(whole.ravel())[127]
    return np.packbits((whole > median).ravel()[::-1]).tobytes()


@pytest.mark.parametrize(
    "known", REFERENCE["pictures"], ids=lambda k: f"{k['width']}x{k['height']}"
)
def test_gives_the_reference_implementations_bits_and_quality(known: dict[str, int]) -> None:
    pixels = drawn(known["width"], known["height"], known["channels"], known["seed"])
    hash_bytes, quality = pdq(pixels)
    assert (hash_bytes.hex(), quality) == (known["pdq"], known["quality"])


@settings(max_examples=12)
@given(
    width=st.integers(5, 200),
    height=st.integers(5, 200),
    channels=st.sampled_from([1, 3, 4]),
    seed=st.integers(0, 2**32 - 1),
)
def test_agrees_with_a_slow_reading_of_the_algorithm(
    width: int, height: int, channels: int, seed: int
) -> None:
    pixels = drawn(width, height, channels, seed)
    assert pdq(pixels)[0] == slow_pdq(pixels)


def test_grey_pixels_and_grey_rgb_pixels_are_the_same_picture() -> None:
    grey = drawn(200, 100, 1, 3)
    assert pdq(grey) == pdq(np.repeat(grey[:, :, None], 3, axis=2))


def test_alpha_is_ignored() -> None:
    pixels = drawn(200, 100, 4, 3)
    other = pixels.copy()
    other[:, :, 3] = 7
    assert pdq(pixels) == pdq(other) == pdq(np.ascontiguousarray(pixels[:, :, :3]))


def test_a_flat_picture_has_no_quality() -> None:
    assert pdq(np.full((300, 300), 77, np.uint8))[1] == 0


@pytest.mark.parametrize("shape", [(1, 1), (4, 400), (400, 4, 3)])
def test_a_side_under_five_pixels_gives_no_hash(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert pdq(pixels) == (bytes(32), 0)


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(1024, 768, 2), (1024, 768, 4), (2000, 1500, 8), (1001, 803, 4)]
)
def test_a_reduced_picture_is_hashed_as_if_at_full_size(
    width: int, height: int, scale: int
) -> None:
    whole = np.array(drawn_image(5, width=width, height=height).convert("L"))
    reduced = blocks(whole, scale)
    hash_bytes, quality = pdq(reduced, full=FullSize(width, height))
    exact, exact_quality = pdq(whole)
    assert bits_apart(hash_bytes, exact) <= 10
    assert abs(quality - exact_quality) <= 3


def test_the_cut_blocks_of_a_turned_picture_are_known() -> None:
    whole = np.array(drawn_image(6, width=1001, height=803).convert("L"))
    turned = np.ascontiguousarray(blocks(whole, 4)[::-1, ::-1])
    exact = pdq(np.ascontiguousarray(whole[::-1, ::-1]))[0]
    told = pdq(turned, full=FullSize(1001, 803, cut_left=True, cut_top=True))[0]
    assert bits_apart(told, exact) <= 8
    assert bits_apart(pdq(turned, full=FullSize(1001, 803))[0], exact) > bits_apart(told, exact)


def test_the_full_size_of_a_whole_picture_changes_nothing() -> None:
    pixels = drawn(301, 203, 3, 8)
    assert pdq(pixels, full=FullSize(301, 203)) == pdq(pixels)


def test_a_full_size_smaller_than_the_picture_is_refused() -> None:
    with pytest.raises(InputError):
        pdq(drawn(40, 40, 1, 1), full=FullSize(39, 40))


def test_dihedral_forms_are_near_the_hashes_of_turned_pixels() -> None:
    pixels = np.array(drawn_image(7, width=640, height=480))
    turned = (
        pixels,
        np.rot90(pixels, -1),
        np.rot90(pixels, 2),
        np.rot90(pixels, 1),
        pixels[::-1],
        pixels[:, ::-1],
        pixels.swapaxes(0, 1),
        np.rot90(pixels, 2).swapaxes(0, 1),
    )
    forms = dihedral_pdq(pdq(pixels)[0])
    assert len(forms) == len(DIHEDRAL_NAMES)
    for form, other in zip(forms, turned, strict=True):
        exact = pdq(np.ascontiguousarray(other))[0]
        distances = [bits_apart(f, exact) for f in forms]
        assert bits_apart(form, exact) == min(distances) <= 40


@given(st.binary(min_size=32, max_size=32))
def test_turning_back_gives_the_hash_itself(hash_bytes: bytes) -> None:
    forms = dihedral_pdq(hash_bytes)
    back = (0, 3, 2, 1, 4, 5, 6, 7)
    assert all(
        dihedral_pdq(form)[there].tobytes() == hash_bytes
        for form, there in zip(forms, back, strict=True)
    )


@given(st.binary(min_size=32, max_size=32))
def test_the_forms_are_the_planes_turned_and_negated(hash_bytes: bytes) -> None:
    plane = np.unpackbits(np.frombuffer(hash_bytes, np.uint8))[::-1].reshape(16, 16)
    rows = np.arange(16)[:, None] % 2 == 0  # frequencies 1, 3 and so on
    columns = rows.T
    none = np.zeros((16, 16), np.bool_)
    both = rows ^ columns
    ways = (
        (plane, none),
        (plane.T, columns),
        (plane, both),
        (plane.T, rows),
        (plane, rows),
        (plane, columns),
        (plane.T, none),
        (plane.T, both),
    )
    wanted = [np.packbits((bits ^ signs).reshape(256)[::-1]) for bits, signs in ways]
    assert np.array_equal(dihedral_pdq(hash_bytes), wanted)


@pytest.mark.parametrize(
    "wrong", [b"", bytes(31), np.zeros((1, 32), np.uint8), np.zeros(32, np.int8)]
)
def test_dihedral_forms_want_32_bytes(wrong: bytes | npt.NDArray[np.uint8]) -> None:
    with pytest.raises(HashShapeError):
        dihedral_pdq(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros(9, np.uint8),
        np.zeros((8, 8), np.uint8)[:, ::2],
    ],
)
def test_other_arrays_than_pictures_are_refused(wrong: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(InputError):
        pdq(wrong)


def test_a_side_over_20_000_pixels_is_refused() -> None:
    with pytest.raises(ContentTooLargeError):
        pdq(np.zeros((20_001, 1), np.uint8))


@pytest.mark.parametrize("shape", [(20_000, 8), (8, 20_000)])
def test_a_side_of_20_000_pixels_is_taken(shape: tuple[int, int]) -> None:
    assert len(pdq(np.zeros(shape, np.uint8))[0]) == 32


def blocks(whole: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """Means of blocks, those at the right and bottom cut, as a JPEG decoder reduces."""
    height, width = whole.shape
    padded = np.pad(whole, ((0, -height % scale), (0, -width % scale)), mode="edge")
    rows = padded.reshape(len(padded) // scale, scale, -1, scale)
    return np.rint(rows.mean(axis=(1, 3))).astype(np.uint8)
