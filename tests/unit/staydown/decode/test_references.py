from __future__ import annotations

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import encode, travel
from staydown.decode.references import is_reference, length_bytes

SLICE, KEY_SLICE, SEI, SPS = 1, 5, 6, 7


def unit(*parts: tuple[int, int], lengths: int, size: int = 9) -> bytes:
    """An access unit of parts (nal_ref_idc, nal_unit_type)."""
    out = b""
    for importance, type_ in parts:
        body = bytes([importance << 5 | type_]) + b"\x33" * size
        out += (len(body).to_bytes(lengths, "big") if lengths else b"\0\0\1") + body
    return out


@pytest.mark.parametrize("lengths", [0, 1, 2, 4])
def test_the_first_slice_decides(lengths) -> None:
    assert is_reference(unit((2, SLICE), lengths=lengths), lengths)
    assert not is_reference(unit((0, SLICE), lengths=lengths), lengths)
    assert not is_reference(unit((0, SEI), (0, SLICE), lengths=lengths), lengths)
    assert is_reference(unit((3, SPS), (0, SEI), (1, KEY_SLICE), lengths=lengths), lengths)


@pytest.mark.parametrize("lengths", [0, 4])
def test_a_unit_without_a_slice_counts_as_a_reference(lengths) -> None:
    assert is_reference(b"", lengths)
    assert is_reference(b"\0\0\1", lengths)
    assert is_reference(unit((0, SEI), lengths=lengths), lengths)


@given(data=st.binary(max_size=200), lengths=st.sampled_from([0, 1, 2, 3, 4]))
def test_any_bytes_are_answered(data, lengths) -> None:
    assert is_reference(data, lengths) in (True, False)


def test_endless_parts_end() -> None:
    assert is_reference(bytes(100_000), 4)


def test_length_bytes_are_read_from_the_configuration() -> None:
    assert length_bytes(b"\1\x64\0\x1f\xff\xe1") == 4
    assert length_bytes(b"\1\x64\0\x1f\xfd\xe1") == 2
    assert length_bytes(b"\0\0\0\1\x67") == 0
    assert length_bytes(b"\1\x64") == 0
    assert length_bytes(None) == 0


@pytest.mark.parametrize("form", ["mp4", "mpegts", "matroska"])
def test_what_is_marked_is_what_the_decoder_would_skip(form) -> None:
    data = encode(travel(21, 60), form=form, options={"bf": "3", "b-pyramid": "none"})
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        lengths = length_bytes(stream.codec_context.extradata)
        packets = [p for p in container.demux(stream) if p.size]
        marked = {p.pts for p in packets if not is_reference(memoryview(p), lengths)}
        stream.codec_context.skip_frame = "NONREF"
        shown = {f.pts for p in [*packets, None] for f in stream.codec_context.decode(p)}
    assert lengths == (0 if form == "mpegts" else 4)
    assert 20 < len(marked) < len(packets)
    assert {p.pts for p in packets} - marked == shown
