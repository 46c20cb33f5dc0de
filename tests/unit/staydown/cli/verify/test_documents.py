"""Documents: any changed byte is found, and each state is told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

import signed_documents as samples
from staydown.cli.verify.canon import ShapeError, canonical, readable
from staydown.cli.verify.documents import State, judge, keys_in

TRUSTED = {samples.FINGERPRINT}
FILE = samples.file(
    {"case": "C-7Q2M-4KXR", "name": "Zoë “x” 你好 😀", "files": [{"n": 1}, {"n": None}], "ok": True}
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_document_is_signed_by_its_key() -> None:
    found = judge(FILE, trusted=TRUSTED)
    assert (found.state, found.key) == (State.SIGNED, samples.FINGERPRINT)


@given(place=st.integers(0, len(FILE) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(place: int, bit: int) -> None:
    changed = bytearray(FILE)
    changed[place] ^= 1 << bit
    assert judge(bytes(changed), trusted=TRUSTED).state is not State.SIGNED


def test_every_changed_byte_is_found() -> None:
    for place in range(len(FILE)):
        for put in (b"", b" ", b"0", FILE[place : place + 1] * 2):
            changed = FILE[:place] + put + FILE[place + 1 :]
            if changed != FILE:
                assert judge(changed, trusted=TRUSTED).state is not State.SIGNED, (place, put)


@given(data=st.binary(max_size=300))
def test_bytes_of_any_kind_are_judged_and_never_raise(data: bytes) -> None:
    assert judge(data, trusted=TRUSTED).state is State.NOT_RECEIPT


@settings(max_examples=60)
@given(facts=st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), VALUES, max_size=4))
def test_whatever_a_document_may_hold_is_signed_and_read_back(facts: dict[str, Any]) -> None:
    made = samples.file(facts)
    found = judge(made, trusted=TRUSTED)
    assert found.is_signed
    assert found.document is not None
    assert found.document["facts"] == facts


def test_a_file_saved_again_in_another_form_says_so() -> None:
    again = json.dumps(json.loads(FILE)).encode()
    found = judge(again, trusted=TRUSTED)
    assert found.state is State.CHANGED
    assert "saved again" in found.why
    assert judge(FILE.replace(b"\n", b"\r\n"), trusted=TRUSTED).state is State.CHANGED
    assert judge(b"\xef\xbb\xbf" + FILE, trusted=TRUSTED).state is State.CHANGED


def test_facts_signed_anew_by_another_are_by_an_unknown_key() -> None:
    other = Ed25519PrivateKey.generate()
    assert judge(samples.file(private=other), trusted=TRUSTED).state is State.UNKNOWN_KEY
    assert judge(FILE, trusted=()).state is State.UNKNOWN_KEY


def test_the_signature_of_another_key_under_a_trusted_name_is_a_change() -> None:
    made = samples.document()
    other = samples.document(private=Ed25519PrivateKey.generate())
    mixed = readable({**made, "signature": other["signature"]})
    assert judge(mixed, trusted=TRUSTED).state is State.CHANGED
    mixed = readable({**made, "key": other["key"], "signature": other["signature"]})
    assert judge(mixed, trusted=TRUSTED).state is State.UNKNOWN_KEY
    named = {**other["key"], "fingerprint": samples.FINGERPRINT}
    mixed = readable({**other, "key": named})
    assert judge(mixed, trusted=TRUSTED).state is State.CHANGED


@pytest.mark.parametrize("name", ["kind", "issuer", "facts", "key", "made_at", "signature"])
def test_a_missing_member_is_a_change(name: str) -> None:
    made = samples.document()
    del made[name]
    assert judge(readable(made), trusted=TRUSTED).state is State.CHANGED


def test_a_member_that_was_put_in_is_a_change() -> None:
    made = {**samples.document(), "more": "x"}
    assert judge(readable(made), trusted=TRUSTED).state is State.CHANGED
    twice = FILE.replace(b'"made_at"', b'"made_at": "2020-01-01T00:00:00Z",\n "made_at"', 1)
    assert judge(twice, trusted=TRUSTED).state is State.CHANGED


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"null", b"%PDF-1.7", b"[" * 100_000])
def test_other_files_are_no_receipts(data: bytes) -> None:
    assert judge(data, trusted=TRUSTED).state is State.NOT_RECEIPT


def test_a_damaged_receipt_is_told_from_another_file() -> None:
    assert judge(FILE[:-20], trusted=TRUSTED).state is State.CHANGED


@pytest.mark.parametrize("value", [0.5, float("nan"), 2**53, {"ü": 1}, "\ud800", b"x", {1: 2}])
def test_values_without_one_form_are_refused(value: Any) -> None:
    with pytest.raises(ShapeError):
        canonical(value)


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    value = {"b": [1, None, True], "a": "\u20ac$\u000f\nA'\"\\/", "": 0}
    assert canonical(value) == '{"":0,"a":"€$\\u000f\\nA\'\\"\\\\/","b":[1,null,true]}'.encode()


def test_keys_are_read_from_pem_with_words_between_them() -> None:
    other = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    found = keys_in(b"a key:\n" + samples.PEM + b"and\n" + other)
    assert list(found) == [samples.FINGERPRINT]
    assert found[samples.FINGERPRINT] == samples.PUBLIC
    assert keys_in(b"nothing") == {}
