"""The kernel in wasmtime: memory that stays, limits that hold, threads that wait."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from vector_pictures import drawn

from staydown.errors import ConfigError, InputError
from staydown.fingerprinting import pdq, windows
from staydown.fingerprinting.wasm import SETTINGS, WANT_PDQ, WANT_WINDOWS, Kernel, kernel

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1500 << 20, 1500 << 20))
import numpy as np
from staydown.fingerprinting import pdq, windows
noise = np.random.default_rng(1).integers(0, 256, (3000, 4000, 3), np.uint8)
print(len(windows(noise)) > 0, len(pdq(noise)[0]))
"""
STARVED = """
import resource
import numpy as np
from staydown.errors import ContentTooLargeError
from staydown.fingerprinting import pdq
wide = np.zeros((200, 20_000, 3), np.uint8)
small = np.zeros((64, 64), np.uint8)
pdq(small)
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (4 << 20),) * 2)
from staydown.fingerprinting.wasm import kernel
kernel()._memory.grow  # the module itself may still grow inside its reservation
from staydown.fingerprinting import wasm
try:
    wasm.kernel()._status(3)
except ContentTooLargeError as error:
    print(error.code)
print(len(pdq(small)[0]))
"""


def memory_bytes(made: Kernel) -> int:
    return int(made._memory.data_len(made._store))


def test_memory_stays_after_the_largest_picture() -> None:
    large, small = drawn(900, 700, 3, 1), drawn(100, 80, 1, 2)
    made = kernel()
    made.run(large, WANT_PDQ + WANT_WINDOWS)
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


def test_memory_that_ends_is_content_too_large() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARVED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["content_too_large", "32"]


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
