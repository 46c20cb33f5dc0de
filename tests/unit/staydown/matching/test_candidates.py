from __future__ import annotations

import numpy as np
from PIL import ImageOps

from natural_photos import cropped, natural_image, printed
from staydown.index import MemoryStore
from staydown.matching.candidates import window_candidates
from staydown.types import Fingerprint, Signal, SignalType, Windows


def store_of(*prints: Fingerprint) -> MemoryStore:
    store = MemoryStore()
    for k, fingerprint in enumerate(prints):
        store.add(f"entry-{k}", fingerprint)
    return store


def hashes_of(fingerprint: Fingerprint) -> np.ndarray:
    assert fingerprint.windows is not None
    return fingerprint.windows.hashes


def entries(store: MemoryStore, hashes: np.ndarray, **limits: int) -> list[str]:
    found = window_candidates(store, hashes, **limits)
    return [store.entry_id(store.picture(c.picture).entry) for c in found]


def test_the_picture_that_shares_most_windows_comes_first() -> None:
    store = store_of(*(printed(natural_image(seed)) for seed in (1, 2, 3)))

    assert entries(store, hashes_of(printed(cropped(natural_image(2), 0.3))))[0] == "entry-1"


def test_mirrored_pictures_are_candidates() -> None:
    store = store_of(*(printed(natural_image(seed)) for seed in (1, 2, 3)))

    assert entries(store, hashes_of(printed(ImageOps.mirror(natural_image(3)))))[0] == "entry-2"


def test_a_window_of_many_pictures_counts_for_less_than_one_of_a_single_picture() -> None:
    rng = np.random.default_rng(500)
    shared, own = rng.integers(0, 256, (2, 1, 32), dtype=np.uint8)
    base = printed(natural_image(1))

    def with_hash(row: np.ndarray, seed: int) -> Fingerprint:
        windows = base.windows
        assert windows is not None
        other = np.random.default_rng(seed).integers(0, 256, (159, 32), dtype=np.uint8)
        made = Windows(
            windows.width,
            windows.height,
            np.concatenate([row, other]),
            windows.geometry,
            windows.grid,
        )
        return Fingerprint(base.kind, (Signal.of(SignalType.WINDOWS, made.to_bytes()),))

    store = store_of(with_hash(own, 1), *(with_hash(shared, seed) for seed in range(2, 12)))

    found = window_candidates(store, np.concatenate([shared, own]))

    assert store.entry_id(store.picture(found[0].picture).entry) == "entry-0"
    assert found[0].weight > 5 * found[1].weight


def test_the_number_of_candidates_is_limited() -> None:
    same = printed(natural_image(4))
    store = store_of(*[same] * 5)

    assert len(entries(store, hashes_of(same), max_pictures=3)) == 3


def test_an_empty_store_and_an_empty_query_give_nothing() -> None:
    none = np.empty((0, 32), np.uint8)

    assert window_candidates(MemoryStore(), hashes_of(printed(natural_image(1)))) == []
    assert window_candidates(store_of(printed(natural_image(1))), none) == []
