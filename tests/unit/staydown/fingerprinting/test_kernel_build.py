"""kernel.wasm is what its C source gives, and the C source is sound."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from staydown.fingerprinting import pdq
from vector_pictures import drawn

ROOT = Path(__file__).parents[4]
MODULE = ROOT / "src" / "staydown" / "fingerprinting" / "kernel.wasm"
COMPILER = "Debian clang version 14.0.6"


def compiler_version() -> str:
    if not shutil.which("clang") or not shutil.which("wasm-ld"):
        return "none"
    done = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def test_the_committed_module_is_what_the_source_gives(tmp_path: Path) -> None:
    version = compiler_version()
    if version != COMPILER:
        pytest.skip(f"the module is made by {COMPILER}; here is {version}")
    made = tmp_path / "kernel.wasm"
    subprocess.run([ROOT / "kernel" / "build.sh", made], check=True, capture_output=True)
    assert made.read_bytes() == MODULE.read_bytes(), "run `make kernel` and commit the module"


@pytest.mark.torture
def test_the_source_is_clean_under_checkers_and_gives_the_same_bits(tmp_path: Path) -> None:
    if compiler_version() == "none":
        pytest.skip("needs clang")
    lines = tmp_path / "native.txt"
    subprocess.run([ROOT / "kernel" / "check.sh", lines], check=True, capture_output=True)
    whole = [line.split() for line in lines.read_text().splitlines() if line.split()[3] == "1"]
    assert len(whole) == 32
    for width, height, channels, _, seed, _, _, _, native, *_ in whole:
        pixels = drawn(int(width), int(height), int(channels), int(seed))
        assert pdq(pixels)[0].hex() == native
