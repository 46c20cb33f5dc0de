from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import FingerprintFormatError
from staydown.types import Signal, SignalType
from staydown.types.signals import HEX_BYTES

HEX = {SignalType.SHA256: 32, SignalType.MD5: 16, SignalType.PDQ: 32}


def test_the_types_with_hex_values_are_these() -> None:
    assert HEX_BYTES == HEX


@given(st.sampled_from(list(HEX)), st.data())
def test_bytes_come_back_from_hex(type_: SignalType, data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=HEX[type_], max_size=HEX[type_]))
    signal = Signal.of(type_, raw)
    assert (signal.raw, signal.value) == (raw, raw.hex())


@given(st.binary(max_size=50))
def test_bytes_come_back_from_base64(raw: bytes) -> None:
    assert Signal.of(SignalType.WINDOWS, raw).raw == raw


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (SignalType.PDQ, "ab" * 31),
        (SignalType.PDQ, "ab" * 33),
        (SignalType.PDQ, "zz" * 32),
        (SignalType.PDQ, "AB" * 32),
        (SignalType.PDQ, "ab " * 32),
        (SignalType.MD5, "ab" * 32),
        (SignalType.SHA256, ""),
    ],
)
def test_other_hex_is_refused_without_being_repeated(type_: SignalType, value: str) -> None:
    with pytest.raises(FingerprintFormatError) as caught:
        Signal(type_, value)
    assert "abab" not in str(caught.value)


@pytest.mark.parametrize("value", ["a", "%%%%", "YWJj\n", "YWJj=", "YWK=", "YQ"])
def test_other_base64_is_refused(value: str) -> None:
    with pytest.raises(FingerprintFormatError):
        _ = Signal(SignalType.WINDOWS, value).raw


@pytest.mark.parametrize("quality", [-1, 101])
def test_quality_is_0_to_100(quality: int) -> None:
    with pytest.raises(FingerprintFormatError, match="want 0"):
        Signal(SignalType.PDQ, "ab" * 32, quality)
