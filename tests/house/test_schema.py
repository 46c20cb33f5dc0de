"""docs/fingerprint.schema.json accepts what the code writes, and refuses what the code refuses."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lists
from staydown.errors import FingerprintFormatError
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Windows

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "fingerprint.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@st.composite
def windows(draw: st.DrawFn) -> Signal:
    count = draw(st.integers(0, 3))
    made = Windows(
        width=draw(st.integers(1, 384)),
        height=384,
        hashes=np.frombuffer(
            draw(st.binary(min_size=32 * count, max_size=32 * count)), np.uint8
        ).reshape(-1, 32),
        geometry=np.arange(count, dtype=np.uint32),
        grid=np.zeros((16, 16), np.uint8),
    )
    return Signal.of(SignalType.WINDOWS, made.to_bytes())


photos = lists.photos(
    lists.signal_of(SignalType.SHA256, 32),
    lists.signal_of(SignalType.MD5, 16),
    lists.pdq_signals,
    windows(),
)


@given(photos | lists.timelines().map(lists.video))
def test_what_the_code_writes_follows_the_schema(fingerprint: Fingerprint) -> None:
    VALIDATOR.validate(fingerprint.to_dict())


def photo() -> dict[str, Any]:
    signals = (
        Signal(SignalType.SHA256, "ab" * 32),
        Signal(SignalType.MD5, "cd" * 16),
        Signal(SignalType.PDQ, "ef" * 32, 87),
    )
    return Fingerprint(ContentKind.PHOTO, signals).to_dict()


CHANGES: list[tuple[list[Any], Any]] = [
    (["version"], 2),
    (["version"], None),
    (["kind"], "sound"),
    (["signals"], {}),
    (["signals", 0], 3),
    (["signals", 0, "value"], "AB" * 32),
    (["signals", 0, "value"], "ab " * 32),
    (["signals", 0, "value"], "ab" * 31),
    (["signals", 1, "value"], "cd" * 32),
    (["signals", 2, "value"], 7),
    (["signals", 2, "value"], "xy" * 32),
    (["signals", 2, "quality"], 101),
    (["signals", 2, "quality"], -1),
    (["signals", 2, "quality"], "87"),
    (["signals", 2], {"type": "windows/1", "value": "a"}),
    (["signals", 2], {"type": "timeline/1", "value": "%%%%"}),
]


@pytest.mark.parametrize(("where", "value"), CHANGES, ids=str)
def test_code_and_schema_refuse_the_same(where: list[Any], value: object) -> None:
    data = copy.deepcopy(photo())
    spot = data
    for key in where[:-1]:
        spot = spot[key]
    spot[where[-1]] = value
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(FingerprintFormatError):
        Fingerprint.from_dict(data)


def test_code_and_schema_let_unknown_signals_and_keys_pass() -> None:
    data = photo() | {"file": "a.jpg"}
    data["signals"].append({"type": "windows/9", "value": "?"})
    VALIDATOR.validate(data)
    assert Fingerprint.from_dict(data) == Fingerprint.from_dict(photo())


def test_every_signal_type_is_in_the_schema_and_in_the_document() -> None:
    page = (DOCS / "formats.md").read_text()
    rules = SCHEMA["properties"]["signals"]["items"]["allOf"]
    assert {rule["if"]["properties"]["type"]["const"] for rule in rules} == set(SignalType)
    assert [type_ for type_ in SignalType if f"| `{type_}` |" not in page] == []
