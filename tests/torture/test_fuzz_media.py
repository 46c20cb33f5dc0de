"""Hostile files without end, and answers of a child changed at random: nothing unforeseen."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from hostile.mutating import mutant
from staydown import fingerprint
from staydown.errors import StaydownError
from staydown.isolate.pool import _read
from staydown.isolate.raster import pack_raster, raster_to_png
from staydown.isolate.wire import pack_error, unpack_error

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from fuzz_media import LIMITS, campaign, sound_files

SEED = 11


def check(most: int, mode: str) -> None:
    found = campaign(seed=SEED, most=most, mode=mode)
    assert found.files == most
    assert found.crashes == []
    assert found.unforeseen == []
    assert found.peak_megabytes < 300 + (LIMITS.memory_bytes >> 20)
    codes = {code for counts in found.outcomes.values() for code in counts}
    assert {"fingerprint", "decode_failed"} <= codes


def test_a_fixed_part_of_the_campaign_ends_in_fingerprints_and_plain_errors() -> None:
    check(150, "screening")


@pytest.mark.torture
@pytest.mark.parametrize("mode", ["screening", "banking"])
def test_two_thousand_files_end_in_fingerprints_and_plain_errors(mode: str) -> None:
    check(2000, mode)


def test_the_same_number_makes_the_same_file_and_hardly_two_are_alike() -> None:
    sound = sound_files()
    made = [mutant(sound, SEED, number).data for number in range(200)]
    assert made == [mutant(sound, SEED, number).data for number in range(200)]
    assert len(set(made)) > 190


def answers() -> dict[str, bytes]:
    """What a child that is well says."""
    sound = sound_files()
    names = ("real-bee.jpg", "clip.mp4", "moving.gif", "baseline.jpg")
    made = {name: fingerprint(sound[name], isolated=False).to_bytes() for name in names}
    return {
        **made,
        "error": pack_error(StaydownError("something")),
        "raster": pack_raster(24, 16, 1, bytes(24 * 16)),
    }


def test_answers_changed_at_random_are_read_rightly_or_refused() -> None:
    """The parent half has no limits around it: whatever a child says must cost one file alone."""
    from concurrent.futures import Future

    well, chance, read, refused = answers(), random.Random(SEED), 0, 0
    for number in range(3000):
        data = mutant(well, SEED, number).data
        future: Future[bytes] = Future()
        future.set_result(data)
        try:
            made = _read(future, "file")
            assert made.to_bytes() == data
            read += 1
        except StaydownError:
            refused += 1
        assert isinstance(unpack_error(data), StaydownError)
        try:
            assert raster_to_png(data[: chance.randrange(2000)]).startswith(b"\x89PNG")
        except StaydownError:
            continue
    assert min(read, refused) > 100
