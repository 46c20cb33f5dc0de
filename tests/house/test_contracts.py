"""The import contracts say what they mean, and notice what they should."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {c["name"]: c for c in SETTINGS["tool"]["importlinter"]["contracts"]}
DECODERS = {"PIL", "av", "pillow_heif"}


def modules(room: str) -> set[str]:
    return {path.stem for path in (ROOT / "src" / "staydown" / room).glob("*.py")} - {"__init__"}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after this code."""
    show = "; import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code + show], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_parent_half_of_isolate_is_everything_but_the_child() -> None:
    listed = CONTRACTS["the parent half of isolate reaches no decoder"]["source_modules"]
    parent = {name for name in modules("isolate") if not name.startswith("child")}
    assert {name.removeprefix("staydown.isolate.") for name in listed} == parent


def test_every_room_is_in_the_order_and_kept_from_the_decoders() -> None:
    folders = {
        p.name for p in (ROOT / "src" / "staydown").iterdir() if (p / "__init__.py").exists()
    }
    rooms = {f"staydown.{name}" for name in folders}
    rooms |= {"staydown.errors", "staydown.wasm_calls"}
    layers = CONTRACTS["rooms in one direction"]["layers"]
    assert {room.strip() for layer in layers for room in layer.split("|")} == rooms
    kept = set(CONTRACTS["only decode opens media"]["source_modules"])
    assert rooms - kept == {"staydown.decode", "staydown.isolate"}


@pytest.mark.parametrize(
    "code",
    [
        "import staydown; staydown.fingerprint, staydown.Matcher, staydown.HammingIndex",
        "from staydown.isolate import Pool; Pool().close()",
        "import staydown.cli.program",
    ],
)
def test_no_decoder_is_loaded_outside_the_child(code: str) -> None:
    assert loaded_by(code) & DECODERS == set()


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import staydown") & {"numpy", "numba", "wasmtime", *DECODERS} == set()


def test_the_compiler_is_loaded_by_the_first_match_or_when_asked_for() -> None:
    """It takes a fifth of the start of every command of the service."""
    matching = "from staydown.matching import Matcher, load_compiled; Matcher()"
    assert "numba" not in loaded_by(matching)
    assert "numba" in loaded_by(f"{matching}; load_compiled()")
