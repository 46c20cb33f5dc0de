from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fingerprints
from staydown.errors import FingerprintFormatError
from staydown.types import ContentKind, Fingerprint, Signal, SignalType

PDQ = Signal(SignalType.PDQ, "ab" * 32, 87)
PHOTO = Fingerprint(ContentKind.PHOTO, (PDQ,))
JSON = '{"version":1,"kind":"photo","signals":[{"type":"pdq","value":"' + "ab" * 32
JSON += '","quality":87}]}'


@given(fingerprints.every)
def test_json_and_binary_return_what_was_written(fingerprint: Fingerprint) -> None:
    assert Fingerprint.from_json(fingerprint.to_json()) == fingerprint
    assert Fingerprint.from_bytes(fingerprint.to_bytes()) == fingerprint


def test_the_json_form_is_this() -> None:
    assert PHOTO.to_json() == JSON
    assert Fingerprint.from_json(JSON.encode()) == PHOTO


def test_the_binary_form_is_this() -> None:
    head = b"SDF1" + bytes([0, 1]) + bytes([3, 87]) + (32).to_bytes(4, "little")
    assert PHOTO.to_bytes() == head + bytes.fromhex("ab" * 32)


def test_a_signal_is_found_by_its_type() -> None:
    assert PHOTO.get(SignalType.PDQ) is PDQ
    assert PHOTO.get(SignalType.MD5) is None
    assert (PHOTO.windows, PHOTO.timeline) == (None, None)


def test_two_signals_of_one_type_are_refused() -> None:
    with pytest.raises(FingerprintFormatError, match="two signals of one type"):
        Fingerprint(ContentKind.PHOTO, (PDQ, PDQ))


def test_unknown_signal_types_are_left_out() -> None:
    data = json.loads(JSON)
    data["signals"].append({"type": "windows/9", "value": 3})
    assert Fingerprint.from_dict(data) == PHOTO


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "[" * 100_000, JSON[:-1]])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(FingerprintFormatError):
        Fingerprint.from_json(text)


@given(fingerprints.every, st.data())
def test_a_cut_off_binary_form_is_refused(fingerprint: Fingerprint, data: st.DataObject) -> None:
    raw = fingerprint.to_bytes()
    with pytest.raises(FingerprintFormatError):
        Fingerprint.from_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(FingerprintFormatError):
        Fingerprint.from_bytes(raw + b"\0")


@given(fingerprints.every, st.data())
def test_changed_bytes_are_refused_or_read_never_worse(
    fingerprint: Fingerprint, data: st.DataObject
) -> None:
    raw = bytearray(fingerprint.to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(FingerprintFormatError):
        made = Fingerprint.from_bytes(raw)
        made.check()
        assert made.to_bytes() == bytes(raw)
