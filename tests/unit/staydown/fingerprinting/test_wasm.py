"""The kernel in wasmtime: memory that stays, limits that hold, threads that wait."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import numpy as np
import pytest

from staydown.errors import ConfigError, ContentTooLargeError, InputError
from staydown.fingerprinting import pdq, windows
from staydown.fingerprinting.wasm import SETTINGS, WANT_PDQ, WANT_WINDOWS, Kernel, kernel
from vector_pictures import drawn

MODULE = files("staydown.fingerprinting").joinpath("kernel.wasm")
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1500 << 20, 1500 << 20))
import numpy as np
from staydown.fingerprinting import pdq, windows
coarse = np.random.default_rng(1).integers(0, 256, (75, 100, 3), np.uint8)
large = np.ascontiguousarray(coarse.repeat(40, axis=0).repeat(40, axis=1))
print(len(windows(large)) > 0, len(pdq(large)[0]))
"""
SHORT = """
import numpy as np
from staydown.fingerprinting import pdq
print(len(pdq(np.zeros((9, 9), np.uint8))[0]))
"""


def memory_bytes(made: Kernel) -> int:
    return int(made._memory.data_len(made._store))


def test_memory_stays_after_the_largest_picture() -> None:
    large, small = drawn(900, 700, 3, 1), drawn(100, 80, 1, 2)
    made = kernel()
    for picture in (large, small):
        made.run(picture, WANT_PDQ + WANT_WINDOWS)
    before = memory_bytes(made)
    for _ in range(5):
        made.run(small, WANT_PDQ + WANT_WINDOWS)
        made.run(large, WANT_PDQ + WANT_WINDOWS)
    assert memory_bytes(made) == before


def test_what_was_there_before_leaves_no_trace() -> None:
    first, second = drawn(500, 400, 3, 3), drawn(310, 210, 1, 4)
    fresh = windows(second)
    for other in (first, np.zeros((700, 700), np.uint8), first[:, :200].copy()):
        windows(other)
        assert windows(second) == fresh


def test_threads_wait_for_each_other() -> None:
    pictures = [drawn(200 + 10 * i, 150, 1, i) for i in range(8)]
    alone = [pdq(p) for p in pictures]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pdq, pictures)) == alone


def test_works_under_a_limit_on_address_space() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "32"]


def test_the_interpreter_ends_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", SHORT], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("32\n", "")


def test_memory_that_ends_is_content_too_large_and_the_kernel_goes_on() -> None:
    made = Kernel(MODULE.read_bytes())
    made._store.set_limits(memory_size=4 << 20)
    with pytest.raises(ContentTooLargeError, match="more memory"):
        made.run(drawn(600, 400, 1, 1), WANT_WINDOWS)
    assert made.run(drawn(64, 64, 1, 1), WANT_PDQ).pdq == pdq(drawn(64, 64, 1, 1))[0]
    made.close()


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(InputError, match="no setting"):
        kernel().run(drawn(50, 50, 1, 1), WANT_WINDOWS, {"colour": 1})


def test_settings_hold_for_one_picture() -> None:
    picture = drawn(400, 300, 1, 9)
    plain = kernel().run(picture, WANT_WINDOWS).points
    strict = kernel().run(picture, WANT_WINDOWS, {"contrast": 30.0}).points
    assert len(strict) < len(plain)
    assert (kernel().run(picture, WANT_WINDOWS).points == plain).all()


def test_the_listed_defaults_are_the_modules_own() -> None:
    picture = drawn(400, 300, 1, 9)
    plain = kernel().run(picture, WANT_WINDOWS).points
    listed = {name: value for name, (_, value) in SETTINGS.items()}
    assert (kernel().run(picture, WANT_WINDOWS, listed).points == plain).all()


def test_bytes_that_are_no_module_are_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        Kernel(b"no module")
