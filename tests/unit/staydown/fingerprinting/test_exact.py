"""Digests of bytes: the published answers, whole or in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from staydown.fingerprinting import md5, sha256
from staydown.types import SignalType


def test_sha256_of_abc_is_the_published_one() -> None:
    signal = sha256(b"abc")
    assert signal.type is SignalType.SHA256
    assert signal.value == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_md5_of_abc_is_the_published_one() -> None:
    assert md5(b"abc").value == "900150983cd24fb0d6963f7d28e17f72"
    assert md5(b"abc").quality is None


@given(st.lists(st.binary()))
def test_pieces_give_the_digest_of_the_whole(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert sha256(pieces) == sha256(whole) == sha256(memoryview(whole))
    assert md5(iter(pieces)) == md5(whole)
